"""The sections that several kinds of report share."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from index.annotations import Mention, Role
from rag import terms
from rag.articles import with_the
from rag.evidence import Evidence, mentions
from rag.plan import chronology, stance
from rag.plan.entities import Entity, related
from rag.plan.plan import Count, Finding, Part, PlannedSection
from rag.plan.selection import Selection, by_date
from rag.question import Question
from rag.report import SectionKind

_REACTS = 0.4
_NEAR = 0.5
_NEAR_CRUX = 0.45
_CHRONOLOGY = 3
_EITHER = 2
_HALF = 0.5
_OPEN = 0.55
_MANY = 3
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
    turns_on = f"{entity.name} {_spelled(crux, pool.question.text)}"
    vector, crux_vector = pool.snapshot.embed([wish, turns_on])

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

    def near_crux(evidence: Evidence) -> bool:
        return has_crux(evidence) or float(evidence.vector @ crux_vector) >= _NEAR_CRUX

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
            key=lambda e: closeness(e) + _REPLIES * (e.role == "party"),
        ),
        2,
        Part.OBJECTION,
        topic=entity.name,
        per_publisher=1,
    )
    if len(told) + len(acts) + len(claims) + len(central) + len(objections) < 3:
        told += selection.take(
            selection.fresh(lambda e: about(e) and not selection.disagrees(e), key=closeness),
            3,
            Part.BACKGROUND,
            topic=entity.name,
        )
    findings = (*told, *by_date([*acts, *claims]), *central, *by_date(objections))
    if not findings:
        return None
    return PlannedSection(SectionKind.FINDING, findings, topic=entity)


def acts_on(evidence: Evidence, entity: Entity) -> bool:
    """Whether the sentence is about what the entity does or what is done to it."""
    return any(
        entity.named_in(m.name) and m.role is not Role.OTHER for m in evidence.note.mentions
    ) or any(entity.named_in(d.name) for d in evidence.note.definitions)


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
    naming = [e for e in pool.usable if _names_any(e, found)]
    if not direct or not naming:
        return ""

    def gap(stem: str) -> float:
        inside = sum(stem in e.stems for e in direct) / len(direct)
        return inside - sum(stem in e.stems for e in naming) / len(naming)

    named = pool.question.name_stems
    stems = [stem for stem in terms.stems(pool.question.predicate) if stem not in named]
    best = max(stems, key=gap, default="")
    return best if best and gap(best) > 0.15 else ""


def crux_claims(selection: Selection, found: Sequence[Entity], crux: str) -> list[Finding]:
    """Return the nearest accusation that has the crux, of an entity or of those it consists of.

    Who belongs to an entity is read from what the sources say that it is ("a group headed by X").
    """
    names = {e.name for e in found} | members(found)

    def accuses(evidence: Evidence) -> bool:
        return (
            crux in evidence.stems
            and stance.accuses(evidence)
            and not selection.disagrees(evidence)
            and not stance.about_document(evidence)
            and any(evidence.names(name) for name in names)
        )

    return selection.take(selection.fresh(accuses), 1, Part.CRUX, topic=crux) if crux else []


def members(found: Sequence[Entity]) -> set[str]:
    """Return the last names of the people by whom the entities are defined."""
    return {
        mention.name.split()[-1]
        for entity in found
        for e in entity.evidence
        for d in e.note.definitions
        if entity.named_in(d.name)
        for mention in e.note.mentions
        if mention.label == "PERSON" and d.start <= mention.start < d.end
    }


def counter_section(
    selection: Selection, found: Sequence[Entity], crux: str, instead: tuple[str, Count] | None
) -> PlannedSection | None:
    """Return what speaks against: direct denials first, then what is named `instead`."""
    name = instead[0] if instead else ""

    def on_the_crux(evidence: Evidence) -> bool:
        return crux in evidence.stems if crux else evidence.coverage >= _HALF

    def counters(evidence: Evidence) -> bool:
        return (
            selection.direct(evidence)
            and selection.disagrees(evidence)
            and not _names_any(evidence, found)
            and on_the_crux(evidence)
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


def alternative(
    selection: Selection, found: Sequence[Entity], crux: str
) -> tuple[str, Count] | None:
    """Return the name that most publishers connect with the crux instead, and its count.

    At least three publishers must name it, in direct sentences that deny nothing.
    """
    pool = selection.pool
    if not crux:
        return None
    by_name: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    asked = [w.text.lower() for w in terms.split(pool.question.text)]
    for evidence in pool.usable:
        if evidence.relevance < _NEAR * pool.top or selection.disagrees(evidence):
            continue
        if crux not in evidence.stems:
            continue
        for mention in evidence.note.mentions:
            own = [w.text.lower() for w in terms.split(mention.name)]
            if any(related(o, a) or o == a for o in own for a in asked):
                continue
            if any(x.named_in(mention.name) for x in found) or mention.label in ("DATE", "NORP"):
                continue
            if evidence.names(mention.name):
                by_name[mention.name][evidence.publisher].append(evidence)
    publishers = {e.publisher for e in pool.evidence}
    ranked = sorted(
        ((n, e) for n, e in by_name.items() if n not in publishers),
        key=lambda item: -len(item[1]),
    )
    if not ranked or len(ranked[0][1]) < 3:
        return None
    name = ranked[0][0]
    wish = pool.snapshot.embed([f"{name} {pool.question.predicate}"])[0]
    named = {
        publisher: max(evidence, key=lambda e: float(e.vector @ wish))
        for publisher, evidence in ranked[0][1].items()
    }
    word = _spelled(crux, pool.question.text)
    count = Count(
        evidence=tuple(named.values()),
        over=f"sources that name {name} in connection with {word}",
        sentence=f"at least {{count}} sources{{among}} name {name} in connection with {word}",
        claim_terms=(name, word),
    )
    return name, count


def _spelled(stem: str, text: str) -> str:
    """Return the word of the text that has this stem."""
    return next((w.text for w in terms.split(text) if terms.stem(w.text) == stem), stem)


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
            + 0.15 * _names_any(evidence, found)
            + 0.1 * (evidence.role in _OFFICIAL)
        )

    acts = selection.take(selection.fresh(act, key=weight), 4, Part.ACT)
    if len(acts) < _CHRONOLOGY:
        return None
    acts = sorted(acts, key=lambda f: chronology.happened(f.evidence))
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


def _names_any(evidence: Evidence, found: Sequence[Entity]) -> bool:
    return any(x.named_in(evidence.text) for x in found)


def _short(evidence: Evidence) -> str:
    return " ".join(evidence.text.split()[:24])


def assessment_section(
    selection: Selection, found: Sequence[Entity], crux: str, told: Count | None = None
) -> PlannedSection | None:
    """Return how many stand on either side, and what is said to be open.

    What the summary counted is `told` already. What is open on a document that was cited goes
    before what is open on others.
    """
    pool = selection.pool
    told_of = {e.document.id for e in selection.said}
    findings: list[Finding | Count] = []
    for entity in found[:2]:
        accusing, contesting = sides(selection, entity, crux)
        if told is not None and told.claim_terms == (entity.name,):
            accusing = None
        findings += [c for c in (accusing, contesting) if c is not None and not _told(c, selection)]

    def is_open(evidence: Evidence) -> bool:
        return (
            stance.limits(evidence)
            and _on_what_was_asked(evidence, pool.question)
            and (
                selection.direct(evidence)
                if not crux
                else evidence.relevance >= _OPEN * pool.top
                and (crux in evidence.stems or _names_any(evidence, found))
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


def _told(count: Count, selection: Selection) -> bool:
    """Whether every sentence that is counted was told already."""
    said = {e.sentence.id for e in selection.said}
    return all(e.sentence.id in said for e in count.evidence)


def _assessed(findings: Sequence[Finding | Count]) -> str:
    counted = any(isinstance(f, Count) for f in findings)
    if all(isinstance(f, Count) for f in findings):
        return "What the sources support"
    return f"What {'the sources support — and what ' if counted else ''}remains unclear"


def _on_what_was_asked(evidence: Evidence, question: Question) -> bool:
    """Whether what a document does not mention, if it is said, is something of the question."""
    silent = stance.left_out(evidence)
    names = [frozenset(terms.stems(m.name)) for m in evidence.note.mentions]
    left_out = [name for name in names if name and name <= silent]
    if left_out:
        return any(name & question.name_stems for name in left_out)
    return not silent or not silent.isdisjoint(question.stems)


def sides(selection: Selection, entity: Entity, crux: str) -> tuple[Count | None, Count | None]:
    """Return how many publishers accuse the entity, and how many contest what is said of it.

    Each side is counted where there are at least two on either, many accusers also where hardly
    anybody contests. Where no accusation has the crux, that is said with them.
    """
    naming = [e for e in selection.pool.usable if e.names(entity.name)]
    accusing = _one_each([e for e in naming if _aimed_at(e, entity) and stance.accuses(e)])
    denying = _one_each(
        [
            e
            for e in naming
            if stance.contests(e) and e.publisher not in {a.publisher for a in accusing}
        ]
    )
    if len(accusing) < (_EITHER if len(denying) >= _EITHER else _MANY):
        return None, None
    the = with_the(entity.name, [e.text for e in naming])
    word = _spelled(crux, selection.pool.question.text)
    absent = (word,) if crux and not any(crux in e.stems for e in accusing) else ()
    what = f"accuse or designate {the}"
    apart = f" in sentences that do not mention {word}" if absent else ""
    return (
        _publishers(accusing, entity, f"{what}{apart}", absent),
        _publishers(denying, entity, f"dispute what is said of {the}")
        if len(denying) >= _EITHER
        else None,
    )


def _aimed_at(evidence: Evidence, entity: Entity) -> bool:
    """Whether the sentence charges the entity or says what it is, as its subject or first object.

    "Charged X with supporting the entity" is about X.
    """
    note = evidence.note
    after = [p.start for p in note.phrases if p.start >= note.verb_end]

    def first(mention: Mention) -> bool:
        return mention.role is Role.OBJECT and sum(at <= mention.start for at in after) <= 1

    defined = any(entity.named_in(d.name) for d in note.definitions)
    return (defined or stance.charges(evidence)) and any(
        entity.named_in(m.name) and (m.role is Role.SUBJECT or first(m)) for m in note.mentions
    )


def _one_each(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple({e.publisher: e for e in reversed(evidence)}.values())[::-1]


def _publishers(
    evidence: tuple[Evidence, ...], entity: Entity, what: str, without: tuple[str, ...] = ()
) -> Count:
    return Count(
        evidence,
        f"sources that {what}",
        f"at least {{count}} sources{{among}} {what}",
        (entity.name,),
        without=without,
    )
