"""Which of two things came first: "Was A built before B?" wants a date of each."""

import re
from collections.abc import Sequence

from index.embedding import Vectors
from rag import terms
from rag.evidence import Evidence, mentions
from rag.plan.answers import has_year
from rag.plan.plan import Finding, Part, Plan
from rag.plan.relation import related
from rag.plan.selection import Selection
from rag.words import phrases

_VERB = 0.15
_SUBJECT = 0.1


def plan_order(selection: Selection) -> Plan | None:
    """Plan a date of either thing, in the order of the question; None where it asks no such thing.

    A thing that no sentence dates is named in a notice.
    """
    pool = selection.pool
    both = sides(pool.question.text)
    if both is None:
        return None
    names = [tuple(n for n in pool.question.names if n in side) for side in both]
    if not all(names):
        return None
    wishes = pool.snapshot.embed(list(both))
    findings: list[Finding] = []
    missing: list[str] = []
    for side, own, wish in zip(both, names, wishes, strict=True):
        told = _date(selection, side, own, wish)
        findings += told
        if not told:
            missing.append(f"No sentence that was found gives a date of {' and '.join(own)}.")
    return Plan(pool.question, pool, tuple(findings), gaps=tuple(missing), partial=bool(missing))


def _date(selection: Selection, side: str, names: Sequence[str], wish: Vectors) -> list[Finding]:
    """Take the sentence that dates one side: by its verb and as its subject, if there is one."""
    verbs = frozenset(s for stem in terms.stems(side) for s in related(stem))
    verbs -= frozenset(stem for name in names for stem in terms.stems(name))

    def does(evidence: Evidence) -> bool:
        return not verbs.isdisjoint(evidence.stems)

    def leads(evidence: Evidence) -> bool:
        head = " ".join((evidence.text[: evidence.note.subject_end], *evidence.meant))
        return any(mentions(head, name) for name in names)

    fitting = selection.fresh(
        lambda e: (
            has_year(e.text) and all(e.names(name) for name in names) and (does(e) or leads(e))
        ),
        key=lambda e: float(e.vector @ wish) + _VERB * does(e) + _SUBJECT * leads(e),
    )
    return selection.take(fitting, 1, Part.ANSWER)


def sides(question: str) -> tuple[str, str] | None:
    """Return what stands before and after "before" in a yes-or-no question of time."""
    links = "|".join(map(re.escape, phrases("questions", "order")))
    match = re.match(rf"\w+ (.+?) (?:{links}) (.+?)[?!. ]*$", question)
    return (match.group(1), match.group(2)) if match else None
