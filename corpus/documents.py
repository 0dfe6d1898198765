"""Documents as they are stored: text that never changes, and offsets into it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from corpus.dates import PartialDate


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of code points in a document's text: `start` inclusive, `end` exclusive."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start}..{self.end}")

    def slice(self, text: str) -> str:
        """Return the text of the span.

        Raises:
            ValueError: the span reaches past the end of `text`.
        """
        if self.end > len(text):
            raise ValueError(f"span {self.start}..{self.end} is outside a text of {len(text)}")
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Source:
    """What is known about where a document comes from; unknown fields are None.

    `key` is the document's own name inside its collection (front matter `id`, JSON Lines `id`,
    else the path relative to the synced folder). It is a key for updates, never a public id.
    """

    key: str
    title: str
    publisher: str | None = None
    published: PartialDate | None = None
    fetched: PartialDate | None = None
    url: str | None = None
    url_status: str | None = None
    doc_type: str | None = None
    licence: str | None = None
    evidence_role: str | None = None
    language: str | None = None
    via: str | None = None
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a document's text; `level` counts from 1."""

    span: Span
    level: int


@dataclass(frozen=True)
class Document:
    """A source and its normalised text.

    `pages[i]` is the offset at which page i + 1 begins; empty where the medium has no pages.
    """

    source: Source
    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[int, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the text's UTF-8 bytes."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of whole sentences, the unit of retrieval.

    `headings` is the path of heading texts above it, outermost first; `page` counts from 1.
    """

    span: Span
    sentences: tuple[Span, ...]
    headings: tuple[str, ...] = ()
    page: int | None = None


def page_at(pages: Sequence[int], offset: int) -> int | None:
    """Return the page (from 1) on which the code point at `offset` stands, if there are pages."""
    if not pages:
        return None
    return max(1, sum(start <= offset for start in pages))
