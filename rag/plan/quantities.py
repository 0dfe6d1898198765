"""Questions for a number: figures with the unit asked for, each with its window and source."""

import itertools
import re
from collections.abc import Callable

from rag import terms
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.contested import named
from rag.plan.plan import Part, Plan, PlannedSection
from rag.plan.sections import context_section
from rag.plan.selection import Selection, by_date, disagrees
from rag.report import SectionKind

_COVERED = 0.5
_PERCENT = re.compile(
    r"\b(?:per ?cent|percent|percentage|share|proportion|fraction|rate)\b|%", re.I
)


def plan_quantity(selection: Selection) -> Plan:
    """Plan the figures that the sources give, as they give them; never an average or an estimate.

    Where no sentence gives the figure, the plan says so, and shows what denies the premise.
    """
    pool = selection.pool
    question = pool.question
    years = set(re.findall(r"\b(?:1[5-9]|20)\d\d\b", question.text))
    unit = _unit(question.text)

    def answers(evidence: Evidence) -> bool:
        return (
            _gives(evidence, unit)
            and evidence.coverage >= _COVERED
            and named(evidence, question.names)
            and all(y in evidence.text or y in evidence.date for y in years)
            and not stance.limits(evidence)
        )

    def denies_premise(evidence: Evidence) -> bool:
        return disagrees(evidence) and evidence.relevance >= 0.72 * pool.top

    figures = selection.fresh(answers)
    if figures:
        summary = selection.take(figures, 2, Part.FIGURE)
        sections = _sections(selection, answers)
        conflicts = tuple(
            (a.evidence, b.evidence, "window")
            for a, b in itertools.pairwise(summary)
            if a.evidence.document.id != b.evidence.document.id
        )
        return Plan(question, pool, tuple(summary), sections, conflicts=conflicts)
    against = selection.fresh(denies_premise)
    summary = selection.take(against, 2, Part.OBJECTION, per_publisher=1)
    related = selection.take(selection.fresh(selection.direct), 4, Part.BACKGROUND, per_publisher=1)
    sections_found = []
    further = selection.take(selection.fresh(denies_premise), 3, Part.OBJECTION, per_publisher=1)
    if further:
        sections_found.append(
            PlannedSection(
                SectionKind.COUNTER_EVIDENCE, tuple(by_date(further)), lead="What speaks against it"
            )
        )
    if related:
        sections_found.append(
            PlannedSection(SectionKind.CONTEXT, tuple(related), lead="What the sources do say")
        )
    documents = pool.snapshot.stats.documents
    return Plan(
        question,
        pool,
        tuple(summary),
        tuple(sections_found),
        gaps=(f"None of the {documents} documents searched gives this figure.",),
        premise_denied=bool(against),
    )


def _sections(
    selection: Selection, answers: Callable[[Evidence], bool]
) -> tuple[PlannedSection, ...]:
    sections = []
    more = selection.take(selection.fresh(answers), 4, Part.FIGURE, per_document=2)
    if more:
        sections.append(
            PlannedSection(SectionKind.FINDING, tuple(by_date(more)), lead="The figures")
        )
    behind = selection.take(
        selection.fresh(lambda e: selection.direct(e) and not e.note.figures), 3, Part.BACKGROUND
    )
    near = selection.take(
        selection.fresh(lambda e: selection.direct(e) and bool(e.note.figures)), 3, Part.FIGURE
    )
    if near:
        sections.append(
            PlannedSection(SectionKind.FINDING, tuple(by_date(near)), lead="Related figures")
        )
    if behind:
        sections.append(
            PlannedSection(SectionKind.CONTEXT, tuple(behind), lead="Behind the numbers")
        )
    context = context_section(selection, ())
    return (*sections, context) if context else tuple(sections)


def _unit(question: str) -> frozenset[str]:
    """Return the stems of the unit asked for; {"%"} for a share, empty where any number will do."""
    if _PERCENT.search(question):
        return frozenset({"%"})
    match = re.match(r"how many ((?:[\w-]+ ?){1,3})", question, re.I)
    if match:
        stems = terms.stems(match.group(1))
        return frozenset(stems[:2])
    return frozenset()


def _gives(evidence: Evidence, unit: frozenset[str]) -> bool:
    if not evidence.note.figures:
        return False
    if unit == {"%"}:
        return _PERCENT.search(evidence.text) is not None and any(
            "%" in f.unit or "per" in f.unit.lower() for f in evidence.note.figures
        )
    return not unit or bool(unit & evidence.stems)
