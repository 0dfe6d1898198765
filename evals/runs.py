"""A run as a folder: what was asked, every answer as it came, and how to tell that it is whole.

`manifest.json` says what the run is of, `items.jsonl` and `claims.jsonl` hold what was asked,
`answers.jsonl` each answer on a line of its own, on disk before the next question is asked,
`samples.jsonl` each measurement of a bench in the same way, `verdicts.jsonl` what judges said,
`labels.jsonl` what people said. Scores and reports are made from these and can be made again.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evals.errors import RunError
from evals.items import Answer, Claim, Dataset, Fault, Item, Sample
from evals.scoring import Outcome, Score, Scored

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "citeproof/run@1"
SCORES = "citeproof/scores@1"
# What a finished run must have unchanged; verdicts, labels and reports may grow.
_SEALED = ("items.jsonl", "claims.jsonl", "faults.jsonl", "answers.jsonl", "samples.jsonl")
_GROWING: Mapping[type, str] = {Answer: "answers.jsonl", Sample: "samples.jsonl"}

T = TypeVar("T")
E = TypeVar("E", Answer, Sample)


@dataclass(frozen=True)
class Manifest:
    """What a run is of. Two runs with equal `dataset`, `digest` and `items` can be compared.

    `items` is the sha256 of the ids asked, `system` what answered, with versions, and for a bench
    the machine. `files` are the checksums of a finished run, empty before.
    """

    dataset: str
    digest: str
    items: str
    count: int
    seed: int
    limit: int | None
    topic: str | None
    system: Mapping[str, str]
    started: str
    finished: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    schema: str = SCHEMA


class Run:
    """A run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def begin(cls, path: Path, dataset: Dataset, manifest: Manifest) -> "Run":
        """Make the folder, or go on with the same run where it was left.

        Raises:
            RunError: the folder holds another run, or something else.
        """
        run = cls(path)
        if (path / "manifest.json").exists():
            known = run.manifest
            for name in ("dataset", "digest", "items", "seed", "limit", "topic", "system"):
                had, wanted = getattr(known, name), getattr(manifest, name)
                if had == wanted:
                    continue
                if isinstance(had, dict):
                    had, wanted = _unlike(had, wanted), _unlike(wanted, had)
                raise RunError(
                    f"{path} is a run with {name} {had!r}, not {wanted!r}: name another folder"
                )
            return run
        if path.exists() and any(path.iterdir()):
            raise RunError(f"{path} is not empty and no run: name another folder")
        path.mkdir(parents=True, exist_ok=True)
        _write_lines(path / "items.jsonl", dataset.items)
        _write_lines(path / "claims.jsonl", dataset.claims)
        _write_lines(path / "faults.jsonl", dataset.faults)
        _write_lines(path / "corpus_faults.jsonl", dataset.corpus_faults)
        run._save(manifest)
        return run

    @classmethod
    def open(cls, path: Path) -> "Run":
        """Open a run and check it against its checksums.

        Raises:
            RunError: there is none, or a file of a finished run was changed.
        """
        run = cls(path)
        for name, expected in run.manifest.files.items():
            if _digest(path / name) != expected:
                raise RunError(f"{path / name} is not what the run wrote: its checksum differs")
        return run

    @property
    def manifest(self) -> Manifest:
        """What the run is of.

        Raises:
            RunError: there is no manifest, or it cannot be read.
        """
        file = self.path / "manifest.json"
        try:
            data = json.loads(file.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"{self.path} is no run: it has no manifest.json") from None
        except ValueError as error:
            raise RunError(f"{file} cannot be read: {error}") from error
        if data.get("schema") != SCHEMA:
            raise RunError(f"{file} has the schema {data.get('schema')!r}, not {SCHEMA}")
        return Manifest(**data)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items asked."""
        return tuple(_read_lines(self.path / "items.jsonl", Item))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims judged."""
        return tuple(_read_lines(self.path / "claims.jsonl", Claim))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The rows of the data set that could not be read."""
        return tuple(_read_lines(self.path / "faults.jsonl", Fault))

    @property
    def corpus_faults(self) -> tuple[Fault, ...]:
        """The passages of the data set that could not be used."""
        return tuple(_read_lines(self.path / "corpus_faults.jsonl", Fault))

    def answers(self) -> dict[str, Answer]:
        """Return the answers by item; of several to one item the first counts.

        Raises:
            RunError: a line that was written whole is no answer.
        """
        return self._by_item(Answer)

    def samples(self) -> dict[str, Sample]:
        """Return the measurements by item, like `answers`."""
        return self._by_item(Sample)

    def mend(self) -> None:
        """Cut off the lines that a killed process left half written."""
        for name in _GROWING.values():
            path = self.path / name
            if not path.exists():
                continue
            raw = path.read_bytes()
            whole = raw.rfind(b"\n") + 1
            if whole < len(raw):
                with path.open("r+b") as file:
                    file.truncate(whole)
                    os.fsync(file.fileno())

    def append(self, entry: Answer | Sample) -> None:
        """Store an answer or a measurement; it is on disk when this returns."""
        kind = type(entry)
        with (self.path / _GROWING[kind]).open("ab") as file:
            file.write(_adapter(kind).dump_json(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def seal(self, finished: str) -> None:
        """Note the checksums: what was answered may not change any more."""
        files = {n: _digest(self.path / n) for n in _SEALED if (self.path / n).exists()}
        self._save(replace(self.manifest, finished=finished, files=files))

    def save_scores(self, scored: Scored, judges: Sequence[Mapping[str, Any]]) -> None:
        """Write `scores.json` and `outcomes.jsonl`."""
        data = {
            "schema": SCORES,
            "manifest": asdict(self.manifest),
            "judges": list(judges),
            "scores": [asdict(score) for score in scored.scores],
        }
        _replace(self.path / "scores.json", json.dumps(data, indent=1, allow_nan=False) + "\n")
        _write_lines(self.path / "outcomes.jsonl", scored.outcomes)

    def scored(self) -> Scored:
        """Return the scores that were saved.

        Raises:
            RunError: the run was not scored.
        """
        file = self.path / "scores.json"
        if not file.exists():
            raise RunError(f"{self.path} has no scores: run `citeproof eval score {self.path}`")
        data = json.loads(file.read_text("utf-8"))
        return Scored(
            tuple(Score(**score) for score in data["scores"]),
            tuple(_read_lines(self.path / "outcomes.jsonl", Outcome)),
        )

    def judges(self) -> list[dict[str, Any]]:
        """Return the judges of the saved scores, with their agreement with people."""
        data = json.loads((self.path / "scores.json").read_text("utf-8"))
        judges: list[dict[str, Any]] = data["judges"]
        return judges

    def _by_item(self, kind: type[E]) -> dict[str, E]:
        found: dict[str, E] = {}
        for entry in _read_lines(self.path / _GROWING[kind], kind):
            found.setdefault(entry.item, entry)
        return found

    def _save(self, manifest: Manifest) -> None:
        text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False) + "\n"
        _replace(self.path / "manifest.json", text)


def ids_digest(ids: Sequence[str]) -> str:
    """Return the sha256 of ids in their order."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def _unlike(values: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if others.get(key) != value}


def _adapter(kind: type[T]) -> "TypeAdapter[T]":
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


# Making one costs milliseconds, and every answer needs one.
_ADAPTERS: "dict[type[Any], TypeAdapter[Any]]" = {}


def _read_lines(path: Path, kind: type[T]) -> Iterator[T]:
    from pydantic import ValidationError

    if not path.exists():
        return
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line:
            continue
        try:
            yield _adapter(kind).validate_json(line)
        except ValidationError as error:
            raise RunError(f"{path}:{number} cannot be read: {error.errors()[0]['msg']}") from error


def _write_lines(path: Path, values: Sequence[object]) -> None:
    lines = [_adapter(type(value)).dump_json(value).decode() + "\n" for value in values]
    _replace(path, "".join(lines))


def _replace(path: Path, text: str) -> None:
    """Write a file whole: under another name, synced, then renamed."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
