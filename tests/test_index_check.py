import re
import sqlite3
from pathlib import Path

import pytest
from fakes import WordHashEmbedder
from notes import write_note

from index.index import Index
from index.ledger_writer import mint_id
from index.schema import LEDGER_FILE


@pytest.fixture
def synced(folder: Path, index_path: Path) -> Path:
    write_note(folder, "a.md", "# Rivers\n\nThe Nile flows. It is long.")
    write_note(folder, "b.md", "Gold shines. Tin melts.")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
        assert index.check() == []
    return index_path


def problems(path: Path) -> list[str]:
    with Index.open(path, WordHashEmbedder()) as index:
        return [str(problem) for problem in index.check()]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("UPDATE texts SET text = replace(text, 'Nile', 'Oder')", "its bytes have another hash"),
        ("UPDATE chunks SET stop = stop + 500 WHERE id = 1", "sentence . is out of place"),
        ("UPDATE sentences SET start = start - 4 WHERE id = 2", "sentence 1 is out of place"),
        ("UPDATE sentences SET ordinal = 7 WHERE id = 2", "sentence 1 is out of place"),
        ("DELETE FROM sentences WHERE chunk_id = 1", "sentence 0 is out of place"),
        ("UPDATE versions SET pages = '[0, 9999]' WHERE id = 1", "page begins outside its text"),
        ("UPDATE versions SET fingerprint = NULL WHERE id = 1", "its chunks are missing, or"),
        ("UPDATE chunk_vectors SET vector = zeroblob(128) WHERE id = 1", "length 0.0000, not 1"),
        (f"UPDATE sentence_vectors SET vector = x'007e{'0' * 124}'", "has length nan"),
        ("DELETE FROM chunk_vectors WHERE id = 1", "chunk 1: it has no vector of 32 numbers"),
        ("DELETE FROM sentence_vectors WHERE id = 1", "sentence 1: it has no vector of 32"),
        ("UPDATE documents SET deleted_at = '2026'", "it was deleted and is live"),
        ("UPDATE versions SET embedder = 'other' WHERE id = 1", "embedded by 'other'"),
        ("UPDATE memberships SET removed_in = 9 WHERE version_id = 1", "and has 1 and 1"),
        ("INSERT INTO lexicon (rowid, body) VALUES (99, 'x')", "lexicon: 1 chunks too many"),
        ("UPDATE memberships SET added_in = 9 WHERE version_id = 1", "1 vectors too many or"),
        ("UPDATE chunks SET version_id = 77 WHERE id = 1", "refers to a missing row of versions"),
    ],
)
def test_damage_in_the_ledger_is_found(synced: Path, damage: str, expected: str) -> None:
    ledger = sqlite3.connect(synced / LEDGER_FILE, isolation_level=None)
    ledger.execute(damage)
    ledger.close()
    assert any(re.search(expected, problem) for problem in problems(synced)), problems(synced)


def test_an_index_of_another_dimension_is_found(synced: Path) -> None:
    with Index.open(synced, WordHashEmbedder(dimension=16)) as index:
        assert len(index.check()) >= 6


def test_ids_are_crockford_base_32_and_sort_by_age() -> None:
    ids = [mint_id() for _ in range(200)]
    assert all(re.fullmatch("doc_[0-9a-hjkmnp-tv-z]{26}", document_id) for document_id in ids)
    assert len(set(ids)) == 200
    assert [document_id[:14] for document_id in ids] == sorted(i[:14] for i in ids)


def test_no_two_versions_of_a_document_can_be_live(synced: Path) -> None:
    ledger = sqlite3.connect(synced / LEDGER_FILE, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE .*memberships\.document_id"):
        ledger.execute(
            "INSERT INTO memberships (version_id, document_id, added_in)"
            " SELECT 99, document_id, 2 FROM memberships LIMIT 1"
        )
    ledger.close()
