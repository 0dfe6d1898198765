import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import WordHashEmbedder
from notes import write_note

from index.errors import IndexLocked
from index.index import Index
from index.lock import LOCK_FILE, WriteLock

HOLD = """
import sys
from pathlib import Path
from index.lock import WriteLock
lock = WriteLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(IndexLocked, match=f"process {holder.pid} on .* since 20"):
            Index.open(tmp_path, WordHashEmbedder(), writable=True)
        holder.kill()
    WriteLock(tmp_path).release()


def test_two_writers_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    with (
        Index.open(tmp_path, WordHashEmbedder(), writable=True),
        pytest.raises(IndexLocked, match=f"process {os.getpid()} "),
    ):
        Index.open(tmp_path, WordHashEmbedder(), writable=True)


def test_a_closed_index_may_be_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        Index.open(tmp_path, WordHashEmbedder(), writable=True).close()


def test_readers_need_no_lock(tmp_path: Path) -> None:
    folder, path = tmp_path / "notes", tmp_path / "index"
    write_note(folder, "a.md", "Rivers flow.")
    with Index.open(path, WordHashEmbedder(), writable=True) as writer:
        writer.sync([folder])
        with Index.open(path, WordHashEmbedder()) as reader, reader.snapshot() as snapshot:
            assert len(snapshot.search("rivers")) == 1


@pytest.mark.parametrize("note", ["", "x", "[]", '{"pid": 1}'])
def test_a_lock_file_without_a_note_is_named_all_the_same(tmp_path: Path, note: str) -> None:
    lock = WriteLock(tmp_path)
    (tmp_path / LOCK_FILE).write_text(note)
    with pytest.raises(IndexLocked, match="written by another process"):
        WriteLock(tmp_path)
    lock.release()
