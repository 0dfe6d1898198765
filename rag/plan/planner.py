"""From a question to its plan."""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.snapshot import Snapshot
from rag import terms
from rag.evidence import Evidence, Pool, mentions
from rag.passages import passages
from rag.plan import contested, listing, order, quantities, relation
from rag.plan import open as open_question
from rag.plan.answers import Wanted
from rag.plan.forms import POINTED, Form
from rag.plan.members import Members
from rag.plan.plan import Finding, Plan
from rag.plan.relation import Relation, related
from rag.plan.selection import Selection
from rag.question import Kind, Question

ANSWERABLE = 0.40
SAME_SENSE = 0.70
NEAREST = 3
_TAKEN_UP = 0.7
_TOLD = 3
_COMPLETE = 2
_NEAREST = 2
_NEARLY = 0.6
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")


def make_plan(question: Question, snapshot: Snapshot) -> Plan:
    """Search, weigh what was found, and fix what will be said from which spans."""
    pool = Pool.gather(question, snapshot, _queries(question))
    reason = unanswerable(pool)
    if reason:
        return Plan(question, pool, refusal=reason, nearest=_nearest(pool, passages(pool)))
    further, wanted = passages(pool), Wanted.of(pool)
    figure = quantities.Asked.of(pool) if wanted.form is Form.FIGURE else None
    answering = [p for p in further if _answers(p, wanted, figure)]
    plan = _planned(pool.with_passages(answering))
    if _completeness(plan) < _COMPLETE and not (plan.premise_denied or question.future):
        # What no sentence says alone may be said by one with those before it.
        whole = _planned(pool.with_passages(further)) if len(further) > len(answering) else plan
        plan = max(plan, whole, key=_completeness)
    return replace(plan, nearest=_nearest(plan.pool, further)) if plan.refusal else plan


def _answers(passage: Evidence, wanted: Wanted, figure: quantities.Asked | None) -> bool:
    """Whether a passage gives what is asked for, and its document is about what is asked about."""
    if not wanted.subject.heads(passage):
        return False
    if wanted.pool.question.kind is Kind.YES_NO:
        return _takes_up(passage, wanted.pool)
    if figure is not None:
        return figure.answered_by(passage)
    return wanted.form in POINTED and wanted.answered_by(passage)


def _planned(pool: Pool) -> Plan:
    """Plan from what may stand in a report, and judge what it leaves unanswered."""
    plan = _by_kind(Selection(pool))
    if plan.summary or plan.sections:
        return _judged(plan, Wanted.of(pool))
    return _refused(pool, plan.gaps)


def _completeness(plan: Plan) -> int:
    """Return how much of an answer it is: 0 for none, 1 for a part, 2 for all."""
    if plan.refusal or not plan.summary:
        return 0
    return 1 if plan.partial else _COMPLETE


def _judged(plan: Plan, wanted: Wanted) -> Plan:
    """Say in the plan what none of its sentences gives of what was asked."""
    question, pool = plan.question, plan.pool
    given = any(wanted.says(e) for e in plan.evidence)
    listed = plan.entities or (question.kind is Kind.LIST and question.asked)
    if wanted.form in POINTED | {Form.MEANING} and not listed:
        if given or plan.premise_denied:
            return plan
        return _partly(plan, f"No sentence that was found {_given(wanted.form)}.", wanted)
    if wanted.most and not (plan.entities or any(wanted.tops(e) for e in plan.evidence)):
        asked = wanted.most.asked_in(question.text)
        return _partly(plan, f"No sentence that was found says which is the {asked}.", wanted)
    if (
        wanted.form is Form.OTHER
        and question.kind in (Kind.OPEN, Kind.SINGLE)
        and not (plan.entities or plan.partial or given)
    ):
        missing = "No sentence that was found answers this outright."
        return _partly(plan, missing, wanted)
    if question.kind is Kind.YES_NO and not (
        plan.partial or plan.premise_denied or order.sides(question.text) or _taken_up(plan)
    ):
        missing = "No sentence that was found answers yes or no."
        return _partly(plan, missing, wanted)
    told, _ = _untold(pool)
    if told and not given:
        names = " and ".join(question.names)
        asked = " or ".join(f"“{w}”" for w in _words(question.text, told))
        missing = f"No sentence that was found on {names} says {asked} in these words."
        return _partly(plan, missing, wanted)
    return plan


def _partly(plan: Plan, missing: str, wanted: Wanted) -> Plan:
    """Return the plan as one that answers only in part, and says what is missing.

    What comes nearest is told if it is of the subject, and no more than that.
    """
    told = [
        f for f in plan.findings if isinstance(f, Finding) and wanted.subject.close_to(f.evidence)
    ][:_TOLD]
    gaps = (missing, *plan.gaps)
    if not told:
        return _refused(plan.pool, gaps)
    return replace(
        plan,
        summary=tuple(told[:_NEAREST]),
        sections=tuple(open_question.around_it(told[_NEAREST:])),
        entities=(),
        gaps=gaps,
        partial=True,
    )


def _refused(pool: Pool, gaps: tuple[str, ...]) -> Plan:
    return Plan(
        pool.question,
        pool,
        refusal="No sentence that was found answers the question.",
        gaps=gaps,
    )


