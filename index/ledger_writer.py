"""How the ledger changes: work ahead that nobody sees, and one transaction that publishes it."""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from corpus.documents import Chunk, Document
from corpus.sentences import paragraph_at, paragraphs
from index.annotations import Annotation, to_json
from index.embedding import Vectors
from index.errors import DocumentNotFound
from index.ledger import Generation, LedgerReader, as_json
from index.lexical import Entry, add_entries, remove_entries
from index.schema import headings_to_json, source_to_json


@dataclass(frozen=True, slots=True)
class Known:
    """A document that the ledger has met; `version` and `fingerprint` are None unless live."""

    id: str
    path: str
    deleted: bool
    version: int | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A text that has no vector yet: a chunk (`whole`) or a sentence."""

    id: int
    whole: bool
    text: str


class LedgerWriter(LedgerReader):
    """Changes the ledger; only the process that holds the write lock has one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what is done inside durable as a whole when it ends, or not at all.

        Threads take turns, so that a document can be deleted while a sync is at work.
        """
        with self._lock:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def collections(self) -> list[str]:
        """Return the collections that have live documents."""
        rows = self.connection.execute(
            "SELECT DISTINCT d.collection FROM memberships AS m"
            " JOIN documents AS d ON d.id = m.document_id WHERE m.removed_in IS NULL ORDER BY 1"
        )
        return [row[0] for row in rows]

    def known(self, collection: str) -> dict[str, Known]:
        """Return every document of the collection that was ever met, by key."""
        rows = self.connection.execute(
            "SELECT d.key, d.id, d.path, d.deleted_at IS NOT NULL, v.id, v.fingerprint"
            " FROM documents AS d"
            " LEFT JOIN memberships AS m ON m.document_id = d.id AND m.removed_in IS NULL"
            " LEFT JOIN versions AS v ON v.id = m.version_id WHERE d.collection = ?",
            (collection,),
        )
        return {key: Known(i, path, bool(gone), v, f) for key, i, path, gone, v, f in rows}

    def add_document(self, collection: str, key: str, path: str) -> str:
        """Return the id of the collection's document of that key, minted if it is new."""
        row = self.connection.execute(
            "INSERT INTO documents (id, collection, key, path) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (collection, key) DO UPDATE SET path = excluded.path RETURNING id",
            (mint_id(), collection, key, path),
        ).fetchone()
        return str(row[0])

    def find_version(self, document_id: str, fingerprint: str) -> int | None:
        """Return the stored version whose chunks were made from just this, if there is one."""
        row = self.connection.execute(
            "SELECT id FROM versions WHERE document_id = ? AND fingerprint = ?",
            (document_id, fingerprint),
        ).fetchone()
        return row and int(row[0])

    def add_version(
        self,
        document_id: str,
        document: Document,
        chunks: Sequence[Chunk],
        annotations: Sequence[Annotation | None],
        *,
        fingerprint: str,
        embedder: str,
    ) -> int:
        """Store a version with its chunks and sentences and return its number.

        No reader sees it before it is published. `annotations` has one entry for each sentence,
        chunk by chunk. Texts that an earlier version of the document has vectors for keep them.
        """
        known = self._known_vectors(document_id, embedder)
        source, text = document.source, document.text
        self.connection.execute(
            "INSERT INTO texts (sha256, text) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (document.sha256, text),
        )
        version = self._insert(
            "INSERT INTO versions (document_id, sha256, fingerprint, embedder, source, published,"
            " headings, pages) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            document_id,
            document.sha256,
            fingerprint,
            embedder,
            source_to_json(source),
            source.published.first_day.isoformat() if source.published else None,
            headings_to_json(document.headings),
            as_json(document.pages),
        )
        sentences = [span for chunk in chunks for span in chunk.sentences]
        described = zip(sentences, annotations, strict=True)
        blocks = paragraphs(text)
        ordinal = 0
        for chunk in chunks:
            chunk_id = self._insert(
                "INSERT INTO chunks (version_id, start, stop, headings, page)"
                " VALUES (?, ?, ?, ?, ?)",
                version,
                chunk.span.start,
                chunk.span.end,
                json.dumps(chunk.headings, ensure_ascii=False),
                chunk.page,
            )
            self._add_known_vector(known, True, chunk_id, chunk.span.slice(text))
            for _ in chunk.sentences:
                span, annotation = next(described)
                sentence_id = self._insert(
                    "INSERT INTO sentences (chunk_id, ordinal, paragraph, start, stop, annotation)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    chunk_id,
                    ordinal,
                    paragraph_at(blocks, span.start),
                    span.start,
                    span.end,
                    to_json(annotation) if annotation else None,
                )
                self._add_known_vector(known, False, sentence_id, span.slice(text))
                ordinal += 1
        return version

    def unembedded(self, versions: Collection[int]) -> Iterator[Unembedded]:
        """Yield every chunk and sentence of the versions that has no vector yet."""
        for version in versions:
            rows = self.connection.execute(
                "SELECT c.id, 1, c.start, c.stop FROM chunks AS c"
                " WHERE c.version_id = :v AND c.id NOT IN (SELECT id FROM chunk_vectors)"
                " UNION ALL SELECT s.id, 0, s.start, s.stop FROM chunks AS c"
                " JOIN sentences AS s ON s.chunk_id = c.id"
                " WHERE c.version_id = :v AND s.id NOT IN (SELECT id FROM sentence_vectors)",
                {"v": version},
            ).fetchall()
            if rows:
                text = self._texts([version])[version][0]
                for item, whole, start, stop in rows:
                    yield Unembedded(item, bool(whole), text[start:stop])

    def count_unembedded(self, versions: Collection[int]) -> int:
        """Return how many texts `unembedded` will yield."""
        row = self.connection.execute(
            "SELECT (SELECT count(*) FROM json_each(:v) AS w JOIN chunks AS c"
            "  ON c.version_id = w.value WHERE c.id NOT IN (SELECT id FROM chunk_vectors))"
            " + (SELECT count(*) FROM json_each(:v) AS w JOIN chunks AS c"
            "  ON c.version_id = w.value JOIN sentences AS s ON s.chunk_id = c.id"
            "  WHERE s.id NOT IN (SELECT id FROM sentence_vectors))",
            {"v": as_json(versions)},
        ).fetchone()
        return int(row[0])

    def add_vectors(self, items: Sequence[Unembedded], vectors: Vectors) -> None:
        """Store the unit vector of each item: float32 for chunks, float16 for sentences."""
        for item, vector in zip(items, vectors, strict=True):
            self._add_vector(item.whole, item.id, _to_blob(vector, item.whole))

    def publish(
        self, embedder: str, *, removed: Collection[int], added: Collection[int]
    ) -> Generation:
        """Make the live versions, less `removed`, plus `added`, the next generation.

        Chunks that no generation to come can use are dropped: those of versions that another has
        replaced, that were never published, or that another embedder made. Texts stay.
        """
        number = self.generation().number + 1
        self._end_memberships(removed, number)
        added = self._undeleted(added)
        self.connection.execute(
            "INSERT INTO memberships (version_id, document_id, added_in)"
            " SELECT v.id, v.document_id, ? FROM json_each(?) AS wanted"
            " JOIN versions AS v ON v.id = wanted.value",
            (number, as_json(added)),
        )
        add_entries(self.connection, self._entries(added))
        self._drop_replaced(embedder)
        self.connection.execute(
            "INSERT INTO generations (number, created_at, embedder, documents, chunks, sentences)"
            " VALUES (?, ?, ?, 0, 0, 0)",
            (number, _now(), embedder),
        )
        return self._recount(number)

    def delete(self, document_id: str) -> None:
        """End the document: no reader sees it any more, and no sync brings it back.

        Raises:
            DocumentNotFound: there is no such document, or it is deleted already.
        """
        self._mark_deleted(document_id, _now())
        number = self.generation().number
        self._end_memberships(self._live_versions([document_id]), number + 1)
        if number:
            self._recount(number)

    def restore(self, document_id: str) -> None:
        """Let the next sync index a deleted document again.

        Raises:
            DocumentNotFound: there is no such document, or it is not deleted.
        """
        self._mark_deleted(document_id, None)

    def purge(self, document_id: str) -> None:
        """Overwrite every text, chunk, word and vector of a deleted document.

        Raises:
            DocumentNotFound: no document of this id was deleted.
        """
        if document_id not in self.deleted():
            raise DocumentNotFound(document_id)
        rows = self.connection.execute(
            "SELECT id FROM versions WHERE document_id = ?", (document_id,)
        )
        versions = [row[0] for row in rows]
        self._drop_chunks(versions)
        self.connection.execute("DELETE FROM memberships WHERE document_id = ?", (document_id,))
        self._drop_versions(versions)
        self.connection.execute("INSERT INTO lexicon (lexicon) VALUES ('optimize')")

    def live_in(self, collection: str) -> list[int]:
        """Return the live versions of a collection."""
        return [known.version for known in self.known(collection).values() if known.version]

    def live_versions(self, *, other_than: str) -> list[int]:
        """Return the live versions that another embedder than this made."""
        rows = self.connection.execute(
            "SELECT v.id FROM memberships AS m JOIN versions AS v ON v.id = m.version_id"
            " WHERE m.removed_in IS NULL AND v.embedder <> ?",
            (other_than,),
        )
        return [row[0] for row in rows]

    def place_of(self, version: int) -> tuple[str, str]:
        """Return the collection of a version's document, and its path there."""
        collection, path = self.connection.execute(
            "SELECT d.collection, d.path FROM versions AS v"
            " JOIN documents AS d ON d.id = v.document_id WHERE v.id = ?",
            (version,),
        ).fetchone()
        return collection, path

    def move(self, paths: Iterable[tuple[str, str]]) -> None:
        """Take note of the paths under which documents, given by id, are found now."""
        self.connection.executemany("UPDATE documents SET path = ?2 WHERE id = ?1", paths)

    def _insert(self, statement: str, *values: str | int | bytes | None) -> int:
        """Insert a row and return its number."""
        number = self.connection.execute(statement, values).lastrowid
        assert number is not None
        return number

    def _known_vectors(self, document_id: str, embedder: str) -> dict[tuple[bool, str], bytes]:
        """Return the vectors of the document's newest version, by kind and text."""
        row = self.connection.execute(
            "SELECT max(id) FROM versions"
            " WHERE document_id = ? AND embedder = ? AND fingerprint IS NOT NULL",
            (document_id, embedder),
        ).fetchone()
        if row[0] is None:
            return {}
        text = self._texts([row[0]])[row[0]][0]
        rows = self.connection.execute(
            "SELECT 1, c.start, c.stop, e.vector FROM chunks AS c"
            " JOIN chunk_vectors AS e ON e.id = c.id WHERE c.version_id = :v"
            " UNION ALL SELECT 0, s.start, s.stop, e.vector FROM chunks AS c"
            " JOIN sentences AS s ON s.chunk_id = c.id"
            " JOIN sentence_vectors AS e ON e.id = s.id WHERE c.version_id = :v",
            {"v": row[0]},
        )
        return {(bool(whole), text[start:stop]): vector for whole, start, stop, vector in rows}

    def _add_known_vector(
        self, known: Mapping[tuple[bool, str], bytes], whole: bool, item: int, text: str
    ) -> None:
        if vector := known.get((whole, text)):
            self._add_vector(whole, item, vector)

    def _add_vector(self, whole: bool, item: int, vector: bytes) -> None:
        self.connection.execute(
            "INSERT INTO chunk_vectors (id, vector) VALUES (?, ?)"
            if whole
            else "INSERT INTO sentence_vectors (id, vector) VALUES (?, ?)",
            (item, vector),
        )

    def _entries(self, versions: Collection[int]) -> Iterator[Entry]:
        """Yield what the lexicon holds of each chunk of the versions."""
        for version in versions:
            text, source, chunks = self.connection.execute(
                "SELECT t.text, v.source, (SELECT json_group_array("
                "  json_array(c.id, c.start, c.stop, json(c.headings)))"
                "  FROM chunks AS c WHERE c.version_id = v.id)"
                " FROM versions AS v JOIN texts AS t ON t.sha256 = v.sha256 WHERE v.id = ?",
                (version,),
            ).fetchone()
            title = json.loads(source)["title"]
            for chunk_id, start, stop, headings in json.loads(chunks):
                yield Entry(chunk_id, text[start:stop], "\n".join([title, *headings]))

    def _live_versions(self, ids: Collection[str]) -> list[int]:
        rows = self.connection.execute(
            "SELECT m.version_id FROM json_each(?) AS wanted JOIN memberships AS m"
            " ON m.document_id = wanted.value AND m.removed_in IS NULL",
            (as_json(ids),),
        )
        return [row[0] for row in rows]

    def _undeleted(self, versions: Collection[int]) -> list[int]:
        rows = self.connection.execute(
            "SELECT v.id FROM json_each(?) AS wanted JOIN versions AS v ON v.id = wanted.value"
            " JOIN documents AS d ON d.id = v.document_id WHERE d.deleted_at IS NULL",
            (as_json(versions),),
        )
        return [row[0] for row in rows]

    def _end_memberships(self, versions: Collection[int], number: int) -> None:
        ended = self.connection.execute(
            "UPDATE memberships SET removed_in = ? WHERE removed_in IS NULL"
            " AND version_id IN (SELECT value FROM json_each(?)) RETURNING version_id",
            (number, as_json(versions)),
        ).fetchall()
        remove_entries(self.connection, self._entries([row[0] for row in ended]))

    def _mark_deleted(self, document_id: str, when: str | None) -> None:
        changed = self.connection.execute(
            "UPDATE documents SET deleted_at = :when"
            " WHERE id = :id AND (deleted_at IS NULL) = (:when IS NOT NULL)",
            {"when": when, "id": document_id},
        ).rowcount
        if not changed:
            raise DocumentNotFound(document_id)

    def _drop_replaced(self, embedder: str) -> None:
        """Drop the chunks of versions that are of no more use.

        The newest version of a document that vanished keeps them: should its file come back,
        nothing is embedded again.
        """
        rows = self.connection.execute(
            "SELECT v.id FROM versions AS v JOIN documents AS d ON d.id = v.document_id"
            " WHERE v.fingerprint IS NOT NULL AND NOT EXISTS (SELECT 1 FROM memberships AS m"
            "  WHERE m.version_id = v.id AND m.removed_in IS NULL)"
            " AND (v.embedder <> ? OR d.deleted_at IS NOT NULL"
            "  OR EXISTS (SELECT 1 FROM memberships AS m"
            "   WHERE m.document_id = v.document_id AND m.removed_in IS NULL)"
            "  OR EXISTS (SELECT 1 FROM versions AS newer WHERE newer.document_id = v.document_id"
            "   AND newer.id > v.id AND newer.fingerprint IS NOT NULL))",
            (embedder,),
        )
        versions = [row[0] for row in rows]
        self._drop_chunks(versions)
        unpublished = self.connection.execute(
            "SELECT value FROM json_each(?)"
            " WHERE value NOT IN (SELECT version_id FROM memberships)",
            (as_json(versions),),
        )
        self._drop_versions([row[0] for row in unpublished])

    def _drop_chunks(self, versions: Collection[int]) -> None:
        ids = (as_json(versions),)
        self.connection.execute(
            "DELETE FROM chunks WHERE version_id IN (SELECT value FROM json_each(?))", ids
        )
        self.connection.execute(
            "UPDATE versions SET fingerprint = NULL WHERE id IN (SELECT value FROM json_each(?))",
            ids,
        )

    def _drop_versions(self, versions: Collection[int]) -> None:
        """Delete versions without chunks or memberships, and the texts that only they had."""
        ids = (as_json(versions),)
        texts = self.connection.execute(
            "SELECT DISTINCT sha256 FROM versions WHERE id IN (SELECT value FROM json_each(?))",
            ids,
        ).fetchall()
        self.connection.execute(
            "DELETE FROM versions WHERE id IN (SELECT value FROM json_each(?))", ids
        )
        self.connection.execute(
            "DELETE FROM texts WHERE sha256 IN (SELECT value FROM json_each(?))"
            " AND sha256 NOT IN (SELECT sha256 FROM versions)",
            (as_json([row[0] for row in texts]),),
        )

    def _recount(self, number: int) -> Generation:
        """Store and return what the live documents of the generation add up to."""
        self.connection.execute(
            "UPDATE generations SET (documents, latest_published) = ("
            "  SELECT count(*), max(json_extract(v.source, '$.published'))"
            "  FROM memberships AS m JOIN versions AS v ON v.id = m.version_id"
            "  WHERE m.removed_in IS NULL),"
            " chunks = (SELECT count(*) FROM memberships AS m"
            "  JOIN chunks AS c ON c.version_id = m.version_id WHERE m.removed_in IS NULL),"
            " sentences = (SELECT count(*) FROM memberships AS m"
            "  JOIN chunks AS c ON c.version_id = m.version_id"
            "  JOIN sentences AS s ON s.chunk_id = c.id WHERE m.removed_in IS NULL)"
            " WHERE number = ?",
            (number,),
        )
        return self.generation()


_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def mint_id() -> str:
    """Return a new document id: `doc_` and 26 characters of Crockford's base 32.

    The first 48 bits are the time in milliseconds, so ids sort by age; the other 80 are random.
    """
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "doc_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5))


def _to_blob(vector: Vectors, whole: bool) -> bytes:
    return vector.astype(np.float32 if whole else np.float16).tobytes()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
