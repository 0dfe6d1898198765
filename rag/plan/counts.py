"""How many sources stand where: who is accused, who disputes it, what is named instead."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from index.annotations import Mention, Role
from rag.articles import with_the
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.crux import spelled
from rag.plan.entities import Entity
from rag.plan.kinds import Nature, nature_of
from rag.plan.plan import Count
from rag.plan.selection import Selection

_NEAR = 0.5
_EITHER = 2
_MANY = 3


def alternative(
    selection: Selection, found: Sequence[Entity], crux: str
) -> tuple[str, Count] | None:
    """Return the name that most publishers connect with the crux instead, and its count.

    At least three publishers must name it, in direct sentences that deny nothing. Where people are
    asked for, no name stands instead of theirs.
    """
    pool = selection.pool
    if not crux or nature_of(pool.question.asked) is Nature.PERSON:
        return None
    by_name: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for evidence in pool.usable:
        if evidence.relevance < _NEAR * pool.top or selection.disagrees(evidence):
            continue
        if crux not in evidence.stems:
            continue
        for mention in evidence.note.mentions:
            if pool.question.touches(mention.name):
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
        sentence=f"{{least}}{{count}} sources{{among}} name {name} in connection with {word}",
        claim_terms=(name, word),
    )
    return name, count


def accused(selection: Selection, found: Sequence[Entity], crux: str) -> Count | None:
    """Return how many publishers accuse or designate one of them.

    There must be three, or two where as many dispute it. Where no accusation has the crux, that is
    said with them.
    """
    usable = selection.pool.usable
    accusing = _one_each(
        [e for e in usable if stance.accuses(e) and any(_aimed_at(e, x) for x in found)]
    )
    contested = any(disputed(selection, x) for x in found)
    if len(accusing) < (_EITHER if contested else _MANY):
        return None
    word = spelled(crux, selection.pool.question.text)
    absent = (word,) if crux and not any(crux in e.stems for e in accusing) else ()
    whom = " or ".join(with_the(x.name, [e.text for e in x.evidence]) for x in found)
    what = f"accuse or designate {whom}"
    count = _publishers(accusing, what, found)
    if not absent:
        return count
    silent = f"of the sources that {what}{{among}} do not mention {word} in the passages cited"
    return replace(count, sentence=f"{{least}}{{count}} {silent}", without=absent)


def disputed(selection: Selection, entity: Entity) -> Count | None:
    """Return how many publishers contest what is said of the entity; None for fewer than two."""
    naming = [e for e in selection.pool.usable if e.names(entity.name)]
    denying = _one_each([e for e in naming if stance.contests(e)])
    if len(denying) < _EITHER:
        return None
    the = with_the(entity.name, [e.text for e in naming])
    return _publishers(denying, f"dispute what is said of {the}", (entity,))


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
    evidence: tuple[Evidence, ...],
    what: str,
    of: Sequence[Entity],
) -> Count:
    return Count(
        evidence,
        f"sources that {what}",
        f"{{least}}{{count}} sources{{among}} {what}",
        either=tuple(name for entity in of for name in (entity.name, *entity.aliases)),
    )


def all_told(count: Count, selection: Selection) -> bool:
    """Whether every sentence that is counted was told already."""
    said = {e.sentence.id for e in selection.said}
    return all(e.sentence.id in said for e in count.evidence)