def _taken_up(plan: Plan) -> bool:
    """Whether a sentence has most of a yes-or-no question in words for the same, or its sense."""
    return any(_takes_up(e, plan.pool) for e in plan.evidence)


def _takes_up(evidence: Evidence, pool: Pool) -> bool:
    asked, have = pool.question.stems, evidence.meant_stems
    thing = related(asked[0]) if asked and not pool.question.names else frozenset()
    return not (thing and thing.isdisjoint(have)) and (
        evidence.cosine >= SAME_SENSE
        or pool.coverage(have | relation.told(asked, have)) >= _TAKEN_UP
    )


def _given(form: Form) -> str:
    return "says who or what that is" if form is Form.MEANING else f"gives the {form} asked for"


def _words(text: str, stems: frozenset[str]) -> list[str]:
    return [w.text for w in terms.split(text) if terms.stem(w.text) in stems]


def _by_kind(selection: Selection) -> Plan:
    kind = selection.pool.question.kind
    if selection.pool.question.future:
        # What has not happened has no two sides yet: only what led up to it can be told.
        return replace(open_question.plan_open(selection), partial=True)
    if kind is Kind.LIST and selection.pool.question.asked:
        return _list(selection)
    if kind is Kind.SINGLE and selection.pool.question.asked:
        return listing.plan_list(selection) or open_question.plan_open(selection)
    if kind is Kind.YES_NO:
        return order.plan_order(selection) or contested.plan_yes_no(selection)
    if kind is Kind.QUANTITY:
        plan = quantities.plan_quantity(selection)
        if plan.partial and not plan.premise_denied and not plan.summary:
            gives = quantities.Asked.of(selection.pool).gives
            return open_question.plan_figures(Selection(selection.pool), gives) or plan
        return plan
    return open_question.plan_open(selection)


def _list(selection: Selection) -> Plan:
    """Plan the names that answer, where there are some; else what names one of the kind."""
    listed = listing.plan_list(Selection(selection.pool))
    question = selection.pool.question
    kinds = " ".join(question.asked)
    if (
        listed
        and listed.disputed
        and (
            any(name in kinds for name in question.names)
            or sum(e.proper for e in listed.entities) > 1
        )
    ):
        return listed
    members = Members.of(selection.pool)
    naming = listed and any(members.answered_by(e) for e in listed.evidence)
    told = (
        open_question.plan_members(selection)
        or (listed if naming else None)
        or open_question.plan_kind(selection)
    )
    if told.summary or told.sections:
        return told
    # What comes nearest is told, and not as the answer, where it has a word of what was asked.
    nearest = open_question.plan_open(selection)
    if any(members.touches(e) for e in nearest.evidence):
        return replace(nearest, gaps=told.gaps, partial=True)
    return told


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
    names = " and ".join(pool.question.names)
    told, naming = _untold(pool)
    if told and (len(told) > 1 or not _could_tell(pool.question, naming)):
        return f"The documents that mention {names} say nothing of what was asked."
    return None


def _untold(pool: Pool) -> tuple[frozenset[str], list[Evidence]]:
    """Return the question's stems beside its names, if nothing said of the names has any of them.

    With them comes the evidence that has the names. Nothing is returned where the nearest sentence
    has the sense of the question, in whatever words.
    """
    question = pool.question
    told = frozenset(question.stems) - question.name_stems
    naming = [e for e in pool.evidence if any(_knows(e, name) for name in question.names)]
    have = (e.meant_stems | frozenset(terms.stems(e.document.source.title)) for e in naming)
    same = told | Relation.of(question).stems
    answered = pool.evidence[0].cosine >= SAME_SENSE or any(same & stems for stems in have)
    if answered or not naming or question.kind is Kind.YES_NO:
        return frozenset(), naming
    return told, naming


def _could_tell(question: Question, naming: list[Evidence]) -> bool:
    """Whether a sentence with the names has what such a question asks for: a number, a year."""
    if question.kind is Kind.QUANTITY:
        return any(e.note.figures for e in naming)
    if question.text.lower().startswith("when"):
        return any(_YEAR.search(e.text) for e in naming)
    return True


def _knows(evidence: Evidence, name: str) -> bool:
    return evidence.names(name) or mentions(evidence.document.source.title, name)


def _queries(question: Question) -> list[str]:
    queries = [*question.asked, question.predicate.rstrip("?")]
    if question.kind in (Kind.LIST, Kind.SINGLE, Kind.YES_NO):
        queries.append(f"no evidence {question.predicate.rstrip('?')}")
    return [q for q in queries if len(q.split()) > 1]


def _nearest(pool: Pool, further: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return what came nearest, one of a document, with what is needed to understand it."""
    alone = [e for e in pool.usable if not e.parts]
    whole = [p for p in further if len({s.sentence.paragraph for s in p.parts}) == 1]
    known = {e.sentence.id: e for e in (*whole, *alone)}
    near = [e for e in pool.evidence if e.relevance >= _NEARLY * pool.top]
    understood = [known[e.sentence.id] for e in near if e.sentence.id in known]
    chosen: dict[str, Evidence] = {}
    for evidence in understood or near:
        chosen.setdefault(evidence.document.id, evidence)
    return tuple(chosen.values())[:NEAREST]
