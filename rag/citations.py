"""Quotes that are what they say, numbers that never change, and bracket marks as data."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from corpus.documents import Span
from index.records import StoredDocument
from rag.report import SourceCard

_MARK = re.compile(r"\[(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\]|【(\d{1,4})(?:†[^】]*)?】")
_RANGE_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """A bracket mark found in a text; `numbers` are as written, in range or not."""

    start: int
    end: int
    numbers: tuple[int, ...]


def marks(text: str) -> list[Mark]:
    """Return every bracket mark of `text`: `[1]`, `[1, 2]`, `[1-3]`, `【1】`.

    Nothing is repaired: `[0]`, `[99]` and `[2024]` are returned as the numbers they are, and it is
    for the caller to say which of them name a source. A range of more than 50 gives its two ends.
    """
    return [
        Mark(m.start(), m.end(), _numbers(m.group(1) or m.group(2))) for m in _MARK.finditer(text)
    ]


def _numbers(body: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in re.split(r"[,;]", body):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        if len(ends) == 2 and 0 <= ends[1] - ends[0] <= _RANGE_LIMIT:
            numbers += range(ends[0], ends[1] + 1)
        else:
            numbers += ends
    return tuple(numbers)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a stored document; its text is sliced, so it cannot be anything else."""

    document: StoredDocument
    span: Span

    def __post_init__(self) -> None:
        self.span.slice(self.document.text)

    @property
    def text(self) -> str:
        """The words of the span."""
        return self.span.slice(self.document.text)


@dataclass
class Numbering:
    """Gives each document one number, in order of first appearance, counted from 1."""

    order: list[str] = field(default_factory=list)

    def number(self, document_id: str) -> int:
        """Return the document's number, the next free one if it has none yet."""
        if document_id not in self.order:
            self.order.append(document_id)
        return self.order.index(document_id) + 1


def bracketed(numbers: Iterable[int]) -> str:
    """Return citation marks as they stand in a sentence: `[1] [3]`, each number once."""
    return " ".join(f"[{n}]" for n in dict.fromkeys(numbers))


def plain(text: str) -> str:
    """Return a sentence without its bracket marks and the spaces before them."""
    for mark in reversed(marks(text)):
        text = text[: mark.start].rstrip() + text[mark.end :]
    return text


def closed(text: str, numbers: Sequence[int]) -> list[str]:
    """Return the words of a statement that each of its citations closes, given their numbers.

    In "A [1], while B [2]" they are "A" for 1 and ", while B" for 2; where all marks stand together
    they are the whole statement. In "A [1]. B [1]." the first citation of 1 closes "A", the second
    ". B": where a source has as many marks as citations, they go together in order.
    """
    parts = _parts(text)
    found: list[str] = []
    for place, number in enumerate(numbers):
        own = [words for words, marked in parts if not marked or number in marked]
        paired = 1 < len(own) == numbers.count(number)
        found.append(own[numbers[:place].count(number)] if paired else " ".join(own))
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of a statement, each with its marks: "A [1]." and "B [1]."."""
    return re.split(r"(?<=\]\.) ", text)


def _parts(text: str) -> list[tuple[str, set[int]]]:
    """Return what the marks of a statement close, each part with the numbers after it."""
    parts: list[tuple[str, set[int]]] = []
    end = 0
    for mark in marks(text):
        words = text[end : mark.start].strip()
        if words or not parts:
            parts.append((words, set()))
        parts[-1][1].update(mark.numbers)
        end = mark.end
    if len(parts) < 2:
        return [(plain(text), set())]
    parts[-1] = (parts[-1][0] + text[end:].rstrip(), parts[-1][1])
    return parts


def source_card(document: StoredDocument, n: int | None = None) -> SourceCard:
    """Return what a report shows of a source; `n` is its number, None where it is not cited."""
    source = document.source
    return SourceCard(
        n=n,
        id=document.id,
        title=source.title,
        publisher=source.publisher,
        published=str(source.published) if source.published else None,
        fetched=str(source.fetched) if source.fetched else None,
        url=source.url,
        url_status=source.url_status,
        doc_type=source.doc_type,
        evidence_role=source.evidence_role,
        licence=source.licence,
        language=source.language,
        via=source.via,
        media=source.media,
        sha256=document.sha256,
    )
