"""Uploaded files on disk: named by us, never by their owners; staged, read, then kept by site."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from api.parsing import documents_from_json, documents_to_json
from corpus.loading import MEDIA_TYPES, Loaded, LoadError
from corpus.text import one_line

_LONGEST_NAME = 200
_READ = ".read"
_BEFORE = ".before"
_PUBLISHING = ".publishing"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its owner's name for it, which is only ever shown, and its size.

    `stored` is our own name for it, made of a digest of the owner's, so that a file of the same
    name is its next version; empty for a file that is not read at all.
    """

    name: str
    stored: str
    size: int


def stored_name(name: str) -> str:
    """Return our name for a file, empty where its suffix is none that is read."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in MEDIA_TYPES:
        return ""
    return hashlib.sha256(name.encode()).hexdigest()[:32] + suffix


def shown_name(given: str | None) -> str:
    """Return the last part of the name that a client gave, on one line and not too long."""
    last = PurePosixPath((given or "").replace("\\", "/")).name
    printable = one_line(last.encode("utf-8", "replace").decode())
    stem, suffix = PurePosixPath(printable).stem, PurePosixPath(printable).suffix
    return f"{stem[: _LONGEST_NAME - len(suffix)]}{suffix}"[:_LONGEST_NAME] or "unnamed"


@dataclass(frozen=True)
class Shelf:
    """A folder of files with what was read of each beside it, out of the index's sight."""

    folder: Path

    def make(self) -> None:
        """Make the folder where there is none."""
        (self.folder / _READ).mkdir(parents=True, exist_ok=True, mode=0o700)

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def holds(self, stored: str) -> bool:
        """Say whether a file lies here."""
        return (self.folder / stored).is_file()

    def path(self, stored: str) -> Path:
        """Return where a file lies."""
        return self.folder / stored

    def write(self, stored: str, data: bytes) -> None:
        """Put a file here, durably."""
        _write(self.folder / stored, data)

    def keep_reading(self, stored: str, loaded: Loaded) -> None:
        """Put beside a file what was read of it."""
        digest = _digest(self.path(stored))
        text = json.dumps({"sha256": digest, "loaded": documents_to_json(loaded)})
        _write(self._reading(stored), text.encode())

    def give(self, stored: str, other: "Shelf") -> None:
        """Move a file and its reading to another shelf, in place of the one of that name."""
        if self._reading(stored).is_file():
            os.replace(self._reading(stored), other._reading(stored))
        if self.holds(stored):
            os.replace(self.path(stored), other.path(stored))
        for folder in (other.folder / _READ, other.folder):
            _sync_folder(folder)

    def put_back(self, stored: str, other: "Shelf") -> None:
        """Undo `swap` of a file, done or begun or not: the other shelf is as it was before."""
        before = self._before
        if before.holds(stored):
            _link(before._reading(stored), other._reading(stored))
            _link(before.path(stored), other.path(stored))
        elif not self.holds(stored):
            other.path(stored).unlink(missing_ok=True)
            other._reading(stored).unlink(missing_ok=True)
        for folder in (other.folder / _READ, other.folder):
            _sync_folder(folder)

    def swap(self, stored: str, other: "Shelf") -> None:
        """Give a file, and keep what it takes the place of until this shelf is removed."""
        before = self._before
        if self.holds(stored) and other.holds(stored) and not before.holds(stored):
            before.make()
            _link(other._reading(stored), before._reading(stored))
            _link(other.path(stored), before.path(stored))
            for folder in (before.folder / _READ, before.folder):
                _sync_folder(folder)
        self.give(stored, other)

    @property
    def published(self) -> bool:
        """Whether what was given may be in a published generation: then it stays given."""
        return (self.folder / _PUBLISHING).is_file()

    def publish(self) -> None:
        """Note durably that what was given is about to be published."""
        _write(self.folder / _PUBLISHING, b"")

    @property
    def _before(self) -> "Shelf":
        return Shelf(self.folder / _BEFORE)

    def keys(self, stored: str) -> list[str]:
        """Return the keys of the documents that were read of a file."""
        return [document.source.key for document in self.load(self.path(stored)).documents]

    def load(self, path: Path, root: Path | None = None) -> Loaded:
        """Return what was read of a file here, without reading the file itself.

        Raises:
            LoadError: the reading is missing, or of another content.
        """
        del root
        try:
            data = json.loads(self._reading(path.name).read_text("utf-8"))
            if data["sha256"] == _digest(path):
                loaded = documents_from_json(data["loaded"])
                problems = tuple(replace(p, path=path.name) for p in loaded.problems)
                return Loaded(loaded.documents, problems)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise LoadError(path.name, "what was read of it is missing", "upload it again")

    def _reading(self, stored: str) -> Path:
        return self.folder / _READ / f"{stored}.json"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def _link(path: Path, other: Path) -> None:
    """Let a file be at another place too, instead of what is there; without one do nothing."""
    temporary = other.with_name(f".{other.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(path, temporary)
    except FileNotFoundError:
        return
    os.replace(temporary, other)
    # Two names of one file already: nothing was renamed.
    temporary.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
