"""Building a document from blocks of text in reading order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corpus.documents import Document, Heading, Source, Span
from corpus.loaders.fields import parse_date
from corpus.loaders.files import File
from corpus.text import normalise, one_line

MAX_CHARACTERS = 20_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or the like.

    `level` is that of a heading, from 1. A `close` block follows on the next line, as list items
    and table rows do; others are set off by a blank line.
    """

    text: str
    level: int | None = None
    close: bool = False


def table_row(cells: Iterable[str], *, first: bool) -> Block:
    """Return the cells of a row as one line; rows after the first stand close."""
    return Block(" | ".join(filter(None, map(one_line, cells))), close=not first)


def build_document(file: File, blocks: Iterable[Block], fields: Mapping[str, str]) -> Document:
    """Return the document that the blocks make up, normalised, with its headings recorded.

    Raises:
        LoadError: there is no text in the blocks, or more than `MAX_CHARACTERS`.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    for block in blocks:
        text = one_line(block.text) if block.level else normalise(block.text)
        if not text:
            continue
        gap = "" if not parts else "\n" if block.close else "\n\n"
        start = length + len(gap)
        length = start + len(text)
        parts += [gap, text]
        if block.level:
            headings.append(Heading(Span(start, length), block.level))
    return make_document(file, "".join(parts), fields, headings=headings)


def make_document(
    file: File,
    text: str,
    fields: Mapping[str, str],
    *,
    headings: Sequence[Heading] = (),
    pages: Sequence[int] = (),
) -> Document:
    """Return the document of a normalised text; `fields` are checked fields of `Source`.

    Fields not given have their defaults: the path as `key`, the first heading or else the file's
    stem as `title`, the media type as `media`.

    Raises:
        LoadError: there is no text, or more than `MAX_CHARACTERS`.
    """
    if not text:
        raise file.error("there is no text in it", "leave it out, or give it a text")
    if len(text) > MAX_CHARACTERS:
        raise file.error(
            f"its text has {len(text):,} characters, more than {MAX_CHARACTERS:,}",
            "split it into several files",
        )
    first_heading = headings[0].span.slice(text) if headings else None
    defaults = {"key": file.path, "title": first_heading or file.stem, "media": file.media}
    known = {**defaults, **fields}
    dates = {
        name: parse_date(known.pop(name)) for name in ("published", "fetched") if name in known
    }
    source = Source(**known, **dates)  # type: ignore[arg-type]
    return Document(source, text, tuple(headings), tuple(pages))
