"""Evidence: the sentences that may be cited, with their source and bearing on the question."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus.documents import Span
from index.annotations import Annotation
from index.embedding import Vectors
from index.records import Hit, StoredDocument, StoredSentence
from index.snapshot import Snapshot
from rag import terms
from rag.question import Question

# The weight of coverage in relevance.
COVERAGE = 0.25
_PER_SEARCH = 40
_MAX_CHUNKS = 160
_LEANING = re.compile(
    r"(?:\S+ ){1,5}(?:also(?! (?:known|called|named|spelled|written|referred))|too|however"
    r"|likewise|nonetheless|nevertheless|instead)\b"
)
# What a record without a title is called.
_PLACEHOLDER = re.compile(r", line \d+$")
_BULLETS = " -*+•·–—"
_NOTHING = Annotation(complete=True)


@dataclass(frozen=True, eq=False)
class Evidence:
    """A sentence of a stored document.

    `cosine` is its similarity to the question, `coverage` the idf-weighted share of the question's
    content stems that it has (with what its references stand for, and its title if it is
    `titled`), `relevance` both together (see `Pool`), all 0 to 1. `parts` are the sentences of a
    passage (see `rag.passages`), which is told whole; none of a single sentence.
    """

    sentence: StoredSentence
    document: StoredDocument
    vector: Vectors = field(repr=False)
    cosine: float
    coverage: float
    relevance: float
    parts: "tuple[Evidence, ...]" = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The words of the sentence."""
        return self.sentence.text

    @property
    def span(self) -> Span:
        """Its place in the document."""
        return self.sentence.span

    @property
    def note(self) -> Annotation:
        """What is known about the sentence; an empty note where nothing was annotated."""
        return self.sentence.annotation or _NOTHING

    @cached_property
    def ids(self) -> frozenset[int]:
        """The ids of its sentences: one, or those of a passage."""
        return frozenset(p.sentence.id for p in self.parts or (self,))

    @property
    def leans(self) -> bool:
        """Whether the sentence adds to one before it ("However", "The agency also says")."""
        return self.note.linked or _LEANING.match(self.text) is not None

    @cached_property
    def titled(self) -> bool:
        """Whether it is understood where the title of its document is named with it.

        All that it leaves open is then a definite noun that the title has, as "the fire" in a
        document that is called "Fire on the Northreach Star", or that follows the main verb.
        """
        if _PLACEHOLDER.search(self.document.source.title):
            return False
        title = frozenset(terms.stems(self.document.source.title))
        left_open = [r for r in self.note.references if r.text is None]
        for reference in left_open:
            words_of = terms.split(self.text[reference.start : reference.end])
            if len(words_of) < 2 or words_of[0].text.lower() != "the":
                return False
            after_verb = 0 < self.note.verb_end <= reference.start
            if not after_verb and terms.stem(words_of[-1].text) not in title:
                return False
        return bool(left_open)

    @cached_property
    def meant(self) -> tuple[str, ...]:
        """What its references stand for."""
        return tuple(r.text for r in self.note.references if r.text is not None)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Its words and numbers in order."""
        return tuple(w.text for w in terms.split(self.text))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words in small letters, apostrophes straight."""
        return frozenset(w.lower().replace("’", "'") for w in self.tokens)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The content stems of the sentence."""
        return frozenset(terms.stems(self.text))

    @cached_property
    def meant_stems(self) -> frozenset[str]:
        """The content stems of the sentence and of what its references stand for."""
        return self.stems.union(*(terms.stems(t) for t in self.meant))

    @property
    def publisher(self) -> str:
        """Who published it; the document's id where nobody is named."""
        return self.document.source.publisher or self.document.id

    @property
    def role(self) -> str:
        """The kind of evidence that the document is; "" where it is not said."""
        return self.document.source.evidence_role or ""

    @property
    def date(self) -> str:
        """The date of publication as ISO text, "" where it is unknown; sorts by time."""
        return str(self.document.source.published or "")

    def names(self, name: str) -> bool:
        """Whether the sentence mentions a name (whole words, any case), or a word in its place."""
        return mentions(self.text, name) or any(mentions(t, name) for t in self.meant)


