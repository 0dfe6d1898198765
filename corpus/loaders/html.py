"""HTML pages: the main text without navigation and advertising, and what the head says of it."""

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.loaders.blocks import Block, build_document, table_row
from corpus.loaders.fields import found_fields
from corpus.loaders.files import File, Loaded
from corpus.loaders.plain import decode

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 4096
# The others are either found without a declaration, or cannot have been used to declare anything.
_LEGACY = re.compile(
    r"iso8859-(?:[2-9]|1\d)|cp\d+|koi8-\w|gb\w*|big5\w*|shift_jis\w*|euc_\w+|iso2022_\w+|mac-\w+"
)
_FIELDS = {"title": "title", "publisher": "sitename", "published": "date", "url": "url"}
_PARTS = frozenset({"p", "head", "list", "item", "quote", "table", "row", "code", "div", "ab"})
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|r?em|%)?\s*(?:[;!]|\Z)",
    re.IGNORECASE,
)
# Within these, code is a word of the sentence.
_LINES = frozenset({"p", "item", "quote"})
# Dates come from the page's own metadata only: dates in its text are about something else.
_DATE_OPTIONS = {"original_date": True, "extensive_search": False, "max_date": "2200-01-01"}


def read(file: File) -> Loaded:
    """Return the page's main text as one document, with its headings, lists, tables and quotations.

    Title, publisher, date, URL and language come from the page's head where it has them. What the
    page itself hides from its readers is left out. Nothing is fetched.

    Raises:
        LoadError: the content is binary, or there is no text.
    """
    from lxml import etree, html  # type: ignore[import-untyped]
    from trafilatura import bare_extraction, html2txt

    page = _characters(file)
    if not page.strip():
        raise file.error("there is no text in it", "leave it out, or save the page again")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = html.document_fromstring(page.encode(), parser=parser)
    for element in list(tree.iter()):
        if element.tag not in {"html", "body"} and _is_hidden(element):
            element.drop_tree()
    # The extractor moves words that are marked up within code, as highlighters do.
    for code in tree.iter("code", "pre"):
        etree.strip_tags(code, "a", "b", "em", "i", "span", "strong", "u")
    found = bare_extraction(
        tree,
        with_metadata=True,
        include_formatting=True,
        include_comments=False,
        date_extraction_params=_DATE_OPTIONS,
    )
    if found is None:
        return Loaded((build_document(file, [Block(html2txt(tree))], {}),))
    metadata = {name: getattr(found, attribute) for name, attribute in _FIELDS.items()}
    fields = found_fields({**metadata, "language": tree.get("lang")})
    return Loaded((build_document(file, _blocks(found.body), fields),))


def _characters(file: File) -> str:
    """Decode by the page's own declaration, else as any text."""
    declared = _CHARSET.search(file.data[:_HEAD_BYTES])
    if declared and b"\0" not in file.data:
        try:
            encoding = codecs.lookup(declared[1].decode("ascii")).name
            if _LEGACY.fullmatch(encoding):
                return file.data.decode(encoding)
        except (LookupError, UnicodeError):
            pass
    return decode(file)


def _is_hidden(element: "_Element") -> bool:
    return (
        element.tag == "template"
        or element.get("hidden") is not None
        or bool(_HIDING.search(element.get("style", "")))
    )


def _blocks(element: "_Element", *, close: bool = False) -> Iterator[Block]:
    """Yield the text of an element's parts in order; text between them is a part of its own."""
    words = [_flat(element.text)]
    for child in element:
        if child.tag in _PARTS and not (child.tag == "code" and element.tag in _LINES):
            yield Block("".join(words), close=close)
            yield from _part(child, listed=element.tag == "item")
            words = [_flat(child.tail)]
        else:
            words += [_inline(child), _flat(child.tail)]
    yield Block("".join(words), close=close)


def _part(element: "_Element", *, listed: bool) -> Iterator[Block]:
    match element.tag:
        case "head":
            level = element.get("rend", "")[1:]
            yield Block(_inline(element), int(level) if level.isdecimal() else 2)
        case "code":
            yield Block("".join(element.itertext()), close=listed)
        case "list":
            for number, item in enumerate(element):
                yield from _blocks(item, close=listed or number > 0)
        case "table":
            for number, row in enumerate(element.iter("row")):
                yield table_row((_inline(cell) for cell in row), first=number == 0)
        case _:
            yield from _blocks(element, close=listed)


def _inline(element: "_Element") -> str:
    """Return all words within the element; only `lb` breaks the line."""
    words = ["\n" if element.tag == "lb" else "", _flat(element.text)]
    for child in element:
        words += [_inline(child), _flat(child.tail)]
    return "".join(words)


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")
