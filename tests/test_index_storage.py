import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fakes import ListedBackend, ListedVectors, WordHashEmbedder
from notes import write_note

from index.embedding import Vectors
from index.errors import (
    IndexFault,
    IndexNotFound,
    LedgerTooNew,
    StorageError,
    named_storage_errors,
)
from index.generations import MANIFEST
from index.index import Index
from index.schema import LEDGER_FILE, open_for_writing
from index.vectors import FILE, Ids

TESTS = Path(__file__).parent

LIMITED = """
import resource, sys
from pathlib import Path
from fakes import WordHashEmbedder
from index.errors import StorageError
from index.index import Index

folder, path, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with Index.open(path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
except StorageError as error:
    sys.exit(f"StorageError: {error}")
"""

READ = """
import os, sys
from pathlib import Path
import faiss
from fakes import WordHashEmbedder
from index.errors import StorageError
from index.index import Index

embedder = WordHashEmbedder()
embedder.embed(["river"])  # whatever loads late is loaded while the environment can be read
if os.geteuid() == 0:
    os.setgroups([])  # permissions do not bind root
    os.setgid(65534)
    os.setuid(65534)
with Index.open(Path(sys.argv[1]), embedder) as index, index.snapshot() as snapshot:
    print(len(snapshot.search("river")))
try:
    Index.open(Path(sys.argv[1]), embedder, writable=True)
except StorageError as error:
    print(f"StorageError: {error}")
"""


def run(program: str, *arguments: object) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def write_rivers(folder: Path, count: int) -> None:
    for number in range(count):
        write_note(folder, f"{number}.md", f"River {number} flows. " + "It is long. " * 20)


def sync(folder: Path, path: Path) -> None:
    with Index.open(path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])


def names(path: Path) -> set[str]:
    """Return every file but SQLite's journal, which comes and goes."""
    found = {entry.relative_to(path).as_posix() for entry in path.rglob("*")}
    return {name for name in found if not name.endswith(("-wal", "-shm"))}


def test_a_full_disk_is_named_and_readers_keep_what_there_was(
    folder: Path, index_path: Path
) -> None:
    write_rivers(folder, 5)
    sync(folder, index_path)
    before = names(index_path)
    write_rivers(folder, 60)
    messages = set()
    for limit in (2_000, 40_000, 100_000, 200_000):
        done = run(LIMITED, folder, index_path, limit)
        assert done.returncode == 1
        assert done.stderr.startswith("StorageError: cannot use the index at"), done.stderr
        messages.add(done.stderr)
        with Index.open(index_path, WordHashEmbedder()) as index:
            assert index.check() == []
            with index.snapshot() as snapshot:
                assert snapshot.stats.documents == 5
                assert len(snapshot.search("river", k=50)) == 5
        assert names(index_path) == before
    assert any("free space on that disk" in message for message in messages)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        assert index.sync([folder]).added == 55
        assert index.check() == []


class RefusingBackend(ListedBackend):
    """A backend whose disk is full when the vectors are written."""

    def build(self, ids: Ids, vectors: Vectors) -> ListedVectors:
        class Refusing(ListedVectors):
            def save(self, folder: Path) -> None:
                (folder / "half").write_bytes(b"half")
                raise OSError(28, "No space left on device")

        return Refusing(ids, vectors)


def test_vectors_that_cannot_be_written_publish_nothing_and_lose_no_work(
    folder: Path, index_path: Path
) -> None:
    write_rivers(folder, 5)
    sync(folder, index_path)
    before = names(index_path)
    write_rivers(folder, 9)
    with (
        Index.open(
            index_path, WordHashEmbedder(), writable=True, backend=RefusingBackend()
        ) as index,
        pytest.raises(StorageError, match="No space left on device; free space on that disk"),
    ):
        index.sync([folder])
    assert names(index_path) == before
    embedder = WordHashEmbedder()
    with Index.open(index_path, embedder, writable=True) as index:
        with index.snapshot() as snapshot:
            assert snapshot.stats.documents == 5
        assert index.sync([folder]).added == 4
        assert index.check() == []
    assert embedder.embedded == []


def test_a_folder_that_cannot_be_written_can_be_read(folder: Path) -> None:
    write_rivers(folder, 3)
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        path = Path(home) / "index"
        sync(folder, path)
        before = names(path)
        for entry in (path, *path.rglob("*")):
            entry.chmod(0o555 if entry.is_dir() else 0o444)
        done = run(READ, path)
        for entry in (path, *path.rglob("*")):
            entry.chmod(0o755 if entry.is_dir() else 0o644)
        assert done.stdout.startswith("3\nStorageError: cannot use the index at"), done.stderr
        assert "make the folder writable" in done.stdout
        assert names(path) == before


