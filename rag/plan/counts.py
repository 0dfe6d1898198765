"""How many sources stand where: who is accused, who disputes it, what is named instead."""

from collections import defaultdict
from collections.abc import Sequence

from index.annotations import Mention, Role
from rag import terms
from rag.articles import with_the
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.crux import spelled
from rag.plan.entities import Entity, related
from rag.plan.plan import Count
from rag.plan.selection import Selection

_NEAR = 0.5
_EITHER = 2
_MANY = 3


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
    word = spelled(crux, pool.question.text)
    count = Count(
        evidence=tuple(named.values()),
        over=f"sources that name {name} in connection with {word}",
        sentence=f"at least {{count}} sources{{among}} name {name} in connection with {word}",
        claim_terms=(name, word),
    )
    return name, count


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
    word = spelled(crux, selection.pool.question.text)
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


def all_told(count: Count, selection: Selection) -> bool:
    """Whether every sentence that is counted was told already."""
    said = {e.sentence.id for e in selection.said}
    return all(e.sentence.id in said for e in count.evidence)
