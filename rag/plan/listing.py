"""Questions for one or several members of a kind: "Which A are B?"."""

from collections.abc import Sequence
from dataclasses import replace

from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.contested import named
from rag.plan.counts import accused, alternative
from rag.plan.crux import crux_claims, crux_of, members, silences
from rag.plan.entities import Entity, entities, is_a
from rag.plan.kinds import nature_of
from rag.plan.plan import Count, Finding, Part, Plan, Roll
from rag.plan.sections import (
    acts_on,
    assessment_section,
    context_section,
    counter_section,
    entity_section,
)
from rag.plan.selection import Selection
from rag.plan.superlatives import Superlative
from rag.question import Kind

_SECTIONS = 3
_NAMED = 2
_ALONE = 0.6
_NEAR = 0.3
_COVERED = 0.5
_CONSIDERED = 3
_TURNS = 0.2
_MORE = 0.1


def plan_list(selection: Selection) -> Plan | None:
    """Plan a report on the entities that answer the question; None where no entity stands out."""
    pool = selection.pool
    found, considered = entities(pool)
    if pool.question.kind is Kind.SINGLE:
        most, asked = Superlative.of(pool.question), pool.question.asked
        natural = nature_of(asked) is not None
        found = [
            entity
            for entity in found
            if entity.score >= _ALONE
            and _answers(entity, selection, most)
            and (natural or is_a(entity, asked) > 0)
        ][:2]
    told = pool.question.said
    found = [e for e in found if any(not told.isdisjoint(s.stems) for s in e.evidence)]
    if not found:
        return None
    pool.search([f"{e.name} {pool.question.predicate}" for e in found[:_SECTIONS]])
    pool.search([f"no evidence that {e.name} {pool.question.predicate}" for e in found[:1]])
    found = [_again(e, selection) for e in found]
    several = pool.question.kind is Kind.LIST
    crux = crux_of(selection, found) if several else ""
    instead = alternative(selection, found, crux) if several and accused_of(found) else None
    summary = _summary(selection, found, crux)
    counted = bool(summary) and not isinstance(summary[0], Roll)
    if not summary:
        summary += selection.take(
            selection.fresh(lambda e: selection.direct(e) and not stance.limits(e)),
            2,
            Part.ANSWER,
        )
    people = members(found)

    def bears(evidence: Evidence) -> bool:
        named = any(e.named_in(evidence.text) for e in found)
        return named or any(evidence.names(n) for n in people)

    sections = [
        section
        for entity in found[:_SECTIONS]
        if (section := entity_section(selection, entity, found, crux)) is not None
        and (len(section.findings) > 1 or not several)
    ]
    for section in (
        counter_section(selection, found, crux, instead) if accused_of(found) else None,
        context_section(selection, found, bears),
        assessment_section(selection, found, crux, accusers_told=counted),
    ):
        if section is not None:
            sections.append(section)
    return Plan(
        question=pool.question,
        pool=pool,
        summary=tuple(summary),
        sections=tuple(sections),
        entities=tuple(found),
        disputed=accused_of(found),
        gaps=_considered(found, considered),
    )


def accused_of(found: Sequence[Entity]) -> bool:
    """Whether anybody accuses one of them: what the sources only tell has no two sides."""
    return any(stance.accuses(e) for entity in found for e in entity.evidence)


def _answers(entity: Entity, selection: Selection, most: Superlative | None) -> bool:
    """Whether a sentence with half of the question names the entity and denies nothing."""
    return any(
        e.coverage >= _COVERED
        and not selection.disagrees(e)
        and (most is None or most.told_in(e.text))
        for e in entity.evidence
    )


def _again(entity: Entity, selection: Selection) -> Entity:
    """Return the entity with every sentence of the enlarged pool that names it."""
    named = tuple(e for e in selection.pool.evidence if entity.named_in(e.text))
    return Entity(
        entity.name, named or entity.evidence, entity.score, entity.proper, entity.aliases
    )