def mentions(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as whole words."""
    lower, wanted = _lower(text), _lower(name)
    at = lower.find(wanted)
    while at >= 0:
        before = lower[at - 1] if at else " "
        after = lower[at + len(wanted)] if at + len(wanted) < len(lower) else " "
        if not (before.isalnum() or after.isalnum()):
            return True
        at = lower.find(wanted, at + 1)
    return False


@lru_cache(maxsize=4096)
def _lower(text: str) -> str:
    return text.lower()


@dataclass
class Pool:
    """All evidence found for a question, and the searches that found it.

    relevance = .6 cosine + .25 coverage + .15 best cosine of the document.
    """

    question: Question
    snapshot: Snapshot
    vector: Vectors
    evidence: list[Evidence] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    passages: tuple[Evidence, ...] = ()
    _chunks: set[int] = field(default_factory=set)
    _usable: list[Evidence] | None = None
    _matrix: Vectors | None = None
    _places: dict[tuple[str, int], Evidence] | None = None
    _idf: dict[str, float] = field(default_factory=dict)

    @classmethod
    def gather(cls, question: Question, snapshot: Snapshot, queries: Sequence[str]) -> "Pool":
        """Search for the question and every further query, and take in what they find."""
        vector = snapshot.embed([question.text])[0]
        pool = cls(question, snapshot, vector)
        pool._weigh(question.stems)
        pool.search([question.text, *queries])
        return pool

    def search(self, queries: Iterable[str]) -> list[Evidence]:
        """Search anew and add what was not known; returns only the new evidence, best first."""
        new = [q for q in dict.fromkeys(queries) if q not in self.hits]
        if not new:
            return []
        found = self.snapshot.search_many(new, k=_PER_SEARCH, as_of=self.question.as_of)
        self.hits.update(zip(new, found, strict=True))
        self.searches += new
        ranked = sorted(
            (hit for hits in found for hit in hits), key=lambda h: h.score, reverse=True
        )
        wanted = list(dict.fromkeys(h.chunk_id for h in ranked if h.chunk_id not in self._chunks))
        wanted = wanted[: max(0, _MAX_CHUNKS - len(self._chunks))]
        if not wanted:
            return []
        self._chunks |= set(wanted)
        added = self._read(wanted)
        self.evidence = sorted([*self.evidence, *added], key=_by_relevance)
        self._usable = self._matrix = self._places = None
        return sorted(added, key=_by_relevance)

    def _read(self, chunk_ids: Sequence[int]) -> list[Evidence]:
        passages = self.snapshot.passages(chunk_ids)
        if not passages.sentences:
            return []
        documents = self.snapshot.documents({s.document_id for s in passages.sentences})
        cosines = passages.vectors @ self.vector
        best: dict[str, float] = {}
        for sentence, cosine in zip(passages.sentences, cosines, strict=True):
            best[sentence.document_id] = max(best.get(sentence.document_id, 0.0), float(cosine))
        return [
            self._evidence(s, documents[s.document_id], v, float(c), best[s.document_id])
            for s, v, c in zip(passages.sentences, passages.vectors, cosines, strict=True)
            if s.document_id in documents
        ]

    def _evidence(
        self,
        sentence: StoredSentence,
        document: StoredDocument,
        vector: Vectors,
        cosine: float,
        best: float,
    ) -> Evidence:
        return self._weighed(Evidence(sentence, document, vector, cosine, 0.0, 0.0), best)

    def _weighed(self, evidence: Evidence, best: float) -> Evidence:
        have = evidence.meant_stems
        if evidence.titled:
            have |= frozenset(terms.stems(evidence.document.source.title))
        coverage = self.coverage(have)
        relevance = 0.6 * evidence.cosine + COVERAGE * coverage + 0.15 * best
        return replace(evidence, coverage=coverage, relevance=relevance)

    def with_passages(self, passages: Sequence[Evidence]) -> "Pool":
        """Return the pool with passages among what may stand in a report, weighed like the rest."""
        best: dict[str, float] = {}
        for e in self.evidence:
            best[e.document.id] = max(best.get(e.document.id, 0.0), e.cosine)
        weighed = [self._weighed(p, best[p.document.id]) for p in passages]
        return replace(self, passages=tuple(weighed), _usable=None)

    def _weigh(self, stems: Iterable[str]) -> None:
        new = [s for s in dict.fromkeys(stems) if s not in self._idf]
        if not new:
            return
        chunks = max(self.snapshot.stats.chunks, 1)
        frequency = self.snapshot.frequency(new)
        for stem in new:
            self._idf[stem] = math.log(1 + chunks / (0.5 + frequency.get(stem, 0)))

    def idf(self, stem: str) -> float:
        """Return log(1 + chunks / (.5 + chunks with the stem))."""
        self._weigh([stem])
        return self._idf[stem]

    def coverage(self, have: frozenset[str], wanted: Sequence[str] | None = None) -> float:
        """Return the idf-weighted share of `wanted` (default: the question's stems) in `have`."""
        stems = self.question.stems if wanted is None else tuple(dict.fromkeys(wanted))
        self._weigh(stems)
        total = sum(self._idf[s] for s in stems)
        return sum(self._idf[s] for s in stems if s in have) / total if total else 0.0

    @property
    def top(self) -> float:
        """The relevance of the best sentence, 0 for an empty pool."""
        return self.evidence[0].relevance if self.evidence else 0.0

    @property
    def usable(self) -> list[Evidence]:
        """What may stand in a report: whole sentences that are understood, and passages."""
        if self._usable is None:
            alone = [
                e
                for e in self.evidence
                if (e.note.complete and (e.note.resolvable or e.titled) and not e.leans)
                or (e.text.endswith(":") and self.items(e))
            ]
            self._usable = sorted([*alone, *self.passages], key=_by_relevance)
        return self._usable

    def items(self, evidence: Evidence) -> tuple[Evidence, ...]:
        """Return the items of the list that a sentence introduces ("... the following:").

        Each stands on a line of its own; the list ends at the next line that introduces another
        one, or where whole sentences follow items that are none.
        """
        if not (evidence.text.endswith(":") and evidence.note.verb and _announces(evidence)):
            return ()
        found: list[Evidence] = []
        while (item := self._at.get(_place(evidence, 1 + len(found)))) is not None:
            ends = item.text.endswith(":") or not _on_its_own_line(item)
            if ends or (found and item.note.complete and not found[0].note.complete):
                break
            found.append(item)
        return tuple(found)

    def before(self, evidence: Evidence, n: int) -> list[Evidence]:
        """Return up to `n` sentences that stand right before it, the nearest first."""
        found = (self._at.get(_place(evidence, -further)) for further in range(1, n + 1))
        return [e for e in found if e is not None]

    @property
    def _at(self) -> dict[tuple[str, int], Evidence]:
        if self._places is None:
            self._places = {(e.document.id, e.sentence.ordinal): e for e in self.evidence}
        return self._places

    @property
    def documents(self) -> list[StoredDocument]:
        """The documents of the pool, most relevant first."""
        return list({e.document.id: e.document for e in self.evidence}.values())

    def cosines(self, vector: Vectors) -> NDArray[np.float32]:
        """Return the similarity of each sentence of `evidence` to `vector`."""
        if not self.evidence:
            return np.zeros(0, dtype=np.float32)
        if self._matrix is None:
            self._matrix = np.stack([e.vector for e in self.evidence])
        return self._matrix @ vector

    def lowercase(self, word: str) -> bool:
        """Whether a word that opens a sentence of the pool is written small elsewhere.

        It is where the pool has it small, and where no name of the pool has it.
        """
        return self.written_small(word) or word not in self._capital_words

    def written_small(self, word: str) -> bool:
        """Whether a sentence of the pool has the word small behind its opening."""
        return word.lower() in self._plain_words

    @cached_property
    def _plain_words(self) -> frozenset[str]:
        return frozenset(w for e in self.evidence for w in e.tokens[1:] if w.islower())

    @cached_property
    def _capital_words(self) -> frozenset[str]:
        named = {m.name for e in self.evidence for m in e.note.mentions}
        return frozenset(
            part
            for words in (*(n.split() for n in named), *(e.tokens[1:] for e in self.evidence))
            for word in words
            for part in (word, word.split("-")[0])
            if word[0].isupper()
        )


def _place(evidence: Evidence, further: int) -> tuple[str, int]:
    return evidence.document.id, evidence.sentence.ordinal + further


def _announces(evidence: Evidence) -> bool:
    """Whether a sentence leaves nothing open but what it announces."""
    return all(
        r.text is not None or "following" in evidence.text[r.start : r.end]
        for r in evidence.note.references
    )


def _on_its_own_line(evidence: Evidence) -> bool:
    text, span = evidence.document.text, evidence.span
    line = text[text.rfind("\n", 0, span.start) + 1 :].partition("\n")[0]
    return line.strip(_BULLETS) == evidence.text.strip(_BULLETS)


def _by_relevance(evidence: Evidence) -> tuple[float, int]:
    return -evidence.relevance, evidence.sentence.id
