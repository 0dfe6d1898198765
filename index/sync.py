"""From folders to the next generation."""

import hashlib
import json
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from corpus.chunking import Window, chunk_document
from corpus.dates import PartialDate
from corpus.documents import Chunk, Document
from corpus.loading import Discovery, Load, LoadError, Problem, discover
from index.annotations import Annotation, Annotator
from index.embedding import Embedder, Vectors
from index.errors import BadVectors, EmptyFolder, OverlappingFolders
from index.ledger import Generation
from index.ledger_writer import Known, LedgerWriter, Unembedded
from index.progress import PUBLISHING, Progress
from index.schema import headings_to_json, source_to_json

# Raised whenever the same document is cut into other chunks or sentences than before: every
# document is then cut anew at the next sync.
PIPELINE = 1

# What one transaction stores of new documents: few enough that little is lost with the process.
_DOCUMENTS_AT_ONCE = 64
_CHARACTERS_AT_ONCE = 1_000_000

# Texts are sorted by length within a window, so that few are padded, and embedded in slices.
_WINDOW = 1024
_SLICE = 64
_UNIT_TOLERANCE = 1e-3


# The fields of `SyncSummary` that count what became of the documents.
COUNTED = (
    "added",
    "updated",
    "reindexed",
    "removed",
    "unchanged",
    "kept",
    "skipped_by_date",
    "deleted",
)


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What a sync did; counts of documents, except where another noun is named.

    `reindexed` documents have the same content as before, cut, annotated or embedded in a new
    way. `deleted` ones are still in the folder and were taken out by `Index.delete`. `kept` ones
    stay although their file has a problem. `chunks` and `sentences` are those of the generation;
    `embedded` counts the texts that this run embedded. `seconds` are given by stage.
    """

    generation: str
    added: int
    updated: int
    reindexed: int
    removed: int
    unchanged: int
    kept: int
    skipped_by_date: int
    deleted: int
    problems: tuple[Problem, ...]
    chunks: int
    sentences: int
    embedded: int
    seconds: Mapping[str, float]


class Publish(Protocol):
    """Makes versions the next generation, durably and at once."""

    def __call__(
        self, *, removed: Collection[int], added: Collection[int], restored: Collection[str]
    ) -> Generation:
        """Return the generation that holds the live versions, less `removed`, plus `added`.

        `restored` are the ids of documents that are deleted no more.
        """
        ...


def synchronise(
    ledger: LedgerWriter,
    embedder: Embedder,
    publish: Publish,
    *,
    index_path: Path,
    folders: Sequence[Path],
    load: Load,
    published_until: PartialDate | None,
    restore: Collection[str],
    annotator: Annotator | None,
    progress: Progress,
) -> SyncSummary:
    """Do what `Index.sync` promises; errors of SQLite and of the disk keep their own names."""
    found = _discover(folders, index_path, ledger.collections())
    run = _Run(ledger, embedder, load, annotator, published_until, frozenset(restore), progress)
    with run.timed("reading"):
        progress.stage("Reading", sum(len(discovery.files) for discovery in found.values()))
        for (collection, folder), discovery in found.items():
            shown = f"{folder.as_posix()}/" if len(found) > 1 else ""
            run.read(_Folder(collection, shown, ledger.known(collection)), folder, discovery)
        run.embed_anew()
    with run.timed("embedding"):
        run.embed()
    with run.timed("publishing"):
        generation = ledger.generation()
        if run.added or run.removed:
            progress.stage(PUBLISHING, 1)
            generation = publish(removed=run.removed, added=run.added, restored=run.restored)
            progress.advance()
    return run.summary(generation)


def _discover(
    folders: Sequence[Path], index_path: Path, synced: Collection[str]
) -> dict[tuple[str, Path], Discovery]:
    """Return what lies in each folder, by its collection and the folder itself.

    Raises:
        EmptyFolder: there is no file of a known type in one of them.
        OverlappingFolders: one lies inside another, or inside or around one synced before.
        LoadError: a folder cannot be listed.
    """
    wanted = {collection_of(folder, index_path): folder for folder in folders}
    if not wanted:
        raise ValueError("name at least one folder to sync")
    home = index_path.resolve().parent
    places = {name: (home / name).resolve() for name in [*wanted, *synced]}
    for name, folder in wanted.items():
        for other, place in places.items():
            mine = places[name]
            if other != name and (mine.is_relative_to(place) or place.is_relative_to(mine)):
                raise OverlappingFolders(folder, place)
    found = {}
    for name, folder in wanted.items():
        discovery = discover(folder)
        if not discovery.files:
            others = f" ({len(discovery.problems)} others)" if discovery.problems else ""
            raise EmptyFolder(folder, f"it has no document of a known type{others}")
        found[name, folder] = discovery
    return found


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document that is ready to be stored."""

    collection: str
    path: str
    document: Document
    fingerprint: str
    chunks: Sequence[Chunk]
    annotations: Sequence[Annotation | None]