def _summary(
    selection: Selection, found: Sequence[Entity], crux: str
) -> list[Finding | Count | Roll]:
    """Who they are, what is claimed of them, and what denies it, best of what they turn on.

    Where no accusation mentions what the question turns on, that is the answer.
    """
    several = selection.pool.question.kind is Kind.LIST
    told = selection.pool.question.said
    counted = accused(selection, found[:_NAMED], crux) if several else None
    if counted is not None and counted.without:
        roll = None
        findings: list[Finding | Count | Roll] = [*_claims_together(selection, found)]
        findings += silences(selection, found[:_NAMED], crux) or [counted]
        findings += crux_claims(selection, found, crux)
    else:
        counted, roll = None, _roll(selection, found[:_NAMED]) if several else None
        findings = [roll] if roll else []
    for entity in () if counted else found[: 1 if roll else 2]:
        findings += selection.take(
            selection.fresh(
                lambda e, x=entity: (
                    acts_on(e, x)  # type: ignore[misc]
                    and not selection.disagrees(e)
                    and not stance.about_document(e)
                ),
                key=lambda e: (
                    e.relevance
                    + 0.2 * stance.accuses(e)
                    + 0.1 * (e.note.act is not None)
                    + 0.2 * selection.pool.coverage(e.meant_stems, tuple(told))
                    if several
                    else e.relevance + 0.2 * e.coverage
                ),
            ),
            1,
            Part.CLAIM,
            topic=entity.name,
        )
    objections = selection.take(
        selection.fresh(
            lambda e: (
                selection.direct(e)
                and stance.denies(e)
                and not stance.limits(e)
                and not stance.about_document(e)
                and _of_the_matter(e, selection, found, crux)
                and not told.isdisjoint(e.meant_stems)
                and not told.isdisjoint(e.meant_stems)
            ),
            key=lambda e: e.relevance + _TURNS * (crux in e.stems),
        ),
        1,
        Part.OBJECTION,
    )
    spoken = any(isinstance(f, Finding) and f.part is Part.CRUX for f in findings)
    if objections and crux in objections[0].evidence.stems and crux and not spoken:
        # What comes before does not speak of it, so "However" would contrast with nothing.
        objections = [replace(objections[0], part=Part.CRUX)]
    findings += objections
    return findings


def _claims_together(selection: Selection, found: Sequence[Entity]) -> list[Finding]:
    """Return the nearest accusation that names the most entities, two at least."""

    def named_in(evidence: Evidence) -> int:
        return sum(e.named_in(evidence.text) for e in found)

    accusing = selection.fresh(
        lambda e: (
            named_in(e) >= _NAMED
            and stance.accuses(e)
            and not stance.about_document(e)
            and not selection.disagrees(e)
        ),
        key=lambda e: e.relevance + _MORE * named_in(e),
    )
    return selection.take(accusing, 1, Part.CLAIM)


def _of_the_matter(
    evidence: Evidence, selection: Selection, found: Sequence[Entity], crux: str
) -> bool:
    """Whether it names what the question names, else an entity or what the question turns on."""
    names = selection.pool.question.names
    if names:
        return named(evidence.text, names)
    return (bool(crux) and crux in evidence.stems) or any(e.named_in(evidence.text) for e in found)


def _roll(selection: Selection, found: Sequence[Entity]) -> Roll | None:
    """Return the sentence that introduces the entities, if each of them is defined somewhere."""
    findings: list[Finding] = []
    for entity in found:
        findings += selection.take(
            selection.fresh(
                lambda e, x=entity: (
                    not stance.denies(e) and any(x.named_in(d.name) for d in e.note.definitions)  # type: ignore[misc]
                ),
                key=lambda e: e.relevance - 0.2 * stance.accuses(e),
            ),
            1,
            Part.DEFINITION,
            topic=entity.name,
            stacked=False,
        )
    if len(found) < 2 or len(findings) < len(found):
        selection.forget(findings)
        return None
    return Roll(tuple(found), tuple(findings))


def _place(entity: Entity) -> bool:
    return any(
        m.name == entity.name and m.label in ("GPE", "LOC", "NORP")
        for e in entity.evidence
        for m in e.note.mentions
    )


def _considered(found: Sequence[Entity], considered: Sequence[Entity]) -> tuple[str, ...]:
    """Name what came near but did not fit, as a notice about the search."""
    near = [
        e
        for e in considered
        if e.proper
        and not _place(e)
        and e.score >= _NEAR
        and e.documents >= 2
        and not any(e.named_in(f.name) for f in found)
    ][:_CONSIDERED]
    if not near or not found:
        return ()
    names = ", ".join(e.name for e in near)
    return (f"Also named in the passages found, but fitting the question less well: {names}.",)
