"""What a question turns on: who is implicated *in fentanyl*."""

from collections.abc import Sequence

from rag import terms
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.entities import Entity, names_any
from rag.plan.plan import Finding, Part
from rag.plan.selection import Selection

_SILENT = 2


def crux_of(selection: Selection, found: Sequence[Entity]) -> str:
    """Return the stem in the question's predicate that direct evidence has and the entities' lacks.

    It is what the question turns on: who is implicated *in fentanyl*. "" where nothing stands out.
    """
    pool = selection.pool
    direct = [e for e in pool.usable if selection.direct(e)]
    naming = [e for e in pool.usable if names_any(e, found)]
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


def silences(selection: Selection, found: Sequence[Entity], crux: str) -> list[Finding]:
    """Return what is said of up to two documents that accuse an entity and do not mention the crux.

    It is said of the documents themselves; each is of a publisher of its own.
    """
    accusing = {
        e.document.id
        for e in selection.pool.usable
        if stance.charges(e) and any(x.named_in(e.text) for x in found)
    }

    def silent(evidence: Evidence) -> bool:
        return (
            evidence.document.id in accusing
            and any(x.named_in(evidence.text) for x in found)
            and crux in stance.left_out(evidence)
        )

    if not crux:
        return []
    return selection.take(selection.fresh(silent), _SILENT, Part.CRUX, topic=crux, per_publisher=1)


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


def spelled(stem: str, text: str) -> str:
    """Return the word of the text that has this stem."""
    return next((w.text for w in terms.split(text) if terms.stem(w.text) == stem), stem)
