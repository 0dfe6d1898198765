"""PDF files: the text of each page, its lines joined into paragraphs."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING

from corpus.documents import Heading, Span
from corpus.loaders.blocks import MAX_CHARACTERS, make_document
from corpus.loaders.fields import found_fields
from corpus.loaders.files import File, Loaded
from corpus.loaders.wrapping import unwrap
from corpus.text import one_line

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PAGES = 5_000
# Lines of proportional type differ in length even where each is full.
_SLACK = 0.8
_PAGE_NUMBER = re.compile(
    r"(?:page\s+|p\.\s*|[-–—]\s*)?\d{1,4}(?:\s*(?:of|/|de)\s*\d{1,4})?(?:\s*[-–—])?", re.I
)
_JUNK_TITLE = re.compile(
    r"\W*(?:untitled|anonymous|unspecified)\b.*|microsoft word - .*|.*\.\w{2,5}|[\W\d_]*",
    re.IGNORECASE,
)
_FEWEST_REPEATS = 3
_EDGE = 3
_HEADING_SIZE = 1.15
_LONGEST_HEADING = 150


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page and its type size in points; `level` is that of a heading."""

    text: str
    size: float
    level: int | None = None


def read(file: File, *, max_pages: int = MAX_PAGES, max_characters: int = MAX_CHARACTERS) -> Loaded:
    """Return the file's text as one document that knows where each of its pages begins.

    Lines in larger type than most of the text are headings, their levels the ranks of the sizes.

    Page numbers and lines that head or foot most pages are left out, so that a sentence may run
    on over a page.

    Raises:
        LoadError: the file is encrypted or damaged, has no text, or is past the limits of pages
            or characters.
    """
    from pypdf.errors import PyPdfError

    if b"%PDF-" not in file.data[:1024]:
        raise file.error("its content is not a PDF", "give it the suffix of its real type")
    try:
        reader = _opened(file)
        pages = _pages(file, reader, max_pages, max_characters)
        fields = _fields(reader)
    except PyPdfError as error:
        raise file.error(
            f"the PDF cannot be read ({error})", "open it, and print it to a new PDF"
        ) from error
    lines = [line for page in pages for line in page]
    unwrapped = unwrap([line.text for line in lines], slack=_SLACK)
    if not unwrapped.text:
        raise file.error(
            "there is no text in it: its pages seem to be images", "run text recognition (OCR)"
        )
    headings = [
        Heading(Span(start, start + len(line.text)), line.level)
        for line, start in zip(lines, unwrapped.starts, strict=True)
        if line.level
    ]
    starts = _starts(pages, unwrapped.starts)
    return Loaded((make_document(file, unwrapped.text, fields, headings=headings, pages=starts),))


def _opened(file: File) -> "PdfReader":
    """Open a file that needs no password, though it may restrict printing and the like."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(BytesIO(file.data))
        if not reader.is_encrypted or reader.decrypt(""):
            return reader
    except DependencyError:  # an algorithm that only an optional package knows
        pass
    raise file.error("the PDF is encrypted", "save a copy without password and encryption")


def _pages(
    file: File, reader: "PdfReader", max_pages: int, max_characters: int
) -> list[list[_Line]]:
    """Return the lines of each page without running lines, its headings set off."""
    pages: list[list[_Line]] = []
    characters = 0
    for page in reader.pages:
        if len(pages) == max_pages:
            raise file.error(f"the PDF has more than {max_pages:,} pages", "split it")
        pages.append(_lines(page))
        characters += sum(len(line.text) for line in pages[-1])
        if characters > max_characters:
            raise file.error(f"its text has more than {max_characters:,} characters", "split it")
    return _with_headings(_without_running_lines(pages))


def _lines(page: "PageObject") -> list[_Line]:
    """Return the normalised lines of a page, with the type size of most of their characters."""
    lines: list[_Line] = []
    text, sizes = "", Counter[float]()

    def visit(
        piece: str, outer: Sequence[float], inner: Sequence[float], _: object, size: float
    ) -> None:
        nonlocal text, sizes
        scale = math.hypot(*inner[2:4]) * math.hypot(*outer[2:4])
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append(_line(text, sizes))
                text, sizes = "", Counter()
            text += part
            sizes[round(size * scale, 1)] += len(part.strip())

    page.extract_text(visitor_text=visit)
    return [*lines, _line(text, sizes)]


def _line(text: str, sizes: Counter[float]) -> _Line:
    return _Line(one_line(text), max(sizes, key=lambda size: sizes[size], default=0.0))


def _without_running_lines(pages: Sequence[list[_Line]]) -> list[list[_Line]]:
    """Return the pages without page numbers and without what heads or foots most of them."""
    edges = Counter(
        form
        for page in pages
        for form in {_form(line.text) for line in (*page[:_EDGE], *page[-_EDGE:])}
    )
    often = max(_FEWEST_REPEATS, len(pages) // 2 + 1)
    running = {form for form, count in edges.items() if count >= often}
    return [_trimmed(page, running) for page in pages]


def _trimmed(page: Sequence[_Line], running: set[str]) -> list[_Line]:
    begin, end = 0, len(page)
    while begin < end and _is_running(page[begin].text, running):
        begin += 1
    while begin < end and _is_running(page[end - 1].text, running):
        end -= 1
    return list(page[begin:end])


def _is_running(line: str, running: set[str]) -> bool:
    return not line or bool(_PAGE_NUMBER.fullmatch(line)) or _form(line) in running


def _with_headings(pages: Sequence[list[_Line]]) -> list[list[_Line]]:
    """Return the pages with their headings, told by size, on one line each and set off.

    A heading's level is the rank of its size.
    """
    characters = Counter[float]()
    for page in pages:
        for line in page:
            characters[line.size] += len(line.text)
    body = max(characters, key=lambda size: characters[size], default=0.0)
    sizes = sorted({line.size for page in pages for line in page if _is_heading(line, body)})
    levels = {size: level for level, size in enumerate(reversed(sizes), 1)}
    return [_set_off(page, body, levels) for page in pages]


def _set_off(page: Sequence[_Line], body: float, levels: Mapping[float, int]) -> list[_Line]:
    lines: list[_Line] = []
    for heading, run in groupby(page, lambda line: (_is_heading(line, body), line.size)):
        if heading[0]:
            text = " ".join(line.text for line in run)
            lines += [_Line("", 0.0), _Line(text, heading[1], levels[heading[1]]), _Line("", 0.0)]
        else:
            lines += run
    return lines


def _is_heading(line: _Line, body: float) -> bool:
    return (
        line.size >= _HEADING_SIZE * body
        and len(line.text) <= _LONGEST_HEADING
        and any(character.isalpha() for character in line.text)
    )


def _form(line: str) -> str:
    """Return the line with its numbers made alike."""
    return re.sub(r"\d+", "0", line)


def _starts(pages: Sequence[Sequence[_Line]], line_starts: Sequence[int]) -> tuple[int, ...]:
    """Return where each page begins; one without text begins where the next line stands."""
    starts, line = [], 0
    for page in pages:
        starts.append(line_starts[min(line, len(line_starts) - 1)])
        line += len(page)
    return tuple(starts)


def _fields(reader: "PdfReader") -> dict[str, str]:
    title = str(reader.metadata.title or "") if reader.metadata else ""
    language = reader.root_object.get("/Lang")
    return found_fields(
        {
            "title": None if _JUNK_TITLE.fullmatch(title) else title,
            "language": str(language) if language else None,
        }
    )
