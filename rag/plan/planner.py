"""From a question to its plan."""

from dataclasses import replace

from index.snapshot import Snapshot
from rag.evidence import Evidence, Pool, mentions
from rag.plan import contested, listing, quantities
from rag.plan import open as open_question
from rag.plan.plan import Plan
from rag.plan.selection import Selection
from rag.question import Kind, Question

ANSWERABLE = 0.40
NEAREST = 3


def make_plan(question: Question, snapshot: Snapshot) -> Plan:
    """Search, weigh what was found, and fix what will be said from which spans."""
    pool = Pool.gather(question, snapshot, _queries(question))
    reason = unanswerable(pool)
    if reason:
        return Plan(question, pool, refusal=reason, nearest=_nearest(pool))
    selection = Selection(pool)
    plan = _by_kind(selection)
    if not plan.summary and not plan.sections:
        return Plan(
            question,
            pool,
            refusal="No sentence that was found answers the question.",
            nearest=_nearest(pool),
            gaps=plan.gaps,
        )
    return plan


def _by_kind(selection: Selection) -> Plan:
    kind = selection.pool.question.kind
    if selection.pool.question.future:
        # What has not happened has no two sides yet: only what led up to it can be told.
        return replace(open_question.plan_open(selection), partial=True)
    if kind in (Kind.LIST, Kind.SINGLE) and selection.pool.question.asked:
        return listing.plan_list(selection) or open_question.plan_open(selection)
    if kind is Kind.YES_NO:
        return contested.plan_yes_no(selection)
    if kind is Kind.QUANTITY:
        return quantities.plan_quantity(selection)
    return open_question.plan_open(selection)


def unanswerable(pool: Pool) -> str | None:
    """Return why the evidence cannot answer the question, in words, or None where it can.

    A question is worth answering when its best sentence is near enough in meaning and words, and
    when the pool knows at least one of its proper names.
    """
    if not pool.evidence:
        return "The search found nothing."
    best = max(0.5 * e.cosine + 0.5 * e.coverage for e in pool.evidence)
    if best < ANSWERABLE:
        return "No document that was searched addresses the question."
    missing = [n for n in pool.question.names if not any(_knows(e, n) for e in pool.evidence)]
    if pool.question.names and len(missing) == len(pool.question.names) and best < 0.6:
        return f"No document that was searched mentions {missing[0]}."
    return None


def _knows(evidence: Evidence, name: str) -> bool:
    return evidence.names(name) or mentions(evidence.document.source.title, name)


def _queries(question: Question) -> list[str]:
    queries = [*question.asked, question.predicate.rstrip("?")]
    if question.kind in (Kind.LIST, Kind.SINGLE, Kind.YES_NO):
        queries.append(f"no evidence {question.predicate.rstrip('?')}")
    return [q for q in queries if len(q.split()) > 1]


def _nearest(pool: Pool) -> tuple[Evidence, ...]:
    chosen: list[Evidence] = []
    for evidence in pool.evidence:
        if len(chosen) == NEAREST:
            break
        if evidence.document.id not in {c.document.id for c in chosen}:
            chosen.append(evidence)
    return tuple(chosen)