@dataclass
class _Folder:
    """What is known of a folder while it is read.

    `shown` stands before its paths where there are several folders; `seen` maps keys to paths;
    `unread` are the paths that have problems; `staying` are the live versions that remain.
    """

    collection: str
    shown: str
    known: Mapping[str, Known]
    seen: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    staying: set[int] = field(default_factory=set)


@dataclass
class _Run:
    """The work of one sync, and what came of it so far."""

    ledger: LedgerWriter
    embedder: Embedder
    load: Load
    annotator: Annotator | None
    published_until: PartialDate | None
    restore: frozenset[str]
    progress: Progress
    added: list[int] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    embedded: int = 0
    _prepared: list[_Prepared] = field(default_factory=list)
    _moved: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time spent inside to a stage."""
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start

    def read(self, state: _Folder, folder: Path, discovery: Discovery) -> None:
        """Compare a folder's documents with its collection and store what is new."""
        self._note(state, discovery.problems)
        for file in discovery.files:
            try:
                loaded = self.load(file, folder)
            except LoadError as error:
                self._note(state, [error.problem])
            else:
                self._note(state, loaded.problems)
                for document in loaded.documents:
                    self._take(state, file.relative_to(folder).as_posix(), document)
            self.progress.advance()
        self._store()
        for key, before in state.known.items():
            if before.version is None or before.version in state.staying:
                continue
            if key not in state.seen and _within(before.path, state.unread):
                self._count("kept")
            else:
                self.removed.append(before.version)
                if key not in state.seen:
                    self._count("removed")

    def _note(self, state: _Folder, problems: Iterable[Problem]) -> None:
        self.problems += [replace(p, path=f"{state.shown}{p.path}") for p in problems]
        state.unread.update(problem.path for problem in problems)

    def _take(self, state: _Folder, path: str, document: Document) -> None:
        """Decide what becomes of one document of a file."""
        key = document.source.key
        if key in state.seen:
            problem = _same_id(key, path, state.seen[key])
            self.problems.append(replace(problem, path=f"{state.shown}{path}"))
            return
        state.seen[key] = path
        before = state.known.get(key)
        if before and before.path != path:
            self._moved.append((before.id, path))
        if before and before.deleted and key not in self.restore:
            self._count("deleted")
            return
        if _is_later(document, self.published_until):
            self._count("skipped_by_date")
            return
        fingerprint = self._fingerprint(document)
        if before and before.version and before.fingerprint == fingerprint:
            self._count("unchanged")
            state.staying.add(before.version)
        elif before and (version := self.ledger.find_version(before.id, fingerprint)):
            self._add(before, fingerprint)
            self.added.append(version)
        elif self._prepare(state.collection, path, document, fingerprint):
            self._add(before, fingerprint)
        elif before and before.version:
            self._count("kept")
            state.staying.add(before.version)

    def _add(self, before: Known | None, fingerprint: str) -> None:
        self._count(_kind_of_change(before, fingerprint))
        if before and before.deleted:
            self.restored.append(before.id)

    def embed_anew(self) -> None:
        """Store anew every other document that the index has vectors of another embedder for.

        Vectors of two embedders are never compared, so none may stay.
        """
        others = self.ledger.live_versions(other_than=self.embedder.name)
        for version in sorted(set(others) - set(self.removed)):
            document = self.ledger.version(version)
            self.removed.append(version)
            if self._prepare(*self.ledger.place_of(version), document, self._fingerprint(document)):
                self._count("reindexed")
        self._store()

    def embed(self) -> None:
        """Embed every text of the new versions that has no vector yet; each slice is durable."""
        total = self.ledger.count_unembedded(self.added)
        if total:
            self.progress.stage("Embedding", total)
        for window in _batches(self.ledger.unembedded(self.added), _WINDOW):
            window.sort(key=lambda item: (len(item.text), item.text), reverse=True)
            for items in _batches(window, _SLICE):
                vectors = self._vectors([item.text for item in items])
                with self.ledger.transaction():
                    self.ledger.add_vectors(items, vectors)
                self.progress.advance(len(items))

    def summary(self, generation: Generation) -> SyncSummary:
        """Return what was done."""
        counts = {name: self.counts.get(name, 0) for name in COUNTED}
        return SyncSummary(
            generation=generation.name,
            problems=tuple(self.problems),
            chunks=generation.chunks,
            sentences=generation.sentences,
            embedded=self.embedded,
            seconds=self.seconds,
            **counts,
        )

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def _prepare(self, collection: str, path: str, document: Document, fingerprint: str) -> bool:
        """Queue a document to be stored; False, and a problem, where nothing in it can be cited."""
        window = Window(self.embedder.count_tokens, self.embedder.max_tokens)
        chunks = chunk_document(document, window=window)
        if not chunks:
            self.problems.append(
                Problem(path, "it has headings but no sentence", "leave it out, or complete it")
            )
            return False
        sentences = [span for chunk in chunks for span in chunk.sentences]
        annotations: Sequence[Annotation | None] = [None] * len(sentences)
        if self.annotator is not None:
            annotations = self.annotator.annotate(document, sentences)
        self._prepared.append(
            _Prepared(collection, path, document, fingerprint, chunks, annotations)
        )
        characters = sum(len(prepared.document.text) for prepared in self._prepared)
        if len(self._prepared) >= _DOCUMENTS_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            self._store()
        return True

    def _store(self) -> None:
        """Write the queued documents in one transaction; no reader sees them yet."""
        if not self._prepared and not self._moved:
            return
        with self.ledger.transaction():
            self.ledger.move(self._moved)
            for new in self._prepared:
                key = new.document.source.key
                document_id = self.ledger.add_document(new.collection, key, new.path)
                version = self.ledger.find_version(document_id, new.fingerprint)
                if version is None:
                    version = self.ledger.add_version(
                        document_id,
                        new.document,
                        new.chunks,
                        new.annotations,
                        fingerprint=new.fingerprint,
                        embedder=self.embedder.name,
                    )
                self.added.append(version)
        self._prepared.clear()
        self._moved.clear()

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """Return one finite unit vector for each text; equal texts are embedded once.

        Raises:
            BadVectors: the embedder returned something else.
        """
        rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors = self.embedder.embed(list(rows))
        shape = (len(rows), self.embedder.dimension)
        if vectors.shape != shape:
            raise BadVectors(self.embedder.name, f"the shape {vectors.shape}, not {shape}")
        worst = float(np.abs(np.linalg.norm(vectors, axis=1) - 1).max(initial=0))
        if not worst <= _UNIT_TOLERANCE:
            raise BadVectors(self.embedder.name, f"a vector whose length is off 1 by {worst:.3g}")
        self.embedded += len(rows)
        return vectors[[rows[text] for text in texts]]

    def _fingerprint(self, document: Document) -> str:
        """Return digests of the document and of the way in which it is indexed, joined by "/"."""
        content = [
            document.sha256,
            source_to_json(document.source),
            headings_to_json(document.headings),
            list(document.pages),
        ]
        annotator = self.annotator.name if self.annotator else None
        way = [PIPELINE, self.embedder.name, self.embedder.max_tokens, annotator]
        return f"{_digest(content)}/{_digest(way)}"


