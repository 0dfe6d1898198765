"""Questions for one or several members of a kind: "Which A are B?"."""

from collections.abc import Sequence

from rag.plan import stance
from rag.plan.entities import Entity, entities
from rag.plan.plan import Finding, Part, Plan
from rag.plan.sections import (
    alternative,
    assessment_section,
    context_section,
    counter_section,
    crux_of,
    entity_section,
)
from rag.plan.selection import Selection, disagrees
from rag.question import Kind

_SECTIONS = 3
_CONSIDERED = 3


def plan_list(selection: Selection) -> Plan | None:
    """Plan a report on the entities that answer the question; None where no entity stands out."""
    pool = selection.pool
    found, considered = entities(pool)
    if pool.question.kind is Kind.SINGLE:
        found = [e for e in found if e.score >= 0.6][:2]
    if not found:
        return None
    pool.search([f"{e.name} {pool.question.predicate}" for e in found[:_SECTIONS]])
    pool.search([f"no evidence that {e.name} {pool.question.predicate}" for e in found[:1]])
    found = [_again(e, selection) for e in found]
    crux = crux_of(selection, found)
    summary = _summary(selection, found, crux)
    sections = [
        section
        for entity in found[:_SECTIONS]
        if (section := entity_section(selection, entity, found, crux)) is not None
    ]
    for section in (
        counter_section(selection, found, crux),
        context_section(selection, found),
        assessment_section(selection, found, crux),
    ):
        if section is not None:
            sections.append(section)
    return Plan(
        question=pool.question,
        pool=pool,
        summary=tuple(summary),
        sections=tuple(sections),
        entities=tuple(found),
        gaps=_considered(found, considered),
    )


def _again(entity: Entity, selection: Selection) -> Entity:
    """Return the entity with every sentence of the enlarged pool that names it."""
    named = tuple(e for e in selection.pool.evidence if entity.named_in(e.text))
    return Entity(
        entity.name, named or entity.evidence, entity.score, entity.proper, entity.aliases
    )


def _summary(selection: Selection, found: Sequence[Entity], crux: str) -> list[Finding]:
    findings: list[Finding] = []
    for entity in found[:2]:
        findings += selection.take(
            selection.fresh(
                lambda e, x=entity: (
                    x.named_in(e.text)  # type: ignore[misc]
                    and not disagrees(e)
                    and not stance.about_document(e)
                ),
                key=lambda e: e.relevance + 0.1 * stance.accuses(e),
            ),
            1,
            Part.CLAIM,
            topic=entity.name,
        )
    against = selection.fresh(
        lambda e: (
            selection.direct(e)
            and disagrees(e)
            and not stance.about_document(e)
            and not any(x.named_in(e.text) for x in found)
        )
    )
    findings += selection.take(against, 1, Part.OBJECTION)
    instead = alternative(selection, found, crux)
    if instead is not None:
        name, _ = instead
        findings += selection.take(
            selection.fresh(lambda e: selection.direct(e) and e.names(name) and not disagrees(e)),
            1,
            Part.ANSWER,
            topic=name,
        )
    return findings


def _considered(found: Sequence[Entity], considered: Sequence[Entity]) -> tuple[str, ...]:
    """Name what came near but did not fit, as a notice about the search."""
    near = [
        e
        for e in considered
        if e.proper and e.documents >= 2 and not any(e.named_in(f.name) for f in found)
    ][:_CONSIDERED]
    if not near or not found:
        return ()
    names = ", ".join(e.name for e in near)
    return (f"Also named in the passages found, but fitting the question less well: {names}.",)
