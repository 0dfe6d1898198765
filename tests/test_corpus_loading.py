import io
import os
import subprocess
import sys
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from corpus.documents import Document
from corpus.loading import MEDIA_TYPES, discover, load
from corpus.problems import LoadError
from corpus.text import normalise


def write(folder: Path, name: str, content: str | bytes = "Text.") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def pdf_sample() -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.drawString(72, 700, "Some words of a page.")
    canvas.save()
    return stream.getvalue()


def docx_sample() -> bytes:
    stream = io.BytesIO()
    opened = docx.Document()
    opened.add_heading("Title", 1)
    opened.add_paragraph("Some words.")
    opened.save(stream)
    return stream.getvalue()


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in discover(folder).files]


def problems(folder: Path) -> dict[str, str]:
    return {problem.path: problem.reason for problem in discover(folder).problems}


def refused(path: Path, root: Path, **options: int) -> LoadError:
    with pytest.raises(LoadError) as caught:
        load(path, root, **options)
    assert caught.value.advice
    return caught.value


def test_known_files_are_found_in_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/z.md", "a.pdf", "b/C.TXT", "b.html", "B.jsonl"):
        write(tmp_path, name)
    assert names(tmp_path) == ["B.jsonl", "a.pdf", "b.html", "b/C.TXT", "b/z.md"]
    assert problems(tmp_path) == {}


def test_hidden_files_and_readmes_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.md", ".git/a.md", "README.md", "sub/readme.txt", "ok.md"):
        write(tmp_path, name)
    assert names(tmp_path) == ["ok.md"]
    assert problems(tmp_path) == {}


def test_unknown_suffixes_are_reported_as_skipped(tmp_path: Path) -> None:
    for name in ("a.xlsx", "noted", "ok.md"):
        write(tmp_path, name)
    assert problems(tmp_path) == {
        "a.xlsx": "skipped: files with the suffix .xlsx are not read",
        "noted": "skipped: no suffix",
    }


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert discover(tmp_path).files == ()


@pytest.mark.parametrize("name", ["absent", "file.md"])
def test_what_is_no_folder_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, "file.md")
    with pytest.raises(LoadError, match=f"{name}: the folder cannot be read"):
        discover(tmp_path / name)


def test_links_that_lead_out_or_nowhere_are_reported(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/secret.md")
    folder = tmp_path / "notes"
    inside = write(folder, "real/inside.md")
    (folder / "out.md").symlink_to(outside)
    (folder / "up.md").symlink_to("../outside/secret.md")
    (folder / "folder").symlink_to(outside.parent)
    (folder / "again").symlink_to(inside.parent)
    (folder / "nowhere.md").symlink_to(folder / "absent.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "same.md").symlink_to(inside)
    assert names(folder) == ["real/inside.md", "same.md"]
    assert problems(folder) == {
        "again": "it is a link to a folder beside it",
        "folder": "it is a link out of the folder",
        "loop.md": "it is a link that leads nowhere",
        "nowhere.md": "it is a link that leads nowhere",
        "out.md": "it is a link out of the folder",
        "up.md": "it is a link out of the folder",
    }
    for name in ("out.md", "up.md", "folder/secret.md"):
        assert refused(folder / name, folder).reason == "it is a link out of the folder"


def test_a_path_that_climbs_out_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "secret.md")
    folder = tmp_path / "notes"
    folder.mkdir()
    assert "out of the folder" in refused(folder / ".." / "secret.md", folder).reason


def test_names_that_cannot_be_stored_or_shown_are_reported(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.md")).write_text("Text.")
    write(tmp_path, "a\x1b[31m.md")
    assert names(tmp_path) == []
    reason = "its name is not UTF-8 or not printable"
    assert problems(tmp_path) == {"a[31m.md": reason, "b\ufffd.md": reason}


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert problems(tmp_path) == {"pipe.md": "it is not a regular file"}
    assert refused(tmp_path / "pipe.md", tmp_path).reason == "it is not a regular file"


def test_a_folder_that_cannot_be_listed_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "closed/a.md")
    write(tmp_path, "ok.md")
    closed = tmp_path / "closed"
    closed.chmod(0)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("this user may read everything")
        assert names(tmp_path) == ["ok.md"]
        assert problems(tmp_path) == {"closed": "the folder cannot be read (Permission denied)"}
    finally:
        closed.chmod(0o700)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    assert refused(path, tmp_path).reason == "it has 200.0 MiB, more than 50.0 MiB"
    small = write(tmp_path, "small.txt", "12345")
    assert load(small, tmp_path, max_bytes=5).documents[0].text == "12345"
    assert "more than" in refused(small, tmp_path, max_bytes=4).reason


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    for suffix in MEDIA_TYPES:
        path = write(tmp_path, f"a{suffix}", b"")
        assert refused(path, tmp_path).reason == "it is empty (0 bytes)"


def test_a_vanished_file_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "gone.md", tmp_path)
    assert error.reason == "it vanished before it was read"
    assert error.path == "gone.md"


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    assert "suffix .exe" in refused(write(tmp_path, "a.exe"), tmp_path).reason


