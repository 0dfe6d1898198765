"""PDF files: the text of each page, its lines joined into paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from corpus.loaders.blocks import MAX_CHARACTERS, make_document
from corpus.loaders.fields import found_fields
from corpus.loaders.files import File, Loaded
from corpus.loaders.wrapping import unwrap
from corpus.text import normalise

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 5_000
# Lines of proportional type differ in length even where each is full.
_SLACK = 0.8
_PAGE_NUMBER = re.compile(
    r"(?:page\s+|p\.\s*|[-–—]\s*)?\d{1,4}(?:\s*(?:of|/|de)\s*\d{1,4})?(?:\s*[-–—])?", re.I
)
_JUNK_TITLE = re.compile(r"untitled.*|microsoft word - .*|.*\.\w{2,5}|[\W\d_]*", re.IGNORECASE)
_FEWEST_REPEATS = 3


def read(file: File) -> Loaded:
    """Return the file's text as one document that knows where each of its pages begins.

    Page numbers and lines that head or foot most pages are left out, so that a sentence may run
    on over a page.

    Raises:
        LoadError: the file is encrypted or damaged, has no text, or is past the limits of pages
            or characters.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if b"%PDF-" not in file.data[:1024]:
        raise file.error("its content is not a PDF", "give it the suffix of its real type")
    try:
        reader = PdfReader(BytesIO(file.data))
        _unlock(file, reader)
        pages = _without_running_lines(list(_pages(file, reader)))
        fields = _fields(reader)
    except PyPdfError as error:
        raise file.error(
            f"the PDF cannot be read ({error})", "open it, and print it to a new PDF"
        ) from error
    unwrapped = unwrap([line for page in pages for line in page], slack=_SLACK)
    if not unwrapped.text:
        raise file.error(
            "there is no text in it: its pages seem to be images", "run text recognition (OCR)"
        )
    document = make_document(file, unwrapped.text, fields, pages=_starts(pages, unwrapped.starts))
    return Loaded((document,))


def _unlock(file: File, reader: "PdfReader") -> None:
    """Open a file that only restricts printing and the like, and so needs no password."""
    from pypdf.errors import DependencyError, PyPdfError

    if not reader.is_encrypted:
        return
    try:
        unlocked = bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError, PyPdfError):
        unlocked = False
    if not unlocked:
        raise file.error("the PDF is encrypted", "save a copy without password and encryption")


def _pages(file: File, reader: "PdfReader") -> Iterator[list[str]]:
    """Yield the normalised lines of each page."""
    characters = 0
    for number, page in enumerate(islice(reader.pages, MAX_PAGES + 1)):
        if number == MAX_PAGES:
            raise file.error(f"the PDF has more than {MAX_PAGES:,} pages", "split it")
        text = normalise(page.extract_text())
        characters += len(text)
        if characters > MAX_CHARACTERS:
            raise file.error(f"its text has more than {MAX_CHARACTERS:,} characters", "split it")
        yield [line.strip() for line in text.split("\n")]


def _without_running_lines(pages: Sequence[list[str]]) -> list[list[str]]:
    """Return the pages without page numbers and without what heads or foots most of them."""
    edges = Counter(
        form for page in pages for form in {_form(line) for line in (*page[:1], *page[-1:])}
    )
    often = max(_FEWEST_REPEATS, len(pages) // 2 + 1)
    running = {form for form, count in edges.items() if count >= often}
    return [_trimmed(page, running) for page in pages]


def _trimmed(page: Sequence[str], running: set[str]) -> list[str]:
    begin, end = 0, len(page)
    while begin < end and _is_running(page[begin], running):
        begin += 1
    while begin < end and _is_running(page[end - 1], running):
        end -= 1
    return list(page[begin:end])


def _is_running(line: str, running: set[str]) -> bool:
    return not line or bool(_PAGE_NUMBER.fullmatch(line)) or _form(line) in running


def _form(line: str) -> str:
    """Return the line with its numbers made alike."""
    return re.sub(r"\d+", "0", line)


def _starts(pages: Sequence[Sequence[str]], line_starts: Sequence[int]) -> tuple[int, ...]:
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
