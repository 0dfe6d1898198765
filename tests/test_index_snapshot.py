import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import HoardingBackend, WordHashEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from notes import write_note

from corpus.dates import PartialDate
from index.embedding import Vectors
from index.errors import DocumentNotFound, IndexNotFound
from index.index import Index
from index.records import Hit
from index.snapshot import Snapshot

LONG = "\n\n".join(
    f"## Part {part}\n\nThe first paragraph of part {part} names copper. It goes on.\n\n"
    f"The second paragraph of part {part} ends here."
    for part in range(3)
)


@pytest.fixture
def index(folder: Path, index_path: Path) -> Iterator[Index]:
    write_note(folder, "long.md", f"# Metals\n\n{LONG}", id="long")
    write_note(folder, "gold.md", "Gold is heavy. Gold shines.", id="gold", published="2024-05-17")
    write_note(folder, "tin.md", "Tin melts early.", id="tin", published="2025")
    write_note(folder, "rivers.md", "The Nile flows through Egypt.", id="rivers", title="Nile")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
        yield index


@pytest.fixture
def snapshot(index: Index) -> Iterator[Snapshot]:
    with index.snapshot() as snapshot:
        yield snapshot


def ids(snapshot: Snapshot) -> dict[str, str]:
    return {source.key: document_id for document_id, source in snapshot.sources()}


def keys(snapshot: Snapshot, hits: Sequence[Hit]) -> list[str]:
    return [snapshot.document(hit.document_id).source.key for hit in hits]


def test_the_statistics_are_those_of_the_generation(snapshot: Snapshot) -> None:
    assert replace(snapshot.stats, chunks=0) == replace(
        snapshot.stats,
        generation="g000001",
        documents=4,
        chunks=0,
        sentences=9 + 2 + 1 + 1,
        latest_published=PartialDate(2025),
        embedder="word-hash",
    )


def test_the_best_chunk_by_meaning_and_words_comes_first(snapshot: Snapshot) -> None:
    hits = snapshot.search("gold is heavy")
    assert keys(snapshot, hits)[0] == "gold"
    best = hits[0]
    assert (best.dense_rank, best.lexical_rank) == (1, 1)
    assert best.score == pytest.approx(2 / 61)
    assert best.dense_score == pytest.approx(1, abs=0.4)
    document = snapshot.document(best.document_id)
    assert document.sha256 == best.sha256
    assert best.span.slice(document.text) == "Gold is heavy. Gold shines."


def test_a_hit_without_common_words_has_no_lexical_rank(snapshot: Snapshot) -> None:
    by_key = dict(zip(keys(snapshot, h := snapshot.search("gold")), h, strict=True))
    assert by_key["gold"].lexical_rank == 1
    assert by_key["tin"].lexical_rank is None
    assert by_key["tin"].lexical_score is None
    assert by_key["tin"].dense_rank is not None


def test_k_limits_the_hits_and_is_positive(snapshot: Snapshot) -> None:
    assert len(snapshot.search("gold", k=2)) == 2
    with pytest.raises(ValueError, match="k >= 1, not 0"):
        snapshot.search("gold", k=0)


def test_many_queries_find_what_each_finds_alone(snapshot: Snapshot) -> None:
    queries = ["gold", "nile in egypt", "copper", "gold"]
    assert snapshot.search_many(queries, 5) == [snapshot.search(query, 5) for query in queries]
    assert snapshot.search_many([]) == []


@pytest.mark.parametrize(
    ("day", "visible"),
    [
        ("2024-05-16", {"long", "rivers"}),
        ("2024-05-17", {"long", "rivers", "gold"}),
        ("2024-05", {"long", "rivers", "gold"}),
        ("2025-01-01", {"long", "rivers", "gold", "tin"}),
    ],
)
def test_as_of_leaves_out_what_was_published_later_and_keeps_the_undated(
    snapshot: Snapshot, day: str, visible: set[str]
) -> None:
    hits = snapshot.search("gold and tin in the nile", as_of=PartialDate.parse(day))
    assert set(keys(snapshot, hits)) == visible
    assert snapshot.dropped == 0


