"""The sections that several kinds of report share."""

import re
from collections.abc import Callable, Sequence

from index.annotations import Role
from rag import terms
from rag.articles import with_the
from rag.evidence import Evidence, mentions
from rag.plan import chronology, stance
from rag.plan.counts import accused, all_told, disputed
from rag.plan.crux import spelled
from rag.plan.entities import Entity, names_any
from rag.plan.plan import Count, Finding, Part, PlannedSection
from rag.plan.selection import Selection, by_date
from rag.question import Kind, Question
from rag.report import SectionKind

_REACTS = 0.4
_NEAR = 0.5
_NEAR_CRUX = 0.45
_CHRONOLOGY = 3
_EITHER = 2
_AGAINST = re.compile(r"\bagainst (?:the )?$")
_ENOUGH = 3
_HALF = 0.5
_OPEN = 0.55
_REPLIES = 0.15
_OFFICIAL = ("allegation", "policy")


def entity_section(
    selection: Selection, entity: Entity, others: Sequence[Entity], crux: str
) -> PlannedSection | None:
    """Return what the sources say of one entity: what it is, what is claimed, what is objected.

    Only sentences that name it before any of `others` count as being about it.
    """
    pool = selection.pool
    wish = f"{entity.name} {pool.question.predicate}"
    turns_on = [f"{entity.name} {spelled(crux, pool.question.text)}"] if crux else []
    wishes = pool.snapshot.embed([wish, *turns_on])

    def about(evidence: Evidence) -> bool:
        place = _first(evidence.text, entity)
        return place >= 0 and all(
            not 0 <= _first(evidence.text, other) < place for other in others if other is not entity
        )

    def closeness(evidence: Evidence) -> float:
        return 0.5 * float(evidence.vector @ wishes[0]) + 0.5 * evidence.relevance

    def defines(evidence: Evidence) -> bool:
        return any(entity.named_in(d.name) for d in evidence.note.definitions)

    def has_crux(evidence: Evidence) -> bool:
        return bool(crux) and crux in evidence.stems

    def near_crux(evidence: Evidence) -> bool:
        return has_crux(evidence) or float(evidence.vector @ wishes[-1]) >= _NEAR_CRUX

    told = selection.take(
        selection.fresh(
            lambda e: about(e) and defines(e) and not selection.disagrees(e), key=closeness
        ),
        1,
        Part.DEFINITION,
        topic=entity.name,
    )
    acts = selection.take(
        selection.fresh(
            lambda e: (
                acts_on(e, entity)
                and e.note.act is not None
                and stance.accuses(e)
                and not selection.disagrees(e)
            ),
            key=closeness,
        ),
        1,
        Part.CLAIM,
        topic=entity.name,
    )
    claims = selection.take(
        selection.fresh(
            lambda e: (
                about(e)
                and acts_on(e, entity)
                and not selection.disagrees(e)
                and not stance.about_document(e)
                and (stance.accuses(e) or not e.role)
            ),
            key=closeness,
        ),
        1 if acts else 2,
        Part.CLAIM,
        topic=entity.name,
    )
    central = selection.take(
        selection.fresh(
            lambda e: about(e) and has_crux(e) and not stance.about_document(e),
            key=lambda e: closeness(e) + 0.15 * selection.disagrees(e),
        ),
        1,
        Part.CRUX,
        topic=crux,
        per_publisher=1,
    )
    objections = selection.take(
        selection.fresh(
            lambda e: (
                about(e)
                and stance.denies(e)
                and not stance.limits(e)
                and not stance.about_document(e)
                and (not crux or near_crux(e) or stance.contests(e))
            ),
            key=lambda e: (
                closeness(e)
                + _REPLIES * (e.role == "party")
                - _REPLIES * any(e.publisher == f.evidence.publisher for f in told)
            ),
        ),
        2,
        Part.OBJECTION,
        topic=entity.name,
        per_publisher=1,
    )
    objections += selection.take(
        selection.fresh(
            lambda e: about(e) and stance.contests(e) and stance.criticises(e), key=closeness
        ),
        1,
        Part.OBJECTION,
        topic=entity.name,
    )
    chosen = len(told) + len(acts) + len(claims) + len(central) + len(objections)
    if chosen < _ENOUGH:
        told += selection.take(
            selection.fresh(lambda e: about(e) and not selection.disagrees(e), key=closeness),
            _ENOUGH - chosen,
            Part.BACKGROUND,
            topic=entity.name,
        )
        told = by_date(told)
    findings = (*told, *by_date([*acts, *claims]), *central, *by_date(objections))
    if not findings:
        return None
    if pool.question.kind is Kind.SINGLE:
        # The summary has said that it answers the question.
        the = with_the(entity.name, [e.text for e in entity.evidence])
        lead = f"What else the sources say of {the if entity.proper else entity.name}"
        return PlannedSection(SectionKind.FINDING, findings, lead=lead)
    return PlannedSection(SectionKind.FINDING, findings, topic=entity)


