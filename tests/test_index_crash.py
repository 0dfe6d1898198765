"""Processes that are killed at work, and what the next one finds.

After every kill: what was acknowledged is there (R1), what was not is there as a whole or not at
all (R2), nothing deleted is found (R3), every citation ever given resolves (R4), the index checks
clean (R5), and no temporary file is left (R6).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from crashing import KEYS, cite, make_text, read_files, read_index, write_file
from fakes import WordHashEmbedder

from index.index import Index

KILLS = 50
LONGEST_LIFE = 0.04
TESTS = Path(__file__).parent

Kill = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def kill() -> Iterator[Kill]:
    """Return a function that lets a process do a task, kills it, and returns what it said."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    with subprocess.Popen(
        [sys.executable, TESTS / "crashing.py"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        stdin, stdout = nursery.stdin, nursery.stdout
        assert stdin is not None
        assert stdout is not None

        def ask(**task: Any) -> dict[str, Any]:
            print(json.dumps(task), file=stdin, flush=True)
            return json.loads(stdout.readline())

        yield ask
        stdin.close()


def check_after_kill(home: Path, citations: set[tuple[str, str, int, int, str]]) -> dict[str, str]:
    """Check R4 to R6 and return what is live."""
    with Index.open(home / "index", WordHashEmbedder(), writable=True) as index:
        assert index.check() == []
        live = read_index(index)
        with index.snapshot() as snapshot:
            for document_id, sha256, start, end, quote in citations:
                assert snapshot.document_at(document_id, sha256).text[start:end] == quote
            found = snapshot.search("gold tin nile rhine copper iron", k=100)
            assert {snapshot.document(hit.document_id).source.key for hit in found} == set(live)
    names = {path.name for path in (home / "index").iterdir()}
    assert names <= {"ledger.db", "writer.lock", "generations"}
    assert not [path for path in (home / "index").rglob("*") if path.suffix == ".tmp"]
    return live


def test_fifty_killed_processes_lose_nothing_that_was_acknowledged(
    tmp_path: Path, kill: Kill
) -> None:
    (tmp_path / "notes").mkdir()
    live: dict[str, str] = {}
    deleted: set[str] = set()
    citations: set[tuple[str, str, int, int, str]] = set()
    acknowledged = cut_off = 0
    for seed in range(KILLS):
        chance = random.Random(seed)
        answer = kill(
            home=str(tmp_path),
            seed=seed,
            deleted=sorted(deleted),
            after=chance.randint(1, 6),
            life=chance.uniform(0, LONGEST_LIFE),
        )
        assert answer["ended"] == -signal.SIGKILL
        begun = None
        for report in answer["reports"]:
            begun = report
            if "citations" in report:
                live, deleted, begun = report["live"], set(report["deleted"]), None
                citations.update(map(tuple, report["citations"]))
                acknowledged += 1
        found = check_after_kill(tmp_path, citations)
        if begun is not None and found == begun["live"]:
            live, deleted = begun["live"], set(begun["deleted"])
        assert found == live
        assert not deleted & found.keys()
        cut_off += begun is not None
    # The kills must have fallen into changes, and changes must have come through.
    assert cut_off > KILLS / 4
    assert acknowledged > KILLS


def test_a_sync_killed_at_any_point_is_whole_or_nothing(tmp_path: Path, kill: Kill) -> None:
    template = tmp_path / "template"
    folder = template / "notes"
    folder.mkdir(parents=True)
    with Index.open(template / "index", WordHashEmbedder(), writable=True) as index:
        for number in range(4):
            write_file(folder, KEYS[number], make_text(random.Random(number)))
            index.sync([folder])
        before, citations = read_index(index), set(cite(index))
    (folder / KEYS[0]).unlink()
    write_file(folder, KEYS[1], make_text(random.Random(91)))
    write_file(folder, KEYS[9], make_text(random.Random(99)))
    after = read_files(folder)
    outcomes, ended = [], -signal.SIGKILL
    while ended == -signal.SIGKILL:
        home = tmp_path / f"killed{len(outcomes)}"
        shutil.copytree(template, home)
        ended = kill(home=str(home), stop_at=len(outcomes))["ended"]
        found = check_after_kill(home, citations)
        assert found in (before, after)
        outcomes.append(found == after)
        with Index.open(home / "index", WordHashEmbedder(), writable=True) as index:
            index.sync([home / "notes"])
        assert check_after_kill(home, citations) == after
        shutil.rmtree(home)
    assert ended == 0
    # One point divides the kills that leave the old from those that leave the new.
    assert outcomes == sorted(outcomes)
    assert 10 < outcomes.index(True) < len(outcomes) - 3