def test_a_folder_that_only_others_may_write_to_is_not_read_behind_their_back(
    folder: Path,
) -> None:
    write_rivers(folder, 3)
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        path = Path(home) / "index"
        sync(folder, path)
        # Writable for a group that the reader is not in.
        path.chmod(0o575)
        done = run(READ, path)
        path.chmod(0o755)
        assert "make the folder writable" in done.stderr


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip, cut, empty, Path.unlink])
@pytest.mark.parametrize("name", [FILE, MANIFEST])
def test_damaged_vectors_are_never_served_and_made_anew(
    folder: Path,
    index_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    write_rivers(folder, 5)
    sync(folder, index_path)
    with Index.open(index_path, WordHashEmbedder()) as index, index.snapshot() as snapshot:
        expected = snapshot.search("river 3")
    damage(index_path / "generations" / "g000001" / name)
    with (
        caplog.at_level(logging.WARNING),
        Index.open(index_path, WordHashEmbedder()) as reader,
        reader.snapshot() as snapshot,
    ):
        assert len(reader.check()) == 1
        assert snapshot.search("river 3") == expected
    assert "vectors of g000001 taken from the ledger" in caplog.text
    with (
        caplog.at_level(logging.WARNING),
        Index.open(index_path, WordHashEmbedder(), writable=True) as writer,
    ):
        assert writer.check() == []
    assert "vectors of g000001 made anew" in caplog.text


def test_a_reader_finds_the_vectors_of_the_ledger_where_the_files_are_gone(
    folder: Path, index_path: Path
) -> None:
    write_rivers(folder, 5)
    sync(folder, index_path)
    shutil.rmtree(index_path / "generations")
    with Index.open(index_path, WordHashEmbedder()) as index, index.snapshot() as snapshot:
        assert len(snapshot.search("river 3")) == 5


def test_what_a_dead_process_left_is_removed_by_the_next_writer(
    folder: Path, index_path: Path
) -> None:
    write_rivers(folder, 2)
    sync(folder, index_path)
    before = names(index_path)
    for name in ("g000002", "g000002.tmp"):
        orphan = index_path / "generations" / name
        orphan.mkdir()
        (orphan / FILE).write_bytes(b"x")
    with Index.open(index_path, WordHashEmbedder()) as index:
        assert [Path(p.where).name for p in index.check()] == ["g000002", "g000002.tmp"]
    Index.open(index_path, WordHashEmbedder(), writable=True).close()
    assert names(index_path) == before


def test_a_ledger_of_a_later_release_is_refused_by_name(folder: Path, index_path: Path) -> None:
    write_rivers(folder, 1)
    sync(folder, index_path)
    ledger = sqlite3.connect(index_path / LEDGER_FILE)
    ledger.execute("PRAGMA user_version = 99")
    ledger.close()
    for writable in (False, True):
        with pytest.raises(LedgerTooNew, match="schema version 99, this release knows up to 1"):
            Index.open(index_path, WordHashEmbedder(), writable=writable)


@pytest.mark.parametrize("writable", [False, True])
def test_a_file_that_is_no_ledger_is_refused(index_path: Path, writable: bool) -> None:
    index_path.mkdir()
    (index_path / LEDGER_FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="file is not a database; restore a backup"):
        Index.open(index_path, WordHashEmbedder(), writable=writable)


@pytest.mark.parametrize("writable", [False, True])
def test_another_programs_database_is_refused_and_left_alone(
    index_path: Path, writable: bool
) -> None:
    index_path.mkdir()
    with sqlite3.connect(index_path / LEDGER_FILE) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    content = (index_path / LEDGER_FILE).read_bytes()
    with pytest.raises(StorageError, match="another program's database"):
        Index.open(index_path, WordHashEmbedder(), writable=writable)
    assert (index_path / LEDGER_FILE).read_bytes() == content


def test_an_empty_ledger_file_is_no_index(index_path: Path) -> None:
    index_path.mkdir()
    (index_path / LEDGER_FILE).touch()
    with pytest.raises(IndexNotFound):
        Index.open(index_path, WordHashEmbedder())


def test_a_damaged_ledger_page_is_named(folder: Path, index_path: Path) -> None:
    write_rivers(folder, 40)
    sync(folder, index_path)
    path = index_path / LEDGER_FILE
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StorageError, match="malformed; restore a backup"):
        Index.open(index_path, WordHashEmbedder())


def test_a_path_that_is_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(StorageError, match="File exists"):
        Index.open(path, WordHashEmbedder(), writable=True)


def test_a_failure_after_opening_releases_the_lock(folder: Path, index_path: Path) -> None:
    index_path.mkdir()
    (index_path / LEDGER_FILE).write_bytes(b"not a database" * 100)
    for _ in range(2):
        with pytest.raises(StorageError):
            Index.open(index_path, WordHashEmbedder(), writable=True)
    (index_path / LEDGER_FILE).unlink()
    write_rivers(folder, 1)
    sync(folder, index_path)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(28, "No space left on device"), "free space"),
        (OSError(30, "Read-only file system"), "make the folder writable"),
        (OSError(5, "Input/output error"), "check the disk"),
        (OSError("without a number"), "check the disk"),
    ],
)
def test_every_refusal_of_the_disk_says_what_to_do(error: OSError, advice: str) -> None:
    with (
        pytest.raises(StorageError, match=f"cannot use the index at 'here'.*{advice}") as caught,
        named_storage_errors(Path("here")),
    ):
        raise error
    assert isinstance(caught.value, IndexFault)
    assert caught.value.__cause__ is error


def test_our_own_mistakes_are_not_called_the_disks(tmp_path: Path) -> None:
    connection = open_for_writing(tmp_path / LEDGER_FILE)
    with pytest.raises(sqlite3.IntegrityError), named_storage_errors(tmp_path):
        connection.execute("INSERT INTO chunk_vectors (id, vector) VALUES (1, x'00')")
    connection.close()


def test_a_ledger_commits_to_the_disk_itself(tmp_path: Path) -> None:
    connection = open_for_writing(tmp_path / LEDGER_FILE)
    settings = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    ]
    connection.close()
    assert settings == ["wal", 2, 1, 1]


def test_nothing_is_read_by_unpickling(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    shutil.move(tmp_path / "a.npy", tmp_path / FILE)
    from index.vectors import FaissBackend

    with pytest.raises(Exception, match=r"."):
        FaissBackend().load(tmp_path)
