import threading
from pathlib import Path

from fakes import WordHashEmbedder
from notes import write_note

from index.index import Index

DOCUMENTS = 6
ROUNDS = 12


def write_round(folder: Path, number: int) -> None:
    for document in range(DOCUMENTS):
        write_note(folder, f"{document}.md", f"Gold in round {number}. Document {document}.")


def test_every_answer_reads_one_generation_while_others_are_published(
    folder: Path, index_path: Path
) -> None:
    write_round(folder, 1)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as writer:
        writer.sync([folder])
        seen: list[tuple[str, set[str]]] = []
        finished = threading.Event()

        def read() -> None:
            with Index.open(index_path, WordHashEmbedder()) as reader:
                while not finished.is_set():
                    with reader.snapshot() as snapshot:
                        hits = snapshot.search("gold", k=50)
                        texts = [snapshot.document(hit.document_id).text for hit in hits]
                        rounds = {text.split(".")[0] for text in texts}
                        assert len(hits) == DOCUMENTS
                        assert snapshot.dropped == 0
                        seen.append((snapshot.stats.generation, rounds))

        failures: list[BaseException] = []

        def read_or_fail() -> None:
            try:
                read()
            except BaseException as error:
                failures.append(error)

        readers = [threading.Thread(target=read_or_fail) for _ in range(2)]
        for thread in readers:
            thread.start()
        for number in range(2, ROUNDS + 1):
            write_round(folder, number)
            writer.sync([folder])
        finished.set()
        for thread in readers:
            thread.join()
    assert failures == []
    assert all(rounds == {f"Gold in round {int(name[1:])}"} for name, rounds in seen)
    assert len({name for name, _ in seen}) > 1


def test_an_open_reader_sees_the_next_generation(folder: Path, index_path: Path) -> None:
    write_round(folder, 1)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as writer:
        writer.sync([folder])
        with Index.open(index_path, WordHashEmbedder()) as reader:
            for number in range(2, 6):
                write_round(folder, number)
                writer.sync([folder])
                with reader.snapshot() as snapshot:
                    assert snapshot.stats.generation == f"g{number:06d}"
                    assert len(snapshot.search(f"round {number}")) == DOCUMENTS


def test_a_document_can_be_deleted_while_a_sync_is_at_work(folder: Path, index_path: Path) -> None:
    write_round(folder, 1)
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
        with index.snapshot() as snapshot:
            ids = [document_id for document_id, _ in snapshot.sources()]
        write_round(folder, 2)
        for number in range(100):
            write_note(folder, f"more{number}.md", f"Tin {number}.")
        deleting = threading.Thread(target=lambda: [index.delete(i) for i in ids[:3]])
        deleting.start()
        index.sync([folder])
        deleting.join()
        assert index.check() == []
        with index.snapshot() as snapshot:
            assert snapshot.stats.documents == 100 + 3
            assert not {document_id for document_id, _ in snapshot.sources()} & set(ids[:3])
