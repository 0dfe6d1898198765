"""The index of a body of documents: synced by one process, read by many."""

import logging
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from corpus.dates import PartialDate
from index.annotations import Annotator
from index.embedding import Embedder
from index.errors import (
    EmbedderMismatch,
    IndexNotFound,
    NotWritable,
    named_ledger_errors,
    named_storage_errors,
)
from index.generations import Damaged, Generations
from index.ledger import Generation, LedgerReader, ReaderPool
from index.ledger_writer import LedgerWriter
from index.lock import WriteLock
from index.progress import Progress, Silent
from index.schema import LEDGER_FILE, open_for_writing
from index.snapshot import Snapshot
from index.vectors import FaissBackend, VectorBackend, VectorIndex

if TYPE_CHECKING:
    from corpus.loading import Load
    from index.check import Problem
    from index.sync import SyncSummary

_log = logging.getLogger(__name__)


class Index:
    """An index folder: the ledger, the vector files derived from it, and the write lock."""

    def __init__(
        self,
        path: Path,
        embedder: Embedder,
        backend: VectorBackend,
        *,
        lock: WriteLock | None = None,
        writer: LedgerWriter | None = None,
    ) -> None:
        self.path = path
        self._embedder = embedder
        self._backend = backend
        self._lock = lock
        self._writer = writer
        self._pool = ReaderPool(path / LEDGER_FILE)
        self._generations = Generations(path)
        self._vectors: dict[int, VectorIndex] = {}
        self._loading = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path,
        embedder: Embedder,
        *,
        writable: bool = False,
        backend: VectorBackend | None = None,
    ) -> "Index":
        """Open the index in a folder, for questions, or also for changes.

        Opened for writing, the folder is made where there is none, the write lock is held until
        `close`, what a process that died left behind is removed, and vector files that are torn
        or missing are made anew. Only then may the embedder be another than the index was made
        with: `sync` then embeds everything with the new one.

        Raises:
            IndexNotFound: nothing was ever synced there (for questions only).
            EmbedderMismatch: the index was made with another embedder (for questions only).
            IndexLocked: another process is writing to it.
            LedgerTooNew: a later release wrote it.
            StorageError: the disk or the ledger cannot be used.
        """
        backend = backend or FaissBackend()
        if not writable:
            index = cls(path, embedder, backend)
            try:
                index.snapshot().close()
            except BaseException:
                index.close()
                raise
            return index
        with named_storage_errors(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = WriteLock(path)
            try:
                writer = LedgerWriter(open_for_writing(path / LEDGER_FILE))
            except BaseException:
                lock.release()
                raise
        index = cls(path, embedder, backend, lock=lock, writer=writer)
        try:
            with named_storage_errors(path):
                index._recover()
        except BaseException:
            index.close()
            raise
        return index

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
        """Close every file and release the write lock; snapshots must be closed before."""
        self._pool.close()
        if self._writer is not None:
            self._writer.connection.close()
            self._writer = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def sync(
        self,
        folders: Sequence[Path],
        *,
        load: "Load | None" = None,
        published_until: PartialDate | None = None,
        restore: Collection[str] = (),
        annotator: Annotator | None = None,
        progress: Progress | None = None,
    ) -> "SyncSummary":
        """Make the index hold what the folders hold, and say what was done.

        Each folder is a collection of its own; collections of other folders stay as they are.
        Documents are added, updated and removed as their files are; those published after
        `published_until` are left out, or taken out. A file that cannot be read, or a document
        whose id another one has, is named in the summary and the rest is indexed; what such a
        file held before stays. Documents deleted by `delete` stay deleted, unless their key is one
        of `restore`: then they come back with the others. Readers see all of it at once, as a new
        generation, when it is complete; a sync that was interrupted goes on where it was. Where
        nothing changed there is no new generation. `load` reads the files instead of
        `corpus.loading.load`.

        Raises:
            EmptyFolder: a folder has no files that can be indexed; nothing was changed.
            OverlappingFolders: a folder lies inside another synced one; nothing was changed.
            LoadError: a folder cannot be listed; nothing was changed.
            NotWritable: the index was opened for reading.
            BadVectors: the embedder is broken.
            StorageError: the disk refuses; readers see the generation before.
        """
        # Asking needs no loaders: only here are they imported.
        from corpus import loading
        from index.sync import synchronise

        writer = self._writable()
        # Other errors of the system than the ledger's may be the embedder's: they keep their names.
        with named_ledger_errors(self.path):
            return synchronise(
                writer,
                self._embedder,
                self._publish,
                index_path=self.path,
                folders=folders,
                load=load or loading.load,
                published_until=published_until,
                restore=restore,
                annotator=annotator,
                progress=progress or Silent(),
            )

    def delete(self, document_id: str) -> None:
        """Take the document out of every search and answer, at once and in every process.

        Its text stays for reports that cite it (see `purge`), and no later sync brings it back
        (see `restore`).

        Raises:
            DocumentNotFound: there is no such document, or it is deleted already.
            NotWritable: the index was opened for reading.
        """
        writer = self._writable()
        with named_storage_errors(self.path), writer.transaction():
            writer.delete(document_id)

    def restore(self, document_id: str) -> None:
        """Let the next sync index a deleted document again.

        Raises:
            DocumentNotFound: there is no such document, or it is not deleted.
            NotWritable: the index was opened for reading.
        """
        writer = self._writable()
        with named_storage_errors(self.path), writer.transaction():
            writer.restore(document_id)

    def ids(self, folder: Path) -> dict[str, str]:
        """Return the id of each live document of a synced folder, by its key.

        Raises:
            NotWritable: the index was opened for reading.
        """
        from index.sync import collection_of

        known = self._writable().known(collection_of(folder, self.path))
        return {key: document.id for key, document in known.items() if document.version}

    def purge(self, document_id: str) -> None:
        """Overwrite text, words and vectors of a deleted document; its citations resolve no more.

        Copies in backups are out of reach, and what a snapshot still open reads stays in the
        ledger's journal until the snapshot is closed.

        Raises:
            DocumentNotFound: no document of this id was deleted.
            EmbedderMismatch: the index was made with another embedder.
            NotWritable: the index was opened for reading.
        """
        writer = self._writable()
        self._require_own_embedder(writer.generation())
        with named_storage_errors(self.path):
            self._publish(purged=document_id)
            self._generations.prune(writer.generation().number, kept=1)
            writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget(self, folder: Path) -> int:
        """Take out every document of a synced folder and return how many there were.

        The folder need not exist any more. Syncing it later brings them back.

        Raises:
            EmbedderMismatch: the index was made with another embedder.
            NotWritable: the index was opened for reading.
        """
        from index.sync import collection_of

        writer = self._writable()
        self._require_own_embedder(writer.generation())
        with named_storage_errors(self.path):
            if versions := writer.live_in(collection_of(folder, self.path)):
                self._publish(removed=versions)
            return len(versions)

    def snapshot(self) -> Snapshot:
        """Return the published generation, to be read by one thread and closed.

        Raises:
            IndexNotFound: nothing was ever published (for an index opened for reading).
            EmbedderMismatch: it was made with another embedder.
            StorageError: the disk or the ledger cannot be used.
        """
        with named_storage_errors(self.path):
            ledger = self._pool.take()
            try:
                ledger.connection.execute("BEGIN")
                generation = ledger.generation()
                if generation.number == 0 and self._writer is None:
                    raise IndexNotFound(self.path)
                self._require_own_embedder(generation)
                return Snapshot(
                    self.path,
                    pool=self._pool,
                    ledger=ledger,
                    generation=generation,
                    vectors=self._vector_index(ledger, generation),
                    embedder=self._embedder,
                )
            except BaseException:
                self._pool.give_back(ledger)
                raise

    def check(self) -> "list[Problem]":
        """Return everything in the index that is not as it should be; an empty list is good news.

        Every text, span, vector and file is read.
        """
        from index.check import check

        with named_storage_errors(self.path):
            ledger = self._pool.take()
            try:
                ledger.connection.execute("BEGIN")
                return check(ledger, self._generations, self._backend, self._embedder.dimension)
            finally:
                self._pool.give_back(ledger)

    def _writable(self) -> LedgerWriter:
        if self._writer is None:
            raise NotWritable(self.path)
        return self._writer

    def _require_own_embedder(self, generation: Generation) -> None:
        if generation.number and generation.embedder != self._embedder.name:
            raise EmbedderMismatch(generation.embedder, self._embedder.name)

    def _publish(
        self,
        *,
        removed: Collection[int] = (),
        added: Collection[int] = (),
        restored: Collection[str] = (),
        purged: str | None = None,
    ) -> Generation:
        """Write the next generation's vectors, then let one transaction make it current."""
        writer = self._writable()
        before = writer.generation().number
        try:
            with named_storage_errors(self.path), writer.transaction():
                if purged is not None:
                    writer.purge(purged)
                for document_id in restored:
                    writer.restore(document_id)
                after = writer.publish(self._embedder.name, removed=removed, added=added)
                self._write_vectors(writer, after)
        except BaseException:
            # The next writer tidies up where this one cannot.
            with suppress(OSError):
                self._generations.prune(before)
            raise
        with suppress(OSError):
            self._generations.prune(after.number)
        return after

    def _write_vectors(self, ledger: LedgerReader, generation: Generation) -> None:
        index = self._build(ledger, generation)
        self._generations.write(
            generation.number,
            index.save,
            embedder=generation.embedder,
            vectors=len(index.ids),
        )

    def _build(self, ledger: LedgerReader, generation: Generation) -> VectorIndex:
        return self._backend.build(*ledger.vectors(generation.number, self._embedder.dimension))

    def _recover(self) -> None:
        """Remove what no generation owns and make anew what is torn or missing."""
        writer = self._writable()
        generation = writer.generation()
        self._generations.prune(generation.number)
        if generation.number == 0 or generation.embedder != self._embedder.name:
            return
        try:
            self._generations.verify(generation.number, embedder=generation.embedder)
        except Damaged as damage:
            _log.warning("vectors of %s made anew: %s", generation.name, damage)
            self._write_vectors(writer, generation)

    def _vector_index(self, ledger: LedgerReader, generation: Generation) -> VectorIndex:
        """Return the vectors of a generation, read once and shared among threads."""
        with self._loading:
            if generation.number not in self._vectors:
                index = self._load(ledger, generation)
                older = max(self._vectors, default=0)
                self._vectors = {n: v for n, v in self._vectors.items() if n == older}
                self._vectors[generation.number] = index
            return self._vectors[generation.number]

    def _load(self, ledger: LedgerReader, generation: Generation) -> VectorIndex:
        if generation.number == 0:
            return self._build(ledger, generation)
        try:
            folder = self._generations.verify(generation.number, embedder=generation.embedder)
            return self._backend.load(folder)
        except Exception as damage:  # a backend may find its files unusable in any way
            _log.warning("vectors of %s taken from the ledger: %s", generation.name, damage)
            return self._build(ledger, generation)
