"""Files of a job take the place of others, and give it back whenever the job is left out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import WordHashEmbedder

from api.ingest import index_files, leave_out
from api.uploads import Shelf, stored_name
from corpus.loading import load
from index.index import Index

A, B, GONE = map(stored_name, ("a.md", "b.md", "gone.md"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index", WordHashEmbedder(), writable=True) as index:
        yield index


@pytest.fixture
def kept(tmp_path: Path, index: Index) -> Shelf:
    """What a site has: a document, and the file of another that was deleted."""
    kept = Shelf(tmp_path / "kept")
    kept.make()
    run(index, staged(tmp_path / "first", {A: "One boat.", GONE: "Two boats."}), kept)
    index.delete(index.ids(kept.folder)[GONE])
    return kept


def staged(folder: Path, texts: dict[str, str]) -> Shelf:
    shelf = Shelf(folder)
    shelf.make()
    for stored, text in texts.items():
        shelf.write(stored, text.encode())
        shelf.keep_reading(stored, load(shelf.path(stored), folder))
    return shelf


def run(
    index: Index,
    waiting: Shelf,
    kept: Shelf,
    tell: Callable[[dict[str, Any]], None] = lambda _: None,
) -> None:
    again = waiting.published

    def uninterrupted() -> None:
        assert waiting.published is again

    good = [name for name in (A, B, GONE) if waiting.holds(name) or (again and kept.holds(name))]
    index_files(index, None, waiting, kept, good, tell, uninterrupted)


def files(shelf: Shelf) -> dict[str, bytes]:
    return {
        path.relative_to(shelf.folder).as_posix(): path.read_bytes()
        for path in shelf.folder.rglob("*")
        if path.is_file()
    }


def documents(index: Index) -> dict[str, str]:
    with index.snapshot() as snapshot:
        found = snapshot.documents([i for i, _ in snapshot.sources()])
    return {document.source.key: document.text for document in found.values()}


NEW = {A: "Three boats.", B: "Four boats.", GONE: "Five boats."}


def test_an_interrupted_job_can_be_left_out_until_it_publishes(
    tmp_path: Path, index: Index, kept: Shelf
) -> None:
    before, known = files(kept), documents(index)
    assert known == {A: "One boat."}
    outcomes = []
    for steps in range(100):
        waiting = staged(tmp_path / f"job{steps}", NEW)
        left = steps

        def tell(message: dict[str, Any]) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

        try:
            run(index, waiting, kept, tell)
        except KeyboardInterrupt:
            outcomes.append(leave_out(waiting, kept, list(NEW)))
        else:
            break
        if not outcomes[-1]:
            # Too late: what runs again finds everything done, or does it.
            run(index, waiting, kept)
            break
        assert files(kept) == before
        assert documents(index) == known
        summary = index.sync([kept.folder], load=kept.load)
        assert (summary.unchanged, summary.deleted, summary.removed) == (1, 1, 0)
        assert index.check() == []
    assert outcomes.count(True) > 3
    assert outcomes[-1] is False
    assert documents(index) == NEW


def test_a_deleted_document_comes_back_with_the_job_that_sends_it_again(
    tmp_path: Path, index: Index, kept: Shelf
) -> None:
    run(index, staged(tmp_path / "job", {GONE: "Two boats."}), kept)
    assert documents(index) == {A: "One boat.", GONE: "Two boats."}


def given_in_part(waiting: Shelf, kept: Shelf) -> None:
    waiting.swap(A, Shelf(kept.folder))
    # As if the process had ended between the reading and the file.
    waiting.write(A, kept.path(A).read_bytes())
    kept.write(A, b"One boat.")


@pytest.mark.parametrize(
    "done",
    [
        lambda waiting, kept: None,
        lambda waiting, kept: waiting.swap(A, kept),
        lambda waiting, kept: [waiting.swap(name, kept) for name in (A, B, A)],
        given_in_part,
    ],
)
def test_however_far_a_swap_came_it_can_be_put_back_more_than_once(
    tmp_path: Path, kept: Shelf, done: Callable[[Shelf, Shelf], object]
) -> None:
    before = files(kept)
    waiting = staged(tmp_path / "job", NEW)
    done(waiting, kept)
    for _ in range(2):
        assert leave_out(waiting, kept, list(NEW))
        assert files(kept) == before
    waiting.remove()
    assert files(kept) == before
