"""Where the text of a source version is to be had: an index, a folder of documents, a bundle."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.documents import Document, Source
from corpus.problems import LoadError, Problem
from index.errors import DocumentNotFound
from index.records import StoredDocument


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of one version, and what its keeper knows about the source, if anything."""

    text: str
    source: Source | None = None


class TextLookup(Protocol):
    """Finds the text of a source version; what it returns is believed only with the right hash."""

    def __call__(self, source_id: str, sha256: str) -> SourceText | None:
        """Return the version of the source that has this hash, None where it is not to be had."""
        ...


def digest(text: str) -> str:
    """Return the sha256 of a text's UTF-8 bytes, as the ledger has it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Versions(Protocol):
    """Keeps every version of every document: a ledger, or a snapshot of an index."""

    def document_at(self, document_id: str, sha256: str) -> StoredDocument:
        """Return the version of a document that has this hash.

        Raises:
            DocumentNotFound: there is no such version.
        """
        ...


def from_ledger(versions: Versions) -> TextLookup:
    """Return a lookup in a ledger, for as long as that is open."""

    def lookup(source_id: str, sha256: str) -> SourceText | None:
        try:
            document = versions.document_at(source_id, sha256)
        except DocumentNotFound:
            return None
        return SourceText(document.text, document.source)

    return lookup


@dataclass(frozen=True, slots=True)
class FolderTexts:
    """The documents of a folder, found by the hash of their text alone; and what was left out.

    Ids are minted by an index, so a folder cannot know them.
    """

    documents: dict[str, Document]
    problems: tuple[Problem, ...]

    def __call__(self, source_id: str, sha256: str) -> SourceText | None:
        """Return the document whose text has this hash; see `TextLookup`."""
        del source_id
        found = self.documents.get(sha256)
        return SourceText(found.text, found.source) if found else None


def from_folder(folder: Path) -> FolderTexts:
    """Load every document under a folder.

    Raises:
        LoadError: it is not a folder that can be read.
    """
    from corpus.loading import discover, load

    found = discover(folder)
    documents: dict[str, Document] = {}
    problems = [*found.problems]
    for path in found.files:
        try:
            loaded = load(path, folder)
        except LoadError as error:
            problems.append(error.problem)
            continue
        problems += loaded.problems
        for document in loaded.documents:
            documents.setdefault(document.sha256, document)
    return FolderTexts(documents, tuple(problems))


def first_of(lookups: Sequence[TextLookup]) -> TextLookup:
    """Return a lookup that asks each in turn."""

    def lookup(source_id: str, sha256: str) -> SourceText | None:
        found = (ask(source_id, sha256) for ask in lookups)
        return next((text for text in found if text is not None), None)

    return lookup
