"""Is everything in the index as it should be?"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from index.generations import Damaged, Generations
from index.ledger import Generation, LedgerReader
from index.vectors import VectorBackend

_UNIT_TOLERANCE = 1e-3
_HALF_UNIT_TOLERANCE = 5e-3


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the index that is not as it should be: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check(
    ledger: LedgerReader, generations: Generations, backend: VectorBackend, dimension: int
) -> list[Problem]:
    """Return every problem found by reading all of the ledger and the vector files."""
    generation = ledger.generation()
    return [
        *_database(ledger),
        *_texts(ledger),
        *_spans(ledger),
        *_vectors(ledger, dimension),
        *_membership(ledger, generation),
        *_lexicon(ledger),
        *_files(ledger, generations, backend, generation),
    ]


def _database(ledger: LedgerReader) -> Iterator[Problem]:
    for (found,) in ledger.connection.execute("PRAGMA integrity_check"):
        if found != "ok":
            yield Problem("ledger", found)
    for table, row, parent, _ in ledger.connection.execute("PRAGMA foreign_key_check"):
        yield Problem(f"ledger, {table} {row}", f"refers to a missing row of {parent}")


def _texts(ledger: LedgerReader) -> Iterator[Problem]:
    for sha256, text in ledger.connection.execute("SELECT sha256, text FROM texts"):
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            yield Problem(f"text {sha256}", "its bytes have another hash")


def _spans(ledger: LedgerReader) -> Iterator[Problem]:
    """Check that chunks lie in their texts, sentences in their chunks, numbered without gaps."""
    versions = ledger.connection.execute(
        "SELECT v.id, length(t.text), v.fingerprint, v.pages FROM versions AS v"
        " JOIN texts AS t ON t.sha256 = v.sha256"
    )
    for version, length, fingerprint, pages in versions:
        rows = ledger.connection.execute(
            "SELECT c.id, c.start, c.stop, s.ordinal, s.start, s.stop FROM chunks AS c"
            " LEFT JOIN sentences AS s ON s.chunk_id = c.id WHERE c.version_id = ?"
            " ORDER BY c.id, s.id",
            (version,),
        ).fetchall()
        if bool(rows) != bool(fingerprint):
            yield Problem(f"version {version}", "its chunks are missing, or should be")
        if any(not 0 <= start <= length for start in json.loads(pages)):
            yield Problem(f"version {version}", "a page begins outside its text")
        reached = 0
        for expected, (chunk, first, last, ordinal, start, stop) in enumerate(rows):
            inside = ordinal is not None and first <= start < stop <= last <= length
            if not inside or ordinal != expected or start < reached:
                yield Problem(f"chunk {chunk}", f"its sentence {expected} is out of place")
            reached = stop or reached


def _vectors(ledger: LedgerReader, dimension: int) -> Iterator[Problem]:
    """Check that every vector of a live chunk or sentence is there, finite and of length 1."""
    live_chunks = ledger.connection.execute(
        "SELECT c.id, e.vector FROM memberships AS m JOIN chunks AS c"
        " ON c.version_id = m.version_id LEFT JOIN chunk_vectors AS e ON e.id = c.id"
        " WHERE m.removed_in IS NULL"
    )
    live_sentences = ledger.connection.execute(
        "SELECT s.id, e.vector FROM memberships AS m JOIN chunks AS c"
        " ON c.version_id = m.version_id JOIN sentences AS s ON s.chunk_id = c.id"
        " LEFT JOIN sentence_vectors AS e ON e.id = s.id WHERE m.removed_in IS NULL"
    )
    for kind, rows, dtype, tolerance in (
        ("chunk", live_chunks, np.float32, _UNIT_TOLERANCE),
        ("sentence", live_sentences, np.float16, _HALF_UNIT_TOLERANCE),
    ):
        for number, blob in rows:
            if len(blob or b"") != dimension * np.dtype(dtype).itemsize:
                yield Problem(f"{kind} {number}", f"it has no vector of {dimension} numbers")
                continue
            length = float(np.linalg.norm(np.frombuffer(blob, dtype).astype(np.float64)))
            if not abs(length - 1) <= tolerance:
                yield Problem(f"{kind} {number}", f"its vector has length {length:.4f}, not 1")


def _membership(ledger: LedgerReader, generation: Generation) -> Iterator[Problem]:
    rows = ledger.connection.execute(
        "SELECT d.id FROM memberships AS m JOIN documents AS d ON d.id = m.document_id"
        " WHERE m.removed_in IS NULL AND d.deleted_at IS NOT NULL"
    )
    for (document_id,) in rows:
        yield Problem(document_id, "it was deleted and is live")
    rows = ledger.connection.execute(
        "SELECT v.id, v.embedder FROM memberships AS m JOIN versions AS v ON v.id = m.version_id"
        " WHERE m.removed_in IS NULL AND v.embedder <> ?",
        (generation.embedder,),
    )
    for version, embedder in rows:
        yield Problem(
            f"version {version}", f"embedded by {embedder!r}, the index by {generation.embedder!r}"
        )
    counted = ledger.connection.execute(
        "SELECT count(DISTINCT m.document_id), count(*) FROM memberships AS m"
        " JOIN chunks AS c ON c.version_id = m.version_id WHERE m.removed_in IS NULL"
    ).fetchone()
    if counted != (generation.documents, generation.chunks):
        yield Problem(
            generation.name,
            f"it says {generation.documents} documents and {generation.chunks} chunks,"
            f" and has {counted[0]} and {counted[1]}",
        )


def _lexicon(ledger: LedgerReader) -> Iterator[Problem]:
    rows = ledger.connection.execute(
        "SELECT c.id FROM memberships AS m JOIN chunks AS c ON c.version_id = m.version_id"
        " WHERE m.removed_in IS NULL"
    )
    live = {row[0] for row in rows}
    indexed = {row[0] for row in ledger.connection.execute("SELECT rowid FROM lexicon")}
    if live != indexed:
        yield Problem("lexicon", f"{len(live ^ indexed)} chunks too many or too few")


def _files(
    ledger: LedgerReader,
    generations: Generations,
    backend: VectorBackend,
    generation: Generation,
) -> Iterator[Problem]:
    for path in generations.leftovers(generation.number):
        yield Problem(str(path), "it belongs to no generation")
    if generation.number == 0:
        return
    try:
        folder = generations.verify(generation.number, embedder=generation.embedder)
    except Damaged as damage:
        yield Problem(str(generations.path(generation.number)), str(damage))
        return
    found = set(backend.load(folder).ids.tolist())
    expected = {
        row[0]
        for row in ledger.connection.execute(
            "SELECT c.id FROM memberships AS m JOIN chunks AS c ON c.version_id = m.version_id"
            " WHERE m.added_in <= :g AND (m.removed_in IS NULL OR m.removed_in > :g)",
            {"g": generation.number},
        )
    }
    if found != expected:
        yield Problem(str(folder), f"{len(found ^ expected)} vectors too many or too few")