def acts_on(evidence: Evidence, entity: Entity) -> bool:
    """Whether the sentence is about what the entity does or what is done to it."""
    text = evidence.text
    return any(
        entity.named_in(m.name)
        and (m.role is not Role.OTHER or _AGAINST.search(text[: m.start]) is not None)
        for m in evidence.note.mentions
    ) or any(entity.named_in(d.name) for d in evidence.note.definitions)


def _first(text: str, entity: Entity) -> int:
    """Return where the entity is first named in the text, -1 where it is not."""
    lower = text.lower()
    places = [
        lower.find(name.lower()) for name in (entity.name, *entity.aliases) if mentions(text, name)
    ]
    return min(places, default=-1)


def counter_section(
    selection: Selection, found: Sequence[Entity], crux: str, instead: tuple[str, Count] | None
) -> PlannedSection | None:
    """Return what speaks against: direct denials first, then what is named `instead`."""
    name = instead[0] if instead else ""
    said = selection.pool.question.said

    def on_the_crux(evidence: Evidence) -> bool:
        return crux in evidence.stems if crux else evidence.coverage >= _HALF

    def counters(evidence: Evidence) -> bool:
        return (
            selection.direct(evidence)
            and selection.disagrees(evidence)
            and not names_any(evidence, found)
            and on_the_crux(evidence)
            and not said.isdisjoint(evidence.meant_stems)
        )

    def instead_of_them(evidence: Evidence) -> bool:
        return (
            evidence.relevance >= _NEAR * selection.pool.top
            and evidence.names(name)
            and on_the_crux(evidence)
            and not selection.disagrees(evidence)
        )

    findings: list[Finding | Count] = []
    findings += selection.take(selection.fresh(counters), 2, Part.OBJECTION, per_publisher=1)
    if instead:
        pool = selection.pool
        wish = pool.snapshot.embed([f"{name} {pool.question.predicate}"])[0]
        told = by_date(
            selection.take(
                selection.fresh(instead_of_them, key=lambda e: float(e.vector @ wish)),
                3,
                Part.CLAIM,
                topic=name,
                per_publisher=1,
            )
        )
        # Who says it, and in what words, tells more than how many name it.
        findings += told if len(told) >= _EITHER else [instead[1], *told]
    if not findings:
        return None
    return PlannedSection(
        SectionKind.COUNTER_EVIDENCE, tuple(findings), lead="The counter-evidence"
    )


