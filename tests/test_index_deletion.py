import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fakes import WordHashEmbedder
from notes import write_note

from index.embedding import Vectors
from index.errors import DocumentNotFound, EmbedderMismatch
from index.index import Index
from index.schema import LEDGER_FILE

SECRET = "The xylophone plot was secret. Nobody else says quixotry."


def only_id(index: Index, key: str) -> str:
    with index.snapshot() as snapshot:
        (document_id,) = [i for i, source in snapshot.sources() if source.key == key]
        return document_id


def live(index: Index) -> set[str]:
    with index.snapshot() as snapshot:
        return {source.key for _, source in snapshot.sources()}


@pytest.fixture
def writable(folder: Path, index_path: Path) -> Iterator[Index]:
    write_note(folder, "secret.md", SECRET)
    write_note(folder, "plain.md", "Rivers flow to the sea.")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
        yield index


def test_no_later_sync_brings_a_deleted_document_back(writable: Index, folder: Path) -> None:
    document_id = only_id(writable, "secret.md")
    writable.delete(document_id)
    with pytest.raises(DocumentNotFound):
        writable.delete(document_id)
    for text in (SECRET, SECRET + " And more."):
        write_note(folder, "secret.md", text)
        summary = writable.sync([folder])
        assert (summary.deleted, summary.unchanged, summary.added) == (1, 1, 0)
        assert live(writable) == {"plain.md"}
    assert writable.check() == []


def test_a_restored_document_comes_back_with_the_next_sync(writable: Index, folder: Path) -> None:
    document_id = only_id(writable, "secret.md")
    writable.delete(document_id)
    writable.restore(document_id)
    with pytest.raises(DocumentNotFound):
        writable.restore(document_id)
    assert live(writable) == {"plain.md"}
    assert writable.sync([folder]).added == 1
    assert only_id(writable, "secret.md") == document_id
    assert writable.check() == []


def test_deleting_every_document_leaves_an_index_that_answers(writable: Index) -> None:
    for key in ("secret.md", "plain.md"):
        writable.delete(only_id(writable, key))
    with writable.snapshot() as snapshot:
        assert snapshot.search("rivers") == []
        assert (snapshot.stats.documents, snapshot.stats.sentences) == (0, 0)
        assert snapshot.stats.latest_published is None
    assert writable.check() == []


def test_a_document_deleted_before_it_is_published_stays_out(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", "Rivers flow.")

    class DeletingEmbedder(WordHashEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if self.embedded == []:
                with sqlite3.connect(index_path / LEDGER_FILE) as ledger:
                    (document_id,) = ledger.execute("SELECT id FROM documents").fetchone()
                ledger.close()
                index.delete(document_id)
            return super().embed(texts)

    with Index.open(index_path, DeletingEmbedder(), writable=True) as index:
        index.sync([folder])
        assert live(index) == set()
        assert index.check() == []


def test_a_purged_document_leaves_no_trace_on_the_disk(writable: Index, index_path: Path) -> None:
    document_id = only_id(writable, "secret.md")
    with writable.snapshot() as snapshot:
        sha256 = snapshot.document(document_id).sha256
    with pytest.raises(DocumentNotFound):
        writable.purge(document_id)
    writable.delete(document_id)
    writable.purge(document_id)
    with writable.snapshot() as snapshot, pytest.raises(DocumentNotFound):
        snapshot.document_at(document_id, sha256)
    assert writable.check() == []
    files = [path for path in index_path.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        for trace in (b"xylophon", b"quixotr", sha256.encode()):
            assert trace not in content, path
    assert live(writable) == {"plain.md"}


def test_a_purged_document_stays_out_of_later_syncs(writable: Index, folder: Path) -> None:
    document_id = only_id(writable, "secret.md")
    writable.delete(document_id)
    writable.purge(document_id)
    assert writable.sync([folder]).deleted == 1
    assert live(writable) == {"plain.md"}


def test_a_purge_keeps_the_text_that_another_document_has(writable: Index, folder: Path) -> None:
    write_note(folder, "copy.md", SECRET)
    writable.sync([folder])
    document_id = only_id(writable, "secret.md")
    writable.delete(document_id)
    writable.purge(document_id)
    with writable.snapshot() as snapshot:
        assert snapshot.document(only_id(writable, "copy.md")).text == SECRET
    assert writable.check() == []


def test_a_purge_needs_the_embedder_of_the_index(writable: Index, index_path: Path) -> None:
    document_id = only_id(writable, "secret.md")
    writable.delete(document_id)
    writable.close()
    with (
        Index.open(index_path, WordHashEmbedder("other"), writable=True) as index,
        pytest.raises(EmbedderMismatch),
    ):
        index.purge(document_id)


def test_deletion_survives_a_process_that_dies_without_closing(
    writable: Index, index_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writable.delete(only_id(writable, "secret.md"))
    copy = index_path.with_name("copy")
    copy.mkdir()
    for path in index_path.rglob("*"):
        target = copy / path.relative_to(index_path)
        target.mkdir(parents=True) if path.is_dir() else target.write_bytes(path.read_bytes())
    with caplog.at_level(logging.WARNING), Index.open(copy, WordHashEmbedder()) as reader:
        assert live(reader) == {"plain.md"}
        assert reader.check() == []
    assert caplog.text == ""
