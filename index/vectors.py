"""Nearest chunks by dot product: the seam, and its default on FAISS."""

import logging
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors

Ids = NDArray[np.int64]

FILE = "vectors.faiss"

_log = logging.getLogger(__name__)


class Nearest(NamedTuple):
    """Row i: ids and dot products of the vectors nearest to query i, best first.

    Both have shape (n, k) with k <= the number asked for; an id of -1 means "no more".
    """

    scores: Vectors
    ids: Ids


class VectorIndex(Protocol):
    """The vectors of one generation, never changed once built."""

    @property
    def ids(self) -> Ids:
        """Every id, in any order."""
        ...

    def search(self, vectors: Vectors, k: int) -> Nearest:
        """Return the k nearest to each row of `vectors`, shape (n, dimension)."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `VectorBackend.load` needs into the (empty) folder."""
        ...


class VectorBackend(Protocol):
    """Makes vector indexes and reads them back."""

    def build(self, ids: Ids, vectors: Vectors) -> VectorIndex:
        """Return an index of `vectors`, shape (n, dimension), n >= 0; row i has the id ids[i]."""
        ...

    def load(self, folder: Path) -> VectorIndex:
        """Return the index that `VectorIndex.save` wrote; any exception means: build it anew."""
        ...


class FaissIndex:
    """A FAISS index with ids of our own."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @property
    def ids(self) -> Ids:
        """Every id, in the order of insertion."""
        import faiss

        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64)

    def search(self, vectors: Vectors, k: int) -> Nearest:
        """Return the k nearest to each row of `vectors`, on one processor core."""
        import faiss

        # The setting belongs to the calling thread. Waking a second core costs more than a search
        # gains: with busy cores, two threads took five times as long as one.
        faiss.omp_set_num_threads(1)
        k = min(k, int(self._index.ntotal))
        if k == 0:
            empty = (len(vectors), 0)
            return Nearest(np.zeros(empty, np.float32), np.zeros(empty, np.int64))
        return Nearest(*self._index.search(vectors, k))

    def save(self, folder: Path) -> None:
        """Write the index into one file, memory-mapped by `FaissBackend.load`."""
        import faiss

        with (folder / FILE).open("wb") as file:
            write = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined]
            faiss.write_index(self._index, write)


class FaissBackend:
    """Exact search up to `exact_limit` vectors; above it inverted lists of 8-bit codes.

    The number of lists to look into is raised until recall@10 against exact search reaches
    `recall` on a sample of the vectors themselves.
    """

    def __init__(self, *, exact_limit: int = 100_000, recall: float = 0.98) -> None:
        self._exact_limit = exact_limit
        self._recall = recall

    def build(self, ids: Ids, vectors: Vectors) -> FaissIndex:
        """Return an index of `vectors`, shape (n, dimension); row i has the id ids[i]."""
        import faiss

        count, dimension = vectors.shape
        if count <= self._exact_limit:
            inner = faiss.IndexFlatIP(dimension)
        else:
            inner = self._inverted_lists(vectors)
        index = faiss.IndexIDMap(inner)
        index.add_with_ids(vectors, ids)
        if count > self._exact_limit:
            _tune(inner, vectors, self._recall)
        return FaissIndex(index)

    def load(self, folder: Path) -> FaissIndex:
        """Return the index saved in the folder, its vectors mapped, not read."""
        import faiss

        index = faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)
        if not isinstance(index, faiss.IndexIDMap):
            raise ValueError(f"{FILE} holds a {type(index).__name__}, not an IndexIDMap")
        return FaissIndex(index)

    @staticmethod
    def _inverted_lists(vectors: Vectors) -> Any:
        """Return a trained, empty index; every list has at least 39 training points."""
        import faiss

        count, dimension = vectors.shape
        lists = min(int(2 * count**0.5), count // _POINTS_PER_LIST)
        sample = _rows(vectors, lists * _TRAINING_PER_LIST)
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension),
            dimension,
            lists,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.train(sample)
        return index


# FAISS itself warns below 39 points a list; an undertrained index of a million had recall .57.
_POINTS_PER_LIST = 39
_TRAINING_PER_LIST = 48

_TUNING_QUERIES = 100
_TUNING_DEPTH = 10


def _rows(vectors: Vectors, count: int) -> Vectors:
    """Return up to `count` rows, drawn without replacement, the same ones every time."""
    if count >= len(vectors):
        return vectors
    chosen = np.random.default_rng(0).choice(len(vectors), count, replace=False)
    return vectors[np.sort(chosen)]


def _tune(index: Any, vectors: Vectors, recall: float) -> None:
    """Set `nprobe` to the smallest power of two that reaches the recall, or to every list."""
    import faiss

    queries = _rows(vectors, _TUNING_QUERIES)
    # Every query finds itself first: that hit proves nothing and is not counted.
    exact = faiss.knn(queries, vectors, _TUNING_DEPTH + 1, metric=faiss.METRIC_INNER_PRODUCT)[1]
    index.nprobe = 1
    while (reached := _overlap(exact, index.search(queries, _TUNING_DEPTH + 1)[1])) < recall:
        if index.nprobe >= index.nlist:
            _log.warning("recall@%d is %.3f, below %.2f", _TUNING_DEPTH, reached, recall)
            return
        index.nprobe = min(2 * index.nprobe, index.nlist)


def _overlap(exact: Ids, found: Ids) -> float:
    """Return the mean share of the exact neighbours found, the query itself left out."""
    shares = [
        len(set(right.tolist()) & set(row.tolist()) - {right[0]}) / (len(right) - 1)
        for right, row in zip(exact, found, strict=True)
    ]
    return float(np.mean(shares))