@pytest.mark.parametrize("suffix", sorted(MEDIA_TYPES))
@pytest.mark.parametrize(
    "content",
    [b"\0\x01\x02" * 400, bytes(range(256)) * 8, b"%PDF-1.7\n%%EOF", b"PK\x03\x04" + b"\x7f" * 90],
    ids=["zeros", "every byte", "head of a PDF", "head of a zip"],
)
def test_binary_content_under_any_suffix_is_named(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    assert refused(write(tmp_path, f"a{suffix}", content), tmp_path).reason


def test_the_path_within_the_folder_is_the_key(tmp_path: Path) -> None:
    path = write(tmp_path, "sub/Ñandú notes.md", "# A title\n\nText.")
    source = load(path, tmp_path).documents[0].source
    assert source.key == "sub/Ñandú notes.md"
    assert source.title == "A title"
    assert source.media == "text/markdown"


def test_loading_twice_gives_equal_documents(tmp_path: Path) -> None:
    path = write(tmp_path, "a.html", "<html><body><h1>T</h1><p>Some words here.</p></body></html>")
    first, second = (load(path, tmp_path).documents for _ in range(2))
    assert isinstance(first[0], Document)
    assert first == second


SAMPLES = {
    "a.docx": docx_sample(),
    "a.html": b"<html lang=en><body><h1>Title</h1><p>Some <b>words</b> &amp; x.</p></body></html>",
    "a.jsonl": b'{"id": "1", "text": "Some words."}\n{"text": "More."}',
    "a.md": b"---\nid: a\ntitle: T\n---\n# Title\n\n- some words\n- more",
    "a.pdf": pdf_sample(),
    "a.txt": "Señor Peña wrote.".encode(),
}
EDITS = st.lists(st.tuples(st.integers(0, 2**16), st.binary(max_size=3)), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SAMPLES)), EDITS)
def test_a_damaged_file_gives_documents_or_a_named_error(
    tmp_path: Path, name: str, edits: list[tuple[int, bytes]]
) -> None:
    data = bytearray(SAMPLES[name])
    for number, content in edits:
        place = number % (len(data) + 1)
        data[place : place + len(content)] = content
    try:
        loaded = load(write(tmp_path, name, bytes(data)), tmp_path)
    except LoadError:
        return
    for document in loaded.documents:
        assert normalise(document.text) == document.text
        for heading in document.headings:
            assert heading.span.slice(document.text)


def test_importing_the_loaders_imports_no_parser(tmp_path: Path) -> None:
    program = (
        "import sys, corpus.chunking, corpus.loading, corpus.sentences, corpus.tokens\n"
        "import corpus.loaders.docx, corpus.loaders.html, corpus.loaders.jsonl\n"
        "import corpus.loaders.markdown, corpus.loaders.pdf, corpus.loaders.plain\n"
        "heavy = {'trafilatura', 'lxml', 'pypdf', 'docx', 'tiktoken', 'blingfire', 'markdown_it',\n"
        "         'yaml', 'numpy'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