def test_as_of_reaches_past_any_number_of_later_documents(folder: Path, index_path: Path) -> None:
    lines = [f'{{"id": "n{n}", "text": "Gold {n}.", "published": "2025"}}' for n in range(300)]
    (folder / "a.jsonl").write_text("\n".join(lines))
    write_note(folder, "old.md", "Some gold was found in an old river.", published="2001")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
        with index.snapshot() as snapshot:
            (hit,) = snapshot.search("Gold", k=5, as_of=PartialDate(2020))
            assert keys(snapshot, [hit]) == ["old.md"]
            assert hit.lexical_rank == 1


def test_passages_are_the_sentences_of_the_chunks_in_document_order(snapshot: Snapshot) -> None:
    document_id = ids(snapshot)["long"]
    everything = snapshot.neighbours(document_id)
    chunks = list(dict.fromkeys(s.chunk_id for s in everything.sentences))
    gold = snapshot.neighbours(ids(snapshot)["gold"]).sentences[0].chunk_id
    found = snapshot.passages([chunks[-1], gold, chunks[0], chunks[-1]])
    assert [s.document_id for s in found.sentences[-2:]] == [ids(snapshot)["gold"]] * 2
    ordinals = [s.ordinal for s in found.sentences[:-2]]
    assert ordinals == sorted(ordinals)
    assert {s.chunk_id for s in found.sentences[:-2]} == {chunks[0], chunks[-1]}


def test_sentences_know_their_place(snapshot: Snapshot) -> None:
    document = snapshot.document(ids(snapshot)["long"])
    sentences = snapshot.neighbours(document.id).sentences
    assert [s.ordinal for s in sentences] == list(range(9))
    assert [s.span.slice(document.text) for s in sentences] == [s.text for s in sentences]
    assert [s.headings for s in sentences[:4]] == [("Metals", "Part 0")] * 3 + [
        ("Metals", "Part 1")
    ]
    first, second, third = sentences[:3]
    assert first.paragraph == second.paragraph == third.paragraph - 1
    assert first.page is None
    assert first.annotation is None


def test_sentence_vectors_are_unit_and_those_of_the_embedder(snapshot: Snapshot) -> None:
    found = snapshot.neighbours(ids(snapshot)["long"])
    assert found.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)
    expected = WordHashEmbedder().embed([s.text for s in found.sentences])
    assert (np.sum(found.vectors * expected, axis=1) > 0.9999).all()


def test_unknown_chunks_are_left_out(snapshot: Snapshot) -> None:
    found = snapshot.passages([-1, 10**9])
    assert found.sentences == ()
    assert len(found.vectors) == 0
    assert snapshot.passages([]).sentences == ()


def test_an_unknown_document_or_version_is_named(snapshot: Snapshot) -> None:
    unknown = "doc_00000000000000000000000000"
    for read in (snapshot.document, snapshot.neighbours):
        with pytest.raises(DocumentNotFound, match=unknown):
            read(unknown)
    with pytest.raises(DocumentNotFound, match=f"{unknown}' in the version abc"):
        snapshot.document_at(unknown, "abc")
    assert snapshot.documents([unknown]) == {}
    assert snapshot.live([unknown]) == set()


def test_frequency_counts_live_chunks(snapshot: Snapshot) -> None:
    assert snapshot.frequency(["golden", "Nile", "gold"]) == {"golden": 0, "Nile": 1, "gold": 1}


