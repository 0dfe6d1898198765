"""The report: the one object behind every rendering, bundle and answer (`citeproof/report@1`).

Every class here is plain data. What makes it trustworthy is how it is made: a `Citation` of a
report under construction comes from `Quote.cite` (rag/citations.py), which slices the stored text
itself; a `Citation` read from a file is a claim, until `rag.verify` has checked it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

SCHEMA: Literal["citeproof/report@1"] = "citeproof/report@1"


class Status(StrEnum):
    """What became of the question."""

    ANSWERED = "answered"
    PARTLY_ANSWERED = "partly_answered"
    PREMISE_CORRECTED = "premise_corrected"
    REFUSED = "refused"


class StatementKind(StrEnum):
    """How a sentence came about: copied, reworded, or counted."""

    QUOTED = "quoted"
    WRITTEN = "written"
    COMPUTED = "computed"


class QuoteVerdict(StrEnum):
    """Whether the cited span says, letter for letter, what is quoted."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    COULD_NOT_JUDGE = "could_not_judge"


class SupportVerdict(StrEnum):
    """What a cited span says about the sentence that cites it."""

    SUPPORTS = "supports"
    PARTLY = "partly"
    REFUTES = "refutes"
    NOT_ADDRESSED = "not_addressed"
    COULD_NOT_JUDGE = "could_not_judge"


class SectionKind(StrEnum):
    """What a section is for."""

    FINDING = "finding"
    COUNTER_EVIDENCE = "counter_evidence"
    CONTEXT = "context"
    ASSESSMENT = "assessment"


@dataclass(frozen=True, slots=True)
class Citation:
    """One bracket: source number, code points [start, end) of its stored text, and verdicts.

    `score` is the verifier's support by this span alone, 0 to 1, for the words that the bracket
    closes: the whole sentence, or its part where another bracket stands before them.
    """

    n: int
    start: int
    end: int
    quote: str
    sha256: str
    quote_verdict: QuoteVerdict
    verdict: SupportVerdict
    score: float

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"citation numbers start at 1, not {self.n}")
        if not 0 <= self.start < self.end:
            raise ValueError(f"a citation needs 0 <= start < end, not {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class Computation:
    """How a computed statement's figure was found, so that `verify` can repeat it.

    `op` is `count` (value = number of `spans`) or `count_sources` (value = number of different
    sources among them). A span is named `N:START-END`: source number and code points. Every
    counted span mentions each of `terms` as whole words, one of `either` where there are any and
    none of `without`, and supports `claim` at least partly.
    """

    op: Literal["count", "count_sources"]
    over: str
    value: int
    spans: tuple[str, ...]
    terms: tuple[str, ...] = ()
    claim: str | None = None
    without: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence shown as a finding; it cannot exist without a citation.

    `text` ends in its bracketed citation numbers. `score` is the verifier's support by the union
    of the spans, `origins` the number of independent origins behind them.
    """

    id: str
    kind: StatementKind
    text: str
    support: Literal[SupportVerdict.SUPPORTS, SupportVerdict.PARTLY]
    score: float
    origins: int
    citations: tuple[Citation, ...]
    computation: Computation | None = None

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"statement {self.id!r} has no citation: {self.text!r}")


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section: the heading states the finding."""

    heading: str
    kind: SectionKind
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Unverified:
    """A sentence that failed a check, with what the checks found."""

    text: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements that disagree, and in what."""

    statements: tuple[str, ...]
    kind: Literal["contradiction", "window", "denominator", "definition"]


@dataclass(frozen=True, slots=True)
class NearestPassage:
    """A passage shown in a refusal: related, but no answer."""

    source_id: str
    title: str
    start: int
    end: int
    quote: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: `reason` in words for the reader, and what came nearest."""

    reason: str
    nearest: tuple[NearestPassage, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCard:
    """A source as the report shows it; `n` is None where it was consulted but not cited.

    Dates are as precise as known: `2020`, `2020-01` or `2020-01-15`.
    """

    n: int | None
    id: str
    title: str
    publisher: str | None
    published: str | None
    fetched: str | None
    url: str | None
    url_status: str | None
    doc_type: str | None
    evidence_role: str | None
    licence: str | None
    language: str | None
    via: str | None
    media: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A further question that retrieval has shown answerable; `evidence` counts its passages."""

    question: str
    evidence: int


@dataclass(frozen=True, slots=True)
class CorpusCard:
    """The corpus that was searched."""

    generation: str
    documents: int
    chunks: int
    latest_published: str | None


@dataclass(frozen=True, slots=True)
class Method:
    """How the report was made."""

    embedder: str
    verifier: str
    writer: str
    searches: tuple[str, ...]
    thresholds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """An answer with everything that is needed to check it. Dates are ISO 8601."""

    id: str
    version: int
    question: str
    understood_as: str
    language: str
    status: Status
    checked_on: str
    as_of: str | None
    disclaimer: str
    staleness: str | None
    corpus: CorpusCard
    summary: tuple[Statement, ...]
    sections: tuple[Section, ...]
    unverified: tuple[Unverified, ...]
    conflicts: tuple[Conflict, ...]
    refusal: Refusal | None
    gaps: tuple[str, ...]
    sources: tuple[SourceCard, ...]
    consulted: tuple[SourceCard, ...]
    follow_ups: tuple[FollowUp, ...]
    method: Method
    schema: Literal["citeproof/report@1"] = SCHEMA

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement in reading order, the summary first."""
        return self.summary + tuple(s for section in self.sections for s in section.statements)
