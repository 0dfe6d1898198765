import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Document
from corpus.loaders import plain
from corpus.loaders.files import File
from corpus.problems import LoadError
from corpus.text import normalise

SPANISH = "El señor Peña llegó. ¿Quién lo vio?"


def document(data: bytes) -> Document:
    return plain.read(File("notes/a.txt", "text/plain", data)).documents[0]


@pytest.mark.parametrize(
    "data",
    [
        SPANISH.encode(),
        codecs.BOM_UTF8 + SPANISH.encode(),
        SPANISH.encode("utf-16"),
        codecs.BOM_UTF16_BE + SPANISH.encode("utf-16-be"),
        SPANISH.encode("utf-32"),
        SPANISH.encode("latin-1"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "utf-16 big end", "utf-32", "latin-1"],
)
def test_text_of_any_usual_encoding_is_read(data: bytes) -> None:
    assert document(data).text == SPANISH


def test_windows_quotes_and_bytes_beyond_it_are_read() -> None:
    assert document("“a” – b".encode("cp1252")).text == "“a” – b"
    assert document(b"caf\xe9 \x81").text == "café"


def test_a_few_broken_bytes_do_not_spoil_utf8() -> None:
    data = SPANISH.encode() + b" \xff fin"
    assert document(data).text == f"{SPANISH} \ufffd fin"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 text", "it begins like a PDF"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x7fELF\x02\x01\x01\0\0", "a program"),
        (b"MZ\x90\0\x03", "a program"),
        (b"some text\0more", "NUL bytes"),
        (b"\x01\x02\x03 text", "control characters"),
    ],
)
def test_binary_content_is_named(data: bytes, kind: str) -> None:
    with pytest.raises(LoadError, match=rf"notes/a.txt: its content is binary \(.*{kind}"):
        document(data)


def test_text_that_begins_with_the_letters_of_a_program_is_text() -> None:
    assert document(b"MZ is an abbreviation.").text == "MZ is an abbreviation."


def test_a_stray_control_is_dropped() -> None:
    assert document(b"The end.\x1a").text == "The end."


def test_only_white_space_is_no_text() -> None:
    with pytest.raises(LoadError, match="there is no text in it"):
        document(b" \n\t\n")


def test_defaults_come_from_the_place_of_the_file() -> None:
    source = document(b"Text.").source
    assert (source.key, source.title, source.media) == ("notes/a.txt", "a", "text/plain")
    assert source.published is None


def test_paragraphs_wrapped_at_72_columns_become_whole() -> None:
    line = "These are seventy-two characters of text, and so on to the end of a line"
    data = f"  {line}\n{line}\n{line}\nfin.\n\nNext.".encode()
    assert document(data).text == f"{line} {line} {line} fin.\n\nNext."


@given(st.binary(min_size=1))
def test_any_bytes_are_a_normalised_document_or_a_named_error(data: bytes) -> None:
    try:
        made = document(data)
    except LoadError:
        return
    assert normalise(made.text) == made.text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_utf8_text_loses_nothing_but_what_normalising_drops(text: str) -> None:
    try:
        made = document(text.encode())
    except LoadError:
        return
    assert made.text.split() == normalise(text).split()
