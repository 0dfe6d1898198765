"""What `Assistant.stream` yields: the steps of an answer, with the same names on the wire."""

from dataclasses import dataclass
from typing import ClassVar

from rag.report import Conflict, Report, SectionKind, SourceCard, Statement


@dataclass(frozen=True, slots=True)
class QuestionUnderstood:
    """The question as it will be answered, and the kind it was taken for."""

    name: ClassVar[str] = "question.understood"
    question: str
    understood_as: str
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The documents that retrieval found, before any of them is cited."""

    name: ClassVar[str] = "sources.found"
    searches: tuple[str, ...]
    sources: tuple[SourceCard, ...]


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """The heading and kind of a section to come, unless none of its sentences can be verified."""

    heading: str
    kind: SectionKind


@dataclass(frozen=True, slots=True)
class PlanMade:
    """The sections that will follow."""

    name: ClassVar[str] = "plan.made"
    sections: tuple[PlannedSection, ...]


@dataclass(frozen=True, slots=True)
class StatementVerified:
    """A finished sentence; `section` is its place in `PlanMade.sections`, None for the summary.

    `sources` are the cards of sources cited here for the first time.
    """

    name: ClassVar[str] = "statement.verified"
    section: int | None
    statement: Statement
    sources: tuple[SourceCard, ...]


@dataclass(frozen=True, slots=True)
class GapsFound:
    """What the sources do not answer, and where they disagree."""

    name: ClassVar[str] = "gaps.found"
    gaps: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class AnswerCompleted:
    """The whole report; authoritative over all events before it."""

    name: ClassVar[str] = "answer.completed"
    report: Report


Event = (
    QuestionUnderstood | SourcesFound | PlanMade | StatementVerified | GapsFound | AnswerCompleted
)
