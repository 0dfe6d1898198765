"""The plan of a report: findings in sections, each tied to the evidence it may cite."""

from dataclasses import dataclass, field
from enum import StrEnum

from rag.evidence import Evidence, Pool
from rag.plan.entities import Entity
from rag.question import Question
from rag.report import SectionKind


class Part(StrEnum):
    """What a finding does in its section."""

    ANSWER = "answer"
    DEFINITION = "definition"
    CLAIM = "claim"
    CRUX = "crux"
    OBJECTION = "objection"
    ACT = "act"
    FIGURE = "figure"
    LIMIT = "limit"
    BACKGROUND = "background"


@dataclass(frozen=True)
class Finding:
    """One sentence to be written from `evidence`; `stacked` sources say the same independently.

    `topic` is the name that the finding is about, for leads ("As for fentanyl, ..."); `items` are
    the entries of the list that the evidence introduces.
    """

    evidence: Evidence
    part: Part
    stacked: tuple[Evidence, ...] = ()
    topic: str = ""
    items: tuple[Evidence, ...] = ()

    @property
    def cited(self) -> tuple[Evidence, ...]:
        """Everything that the sentence may cite, the main evidence first."""
        return (self.evidence, *self.items, *self.stacked)


@dataclass(frozen=True)
class Count:
    """A sentence to be computed: how many sources or sentences bear out `claim`.

    Each of `evidence` names every term of `claim_terms`, one of `either` where there are any, and
    none of `without`; the value is counted when the sentence is written, from those that the
    verifier lets stand. Each publisher is counted once.
    """

    evidence: tuple[Evidence, ...]
    over: str
    sentence: str
    claim_terms: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    either: tuple[str, ...] = ()

    @property
    def cited(self) -> tuple[Evidence, ...]:
        """Everything that may be counted."""
        return self.evidence


@dataclass(frozen=True)
class Roll:
    """A sentence that names the entities which answer the question, each with what it is.

    There is one finding an entity, whose evidence defines it.
    """

    entities: tuple[Entity, ...]
    findings: tuple[Finding, ...]

    @property
    def cited(self) -> tuple[Evidence, ...]:
        """The evidence of every definition."""
        return tuple(f.evidence for f in self.findings)


@dataclass(frozen=True)
class PlannedSection:
    """A section: its kind, what it is about, and its findings in order.

    `lead` opens the heading ("The counter-evidence"); `topic` is the entity of a section that is
    about one.
    """

    kind: SectionKind
    findings: tuple[Finding | Count, ...]
    lead: str = ""
    topic: Entity | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that will be said.

    `summary` holds the findings of the executive summary; `refusal` is the reason, in words, why
    there is no answer; `disputed` is whether the entities are accused; `gaps` are notices
    about the search itself, which carry no citation.
    """

    question: Question
    pool: Pool
    summary: tuple[Finding | Count | Roll, ...] = ()
    sections: tuple[PlannedSection, ...] = ()
    entities: tuple[Entity, ...] = ()
    conflicts: tuple[tuple[Evidence, Evidence, str], ...] = ()
    gaps: tuple[str, ...] = ()
    refusal: str | None = None
    nearest: tuple[Evidence, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)
    premise_denied: bool = False
    disputed: bool = False
    partial: bool = False

    @property
    def findings(self) -> tuple["Finding | Count | Roll", ...]:
        """Everything that will be said, in order."""
        return (*self.summary, *(f for section in self.sections for f in section.findings))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The sentences that will be told, without what is only counted."""
        return tuple(f.evidence for f in self.findings if isinstance(f, Finding))