def collection_of(folder: Path, index_path: Path) -> str:
    """Return the name of a folder's collection: its path as seen from beside the index.

    So an index and its documents can be moved together.
    """
    return Path(os.path.relpath(folder.resolve(), index_path.resolve().parent)).as_posix()


def _same_id(key: str, path: str, first: str) -> Problem:
    where = "stands twice in it" if first == path else f"is also that of {first}"
    return Problem(
        path,
        f"its id {key!r} {where}; the first document is kept",
        "give each document an id of its own",
    )


def _kind_of_change(before: Known | None, fingerprint: str) -> str:
    if before is None or before.fingerprint is None:
        return "added"
    same = before.fingerprint.partition("/")[0] == fingerprint.partition("/")[0]
    return "reindexed" if same else "updated"


def _is_later(document: Document, until: PartialDate | None) -> bool:
    published = document.source.published
    return bool(until and published and published.first_day > until.last_day)


def _within(path: str, places: Collection[str]) -> bool:
    """Say whether the file, or a folder that it lies in, is one of the places."""
    parts = path.split("/")
    return any("/".join(parts[:depth]) in places for depth in range(1, len(parts) + 1))


def _digest(values: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


def _batches(items: Iterable[Unembedded], size: int) -> Iterator[list[Unembedded]]:
    batch: list[Unembedded] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