def test_a_text_is_embedded_once_in_a_snapshot(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", "Gold is heavy.")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
    embedder = WordHashEmbedder()
    with Index.open(index_path, embedder) as index, index.snapshot() as snapshot:
        snapshot.embed(["gold", "tin"])
        snapshot.search_many(["tin", "gold", "lead", "lead"])
        assert embedder.embedded == ["gold", "tin", "lead"]
        vectors: Vectors = snapshot.embed([])
        assert vectors.shape == (0, embedder.dimension)


def test_a_snapshot_reads_one_generation_whatever_is_published_meanwhile(
    index: Index, folder: Path
) -> None:
    with index.snapshot() as before:
        wanted = ids(before)
        write_note(folder, "gold.md", "Gold is soft.", id="gold", published="2024-05-17")
        (folder / "tin.md").unlink()
        for number in range(4):
            write_note(folder, f"new{number}.md", f"Gold number {number}.")
            index.sync([folder])
        assert before.stats.generation == "g000001"
        assert set(keys(before, before.search("gold is heavy"))) == set(wanted)
        assert before.document(wanted["gold"]).text == "Gold is heavy. Gold shines."
        assert before.neighbours(wanted["tin"]).sentences[0].text == "Tin melts early."
        assert before.live(wanted.values()) == {wanted["long"], wanted["rivers"]}
    with index.snapshot() as after:
        assert after.stats.generation == "g000005"
        assert after.stats.documents == 7
        assert after.document(wanted["gold"]).text == "Gold is soft."


def test_a_deleted_document_is_gone_from_snapshots_taken_before(index: Index) -> None:
    with index.snapshot() as before:
        gold = ids(before)["gold"]
        version = before.document(gold)
        chunk = before.neighbours(gold).sentences[0].chunk_id
        index.delete(gold)
        assert gold not in {hit.document_id for hit in before.search("gold is heavy")}
        assert before.dropped == 1
        assert before.passages([chunk]).sentences == ()
        assert before.documents([gold]) == {}
        assert gold not in ids(before).values()
        assert before.live([gold]) == set()
        for read in (before.document, before.neighbours):
            with pytest.raises(DocumentNotFound):
                read(gold)
        assert before.document_at(gold, version.sha256) == version


def test_a_deletion_is_seen_by_other_readers_at_once(index: Index, index_path: Path) -> None:
    with Index.open(index_path, WordHashEmbedder()) as reader, reader.snapshot() as before:
        gold = ids(before)["gold"]
        assert before.live([gold]) == {gold}
        index.delete(gold)
        assert before.live([gold]) == set()
        assert gold not in {hit.document_id for hit in before.search("gold")}
        with reader.snapshot() as after:
            assert after.stats.documents == 3
            assert after.frequency(["gold"]) == {"gold": 0}


def test_hits_that_the_ledger_does_not_confirm_are_dropped_and_counted(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", "Gold is heavy.")
    write_note(folder, "b.md", "Tin melts.")
    backend = HoardingBackend()
    with Index.open(index_path, WordHashEmbedder(), writable=True, backend=backend) as index:
        index.sync([folder])
        (folder / "a.md").unlink()
        index.sync([folder])
        with index.snapshot() as snapshot:
            assert keys(snapshot, snapshot.search("gold is heavy")) == ["b.md"]
            assert snapshot.dropped == 1


def test_a_closed_snapshot_says_so(index: Index) -> None:
    snapshot = index.snapshot()
    snapshot.close()
    snapshot.close()
    with pytest.raises(ValueError, match="snapshot is closed"):
        snapshot.search("gold")


def test_threads_read_side_by_side(index: Index) -> None:
    with index.snapshot() as snapshot:
        expected = [(h.chunk_id, h.score) for h in snapshot.search("gold and tin")]
    found: list[list[tuple[int, float]]] = []

    def ask() -> None:
        for _ in range(5):
            with index.snapshot() as snapshot:
                found.append([(h.chunk_id, h.score) for h in snapshot.search("gold and tin")])

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 30


def test_an_index_that_was_never_synced_is_not_found(index_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="citeproof sync FOLDER"):
        Index.open(index_path, WordHashEmbedder())
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        with pytest.raises(IndexNotFound):
            Index.open(index_path, WordHashEmbedder())
        with index.snapshot() as snapshot:
            assert snapshot.search("gold") == []
            assert snapshot.stats.documents == 0
        assert index.check() == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_spans_slice_to_their_text_whatever_the_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    home = tmp_path_factory.mktemp("any")
    for number, text in enumerate(texts):
        path = home / "notes" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Start. {text}", "utf-8", errors="surrogatepass")
    write_note(home / "notes", "good.md", "One good note.")
    with Index.open(home / "index", WordHashEmbedder(), writable=True) as index:
        index.sync([home / "notes"])
        assert index.check() == []
        with index.snapshot() as snapshot:
            for document_id, _ in snapshot.sources():
                document = snapshot.document(document_id)
                for sentence in snapshot.neighbours(document_id).sentences:
                    assert sentence.span.slice(document.text) == sentence.text
