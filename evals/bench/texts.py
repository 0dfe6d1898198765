"""The texts that loops read: the passages and sentences of a folder of documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.chunking import Window, chunk_document
from corpus.documents import Chunk, Document
from corpus.loading import discover, load


@dataclass(frozen=True)
class Texts:
    """Documents, each with its chunks, in the order of their files."""

    documents: Sequence[tuple[Document, Sequence[Chunk]]]

    @classmethod
    def of(cls, folder: Path, count_tokens: Callable[[str], int], max_tokens: int) -> "Texts":
        """Read a folder and cut its documents as an index does.

        Raises:
            LoadError: the folder or a file of it cannot be read.
        """
        window = Window(count_tokens, max_tokens)
        found = [d for path in discover(folder).files for d in load(path, folder).documents]
        return cls([(d, chunk_document(d, window=window)) for d in found])

    @property
    def words(self) -> int:
        """How many words all sentences have."""
        return sum(len(sentence.split()) for sentence in self.sentences)

    @property
    def chunks(self) -> list[str]:
        """The text of every chunk."""
        return [c.span.slice(d.text) for d, chunks in self.documents for c in chunks]

    @property
    def sentences(self) -> list[str]:
        """The text of every sentence."""
        return [
            s.slice(d.text) for d, chunks in self.documents for c in chunks for s in c.sentences
        ]
