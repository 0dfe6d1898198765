"""The truth about every document: what it said, in which version, and what may be seen of it."""

import json
import sqlite3
import threading
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.dates import PartialDate
from corpus.documents import Document, Source, Span, page_at
from index.annotations import from_json
from index.embedding import Vectors
from index.errors import DocumentNotFound
from index.records import Passages, StoredDocument, StoredSentence, Version
from index.schema import headings_from_json, open_for_reading, source_from_json
from index.vectors import Ids


def generation_name(number: int) -> str:
    """Return the name under which a generation is reported and stored: g000007."""
    return f"g{number:06d}"


@dataclass(frozen=True, slots=True)
class Generation:
    """One published state of the index, and what it holds now that deletions are counted."""

    number: int
    embedder: str
    documents: int
    chunks: int
    sentences: int
    latest_published: PartialDate | None

    @property
    def name(self) -> str:
        """The number as it is reported: g000007."""
        return generation_name(self.number)


NOTHING = Generation(0, "", 0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class LiveChunk:
    """A chunk whose document is live; `published` is the first day that its date can mean."""

    document_id: str
    sha256: str
    span: Span
    published: str | None


class LedgerReader:
    """Reads through one connection; what it sees is the state of that connection's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def generation(self) -> Generation:
        """Return the published generation, `NOTHING` before the first."""
        row = self.connection.execute(
            "SELECT number, embedder, documents, chunks, sentences, latest_published"
            " FROM generations ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return NOTHING
        number, embedder, documents, chunks, sentences, latest = row
        published = PartialDate.parse(latest) if latest else None
        return Generation(number, embedder, documents, chunks, sentences, published)

    def live_chunks(self, ids: Collection[int]) -> dict[int, LiveChunk]:
        """Return those of the chunks whose document is live."""
        rows = self.connection.execute(
            "SELECT c.id, v.document_id, v.sha256, c.start, c.stop, v.published"
            " FROM json_each(?) AS wanted JOIN chunks AS c ON c.id = wanted.value"
            " JOIN memberships AS m ON m.version_id = c.version_id AND m.removed_in IS NULL"
            " JOIN versions AS v ON v.id = c.version_id",
            (as_json(ids),),
        )
        return {
            chunk_id: LiveChunk(document_id, sha256, Span(start, stop), published)
            for chunk_id, document_id, sha256, start, stop, published in rows
        }

    def live_hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the hash of the live version of each of the documents that has one."""
        rows = self.connection.execute(
            "SELECT v.document_id, v.sha256 FROM json_each(?) AS wanted"
            " JOIN memberships AS m ON m.document_id = wanted.value AND m.removed_in IS NULL"
            " JOIN versions AS v ON v.id = m.version_id",
            (as_json(ids),),
        )
        return dict(rows.fetchall())

    def deleted(self) -> frozenset[str]:
        """Return every document that was deleted on request."""
        rows = self.connection.execute("SELECT id FROM documents WHERE deleted_at IS NOT NULL")
        return frozenset(row[0] for row in rows)

    def changes(self) -> int:
        """Return a number that another connection's next commit changes."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def chunks_of(self, document_id: str) -> list[int]:
        """Return the chunks of the document's live version, in its order.

        Raises:
            DocumentNotFound: it has none.
        """
        rows = self.connection.execute(
            "SELECT c.id FROM memberships AS m JOIN chunks AS c ON c.version_id = m.version_id"
            " WHERE m.document_id = ? AND m.removed_in IS NULL ORDER BY c.id",
            (document_id,),
        ).fetchall()
        if not rows:
            raise DocumentNotFound(document_id)
        return [row[0] for row in rows]

    def passages(self, chunk_ids: Sequence[int]) -> Passages:
        """Return the sentences of the live ones of the chunks.

        Documents come in the order in which `chunk_ids` first names them, sentences in the order
        of the document.
        """
        rows = self.connection.execute(
            "SELECT v.id, v.document_id, c.id, c.headings, s.id, s.ordinal, s.paragraph, s.start,"
            " s.stop, s.annotation, e.vector FROM json_each(?) AS wanted"
            " JOIN chunks AS c ON c.id = wanted.value"
            " JOIN memberships AS m ON m.version_id = c.version_id AND m.removed_in IS NULL"
            " JOIN versions AS v ON v.id = c.version_id"
            " JOIN sentences AS s ON s.chunk_id = c.id"
            " JOIN sentence_vectors AS e ON e.id = s.id ORDER BY wanted.key, s.id",
            (as_json(dict.fromkeys(chunk_ids)),),
        ).fetchall()
        first = {version: place for place, version in reversed([*enumerate(r[0] for r in rows)])}
        rows.sort(key=lambda row: (first[row[0]], row[5]))
        texts = self._texts(first)
        sentences = tuple(_sentence(row, *texts[row[0]]) for row in rows)
        half = np.frombuffer(b"".join(row[-1] for row in rows), dtype=np.float16)
        vectors = half.reshape(len(rows), -1 if rows else 0).astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return Passages(sentences, vectors / np.maximum(norms, np.finfo(np.float32).tiny))

    def documents(self, ids: Iterable[str]) -> dict[str, StoredDocument]:
        """Return the live version of each of the documents that has one."""
        rows = self.connection.execute(
            "SELECT v.document_id, v.sha256, v.source, t.text, v.pages FROM json_each(?) AS wanted"
            " JOIN memberships AS m ON m.document_id = wanted.value AND m.removed_in IS NULL"
            " JOIN versions AS v ON v.id = m.version_id JOIN texts AS t ON t.sha256 = v.sha256",
            (as_json(ids),),
        )
        return {row[0]: _stored_document(row) for row in rows}

    def document_at(self, document_id: str, sha256: str) -> StoredDocument:
        """Return the version of the document that has this hash, live or not.

        Raises:
            DocumentNotFound: there is no such version, or it was purged.
        """
        row = self.connection.execute(
            "SELECT v.document_id, v.sha256, v.source, t.text, v.pages FROM versions AS v"
            " JOIN texts AS t ON t.sha256 = v.sha256"
            " WHERE v.document_id = ? AND v.sha256 = ? ORDER BY v.id DESC LIMIT 1",
            (document_id, sha256),
        ).fetchone()
        if row is None:
            raise DocumentNotFound(document_id, sha256)
        return _stored_document(row)

    def version(self, number: int) -> Document:
        """Return the document as it was loaded for a version."""
        source, text, headings, pages = self.connection.execute(
            "SELECT v.source, t.text, v.headings, v.pages FROM versions AS v"
            " JOIN texts AS t ON t.sha256 = v.sha256 WHERE v.id = ?",
            (number,),
        ).fetchone()
        return Document(
            source_from_json(source), text, headings_from_json(headings), tuple(json.loads(pages))
        )

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Yield id and source of every live document, oldest id first."""
        rows = self.connection.execute(
            "SELECT v.document_id, v.source FROM memberships AS m"
            " JOIN versions AS v ON v.id = m.version_id"
            " WHERE m.removed_in IS NULL ORDER BY v.document_id"
        )
        for document_id, source in rows:
            yield document_id, source_from_json(source)

    def collected(self, collection: str, *, after: str, limit: int) -> list[str]:
        """Return ids of live documents of a collection, those that follow `after`, in order."""
        rows = self.connection.execute(
            "SELECT d.id FROM documents AS d JOIN memberships AS m"
            " ON m.document_id = d.id AND m.removed_in IS NULL"
            " WHERE d.collection = ? AND d.id > ? ORDER BY d.id LIMIT ?",
            (collection, after, limit),
        )
        return [row[0] for row in rows]

    def collection_of(self, document_id: str) -> str:
        """Return the collection of a document, live or not.

        Raises:
            DocumentNotFound: there is no such document.
        """
        row = self.connection.execute(
            "SELECT collection FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        if row is None:
            raise DocumentNotFound(document_id)
        return str(row[0])

    def versions_of(self, document_id: str) -> list[Version]:
        """Return the versions of a document that were ever published, oldest first."""
        rows = self.connection.execute(
            "SELECT v.sha256, v.source, length(t.text), g.created_at, m.removed_in IS NULL"
            " FROM memberships AS m JOIN versions AS v ON v.id = m.version_id"
            " JOIN texts AS t ON t.sha256 = v.sha256"
            " JOIN generations AS g ON g.number = m.added_in"
            " WHERE m.document_id = ? ORDER BY m.added_in",
            (document_id,),
        )
        return [Version(h, source_from_json(s), n, at, bool(live)) for h, s, n, at, live in rows]

    def vectors(self, number: int, dimension: int) -> tuple[Ids, Vectors]:
        """Return ids, shape (n,), and vectors, shape (n, dimension), of a generation's chunks.

        They are sorted by id. Chunks deleted since it was published are among them.
        """
        rows = self.connection.execute(
            "SELECT c.id, e.vector FROM memberships AS m"
            " JOIN chunks AS c ON c.version_id = m.version_id"
            " JOIN chunk_vectors AS e ON e.id = c.id"
            " WHERE m.added_in <= :g AND (m.removed_in IS NULL OR m.removed_in > :g)"
            " ORDER BY c.id",
            {"g": number},
        )
        ids, blobs = array("q"), bytearray()
        for chunk_id, vector in rows:
            ids.append(chunk_id)
            blobs += vector
        vectors = np.frombuffer(blobs, dtype=np.float32).reshape(len(ids), dimension)
        return np.frombuffer(ids, dtype=np.int64), vectors

    def _texts(self, versions: Collection[int]) -> dict[int, tuple[str, tuple[int, ...]]]:
        """Return text and page starts of each version."""
        rows = self.connection.execute(
            "SELECT v.id, t.text, v.pages FROM json_each(?) AS wanted"
            " JOIN versions AS v ON v.id = wanted.value JOIN texts AS t ON t.sha256 = v.sha256",
            (as_json(versions),),
        )
        return {version: (text, tuple(json.loads(pages))) for version, text, pages in rows}


class ReaderPool:
    """Connections that read one ledger, kept open between uses; safe to share among threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[LedgerReader] | None = []

    def take(self) -> LedgerReader:
        """Return a reader outside any transaction, the caller's own until it is given back."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return LedgerReader(open_for_reading(self._path))

    def give_back(self, reader: LedgerReader) -> None:
        """Take a reader back and end its transaction."""
        if reader.connection.in_transaction:
            reader.connection.execute("ROLLBACK")
        with self._lock:
            if self._idle is not None:
                self._idle.append(reader)
                return
        reader.connection.close()

    def close(self) -> None:
        """Close every connection, now or when it is given back."""
        with self._lock:
            idle, self._idle = self._idle or [], None
        for reader in idle:
            reader.connection.close()


def _stored_document(row: tuple[str, str, str, str, str]) -> StoredDocument:
    document_id, sha256, source, text, pages = row
    return StoredDocument(
        document_id, sha256, source_from_json(source), text, tuple(json.loads(pages))
    )


def _sentence(row: tuple[Any, ...], text: str, pages: tuple[int, ...]) -> StoredSentence:
    _, document_id, chunk_id, headings, number, ordinal, paragraph, start, stop, note, _ = row
    return StoredSentence(
        id=number,
        document_id=document_id,
        chunk_id=chunk_id,
        ordinal=ordinal,
        paragraph=paragraph,
        span=Span(start, stop),
        text=text[start:stop],
        headings=tuple(json.loads(headings)),
        page=page_at(pages, start),
        annotation=from_json(note) if note else None,
    )


def as_json(values: Iterable[int] | Iterable[str]) -> str:
    """Return the values as the JSON array that `json_each` takes apart."""
    return json.dumps(list(values))
