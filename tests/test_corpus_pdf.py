import io
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate

from corpus.documents import Document, page_at
from corpus.loaders import pdf
from corpus.loaders.files import File
from corpus.problems import LoadError
from corpus.text import normalise

STYLES = getSampleStyleSheet()
FIRST = (
    "The committee met in the capital on the second day of March and heard nine witnesses, most of "
    "them officers of the coast guard. None of them had seen the vessel before it was stopped, and "
    "none could say where it had been loaded."
)
SECOND = (
    "Gen. Ruiz of the U.S. Army wrote that “no evidence” of a cross-border route through the port "
    "was found. The report of the committee was adopted by eleven votes to four in the last week "
    "of April, after a debate of two days that was not open to the press."
)


def read(data: bytes, **limits: int) -> Document:
    file = File("files/report.pdf", "application/pdf", data)
    return pdf.read(file, **limits).documents[0]


def built(
    *flowables: Flowable, furniture: Any = lambda canvas, template: None, **meta: Any
) -> bytes:
    stream = io.BytesIO()
    template = SimpleDocTemplate(stream, pagesize=A4, **meta)
    template.build(list(flowables), onFirstPage=furniture, onLaterPages=furniture)
    return stream.getvalue()


def lines(pages: Sequence[Sequence[str]]) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    for page in pages:
        for number, line in enumerate(page):
            canvas.drawString(72, 760 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def body(text: str) -> Paragraph:
    return Paragraph(text, STYLES["BodyText"])


def test_the_lines_of_a_paragraph_are_joined_and_headings_set_apart() -> None:
    made = read(
        built(
            Paragraph("Report of the committee", STYLES["Title"]),
            Paragraph("Findings", STYLES["Heading2"]),
            body(FIRST),
            body(SECOND),
            Paragraph("Votes", STYLES["Heading2"]),
            body(FIRST),
        )
    )
    assert made.text == (
        f"Report of the committee\n\nFindings\n\n{FIRST}\n\n{SECOND}\n\nVotes\n\n{FIRST}"
    )
    assert [(heading.level, heading.span.slice(made.text)) for heading in made.headings] == [
        (1, "Report of the committee"),
        (2, "Findings"),
        (2, "Votes"),
    ]
    assert made.source.title == "Report of the committee"


def test_pages_are_kept_where_they_begin() -> None:
    made = read(built(body(FIRST), PageBreak(), body(SECOND), PageBreak(), body(FIRST)))
    assert len(made.pages) == 3
    assert [page_at(made.pages, made.text.index(word)) for word in ("nine", "Gen.")] == [1, 2]
    assert page_at(made.pages, made.text.rindex("nine")) == 3


def test_a_sentence_runs_on_over_page_numbers_and_running_heads() -> None:
    def furniture(canvas: Canvas, _: object) -> None:
        canvas.drawString(72, 815, f"Annual report 2025, part {canvas.getPageNumber()}")
        canvas.drawString(300, 30, f"Page {canvas.getPageNumber()} of 4")

    made = read(built(body(" ".join([FIRST, SECOND] * 30)), furniture=furniture))
    assert len(made.pages) > 2
    assert made.text == " ".join([FIRST, SECOND] * 30)


def test_a_word_broken_at_the_end_of_a_line_is_made_whole() -> None:
    made = read(
        lines(
            [
                [
                    "The committee met in the capital on the second day of March and heard wit-",
                    "nesses, most of them officers of the coast guard and some of the cross-border",
                    "police. The officers of the cross-",
                    "border police said nothing, and so the committee closed its session early.",
                ]
            ]
        )
    )
    assert "heard witnesses, most" in made.text
    assert "officers of the cross-border police said" in made.text


def test_a_page_without_text_keeps_the_count_of_pages() -> None:
    made = read(lines([["One."], [], ["Three."]]))
    assert made.text == "One.\nThree."
    assert page_at(made.pages, made.text.index("Three")) == 3


def test_title_and_language_come_from_the_file() -> None:
    source = read(built(body(FIRST), title="A good title", author="Somebody", lang="en-US")).source
    assert (source.title, source.language) == ("A good title", "en-US")
    assert source.publisher is None
    assert source.published is None


@pytest.mark.parametrize(
    "title", ["untitled", "(anonymous)", "Microsoft Word - draft.doc", "scan_01.pdf", "12-3"]
)
def test_a_title_that_is_none_is_not_taken(title: str) -> None:
    assert read(built(body(FIRST), title=title)).source.title == "report"


def encrypted(password: str) -> bytes:
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(built(body(FIRST)))))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_an_encrypted_file_is_named() -> None:
    with pytest.raises(LoadError, match="the PDF is encrypted; save a copy without password"):
        read(encrypted("secret"))


def test_a_file_encrypted_beyond_the_library_is_named() -> None:
    head, tail = b" ".join([b"<" + b"00" * 48 + b">"]), b"<" + b"00" * 32 + b">"
    data = (
        b"%PDF-2.0\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type /Pages /Kids [] /Count 0>> endobj\n"
        b"3 0 obj <</Filter /Standard /V 5 /R 6 /Length 256 /P -4 /StmF /StdCF /StrF /StdCF "
        b"/CF <</StdCF <</CFM /AESV3 /Length 32>>>> /U "
        + head
        + b" /O "
        + head
        + b" /UE "
        + tail
        + b" /OE "
        + tail
        + b" /Perms <"
        + b"00" * 16
        + b">>> endobj\n"
        b"trailer <</Root 1 0 R /Encrypt 3 0 R /ID [<00> <00>]>>\nstartxref\n0\n%%EOF"
    )
    with pytest.raises(LoadError, match="the PDF is encrypted"):
        read(data)


def test_a_file_that_only_restricts_printing_is_read() -> None:
    assert read(encrypted("")).text == FIRST


def test_a_file_of_images_is_named() -> None:
    with pytest.raises(LoadError, match=r"pages seem to be images; run text recognition \(OCR\)"):
        read(lines([[], []]))


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + b"junk " * 200])
def test_a_damaged_file_is_named(data: bytes) -> None:
    with pytest.raises(LoadError, match="the PDF cannot be read"):
        read(data)


def test_another_content_is_named() -> None:
    with pytest.raises(LoadError, match="its content is not a PDF"):
        read(b"Just text.")


def test_a_stream_that_inflates_without_end_is_named() -> None:
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(lines([["One."]]))))
    page = writer.pages[0]
    bomb = StreamObject()
    bomb[NameObject("/Filter")] = NameObject("/FlateDecode")
    bomb._data = zlib.compress(b" " * 100_000_000)
    page[NameObject("/Contents")] = writer._add_object(bomb)
    stream = io.BytesIO()
    writer.write(stream)
    assert len(stream.getvalue()) < 200_000
    with pytest.raises(LoadError, match=r"the PDF cannot be read \(.*[Ll]imit"):
        read(stream.getvalue())


def test_too_many_pages_are_named() -> None:
    assert len(read(lines([["One."], ["Two."]]), max_pages=2).pages) == 2
    with pytest.raises(LoadError, match="more than 2 pages; split it"):
        read(lines([["One."], ["Two."], ["Three."]]), max_pages=2)


def test_too_many_characters_are_named() -> None:
    with pytest.raises(LoadError, match="more than 100 characters"):
        read(built(body(FIRST)), max_characters=100)


def test_the_text_is_normalised_and_headings_slice() -> None:
    made = read(built(Paragraph("Café “x”", STYLES["Heading1"]), body(SECOND)))
    assert normalise(made.text) == made.text
    assert made.headings[0].span.slice(made.text) == "Café “x”"
