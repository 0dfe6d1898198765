"""What lets a citation be found again anywhere: the words around it, its page, its offsets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.offsets import OffsetEncoding, encoded_offsets
from corpus.documents import page_at
from index.records import StoredDocument

CONTEXT = 32


@dataclass(frozen=True, slots=True)
class Anchor:
    """A span of a stored text: `prefix` and `suffix` are up to 32 code points around it.

    `utf16` and `utf8` are start and end in those units; `page` counts from 1.
    """

    prefix: str
    suffix: str
    page: int | None
    utf16: tuple[int, int]
    utf8: tuple[int, int]


Anchors = Mapping[str, Anchor]


def anchor_key(sha256: str, start: int, end: int) -> str:
    """Return the name of a span of a source version among `Anchors`."""
    return f"{sha256}:{start}-{end}"


def anchors_of(
    document: StoredDocument, spans: Iterable[tuple[int, int]]
) -> Iterator[tuple[str, Anchor]]:
    """Yield name and anchor of each span, given in code points, of a document's text."""
    wanted = list(spans)
    text = document.text
    offsets = [offset for span in wanted for offset in span]
    utf16 = encoded_offsets(text, offsets, "utf16")
    utf8 = encoded_offsets(text, offsets, "utf8")
    for start, end in wanted:
        anchor = Anchor(
            prefix=text[max(0, start - CONTEXT) : start],
            suffix=text[end : end + CONTEXT],
            page=page_at(document.pages, start),
            utf16=(utf16[start], utf16[end]),
            utf8=(utf8[start], utf8[end]),
        )
        yield anchor_key(document.sha256, start, end), anchor


def to_data(anchors: Anchors) -> dict[str, Any]:
    """Return the anchors as plain data."""
    return {
        key: {
            "prefix": a.prefix,
            "suffix": a.suffix,
            "page": a.page,
            "utf16": a.utf16,
            "utf8": a.utf8,
        }
        for key, a in anchors.items()
    }


def from_data(data: Mapping[str, Any]) -> Anchors:
    """Return the anchors that `to_data` gave."""
    return {
        key: Anchor(a["prefix"], a["suffix"], a["page"], tuple(a["utf16"]), tuple(a["utf8"]))
        for key, a in data.items()
    }


def anchored(
    cited: Mapping[str, Any], anchors: Anchors, encoding: OffsetEncoding
) -> dict[str, Any]:
    """Return a citation (or passage) as plain data with selector, locator and encoded offsets.

    The selector is that of W3C's Web Annotation (TextQuoteSelector).

    Raises:
        KeyError: there is no anchor for its span.
    """
    anchor = anchors[anchor_key(cited["sha256"], cited["start"], cited["end"])]
    start, end = _encoded(cited["start"], cited["end"], anchor, encoding)
    return {
        **cited,
        "start": start,
        "end": end,
        "selector": {"exact": cited["quote"], "prefix": anchor.prefix, "suffix": anchor.suffix},
        "locator": {"type": "char", "start": start, "end": end, "page": anchor.page},
    }


def encoded_span(
    sha256: str, start: int, end: int, anchors: Anchors, encoding: OffsetEncoding
) -> tuple[int, int]:
    """Return a span's offsets in `encoding`.

    Raises:
        KeyError: there is no anchor for it.
    """
    return _encoded(start, end, anchors[anchor_key(sha256, start, end)], encoding)


def _encoded(start: int, end: int, anchor: Anchor, encoding: OffsetEncoding) -> tuple[int, int]:
    match encoding:
        case "codepoint":
            return start, end
        case "utf16":
            return anchor.utf16
        case "utf8":
            return anchor.utf8
