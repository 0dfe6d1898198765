"""The seam of writing: a planned section in, drafts out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.plan.plan import Count, Finding, Plan, PlannedSection, Roll
from rag.write.draft import Draft


@dataclass(frozen=True)
class WrittenSection:
    """A heading that states the finding, and the section's sentences in order."""

    heading: str
    drafts: tuple[Draft, ...]


class Writer(Protocol):
    """Turns planned findings into sentences that cite only the spans they were given."""

    @property
    def name(self) -> str:
        """Method and version, as printed in reports."""
        ...

    def begin(self, plan: Plan) -> "Session":
        """Start a report: what was named and how often is remembered until its end."""
        ...


class Session(Protocol):
    """The writing of one report, in reading order: the summary first."""

    def summary(self, findings: Sequence[Finding | Count | Roll]) -> list[Draft]:
        """Write the executive summary."""
        ...

    def section(self, section: PlannedSection) -> WrittenSection:
        """Write one section with its heading."""
        ...

    def fallback(self, draft: Draft) -> Draft | None:
        """Return a plainer wording of a sentence that failed verification, if there is one."""
        ...
