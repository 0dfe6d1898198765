"""What the index hands out: stored documents, chunks, sentences and hits."""

from dataclasses import dataclass, field

from corpus.dates import PartialDate
from corpus.documents import Source, Span
from index.annotations import Annotation
from index.embedding import Vectors


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One version of a document; `id` is minted by the ledger and stable over versions."""

    id: str
    sha256: str
    source: Source
    text: str = field(repr=False)
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a document as it was published, at `since` (ISO 8601, UTC).

    `length` is that of its text in code points; `live` says whether it is the one shown now.
    """

    sha256: str
    source: Source
    length: int
    since: str
    live: bool


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence of a stored document, with what was learnt about it when it was indexed.

    `ordinal` counts sentences within the document from 0; neighbours differ by one.
    `paragraph` counts paragraphs within the document from 0.
    """

    id: int
    document_id: str
    chunk_id: int
    ordinal: int
    paragraph: int
    span: Span
    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    annotation: Annotation | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found, best first; ranks count from 1, None where not ranked."""

    chunk_id: int
    document_id: str
    sha256: str
    span: Span
    score: float
    dense_rank: int | None = None
    dense_score: float | None = None
    lexical_rank: int | None = None
    lexical_score: float | None = None


@dataclass(frozen=True, slots=True)
class Passages:
    """The sentences of some chunks, and their unit vectors, row i for sentence i."""

    sentences: tuple[StoredSentence, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """What one generation of the index holds."""

    generation: str
    documents: int
    chunks: int
    sentences: int
    latest_published: PartialDate | None
    embedder: str
