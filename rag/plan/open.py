"""Open questions: the direct evidence, grouped by what it is about."""

import numpy as np

from rag.evidence import Evidence
from rag.plan.plan import Part, Plan, PlannedSection
from rag.plan.sections import assessment_section, context_section
from rag.plan.selection import Selection
from rag.report import SectionKind

_THEMES = 3
_SAME_THEME = 0.55


def plan_open(selection: Selection) -> Plan:
    """Plan an answer from direct evidence: the best in the summary, the rest by theme."""
    pool = selection.pool
    summary = selection.take(
        selection.fresh(lambda e: selection.direct(e) and not selection.disagrees(e)),
        2,
        Part.ANSWER,
        per_document=2,
    )
    sections = []
    for theme in _themes(selection.fresh(selection.direct)):
        findings = selection.take(theme, 4, Part.BACKGROUND, per_document=3, per_publisher=3)
        if len(findings) >= 2:
            sections.append(PlannedSection(SectionKind.FINDING, tuple(_in_order(findings))))
    if sections:
        for section in (context_section(selection, ()), assessment_section(selection, (), "")):
            if section is not None:
                sections.append(section)
    return Plan(pool.question, pool, tuple(summary), tuple(sections))


def _in_order(findings: list) -> list:  # type: ignore[type-arg]
    """Keep a document's sentences together and in its own order."""
    first: dict[str, int] = {}
    for i, finding in enumerate(findings):
        first.setdefault(finding.evidence.document.id, i)
    return sorted(
        findings, key=lambda f: (first[f.evidence.document.id], f.evidence.sentence.ordinal)
    )


def _themes(evidence: list[Evidence]) -> list[list[Evidence]]:
    """Group sentences around the most relevant ones, each seed unlike the seeds before it."""
    seeds: list[Evidence] = []
    for candidate in evidence:
        if len(seeds) == _THEMES:
            break
        if all(float(candidate.vector @ s.vector) < _SAME_THEME for s in seeds):
            seeds.append(candidate)
    groups: list[list[Evidence]] = [[] for _ in seeds]
    for candidate in evidence:
        nearest = int(np.argmax([float(candidate.vector @ s.vector) for s in seeds]))
        groups[nearest].append(candidate)
    return groups
