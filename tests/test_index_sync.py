from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import LengthAnnotator, WordHashEmbedder
from notes import write_note

from corpus.chunking import Window, chunk_document
from corpus.dates import PartialDate
from corpus.documents import Document, Heading, Source, Span
from corpus.loading import LoadError
from index.embedding import Vectors
from index.errors import (
    BadVectors,
    DocumentNotFound,
    EmbedderMismatch,
    EmptyFolder,
    IndexFault,
    NotWritable,
    OverlappingFolders,
)
from index.index import Index
from index.records import StoredDocument
from index.sync import COUNTED, PIPELINE, SyncSummary

RIVERS = "The Amazon flows through Brazil. The Nile flows through Egypt."
METALS = "Gold is heavy. Copper conducts."


def sync(path: Path, *folders: Path, embedder: WordHashEmbedder | None = None) -> SyncSummary:
    with Index.open(path, embedder or WordHashEmbedder(), writable=True) as index:
        return index.sync(folders)


def live(path: Path, embedder: WordHashEmbedder | None = None) -> dict[str, StoredDocument]:
    """Return the live documents by key."""
    with Index.open(path, embedder or WordHashEmbedder()) as index, index.snapshot() as snapshot:
        found = snapshot.documents([document_id for document_id, _ in snapshot.sources()])
        return {document.source.key: document for document in found.values()}


def counts(summary: SyncSummary) -> dict[str, int]:
    """Return what is not zero among the counts of documents."""
    return {name: count for name in COUNTED if (count := getattr(summary, name))}


def reasons(summary: SyncSummary) -> dict[str, str]:
    return {problem.path: problem.reason for problem in summary.problems}


def test_a_folder_becomes_the_first_generation(folder: Path, index_path: Path) -> None:
    write_note(folder, "rivers.md", RIVERS, id="r1", title="Rivers", published="2024-05")
    write_note(folder, "sub/metals.txt", METALS)
    summary = sync(index_path, folder)
    assert summary.generation == "g000001"
    assert counts(summary) == {"added": 2}
    assert (summary.chunks, summary.sentences, summary.embedded) == (2, 4, 6)
    assert summary.problems == ()
    assert set(summary.seconds) == {"reading", "embedding", "publishing"}
    documents = live(index_path)
    assert set(documents) == {"r1", "sub/metals.txt"}
    assert documents["r1"].source.published == PartialDate(2024, 5)
    assert documents["r1"].text == RIVERS


