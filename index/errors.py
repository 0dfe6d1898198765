"""What can go wrong between the index and the disk, each with what to do about it."""

# The names state the finding ("the index is locked"); the suffix would add nothing.

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class IndexFault(Exception):
    """Base of everything that the index raises on purpose."""


class IndexNotFound(IndexFault):
    """There is no index at the path, or nothing was ever synced into it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no index at {str(path)!r}: make one with `citeproof sync FOLDER`,"
            " or name the folder that holds it"
        )
        self.path = path


class IndexLocked(IndexFault):
    """Another process is writing to the index."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"the index at {str(path)!r} is being written by {holder}:"
            " wait until it is done, or end that process (questions can be asked meanwhile)"
        )
        self.path = path
        self.holder = holder


class NotWritable(IndexFault):
    """A change was asked of an index that was opened for reading."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the index at {str(path)!r} was opened for reading:"
            " open it with writable=True to change it"
        )


class EmbedderMismatch(IndexFault):
    """The index holds vectors of another embedder; vectors of two embedders are never compared."""

    def __init__(self, stored: str, given: str) -> None:
        super().__init__(
            f"the index was made with the embedder {stored!r}, not {given!r}:"
            " ask with the former, or sync again to embed every document with the latter"
        )
        self.stored = stored
        self.given = given


class BadVectors(IndexFault):
    """The embedder returned something other than finite unit vectors of its own dimension."""

    def __init__(self, embedder: str, found: str) -> None:
        super().__init__(
            f"the embedder {embedder!r} returned {found}: nothing of this batch was stored;"
            " check the model's files"
        )


class DocumentNotFound(IndexFault):
    """No document, or no version of it, has the id (and hash) asked for."""

    def __init__(self, document_id: str, sha256: str | None = None) -> None:
        version = f" in the version {sha256}" if sha256 else ""
        super().__init__(f"the index has no document {document_id!r}{version}")
        self.document_id = document_id
        self.sha256 = sha256


class LedgerTooNew(IndexFault):
    """A later release wrote the ledger."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"the ledger {str(path)!r} has schema version {found}, this release knows up to"
            f" {known}: upgrade citeproof, or sync into another index folder"
        )


class StorageError(IndexFault):
    """The disk refused or returned something unusable; what was acknowledged before still holds."""

    def __init__(self, path: Path, reason: object, advice: str) -> None:
        super().__init__(f"cannot use the index at {str(path)!r}: {reason}; {advice}")
        self.path = path


class EmptyFolder(IndexFault):
    """A folder to be synced holds nothing that can be indexed; nothing was changed."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"nothing to sync in {str(folder)!r}: {reason}; the index was not changed")
        self.folder = folder


class OverlappingFolders(IndexFault):
    """One synced folder lies inside another, so its documents would be indexed twice."""

    def __init__(self, folder: Path, other: Path) -> None:
        super().__init__(
            f"{str(folder)!r} and {str(other)!r} overlap: sync the outer one,"
            " or remove the other from the index first"
        )


@contextmanager
def named_storage_errors(path: Path) -> Iterator[None]:
    """Raise `StorageError` for what the disk or SQLite refuses inside."""
    try:
        with named_ledger_errors(path):
            yield
    except OSError as error:
        raise StorageError(path, error, _advice(errno.errorcode.get(error.errno or 0))) from error


@contextmanager
def named_ledger_errors(path: Path) -> Iterator[None]:
    """Raise `StorageError` for what SQLite refuses inside; our own mistakes pass."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
            raise
        name = getattr(error, "sqlite_errorname", None)
        raise StorageError(path, error, _advice(name)) from error


_ADVICE = {
    ("ENOSPC", "EDQUOT", "EFBIG", "SQLITE_FULL", "SQLITE_IOERR_WRITE"): (
        "free space on that disk and run the same command again: finished work is kept"
    ),
    ("EROFS", "EACCES", "EPERM", "SQLITE_READONLY", "SQLITE_CANTOPEN"): (
        "make the folder writable, or name another one for the index"
    ),
    ("SQLITE_CORRUPT", "SQLITE_NOTADB"): (
        "restore a backup, or move the folder away and sync again"
    ),
    ("SQLITE_BUSY", "SQLITE_LOCKED"): "wait until the other process is done",
}


def _advice(name: str | None) -> str:
    """Return what to do about an error, by its name or what its name begins with."""
    for names, advice in _ADVICE.items():
        if name and name.startswith(names):
            return advice
    return "check the disk's space and health, then run the same command again"
