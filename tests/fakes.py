"""Stand-ins for what is slow, random or far away: real behaviour, no patches."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from corpus.documents import Document, Span
from index.annotations import Annotation
from index.embedding import Vectors
from index.vectors import Ids, Nearest, VectorIndex

_WORD = re.compile(r"\w+")


class WordHashEmbedder:
    """The sum of one random unit vector for each word: texts that share words are similar.

    `embedded` holds every text that was asked for, in order.
    """

    def __init__(
        self, name: str = "word-hash", *, dimension: int = 32, max_tokens: int = 256
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.embedded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(_WORD.findall(text)) + 2

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.lower()) or [text]:
                vectors[row] += _word_vector(f"{self.name}:{word}", self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@lru_cache(maxsize=200_000)
def _word_vector(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=dimension).astype(np.float32)


class LengthAnnotator:
    """Annotates each sentence with its own length, in `subject_end`."""

    def __init__(self, name: str = "length") -> None:
        self.name = name
        self.documents: list[str] = []

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        self.documents.append(document.source.key)
        return [Annotation(complete=True, subject_end=s.end - s.start) for s in sentences]


class ListedVectors:
    """A vector index that is a plain matrix product over everything in it."""

    def __init__(self, ids: Ids, vectors: Vectors) -> None:
        self.ids = ids
        self.vectors = vectors

    def search(self, vectors: Vectors, k: int) -> Nearest:
        scores = vectors @ self.vectors.T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return Nearest(np.take_along_axis(scores, order, axis=1), self.ids[order])

    def save(self, folder: Path) -> None:
        np.savez(folder / "vectors.npz", ids=self.ids, vectors=self.vectors)


class ListedBackend:
    """Makes `ListedVectors`."""

    def build(self, ids: Ids, vectors: Vectors) -> VectorIndex:
        return ListedVectors(ids, vectors)

    def load(self, folder: Path) -> VectorIndex:
        with np.load(folder / "vectors.npz", allow_pickle=False) as data:
            return ListedVectors(data["ids"], data["vectors"])


class HoardingBackend(ListedBackend):
    """A vector backend that never forgets: every index also holds all that was ever built."""

    def __init__(self) -> None:
        self._hoard: dict[int, Vectors] = {}

    def build(self, ids: Ids, vectors: Vectors) -> VectorIndex:
        self._hoard.update(zip(ids.tolist(), vectors, strict=True))
        known = np.array(list(self._hoard), dtype=np.int64)
        return ListedVectors(known, np.stack([*self._hoard.values()]) if self._hoard else vectors)