def context_section(
    selection: Selection, found: Sequence[Entity], bears: Callable[[Evidence], bool]
) -> PlannedSection | None:
    """Return the dated acts that bear on the matter in time order, and what is said against them.

    There is a section where there are at least three acts.
    """
    pool = selection.pool
    official = any(e.role in _OFFICIAL for e in pool.usable)

    def act(evidence: Evidence) -> bool:
        return (
            chronology.dated_to_month(evidence)
            and chronology.called(evidence) != ""
            and bears(evidence)
            and not selection.disagrees(evidence)
            and (evidence.relevance >= _NEAR * pool.top if official else selection.direct(evidence))
            and (not official or evidence.role in _OFFICIAL)
        )

    def weight(evidence: Evidence) -> float:
        return (
            evidence.relevance
            + 0.15 * names_any(evidence, found)
            + 0.1 * (evidence.role in _OFFICIAL)
        )

    acts = selection.take(selection.fresh(act, key=weight), 4, Part.ACT)
    if len(acts) < _CHRONOLOGY:
        return None
    acts = sorted(acts, key=lambda f: chronology.happened(f.evidence))
    if found:
        # What is said against an entity stands in its own section.
        return PlannedSection(SectionKind.CONTEXT, tuple(acts))
    pool.search([f"criticism of {_short(f.evidence)}" for f in acts[-2:]])
    named = {e.name for e in found} | {
        m.name for f in acts for m in f.evidence.note.mentions if m.role is not Role.OTHER
    }
    critics = selection.take(
        selection.fresh(
            lambda e: (
                stance.criticises(e)
                and not stance.about_document(e)
                and e.role not in _OFFICIAL
                and any(e.names(name) for name in named)
                and any(float(e.vector @ f.evidence.vector) > _REACTS for f in acts)
            )
        ),
        2,
        Part.OBJECTION,
        per_publisher=1,
    )
    in_order = sorted([*acts, *critics], key=lambda f: chronology.happened(f.evidence))
    return PlannedSection(SectionKind.CONTEXT, tuple(in_order))


def _short(evidence: Evidence) -> str:
    return " ".join(evidence.text.split()[:24])


def assessment_section(
    selection: Selection, found: Sequence[Entity], crux: str, *, accusers_told: bool = False
) -> PlannedSection | None:
    """Return how many stand on either side, and what is said to be open.

    What is open on a document that was cited goes before what is open on others.
    """
    pool = selection.pool
    told_of = {e.document.id for e in selection.said}
    findings: list[Finding | Count] = []
    main = found[:_EITHER]
    counts = [None if accusers_told or not main else accused(selection, main, crux)]
    counts += [c for entity in main if (c := disputed(selection, entity)) and _many(c)]
    findings += [c for c in counts if c is not None and not all_told(c, selection)]

    def is_open(evidence: Evidence) -> bool:
        return (
            stance.limits(evidence)
            and (evidence.document.id in told_of or _of_the_names(evidence, pool.question, found))
            and _on_what_was_asked(evidence, pool.question)
            and (
                selection.direct(evidence) and (not found or names_any(evidence, found))
                if not crux
                else evidence.relevance >= _OPEN * pool.top
                and (crux in evidence.stems or names_any(evidence, found))
            )
        )

    points = selection.fresh(
        is_open, key=lambda e: e.relevance + _REPLIES * (e.document.id in told_of)
    )
    # What is said to be unknown is open; what a document only does not mention is the next best.
    unknown = [e for e in points if not stance.left_out(e)]
    findings += selection.take(
        unknown or points, max(2, 3 - len(findings)), Part.LIMIT, per_publisher=1
    )
    if not findings:
        return None
    return PlannedSection(
        SectionKind.ASSESSMENT,
        tuple(findings),
        lead=_assessed(findings),
    )


def _many(count: Count) -> bool:
    return len(count.evidence) >= _ENOUGH


def _assessed(findings: Sequence[Finding | Count]) -> str:
    counted = any(isinstance(f, Count) for f in findings)
    if all(isinstance(f, Count) for f in findings):
        return "Where the sources stand"
    return (
        "Where the sources stand — and what remains unclear" if counted else "What remains unclear"
    )


def _of_the_names(evidence: Evidence, question: Question, found: Sequence[Entity]) -> bool:
    """Whether it names something of the question or found, if it names anything but its own."""
    publisher = evidence.publisher
    names = {m.name for m in evidence.note.mentions if m.label and m.label != "DATE"}
    names = {n for n in names if n not in publisher and publisher not in n}
    return not names or names_any(evidence, found) or any(question.touches(name) for name in names)


def _on_what_was_asked(evidence: Evidence, question: Question) -> bool:
    """Whether what a document does not mention, if it is said, is something of the question."""
    silent = stance.left_out(evidence)
    names = [frozenset(terms.stems(m.name)) for m in evidence.note.mentions]
    left_out = [name for name in names if name and name <= silent]
    if left_out:
        return any(name & question.name_stems for name in left_out)
    return not silent or not silent.isdisjoint(question.stems)
