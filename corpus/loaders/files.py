"""What every loader is given, and what it gives back."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from corpus.documents import Document
from corpus.problems import LoadError, Problem


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of a file, its path relative to the synced folder (POSIX) and its media type."""

    path: str
    media: str
    data: bytes = field(repr=False)

    @property
    def stem(self) -> str:
        """The name without its folder and suffix."""
        return PurePosixPath(self.path).stem

    def error(self, reason: str, advice: str) -> LoadError:
        """Return the error to raise when nothing can be loaded from this file."""
        return LoadError(self.path, reason, advice)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The documents of one file, and what had to be left out of them."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()