def test_ids_are_minted_and_never_the_documents_own(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", RIVERS, id="doc_00000000000000000000000000")
    sync(index_path, folder)
    (document,) = live(index_path).values()
    assert document.source.key == "doc_00000000000000000000000000"
    assert document.id != document.source.key
    assert len(document.id) == 30


def test_an_unchanged_folder_embeds_nothing_and_publishes_nothing(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS)
    sync(index_path, folder)
    embedder = WordHashEmbedder()
    summary = sync(index_path, folder, embedder=embedder)
    assert embedder.embedded == []
    assert summary.generation == "g000001"
    assert counts(summary) == {"unchanged": 1}


def test_a_new_text_replaces_the_old_under_the_same_id(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", RIVERS)
    sync(index_path, folder)
    before = live(index_path)["a.md"]
    write_note(folder, "a.md", RIVERS + " The Rhine flows through Basel.")
    embedder = WordHashEmbedder()
    assert counts(sync(index_path, folder, embedder=embedder)) == {"updated": 1}
    after = live(index_path)["a.md"]
    assert after.id == before.id
    assert after.sha256 != before.sha256
    with Index.open(index_path, embedder) as index, index.snapshot() as snapshot:
        assert snapshot.document_at(before.id, before.sha256).text == RIVERS


def test_only_new_sentences_of_an_updated_document_are_embedded(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS)
    sync(index_path, folder)
    write_note(folder, "a.md", RIVERS + " The Rhine flows through Basel.")
    embedder = WordHashEmbedder()
    sync(index_path, folder, embedder=embedder)
    new = "The Rhine flows through Basel."
    assert sorted(embedder.embedded) == sorted([f"{RIVERS} {new}", new])


def test_a_new_title_is_an_update_that_embeds_nothing(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", RIVERS, title="Rivers")
    sync(index_path, folder)
    write_note(folder, "a.md", RIVERS, title="Waters")
    embedder = WordHashEmbedder()
    summary = sync(index_path, folder, embedder=embedder)
    assert counts(summary) == {"updated": 1}
    assert embedder.embedded == []
    assert live(index_path)["a.md"].source.title == "Waters"


def test_a_vanished_file_takes_its_documents_along(folder: Path, index_path: Path) -> None:
    path = write_note(folder, "a.md", RIVERS)
    write_note(folder, "b.md", METALS)
    sync(index_path, folder)
    path.unlink()
    assert counts(sync(index_path, folder)) == {"removed": 1, "unchanged": 1}
    assert set(live(index_path)) == {"b.md"}


def test_a_file_that_comes_back_keeps_its_id_and_its_vectors(
    folder: Path, index_path: Path
) -> None:
    path = write_note(folder, "a.md", RIVERS)
    write_note(folder, "b.md", METALS)
    sync(index_path, folder)
    before = live(index_path)["a.md"]
    path.unlink()
    sync(index_path, folder)
    write_note(folder, "a.md", RIVERS)
    embedder = WordHashEmbedder()
    assert counts(sync(index_path, folder, embedder=embedder)) == {"added": 1, "unchanged": 1}
    assert embedder.embedded == []
    assert live(index_path)["a.md"] == before


def test_a_text_may_change_back(folder: Path, index_path: Path) -> None:
    seen = []
    for text in (RIVERS, METALS, RIVERS, METALS):
        write_note(folder, "a.md", text)
        sync(index_path, folder)
        seen.append(live(index_path)["a.md"])
    assert [document.text for document in seen] == [RIVERS, METALS, RIVERS, METALS]
    assert len({document.id for document in seen}) == 1
    with Index.open(index_path, WordHashEmbedder()) as index:
        assert index.check() == []


def test_a_renamed_file_with_an_id_of_its_own_is_the_same_document(
    folder: Path, index_path: Path
) -> None:
    path = write_note(folder, "a.md", RIVERS, id="r1", title="Rivers")
    sync(index_path, folder)
    path = path.rename(folder / "b.md")
    assert counts(sync(index_path, folder)) == {"unchanged": 1}
    path.write_bytes(b"")
    assert counts(sync(index_path, folder)) == {"kept": 1}


def test_what_was_published_later_is_left_out_and_taken_out(folder: Path, index_path: Path) -> None:
    write_note(folder, "early.md", RIVERS, published="2025-12-20")
    write_note(folder, "month.md", "Tin melts early.", published="2025-12")
    write_note(folder, "late.md", METALS, published="2025-12-21")
    write_note(folder, "undated.md", "Iron rusts.")
    day = PartialDate.parse("2025-12-20")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        assert counts(index.sync([folder], published_until=day)) == {
            "added": 3,
            "skipped_by_date": 1,
        }
    assert set(live(index_path)) == {"early.md", "month.md", "undated.md"}
    assert counts(sync(index_path, folder)) == {"added": 1, "unchanged": 3}
    assert "late.md" in live(index_path)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        summary = index.sync([folder], published_until=day)
    assert counts(summary) == {"unchanged": 3, "skipped_by_date": 1}
    assert set(live(index_path)) == {"early.md", "month.md", "undated.md"}


def test_a_folder_that_is_all_later_becomes_an_empty_generation(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS, published="2025")
    sync(index_path, folder)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        summary = index.sync([folder], published_until=PartialDate(2020))
        assert (summary.chunks, summary.sentences) == (0, 0)
        with index.snapshot() as snapshot:
            assert snapshot.search("rivers") == []
        assert index.check() == []


def test_folders_are_collections_of_their_own(tmp_path: Path, index_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_note(one, "a.md", RIVERS, id="same")
    write_note(two, "a.md", METALS, id="same")
    assert counts(sync(index_path, one, two)) == {"added": 2}
    write_note(two, "b.md", "Iron rusts.")
    assert counts(sync(index_path, two)) == {"added": 1, "unchanged": 1}
    with Index.open(index_path, WordHashEmbedder()) as index, index.snapshot() as snapshot:
        assert [source.key for _, source in snapshot.sources()] == ["same", "same", "b.md"]


def test_a_folder_named_twice_is_synced_once(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", RIVERS)
    assert counts(sync(index_path, folder, folder / ".." / folder.name)) == {"added": 1}


def test_index_and_folder_can_be_moved_together(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_note(home / "notes", "a.md", RIVERS)
    sync(home / "index", home / "notes")
    home.rename(tmp_path / "elsewhere")
    home = tmp_path / "elsewhere"
    assert counts(sync(home / "index", home / "notes")) == {"unchanged": 1}


def test_a_forgotten_folder_is_taken_out_until_it_is_synced_again(
    tmp_path: Path, index_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_note(one, "a.md", RIVERS)
    write_note(two, "b.md", METALS)
    sync(index_path, one, two)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        assert index.forget(one) == 1
        assert index.forget(one) == 0
        assert index.check() == []
    assert set(live(index_path)) == {"b.md"}
    sync(index_path, one)
    assert set(live(index_path)) == {"a.md", "b.md"}


@pytest.mark.parametrize(("first", "second"), [("", "sub"), ("sub", "")])
def test_folders_that_overlap_are_refused(
    folder: Path, index_path: Path, first: str, second: str
) -> None:
    write_note(folder, "sub/a.md", RIVERS)
    sync(index_path, folder / first)
    with pytest.raises(OverlappingFolders, match="overlap"):
        sync(index_path, folder / second)
    with pytest.raises(OverlappingFolders, match="overlap"):
        sync(index_path.with_name("other"), folder / first, folder / second)
    assert len(live(index_path)) == 1


def test_an_empty_folder_is_an_error_that_changes_nothing(
    tmp_path: Path, folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS)
    sync(index_path, folder)
    write_note(folder, "b.md", METALS)
    empty = tmp_path / "empty"
    write_note(empty, "table.xlsx", "no document")
    with pytest.raises(EmptyFolder, match=r"'.*empty': it has no document of a known type \(1"):
        sync(index_path, folder, empty)
    assert set(live(index_path)) == {"a.md"}


def test_a_folder_that_is_not_there_is_named(folder: Path, index_path: Path) -> None:
    with pytest.raises(LoadError, match="absent: the folder cannot be read"):
        sync(index_path, folder / "absent")


def test_no_folder_at_all_is_a_mistake(index_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one folder"):
        sync(index_path)


def test_of_two_documents_with_one_id_the_first_is_kept_and_both_are_named(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS, id="same")
    write_note(folder, "b.md", METALS, id="same")
    (folder / "c.jsonl").write_text(
        '{"id": "x", "text": "Iron rusts."}\n{"id": "x", "text": "Tin melts."}\n'
    )
    summary = sync(index_path, folder)
    assert counts(summary) == {"added": 2}
    assert reasons(summary) == {
        "b.md": "its id 'same' is also that of a.md; the first document is kept",
        "c.jsonl": "its id 'x' stands twice in it; the first document is kept",
    }
    documents = live(index_path)
    assert {key: documents[key].text for key in documents} == {"same": RIVERS, "x": "Iron rusts."}


def test_bad_files_are_named_and_the_rest_is_indexed(folder: Path, index_path: Path) -> None:
    write_note(folder, "good.md", RIVERS)
    (folder / "empty.md").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n%%EOF")
    write_note(folder, "front.md", METALS, published="yesterday")
    (folder / "headings.md").write_text("# Only a heading\n")
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200 * 2**20)
    (folder / "out.md").symlink_to(index_path.parent / "secret.md")
    (index_path.parent / "secret.md").write_text("Secret.")
    (folder / "lines.jsonl").write_text('{"id": "l1", "text": "Iron rusts."}\nnot json\n')
    summary = sync(index_path, folder)
    assert counts(summary) == {"added": 2}
    assert set(live(index_path)) == {"good.md", "l1"}
    assert set(reasons(summary)) == {
        "empty.md",
        "binary.txt",
        "broken.pdf",
        "front.md",
        "headings.md",
        "huge.txt",
        "out.md",
        "lines.jsonl",
    }
    assert all(problem.reason and problem.advice for problem in summary.problems)
    with Index.open(index_path, WordHashEmbedder()) as index:
        assert index.check() == []


def test_with_several_folders_a_problem_names_its_own(tmp_path: Path, index_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        write_note(folder, "a.md", RIVERS, id="same")
        write_note(folder, "b.md", RIVERS, id="same")
        (folder / "empty.md").write_bytes(b"")
    assert set(reasons(sync(index_path, one, two))) == {
        f"{folder.as_posix()}/{name}" for folder in (one, two) for name in ("b.md", "empty.md")
    }


def test_equal_texts_are_embedded_once(folder: Path, index_path: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        write_note(folder, name, "Rivers flow.")
    embedder = WordHashEmbedder()
    summary = sync(index_path, folder, embedder=embedder)
    assert embedder.embedded == ["Rivers flow."]
    assert (summary.embedded, summary.chunks, summary.sentences) == (1, 3, 3)


def test_an_error_of_the_embedders_files_is_not_the_indexs(folder: Path, index_path: Path) -> None:
    class MissingEmbedder(WordHashEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            raise FileNotFoundError("model.safetensors")

    write_note(folder, "a.md", RIVERS)
    with pytest.raises(FileNotFoundError, match="model"):
        sync(index_path, folder, embedder=MissingEmbedder())


def test_a_file_that_can_no_longer_be_read_keeps_its_documents(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS)
    (folder / "b.jsonl").write_text('{"id": "x", "text": "Tin melts."}\n{"id": "y", "text": "A."}')
    write_note(folder, "c.md", METALS)
    sync(index_path, folder)
    (folder / "a.md").write_bytes(b"")
    (folder / "b.jsonl").write_text('{"id": "x", "text": "Tin melts."}\n{"id": "y", "text": ')
    (folder / "c.md").write_text("# Nothing but a heading\n")
    summary = sync(index_path, folder)
    assert counts(summary) == {"unchanged": 1, "kept": 3}
    assert set(reasons(summary)) == {"a.md", "b.jsonl", "c.md"}
    assert set(live(index_path)) == {"a.md", "x", "y", "c.md"}


def test_a_folder_of_bad_files_alone_publishes_nothing(folder: Path, index_path: Path) -> None:
    (folder / "empty.md").write_bytes(b"")
    summary = sync(index_path, folder)
    assert summary.generation == "g000000"
    assert set(reasons(summary)) == {"empty.md"}


def test_no_text_that_is_embedded_exceeds_the_embedders_window(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", "word " * 400 + ". " + RIVERS * 20)
    embedder = WordHashEmbedder(max_tokens=40)
    sync(index_path, folder, embedder=embedder)
    assert max(map(embedder.count_tokens, embedder.embedded)) <= 40


def test_texts_are_embedded_in_order_of_their_length(folder: Path, index_path: Path) -> None:
    for number in range(20):
        write_note(folder, f"{number}.md", f"{'word ' * number}end. Short one.")
    embedder = WordHashEmbedder()
    sync(index_path, folder, embedder=embedder)
    lengths = [len(text) for text in embedder.embedded]
    assert lengths == sorted(lengths, reverse=True)


class Interrupted(Exception):
    pass


class StoppingEmbedder(WordHashEmbedder):
    """Stops for good after a number of texts, as a process that is killed does."""

    def __init__(self, stop_after: int) -> None:
        super().__init__()
        self.left = stop_after

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) > self.left:
            raise Interrupted
        self.left -= len(texts)
        return super().embed(texts)


def test_an_interrupted_sync_goes_on_where_it_was(folder: Path, index_path: Path) -> None:
    for number in range(60):
        write_note(folder, f"{number}.md", f"Note {number} is one. Note {number} goes on.")
    stopping = StoppingEmbedder(150)
    annotator = LengthAnnotator()
    with (
        Index.open(index_path, stopping, writable=True) as index,
        pytest.raises(Interrupted),
    ):
        index.sync([folder], annotator=annotator)
    with pytest.raises(IndexFault, match="no index"):
        Index.open(index_path, WordHashEmbedder())
    embedder = WordHashEmbedder()
    with Index.open(index_path, embedder, writable=True) as index:
        summary = index.sync([folder], annotator=annotator)
        assert index.check() == []
    assert counts(summary) == {"added": 60}
    assert len(stopping.embedded) > 0
    assert len(stopping.embedded) + len(embedder.embedded) == 60 * 3
    assert len(annotator.documents) == 60


class BrokenEmbedder(WordHashEmbedder):
    def __init__(self, answer: Vectors) -> None:
        super().__init__()
        self.answer = answer

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self.answer


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (np.ones((3, 5), np.float32), r"the shape \(3, 5\), not \(3, 32\)"),
        (np.ones((3, 32), np.float32), "off 1 by 4.66"),
        (np.full((3, 32), np.nan, np.float32), "off 1 by nan"),
        (np.zeros((3, 32), np.float32), "off 1 by 1"),
    ],
)
def test_an_embedder_that_returns_no_unit_vectors_is_named(
    folder: Path, index_path: Path, answer: Vectors, finding: str
) -> None:
    write_note(folder, "a.md", RIVERS)
    with pytest.raises(BadVectors, match=f"'word-hash' returned .*{finding}"):
        sync(index_path, folder, embedder=BrokenEmbedder(answer))
    assert counts(sync(index_path, folder)) == {"added": 1}


def test_another_embedder_embeds_everything_anew_and_only_when_asked_to(
    tmp_path: Path, index_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_note(one, "a.md", RIVERS)
    write_note(two, "b.md", METALS)
    write_note(two, "c.md", "Iron rusts.")
    sync(index_path, one, two)
    before = live(index_path)
    other = WordHashEmbedder("other", dimension=24)
    with pytest.raises(EmbedderMismatch, match="made with the embedder 'word-hash', not 'other'"):
        Index.open(index_path, other)
    (two / "c.md").write_bytes(b"")
    with Index.open(index_path, other, writable=True) as index:
        with pytest.raises(EmbedderMismatch):
            index.snapshot()
        with pytest.raises(EmbedderMismatch):
            index.forget(one)
        summary = index.sync([one])
        assert index.check() == []
    assert counts(summary) == {"reindexed": 3}
    assert len(other.embedded) == len(set(other.embedded)) == 3 + 3 + 1
    assert live(index_path, other) == before
    with pytest.raises(EmbedderMismatch):
        Index.open(index_path, WordHashEmbedder())


def test_a_kept_document_is_embedded_anew_as_well(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", RIVERS)
    write_note(folder, "b.md", METALS)
    sync(index_path, folder)
    (folder / "b.md").write_bytes(b"")
    other = WordHashEmbedder("other")
    summary = sync(index_path, folder, embedder=other)
    assert counts(summary) == {"reindexed": 2, "kept": 1}
    assert set(live(index_path, other)) == {"a.md", "b.md"}


def test_annotations_are_stored_and_made_anew_for_another_annotator(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", RIVERS)
    sync(index_path, folder)
    embedder = WordHashEmbedder()
    with Index.open(index_path, embedder, writable=True) as index:
        first = index.sync([folder], annotator=LengthAnnotator())
        again = index.sync([folder], annotator=LengthAnnotator())
        other = index.sync([folder], annotator=LengthAnnotator("other"))
        with index.snapshot() as snapshot:
            (hit,) = snapshot.search("Amazon")
            sentences = snapshot.passages([hit.chunk_id]).sentences
    assert [counts(s) for s in (first, again, other)] == [
        {"reindexed": 1},
        {"unchanged": 1},
        {"reindexed": 1},
    ]
    assert embedder.embedded == ["Amazon"]
    for sentence in sentences:
        assert sentence.annotation is not None
        assert sentence.annotation.subject_end == len(sentence.text)


class RecordedProgress:
    def __init__(self) -> None:
        self.stages: dict[str, int] = {}
        self.done: dict[str, int] = {}

    def stage(self, name: str, total: int) -> None:
        self.current = name
        self.stages[name] = total
        self.done[name] = 0

    def advance(self, steps: int = 1) -> None:
        self.done[self.current] += steps


def test_progress_is_told_of_every_step(folder: Path, index_path: Path) -> None:
    for number in range(70):
        write_note(folder, f"{number}.md", f"Note {number}.")
    (folder / "bad.md").write_bytes(b"")
    progress = RecordedProgress()
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder], progress=progress)
    assert progress.stages == {"Reading": 71, "Embedding": 140, "Publishing": 1}
    assert progress.done == progress.stages


def test_an_index_opened_for_reading_cannot_be_changed(folder: Path, index_path: Path) -> None:
    write_note(folder, "a.md", RIVERS)
    sync(index_path, folder)
    with Index.open(index_path, WordHashEmbedder()) as index:
        for change in (
            lambda: index.sync([folder]),
            lambda: index.delete("doc_x"),
            lambda: index.restore("doc_x"),
            lambda: index.purge("doc_x"),
            lambda: index.forget(folder),
        ):
            with pytest.raises(NotWritable, match="writable=True"):
                change()


def test_changed_chunks_need_a_new_pipeline_number() -> None:
    text = (
        "Title\n\nGen. Smith spoke on 3 May. He said: “No.” It cost $1.5 million (U.S. dollars).\n"
        "- first point\n- second point; and more\n\nLast paragraph, e.g. this one, ends here."
    )
    document = Document(Source("k", "t"), text, (Heading(Span(0, 5), 1),))
    embedder = WordHashEmbedder()
    chunks = chunk_document(
        document, target=12, window=Window(embedder.count_tokens, embedder.max_tokens)
    )
    found = [[sentence.slice(text) for sentence in chunk.sentences] for chunk in chunks]
    # If this fails because documents are cut in another (better) way, raise index.sync.PIPELINE
    # and change what is expected here: indexes made before are then cut anew.
    assert PIPELINE == 1
    assert found == [
        ["Gen. Smith spoke on 3 May.", "He said: “No.”"],
        ["It cost $1.5 million (U.S. dollars)."],
        ["- first point", "- second point; and more"],
        ["Last paragraph, e.g. this one, ends here."],
    ]


def test_a_deleted_document_is_unknown_to_delete(folder: Path, index_path: Path) -> None:
    with (
        Index.open(index_path, WordHashEmbedder(), writable=True) as index,
        pytest.raises(DocumentNotFound, match="no document 'doc_x'"),
    ):
        index.delete("doc_x")
