"""Rows of JSON Lines files, plain or gzip: each is checked, and none is dropped in silence."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.errors import DatasetError
from evals.items import Fault


class Row(BaseModel):
    """A row of a foreign file: unknown fields are passed over, no value is converted."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


R = TypeVar("R", bound=Row)


@dataclass
class Reader:
    """Reads the files of one data set; `digest` is over their bytes in the order of reading."""

    folder: Path
    faults: list[Fault] = field(default_factory=list)
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        """The sha256 of everything read until now."""
        return self._hash.hexdigest()

    def find(self, *patterns: str) -> Path:
        """Return the one file of the folder that matches the first pattern that any file matches.

        Raises:
            DatasetError: no file matches, or several do.
        """
        for pattern in patterns:
            found = sorted(self.folder.glob(pattern))
            if len(found) > 1:
                names = ", ".join(p.name for p in found)
                raise DatasetError(f"{self.folder} has several of {pattern} ({names}): keep one")
            if found:
                return found[0]
        wanted = " or ".join(patterns)
        raise DatasetError(f"{self.folder} has no {wanted}: name the folder of the data set")

    def read(self, path: Path, model: type[R]) -> list[tuple[str, R]]:
        """Return (place, row) for each good row; the others are faults.

        Raises:
            DatasetError: the file cannot be read, or has no good row.
        """
        rows = []
        for number, line in enumerate(self._lines(path), 1):
            if not line.strip():
                continue
            place = f"{path.name}:{number}"
            try:
                rows.append((place, model.model_validate_json(line)))
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(map(str, first["loc"]))
                self.faults.append(Fault(place, f"{where or 'row'}: {first['msg']}"))
        if not rows:
            raise DatasetError(f"{path} has no row that can be read: {self.faults[-1:]}")
        return rows

    def text(self, path: Path) -> str:
        """Return a file's text, unpacked if its name ends in .gz.

        Raises:
            DatasetError: it cannot be read.
        """
        try:
            raw = path.read_bytes()
            self._hash.update(raw)
            return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise DatasetError(f"cannot read {path}: {error}") from error

    def _lines(self, path: Path) -> Sequence[str]:
        return self.text(path).split("\n")


@dataclass
class Unique:
    """Takes each id once; a second one is a fault."""

    faults: list[Fault]
    _seen: set[str] = field(default_factory=set)

    def take(self, identity: str, place: str) -> bool:
        """Return whether the id is new, and note a fault where it is not."""
        if identity in self._seen:
            self.faults.append(Fault(place, f"the id {identity!r} stands twice"))
            return False
        self._seen.add(identity)
        return True


def digest_of(*values: object) -> str:
    """Return the sha256 of values as JSON, for things that are no files."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
