"""The sections that several kinds of report share."""

from collections import defaultdict
from collections.abc import Sequence

from rag import terms
from rag.evidence import Evidence, mentions
from rag.plan import chronology, stance
from rag.plan.entities import Entity, related
from rag.plan.plan import Count, Finding, Part, PlannedSection
from rag.plan.selection import Selection, by_date, disagrees
from rag.report import SectionKind


def entity_section(
    selection: Selection, entity: Entity, others: Sequence[Entity], crux: str
) -> PlannedSection | None:
    """Return what the sources say of one entity: what it is, what is claimed, what is objected.

    Only sentences that name it before any of `others` count as being about it.
    """
    pool = selection.pool
    wish = f"{entity.name} {pool.question.predicate}"
    vector = pool.snapshot.embed([wish])[0]

    def about(evidence: Evidence) -> bool:
        place = _first(evidence.text, entity)
        return place >= 0 and all(
            not 0 <= _first(evidence.text, other) < place for other in others if other is not entity
        )

    def closeness(evidence: Evidence) -> float:
        return 0.5 * float(evidence.vector @ vector) + 0.5 * evidence.relevance

    def defines(evidence: Evidence) -> bool:
        return any(entity.named_in(d.name) for d in evidence.note.definitions)

    def has_crux(evidence: Evidence) -> bool:
        return bool(crux) and crux in evidence.stems

    told = selection.take(
        selection.fresh(lambda e: about(e) and defines(e) and not disagrees(e), key=closeness),
        1,
        Part.DEFINITION,
        topic=entity.name,
    )
    claims = selection.take(
        selection.fresh(
            lambda e: (
                about(e)
                and not disagrees(e)
                and not stance.about_document(e)
                and (stance.accuses(e) or e.note.act is not None or not e.role)
            ),
            key=closeness,
        ),
        2,
        Part.CLAIM,
        topic=entity.name,
    )
    central = selection.take(
        selection.fresh(lambda e: about(e) and has_crux(e), key=closeness),
        1,
        Part.CRUX,
        topic=crux,
    )
    objections = selection.take(
        selection.fresh(lambda e: about(e) and disagrees(e), key=closeness),
        2,
        Part.OBJECTION,
        topic=entity.name,
        per_publisher=1,
    )
    if len(told) + len(claims) + len(central) + len(objections) < 3:
        told += selection.take(
            selection.fresh(lambda e: about(e) and not disagrees(e), key=closeness),
            3,
            Part.BACKGROUND,
            topic=entity.name,
        )
    findings = (*told, *by_date(claims), *central, *objections)
    if not findings:
        return None
    return PlannedSection(SectionKind.FINDING, findings, topic=entity)


def _first(text: str, entity: Entity) -> int:
    """Return where the entity is first named in the text, -1 where it is not."""
    lower = text.lower()
    places = [
        lower.find(name.lower()) for name in (entity.name, *entity.aliases) if mentions(text, name)
    ]
    return min(places, default=-1)


def crux_of(selection: Selection, found: Sequence[Entity]) -> str:
    """Return the stem in the question's predicate that direct evidence has and the entities' lacks.

    It is what the question turns on: who is implicated *in fentanyl*. "" where nothing stands out.
    """
    pool = selection.pool
    direct = [e for e in pool.usable if selection.direct(e)]
    naming = [e for e in pool.usable if any(x.named_in(e.text) for x in found)]
    if not direct or not naming:
        return ""

    def gap(stem: str) -> float:
        inside = sum(stem in e.stems for e in direct) / len(direct)
        return inside - sum(stem in e.stems for e in naming) / len(naming)

    named = {stem for name in pool.question.names for stem in terms.stems(name)}
    stems = [stem for stem in terms.stems(pool.question.predicate) if stem not in named]
    best = max(stems, key=gap, default="")
    return best if best and gap(best) > 0.15 else ""


def counter_section(
    selection: Selection, found: Sequence[Entity], crux: str
) -> PlannedSection | None:
    """Return what speaks against: direct denials first, then what the sources name instead."""

    def counters(evidence: Evidence) -> bool:
        return (
            selection.direct(evidence)
            and disagrees(evidence)
            and not any(x.named_in(evidence.text) for x in found)
            and (not crux or crux in evidence.stems)
        )

    findings: list[Finding | Count] = []
    findings += selection.take(selection.fresh(counters), 2, Part.OBJECTION, per_publisher=1)
    instead = alternative(selection, found, crux)
    if instead is not None:
        name, count = instead
        findings.append(count)
        findings += by_date(
            selection.take(
                selection.fresh(
                    lambda e: selection.direct(e) and e.names(name) and not disagrees(e)
                ),
                3,
                Part.CLAIM,
                topic=name,
                per_publisher=1,
            )
        )
    if not findings:
        return None
    return PlannedSection(
        SectionKind.COUNTER_EVIDENCE, tuple(findings), lead="The counter-evidence"
    )


