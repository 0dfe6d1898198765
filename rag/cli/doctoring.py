"""`citeproof doctor`: the state of the installation, the settings and the index."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.compose import open_index
from rag.cli.errors import Exit, explain_error
from rag.cli.output import write_json
from rag.cli.session import Session

if TYPE_CHECKING:
    from rag.settings import Settings

_PACKAGES = (
    "citeproof",
    "faiss-cpu",
    "onnxruntime",
    "tokenizers",
    "torch",
    "sentence-transformers",
    "spacy",
    "tiktoken",
)
_FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16", "sve")
_ENOUGH_DISK = 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is as it should be, what was found, what to do if not."""

    check: str
    ok: bool
    found: str
    advice: str = ""


def doctor(
    session: Session,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the findings as JSON to stdout.")
    ] = False,
) -> None:
    """Look at installation, settings, models and index; every line that fails says what to do.

    Weights and exports are read in full and compared with their digests. Nothing is changed.
    """
    findings = list(_examine(session))
    failed = [finding for finding in findings if not finding.ok]
    if as_json:
        told = [asdict(finding) for finding in findings]
        write_json("citeproof/doctor@1", {"ok": not failed, "checks": told})
    else:
        _print(session, findings)
    if failed:
        raise typer.Exit(Exit.FAILURE)


def _print(session: Session, findings: list[Finding]) -> None:
    from rich.text import Text

    from corpus.text import one_line

    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        told = f"{finding.found}: {finding.advice}" if finding.advice else finding.found
        line = Text(
            "ok    " if finding.ok else "FAIL  ", style="green" if finding.ok else "bold red"
        )
        line.append(f"{finding.check:<{width}}  ", style="bold")
        line.append(one_line(told), style="")
        session.out.print(line, soft_wrap=True)


def _examine(session: Session) -> Iterator[Finding]:
    yield from _machine()
    yield from _packages()
    try:
        settings = session.settings
    except Exception as error:  # whatever is wrong with them is the finding
        yield Finding("settings", False, explain_error(error), "correct or unset it")
        return
    from rag.settings import origins

    for setting in origins(settings, session.given):
        yield Finding(f"setting {setting.name}", True, f"{setting.value} ({setting.origin})")
    yield from _disk(settings)
    yield _safely("embedder", lambda: _model(settings))
    yield _safely("export", lambda: _export(settings))
    yield _safely("upload sandbox", _sandbox)
    yield _safely("writer's lock", lambda: _lock(settings))
    yield _safely("index", lambda: _index(session, settings))


def _machine() -> Iterator[Finding]:
    import platform
    import sqlite3

    version = platform.python_version()
    yield Finding("python", sys.version_info >= (3, 11), f"{version} on {platform.platform()}")
    flags = [flag for flag in _FLAGS if flag in _processor()]
    yield Finding(
        "processor", True, f"{os.cpu_count()} cores, {' '.join(flags) or 'no known flags'}"
    )
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    connection.close()
    full_text = "ENABLE_FTS5" in options
    yield Finding(
        "sqlite",
        full_text,
        f"{sqlite3.sqlite_version}, full-text search {'built in' if full_text else 'missing'}",
        "" if full_text else "use a Python whose SQLite has FTS5",
    )
    waiting = os.environ.get("OMP_WAIT_POLICY", "unset")
    yield Finding("OMP_WAIT_POLICY", waiting.upper() == "PASSIVE", waiting)


def _processor() -> frozenset[str]:
    """Return the flags of the first processor, where the system tells them in a file."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return frozenset()
    line = next((ln for ln in text.splitlines() if ln.startswith(("flags", "Features"))), "")
    return frozenset(line.partition(":")[2].split())


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    for name in _PACKAGES:
        try:
            yield Finding(f"package {name}", True, version(name))
        except PackageNotFoundError:
            yield Finding(f"package {name}", False, "not installed", f"pip install {name}")
    import faiss

    yield Finding("faiss build", True, faiss.get_compile_options().strip())


def _disk(settings: "Settings") -> Iterator[Finding]:
    import shutil

    place = settings.index.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    enough = free >= _ENOUGH_DISK
    yield Finding(
        "disk", enough, f"{free / 2**30:.1f} GiB free at {place}", "" if enough else "free some"
    )
    writable = os.access(place, os.W_OK)
    yield Finding(
        "folder",
        True,
        f"{place} can be {'read and written' if writable else 'read, not written'}",
    )


def _safely(check: str, look: Callable[[], Finding]) -> Finding:
    """Return the finding, or the error that looking ended in."""
    try:
        return look()
    except Exception as error:  # whatever is wrong is the finding
        return Finding(check, False, explain_error(error))


def _model(settings: "Settings") -> Finding:
    from index.embedders.choice import find_model

    model = find_model(settings.embedder, allow_network=False)
    digest = model.digest()
    known = "as published" if model.expected else "your own"
    return Finding("embedder", True, f"{model.name}, weights {digest} ({known})")


def _export(settings: "Settings") -> Finding:
    from index.embedders.choice import find_model
    from index.embedders.export import check_export
    from index.embedders.models import NotExportable

    model = find_model(settings.embedder, allow_network=False)
    try:
        graph = check_export(model, settings.index)
    except NotExportable as reason:
        return Finding("export", True, f"none, sentence-transformers runs the model: {reason}")
    return Finding("export", True, f"{graph}, read in full and as exported")


def _sandbox() -> Finding:
    from api.sandbox import Bounds, Sandbox

    with Sandbox(Bounds(seconds=1, memory=2**29)) as sandbox:
        isolation = sandbox.isolation
    if isolation == "none":
        return Finding(
            "upload sandbox",
            False,
            "uploaded files would be read with limits, but with the network in reach",
            "allow user namespaces or seccomp, or set CITEPROOF_API_UPLOADS=false",
        )
    return Finding("upload sandbox", True, f"limits, and no network ({isolation})")


def _lock(settings: "Settings") -> Finding:
    from index.lock import LOCK_FILE, WriteLock

    if not (settings.index / LOCK_FILE).exists():
        return Finding("writer's lock", True, "nobody ever wrote here")
    WriteLock(settings.index).release()
    return Finding("writer's lock", True, "free")


def _index(session: Session, settings: "Settings") -> Finding:
    with open_index(settings, session.models) as index:
        problems = index.check()
        with index.snapshot() as snapshot:
            stats = snapshot.stats
    told = f"{stats.documents:,} documents, {stats.chunks:,} passages, generation"
    told += f" {stats.generation}, newest {stats.latest_published or 'undated'}"
    if not problems:
        return Finding("index", True, f"{told}; every text, span and vector checked")
    first = "; ".join(str(problem) for problem in problems[:3])
    return Finding(
        "index", False, f"{told}; {len(problems)} problems: {first}", "sync again, or restore it"
    )
