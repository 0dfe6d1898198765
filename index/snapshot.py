"""One generation of the index, as one answer reads it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from corpus.dates import PartialDate
from corpus.documents import Source
from index.embedding import Embedder, Vectors
from index.errors import DocumentNotFound, named_storage_errors
from index.fusion import reciprocal_rank_fusion
from index.ledger import Generation, LedgerReader, LiveChunk, ReaderPool
from index.lexical import FtsLexicon, LexicalIndex
from index.records import CorpusStats, Hit, Passages, StoredDocument, Version
from index.vectors import VectorIndex

# How far down each ranking the fusion looks, and how much deeper the next attempt goes where
# dates or deletions left too few.
_DEPTH = 50
_DEEPER = 4


class Snapshot:
    """Everything that an answer reads: one generation, in one read transaction of the ledger.

    What was deleted since the snapshot was taken is left out of everything but `document_at`.
    Used by one thread, and closed when the answer is done: until then the ledger's journal grows
    with every write.
    """

    def __init__(
        self,
        path: Path,
        *,
        pool: ReaderPool,
        ledger: LedgerReader,
        generation: Generation,
        vectors: VectorIndex,
        embedder: Embedder,
    ) -> None:
        self._path = path
        self._pool = pool
        self._pinned: LedgerReader | None = ledger
        self._fresh = pool.take()
        self._changes: int | None = None
        self._deleted: frozenset[str] = frozenset()
        self._vectors = vectors
        self._lexicon: LexicalIndex = FtsLexicon(ledger.connection, generation.chunks)
        self._embedder = embedder
        self._embedded: dict[str, Vectors] = {}
        self._unconfirmed: set[int] = set()
        self.stats = CorpusStats(
            generation=generation.name,
            documents=generation.documents,
            chunks=generation.chunks,
            sentences=generation.sentences,
            latest_published=generation.latest_published,
            embedder=generation.embedder,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the read transaction; closing twice does nothing."""
        if self._pinned is not None:
            pinned, self._pinned = self._pinned, None
            self._pool.give_back(pinned)
            self._pool.give_back(self._fresh)

    def search(self, query: str, k: int = 20, *, as_of: PartialDate | None = None) -> list[Hit]:
        """Return the k chunks that meaning and words together bring nearest, best first.

        With `as_of`, documents published after it are left out; undated ones stay.
        """
        return self.search_many([query], k, as_of=as_of)[0]

    def search_many(
        self, queries: Sequence[str], k: int = 20, *, as_of: PartialDate | None = None
    ) -> list[list[Hit]]:
        """Return what `search` finds for each query; they are embedded and looked up together."""
        if k < 1:
            raise ValueError(f"a search needs k >= 1, not {k}")
        if not queries:
            return []
        until = as_of.last_day if as_of else None
        depth = max(k, _DEPTH)
        vectors = self.embed(queries)
        with self._reading() as ledger:
            dense = self._dense(ledger, vectors, depth, until)
            lexical = [self._lexical(ledger, query, depth, until) for query in queries]
        return [_fuse(*pair, k) for pair in zip(dense, lexical, strict=True)]

    def passages(self, chunk_ids: Sequence[int]) -> Passages:
        """Return the sentences of those of the chunks that are live, with unit vectors.

        Documents come in the order in which `chunk_ids` first names them, their sentences in the
        document's order.
        """
        with self._reading() as ledger:
            found = ledger.passages(chunk_ids)
            if not (gone := self._deleted_since()):
                return found
            kept = [i for i, s in enumerate(found.sentences) if s.document_id not in gone]
            return Passages(tuple(found.sentences[i] for i in kept), found.vectors[kept])

    def neighbours(self, document_id: str) -> Passages:
        """Return every sentence of the document's live version.

        Raises:
            DocumentNotFound: it has none.
        """
        with self._reading() as ledger:
            if document_id in self._deleted_since():
                raise DocumentNotFound(document_id)
            return ledger.passages(ledger.chunks_of(document_id))

    def document(self, document_id: str) -> StoredDocument:
        """Return the document's live version.

        Raises:
            DocumentNotFound: it has none.
        """
        found = self.documents([document_id])
        if document_id not in found:
            raise DocumentNotFound(document_id)
        return found[document_id]

    def document_at(self, document_id: str, sha256: str) -> StoredDocument:
        """Return the version of a document that has this hash, even if it is live no more.

        Raises:
            DocumentNotFound: there is no such version, or it was purged.
        """
        with self._reading() as ledger:
            return ledger.document_at(document_id, sha256)

    def documents(self, ids: Iterable[str]) -> dict[str, StoredDocument]:
        """Return the live version of each of the documents that has one."""
        with self._reading() as ledger:
            return ledger.documents(set(ids) - self._deleted_since())

    def live(self, ids: Iterable[str]) -> set[str]:
        """Return those of the documents that are still live as they are in this snapshot.

        The ledger is read anew: a document deleted, withdrawn or changed since is left out.
        """
        wanted = set(ids)
        with self._reading() as ledger:
            seen, now = ledger.live_hashes(wanted), self._fresh.live_hashes(wanted)
        return {i for i, sha256 in seen.items() if now.get(i) == sha256}

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Yield id and source of every live document."""
        with self._reading() as ledger:
            gone = self._deleted_since()
            found = [pair for pair in ledger.sources() if pair[0] not in gone]
        yield from found

    def collected(self, collection: str, *, after: str = "", limit: int) -> list[str]:
        """Return up to `limit` live documents of a collection, by id, those that follow `after`.

        A collection is named by its folder's path as seen from beside the index.
        """
        with self._reading() as ledger:
            gone = self._deleted_since()
            found = ledger.collected(collection, after=after, limit=limit + len(gone))
            return [i for i in found if i not in gone][:limit]

    def collection_of(self, document_id: str) -> str:
        """Return the collection of a document, live or not.

        Raises:
            DocumentNotFound: there is no such document.
        """
        with self._reading() as ledger:
            return ledger.collection_of(document_id)

    def versions(self, document_id: str) -> list[Version]:
        """Return the published versions of a document, oldest first, less those purged.

        Raises:
            DocumentNotFound: there is no such document.
        """
        with self._reading() as ledger:
            ledger.collection_of(document_id)
            gone = document_id in self._deleted_since()
            found = ledger.versions_of(document_id)
            return [replace(version, live=False) for version in found] if gone else found

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), of the index's own embedder.

        A text is embedded once in the life of a snapshot.
        """
        if new := [text for text in dict.fromkeys(texts) if text not in self._embedded]:
            self._embedded.update(zip(new, self._embedder.embed(new), strict=True))
        if not texts:
            return np.empty((0, self._embedder.dimension), dtype=np.float32)
        return np.stack([self._embedded[text] for text in texts])

    def frequency(self, words: Collection[str]) -> dict[str, int]:
        """Return for each word the number of live chunks whose text has it in any inflection."""
        with self._reading():
            return self._lexicon.frequency(words)

    @property
    def dropped(self) -> int:
        """The number of chunks that a search found and the ledger did not confirm."""
        return len(self._unconfirmed)

    @contextmanager
    def _reading(self) -> Iterator[LedgerReader]:
        if self._pinned is None:
            raise ValueError("the snapshot is closed: take a new one")
        with named_storage_errors(self._path):
            yield self._pinned

    def _deleted_since(self) -> frozenset[str]:
        """Return every deleted document, read outside the transaction."""
        changes = self._fresh.changes()
        if changes != self._changes:
            self._changes, self._deleted = changes, self._fresh.deleted()
        return self._deleted

    def _dense(
        self, ledger: LedgerReader, vectors: Vectors, depth: int, until: date | None
    ) -> "list[list[_Found]]":
        """Return for each vector the `depth` nearest chunks that may be seen."""
        reach = depth
        while True:
            nearest = self._vectors.search(vectors, reach)
            chunks = self._visible(ledger, set(nearest.ids.ravel().tolist()) - {-1}, until)
            found = [
                [
                    _Found(i, score, chunks[i])
                    for i, score in zip(ids, scores, strict=True)
                    if i in chunks
                ]
                for ids, scores in zip(nearest.ids.tolist(), nearest.scores.tolist(), strict=True)
            ]
            if min(map(len, found)) >= depth or nearest.ids.shape[1] < reach:
                return [row[:depth] for row in found]
            reach *= _DEEPER

    def _lexical(
        self, ledger: LedgerReader, query: str, depth: int, until: date | None
    ) -> "list[_Found]":
        """Return the `depth` best chunks by words that may be seen."""
        reach = depth
        while True:
            matches = self._lexicon.search(query, reach)
            chunks = self._visible(ledger, {match.chunk_id for match in matches}, until)
            found = [_Found(i, score, chunks[i]) for i, score in matches if i in chunks]
            if len(found) >= depth or len(matches) < reach:
                return found[:depth]
            reach *= _DEEPER

    def _visible(
        self, ledger: LedgerReader, ids: Collection[int], until: date | None
    ) -> Mapping[int, LiveChunk]:
        """Return those of the chunks that the ledger confirms and the date does not exclude."""
        gone, last_day = self._deleted_since(), until.isoformat() if until else None
        live = {
            chunk_id: chunk
            for chunk_id, chunk in ledger.live_chunks(ids).items()
            if chunk.document_id not in gone
        }
        self._unconfirmed.update(set(ids) - live.keys())
        if last_day is None:
            return live
        return {i: c for i, c in live.items() if c.published is None or c.published <= last_day}


class _Found(NamedTuple):
    chunk_id: int
    score: float
    chunk: LiveChunk


def _fuse(dense: Sequence[_Found], lexical: Sequence[_Found], k: int) -> list[Hit]:
    """Return the best k of both rankings, each with its places in them."""
    chunks = {found.chunk_id: found.chunk for found in (*dense, *lexical)}
    by_meaning = {found.chunk_id: (rank, found.score) for rank, found in enumerate(dense, start=1)}
    by_words = {found.chunk_id: (rank, found.score) for rank, found in enumerate(lexical, start=1)}
    hits = []
    for chunk_id, score in reciprocal_rank_fusion([list(by_meaning), list(by_words)])[:k]:
        dense_rank, dense_score = by_meaning.get(chunk_id, (None, None))
        lexical_rank, lexical_score = by_words.get(chunk_id, (None, None))
        chunk = chunks[chunk_id]
        hits.append(
            Hit(
                chunk_id=chunk_id,
                document_id=chunk.document_id,
                sha256=chunk.sha256,
                span=chunk.span,
                score=score,
                dense_rank=dense_rank,
                dense_score=dense_score,
                lexical_rank=lexical_rank,
                lexical_score=lexical_score,
            )
        )
    return hits
