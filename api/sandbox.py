"""Reading files of strangers: in a process of its own, with limits and without a network."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from api.parsing import Isolation, documents_from_json
from corpus.loading import MEDIA_TYPES, Loaded, LoadError

_RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the reading of one file may take: processor seconds, and bytes of memory and file."""

    seconds: int
    memory: int
    output: int = 128 * 2**20


class Sandbox:
    """Parses files one by one; each in a process that ends with it, whatever happens there.

    `isolation` says how the network is kept away: `namespace`, `seccomp`, or `none` where the
    kernel allows neither.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._folder = tempfile.TemporaryDirectory(prefix="citeproof-parse-")
        self._process: subprocess.Popen[str] | None = None
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._stop()
        self._folder.cleanup()

    def parse(self, path: Path, name: str) -> Loaded:
        """Return the documents of the file at `path`, which its owner calls `name`.

        Raises:
            LoadError: it cannot be read, or not within the bounds.
        """
        media = MEDIA_TYPES[path.suffix.lower()]
        result = Path(self._folder.name, _RESULT)
        result.unlink(missing_ok=True)
        order = {"path": str(path), "name": name, "media": media, "result": str(result)}
        reply = self._ask(json.dumps(order))
        if reply is None:
            self._start()
            raise LoadError(name, "it broke the process that reads files", "leave it out")
        if fault := json.loads(reply):
            raise LoadError(name, fault["reason"], fault["advice"])
        try:
            return documents_from_json(result.read_text("utf-8"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LoadError(name, "what was read of it is damaged", "leave it out") from error

    def _ask(self, order: str) -> str | None:
        process, sent, got = self._pipes()
        try:
            sent.write(f"{order}\n")
            sent.flush()
        except BrokenPipeError:
            return None
        return got.readline() or None if process.poll() is None else None

    def _pipes(self) -> tuple["subprocess.Popen[str]", IO[str], IO[str]]:
        process = self._process
        assert process is not None, "the sandbox is closed"
        assert process.stdin is not None
        assert process.stdout is not None
        return process, process.stdin, process.stdout

    def _start(self) -> None:
        self._stop()
        bounds = [self._bounds.seconds, self._bounds.memory, self._bounds.output]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "api.parsing", *map(str, bounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=_environment(),
        )
        first = self._pipes()[2].readline()
        if not first:
            raise OSError("the process that reads files did not start")
        self.isolation: Isolation = json.loads(first)["isolation"]

    def _stop(self) -> None:
        if self._process is not None:
            _, sent, got = self._pipes()
            self._process.kill()
            self._process.wait()
            got.close()
            with contextlib.suppress(BrokenPipeError):
                sent.close()
            self._process = None


def _environment() -> dict[str, str]:
    """Return what the process needs to find our code, and nothing that is secret."""
    known = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**known, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
