"""DOCX files: paragraphs, headings by style, lists and tables."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from corpus.loaders.blocks import Block, build_document, table_row
from corpus.loaders.fields import found_fields
from corpus.loaders.files import File, Loaded

if TYPE_CHECKING:
    from docx.document import Document as Opened
    from lxml.etree import _Element  # type: ignore[import-untyped]

MAX_ENTRIES = 5_000
MAX_INFLATED = 200 * 1024 * 1024
MAX_RATIO = 200
_SMALL = 1024 * 1024
_STEP = 256 * 1024
_DOCTYPES = tuple("<!DOCTYPE".encode(form) for form in ("ascii", "utf-16-le", "utf-16-be"))
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CONTAINERS = frozenset(
    {f"{_WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
)
# Deleted, hidden or doubled text is not what a reader of the document sees.
_UNREAD = frozenset(
    {f"{_WORD}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr")}
    | {f"{_COMPATIBILITY}Fallback"}
)
_BREAKS = {
    f"{_WORD}tab": " ",
    f"{_WORD}br": "\n",
    f"{_WORD}cr": "\n",
    f"{_WORD}noBreakHyphen": "-",
}
_HEADING = re.compile(r"heading ([1-9])|title", re.IGNORECASE)
_MOST_ANCESTORS = 10
_BODY_LEVEL = 9


def read(file: File, *, max_inflated: int = MAX_INFLATED) -> Loaded:
    """Return the body's text as one document; title and language come from its properties.

    Raises:
        LoadError: the file is not a DOCX, is encrypted, inflates past the limits, declares a
            document type, or has no text.
    """
    import docx

    _check_archive(file, max_inflated)
    opened = docx.Document(BytesIO(file.data))
    properties = opened.core_properties
    fields = found_fields(
        {
            # The library's own stand-in where the file has no properties.
            "title": None if properties.title == "Word Document" else properties.title,
            "language": properties.language,
        }
    )
    blocks = _blocks(opened.element.body, _styles(opened))
    return Loaded((build_document(file, blocks, fields),))


def _check_archive(file: File, max_inflated: int) -> None:
    """Inflate every entry, counting, before anything is built from it."""
    if file.data.startswith(b"\xd0\xcf\x11\xe0"):
        raise file.error(
            "it is encrypted or in the old DOC format", "save it as DOCX without a password"
        )
    try:
        with ZipFile(BytesIO(file.data)) as archive:
            _check_entries(file, archive, max_inflated)
    except BadZipFile as error:
        raise file.error(
            f"it is not a whole DOCX file ({error})", "open it, repair it and save it anew"
        ) from error


def _check_entries(file: File, archive: ZipFile, max_inflated: int) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise file.error(f"it holds {len(entries):,} parts, more than {MAX_ENTRIES:,}", _BOMB)
    total = 0
    for entry in entries:
        if entry.flag_bits & 1:
            raise file.error("it is encrypted", "save it without a password")
        inflated, tail = 0, b""
        with archive.open(entry) as stream:
            while step := stream.read(_STEP):
                inflated += len(step)
                total += len(step)
                if total > max_inflated:
                    raise file.error(f"it inflates to more than {max_inflated >> 20} MiB", _BOMB)
                if inflated > max(_SMALL, MAX_RATIO * entry.compress_size):
                    raise file.error(f"a part inflates more than {MAX_RATIO} times", _BOMB)
                tail = tail[-32:] + step
                if any(mark in tail for mark in _DOCTYPES):
                    raise file.error("a part declares a document type (DTD)", _BOMB)


_BOMB = "leave it out: no word processor writes such a file"


@dataclass(frozen=True, slots=True)
class _Styles:
    """The heading level of each heading style, and the list styles, by style id."""

    levels: Mapping[str, int]
    lists: Set[str]


def _styles(opened: "Opened") -> _Styles:
    levels, lists = {}, set()
    for style in opened.styles:
        ancestor: Any = style
        for _ in range(_MOST_ANCESTORS):
            name = getattr(ancestor, "name", None) or ""
            if match := _HEADING.fullmatch(name):
                levels[style.style_id] = int(match[1] or 1)
                break
            if name.startswith("List"):
                lists.add(style.style_id)
                break
            ancestor = getattr(ancestor, "base_style", None)
    return _Styles(levels, lists)


def _blocks(container: "_Element", styles: _Styles) -> Iterator[Block]:
    listed = False
    for element in _children(container):
        if element.tag == f"{_WORD}p":
            level = _level(element, styles)
            item = level is None and _is_item(element, styles)
            yield Block("".join(_words(element)), level, close=item and listed)
            listed = item
        elif element.tag == f"{_WORD}tbl":
            rows = [row for row in _children(element) if row.tag == f"{_WORD}tr"]
            for number, row in enumerate(rows):
                yield table_row(map(_cell, _children(row)), first=number == 0)
            listed = False


def _children(element: "_Element") -> Iterator["_Element"]:
    """Yield the parts of a body, table or row, those within content controls and insertions too."""
    for child in element:
        if child.tag in _CONTAINERS:
            yield from _children(child)
        else:
            yield child


def _cell(element: "_Element") -> str:
    paragraphs = element.iter(f"{_WORD}p")
    return " ".join("".join(_words(paragraph)) for paragraph in paragraphs)


def _words(element: "_Element") -> Iterator[str]:
    """Yield the text that a reader sees, in order."""
    for child in element:
        if child.tag in {f"{_WORD}t", f"{_MATH}t"}:
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag == f"{_WORD}txbxContent":
            yield from ("\n", *_words(child), "\n")
        elif child.tag not in _UNREAD and not _is_hidden(child):
            yield from _words(child)


def _is_hidden(run: "_Element") -> bool:
    vanish = run.find(f"{_WORD}rPr/{_WORD}vanish")
    return vanish is not None and vanish.get(f"{_WORD}val", "true") not in {"0", "false", "off"}


def _level(paragraph: "_Element", styles: _Styles) -> int | None:
    """Return the heading level by the paragraph's own outline level, else by its style."""
    outline = paragraph.find(f"{_WORD}pPr/{_WORD}outlineLvl")
    if outline is not None:
        value = outline.get(f"{_WORD}val", "")
        return int(value) + 1 if value.isdecimal() and int(value) < _BODY_LEVEL else None
    return styles.levels.get(_style_id(paragraph))


def _is_item(paragraph: "_Element", styles: _Styles) -> bool:
    numbered = paragraph.find(f"{_WORD}pPr/{_WORD}numPr") is not None
    return numbered or _style_id(paragraph) in styles.lists


def _style_id(paragraph: "_Element") -> str:
    style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    return "" if style is None else style.get(f"{_WORD}val", "")