def alternative(
    selection: Selection, found: Sequence[Entity], crux: str
) -> tuple[str, Count] | None:
    """Return the name that most publishers connect with the crux instead, and its count.

    At least three publishers must name it, in direct sentences that deny nothing.
    """
    pool = selection.pool
    by_name: dict[str, dict[str, Evidence]] = defaultdict(dict)
    asked = [w.text.lower() for w in terms.split(pool.question.text)]
    for evidence in pool.usable:
        if not selection.direct(evidence) or disagrees(evidence):
            continue
        if crux and crux not in evidence.stems:
            continue
        for mention in evidence.note.mentions:
            own = [w.text.lower() for w in terms.split(mention.name)]
            if any(related(o, a) or o == a for o in own for a in asked):
                continue
            if any(x.named_in(mention.name) for x in found) or mention.label in ("DATE", "NORP"):
                continue
            if evidence.names(mention.name):
                by_name[mention.name].setdefault(evidence.publisher, evidence)
    publishers = {e.publisher for e in pool.evidence}
    ranked = sorted(
        ((n, e) for n, e in by_name.items() if n not in publishers),
        key=lambda item: -len(item[1]),
    )
    if not ranked or len(ranked[0][1]) < 3:
        return None
    name, named = ranked[0]
    word = _spelled(crux, pool.question.text)
    count = Count(
        evidence=tuple(named.values()),
        over=f"publishers that name {name} in connection with {word}",
        sentence=f"{{count}} publishers name {name} in connection with {word}",
        claim_terms=(name, word),
    )
    return name, count


def _spelled(stem: str, text: str) -> str:
    """Return the word of the text that has this stem."""
    return next((w.text for w in terms.split(text) if terms.stem(w.text) == stem), stem)


def context_section(selection: Selection, found: Sequence[Entity]) -> PlannedSection | None:
    """Return the dated acts around the matter in time order, then what is said against them."""
    pool = selection.pool

    def act(evidence: Evidence) -> bool:
        return (
            chronology.act_date(evidence) is not None
            and not disagrees(evidence)
            and evidence.relevance >= 0.5 * pool.top
        )

    acts = selection.take(
        selection.fresh(
            act, key=lambda e: e.relevance + 0.1 * any(x.named_in(e.text) for x in found)
        ),
        4,
        Part.ACT,
    )
    if len(acts) < 2:
        return None
    acts = sorted(acts, key=lambda f: chronology.happened(f.evidence))
    pool.search([f"criticism of {_short(f.evidence)}" for f in acts[-2:]])
    critics = selection.take(
        selection.fresh(
            lambda e: (
                stance.criticises(e)
                and not stance.about_document(e)
                and e.role not in ("allegation", "policy")
                and any(float(e.vector @ f.evidence.vector) > 0.4 for f in acts)
            )
        ),
        2,
        Part.OBJECTION,
        per_publisher=1,
    )
    return PlannedSection(SectionKind.CONTEXT, (*acts, *critics))


def _short(evidence: Evidence) -> str:
    return " ".join(evidence.text.split()[:24])


def assessment_section(
    selection: Selection, found: Sequence[Entity], crux: str
) -> PlannedSection | None:
    """Return what remains unclear: limits that bear on the question, and how rare the crux is."""
    pool = selection.pool
    word = _spelled(crux, pool.question.text)
    findings: list[Finding | Count] = []
    for entity in found[:2]:
        naming = tuple(e for e in pool.usable if entity.named_in(e.text))
        both = tuple(e for e in naming if crux and crux in e.stems)
        if len(naming) >= 5 and 0 < len(both) <= len(naming) // 3:
            findings.append(
                Count(
                    evidence=both,
                    over=f"those that mention {word}, of {len(naming)} sentences found that name "
                    f"{entity.name}",
                    sentence=f"of the {len(naming)} sentences found that name {entity.name}, "
                    f"{{count}} also mention{{s}} {word}",
                    claim_terms=(entity.name, word),
                    by_publisher=False,
                )
            )
    findings += selection.take(
        selection.fresh(
            lambda e: (
                stance.limits(e)
                and e.relevance >= 0.55 * pool.top
                and (not crux or crux in e.stems or any(x.named_in(e.text) for x in found))
            )
        ),
        3,
        Part.LIMIT,
        per_publisher=1,
    )
    if not findings:
        return None
    return PlannedSection(
        SectionKind.ASSESSMENT,
        tuple(findings),
        lead="What the sources support — and what remains unclear",
    )
