"""Open questions: the direct evidence, grouped by what it is about."""

from collections.abc import Callable
from dataclasses import replace

from rag import terms
from rag.evidence import Evidence
from rag.plan import redundancy, stance
from rag.plan.answers import Wanted
from rag.plan.contested import named
from rag.plan.dangling import dangles
from rag.plan.forms import POINTED, Form
from rag.plan.members import Members
from rag.plan.plan import Finding, Part, Plan, PlannedSection
from rag.plan.sections import assessment_section, context_section
from rag.plan.selection import CLOSE, DIRECT, Selection, by_date
from rag.plan.themes import themes
from rag.question import Kind, Question
from rag.report import SectionKind
from rag.words import words

_THEMES = 2
_FURTHER = 2
_THEME = 3
_FEW = 2
_LONGEST = 4
_MEMBERS = 6
_NEAR = 0.6
_BY_A_LIST = 0.4
_SECOND = 0.8
_BESIDE = 0.75
_CLOSE_BY = 0.7
_AS_GOOD = 0.85
_ANSWERS = 0.25
_BEARS = 0.1
_LEADS = 0.15
_PARTICULAR = 0.2
_DANGLES = 0.15
_ELSEWHERE = 0.45
_HALF = 0.5
_AROUND = "What the sources say"


def plan_open(selection: Selection) -> Plan:
    """Plan an answer from direct evidence: the best in the summary, the rest by theme.

    Who asks for a date, a place, a person or a reason gets what gives it, before all else, and
    what says of the subject what was asked; no survey of the subject.
    """
    pool = selection.pool
    wanted = Wanted.of(pool)

    def near(evidence: Evidence) -> bool:
        # Who asks what something is wants nothing of its namesakes, and who asks how a kind of
        # thing comes about nothing of one of them.
        apart = (
            not wanted.subject.titled(evidence)
            if wanted.form is Form.MEANING
            else wanted.form is Form.OTHER and wanted.subject.particular(evidence)
        )
        return evidence.relevance >= DIRECT * pool.top and not apart

    asked = frozenset(pool.question.stems)

    def weight(evidence: Evidence) -> float:
        own = (
            evidence.relevance
            + _ANSWERS * (wanted.most is not None and wanted.tops(evidence))
            - _DANGLES * dangles(evidence, asked)
            - _PARTICULAR * wanted.subject.particular(evidence)
        )
        if wanted.form is Form.OTHER:
            return own + _BEARS * wanted.bears(evidence)
        return own + _ANSWERS * wanted.answered_by(evidence) + _BEARS * wanted.bears(evidence)

    if wanted.form in POINTED and (plan := _pointed(selection, wanted, near, weight)):
        return plan
    candidates = selection.fresh(
        lambda e: near(e) and (wanted.stated(e) or not selection.disagrees(e)), key=weight
    )
    best = weight(candidates[0]) if candidates else 0.0
    summary = selection.take(
        [e for e in candidates if weight(e) >= _SECOND * best], 2, Part.ANSWER, per_document=2
    )
    sections = _survey(selection, near, weight) if pool.question.kind is Kind.OPEN else []
    if not sections:
        sections = around_it(_neighbours(selection, wanted, summary))
    if not sections:
        sections = _rest(
            selection,
            lambda e: near(e) and selection.direct(e) and _adds(e, wanted),
            weight,
        )
    if sections:
        for section in (
            context_section(selection, (), selection.direct),
            assessment_section(selection, (), ""),
        ):
            if section is not None:
                sections.append(section)
    return Plan(pool.question, pool, tuple(summary), tuple(sections))


def plan_figures(selection: Selection, gives: Callable[[Evidence], bool]) -> Plan | None:
    """Plan the figures that answer in other words than the question's; None where none does.

    `gives` tells whether a sentence has such a figure as is asked for.

    Where the figure is not given, nothing is: what only has the subject's name tells no number.
    """
    pool = selection.pool
    wanted = Wanted.of(pool)
    said = selection.fresh(
        lambda e: e.relevance >= DIRECT * pool.top and gives(e) and not selection.disagrees(e)
    )
    summary = selection.take([e for e in said if wanted.answered_by(e)], 2, Part.FIGURE)
    if not summary:
        return None
    near = selection.take(
        [e for e in said if selection.direct(e) and wanted.subject.named_in(e)], 2, Part.FIGURE
    )
    sections = (
        (PlannedSection(SectionKind.FINDING, tuple(by_date(near)), lead="Related figures"),)
        if near
        else ()
    )
    return Plan(pool.question, pool, tuple(summary), sections)


def plan_members(selection: Selection) -> Plan | None:
    """Plan the sentences that each name a member of the kind asked for; None where none does.

    Where no sentence tells of the time asked about, only its document, the plan says so.
    """
    pool = selection.pool
    members, wanted = Members.of(pool), Wanted.of(pool)

    def weight(evidence: Evidence) -> float:
        return (
            evidence.relevance
            + _ANSWERS * members.answered_by(evidence)
            + _LEADS * (bool(wanted.subject.names) and wanted.subject.leads(evidence))
        )

    telling = selection.fresh(
        lambda e: (
            e.relevance >= _ELSEWHERE * pool.top
            and members.tells(e)
            and wanted.subject.whole_in(e)
            and (not selection.disagrees(e) or members.stated(e))
        ),
        key=weight,
    )
    named = bool(telling)
    telling = telling or [e for e in members.implied() if not selection.disagrees(e)]
    summary = selection.take(telling, 3, Part.ANSWER, per_document=2, per_publisher=3)
    if not summary:
        return None
    listing = {f.evidence.document.id for f in summary if f.items}
    after = selection.fresh(
        lambda e: e.document.id in listing and e.relevance >= _BY_A_LIST * pool.top
    )
    rest = selection.take(
        [e for e in [*telling, *after] if not redundancy.repeats(e, selection.said)],
        _MEMBERS,
        Part.BACKGROUND,
        per_document=2,
        per_publisher=3,
    )
    kind = " or ".join(pool.question.asked)
    others = f"Other {kind} may be named in sentences that were not found."
    plan = Plan(
        pool.question,
        pool,
        tuple(summary),
        tuple(around_it(rest)),
        # What nobody calls by the kind may be one of it.
        gaps=(others if named else _unnamed(pool.question),),
        partial=not named,
    )
    if members.period is None or any(members.answered_by(e) for e in plan.evidence):
        return plan
    missing = f"No sentence that was found says that it was in the {members.period.wording}."
    return replace(plan, gaps=(missing, *plan.gaps), partial=True)


def plan_kind(selection: Selection) -> Plan:
    """Plan what is said of a kind of which no member is named, and say that none is."""
    pool = selection.pool
    members = Members.of(pool)
    said = selection.fresh(
        lambda e: (
            selection.direct(e)
            and members.says(e)
            and (members.on_kind(e) or e.coverage >= _HALF)
            and not selection.disagrees(e)
        )
    )
    summary = selection.take(said, 2, Part.ANSWER, per_document=2)
    return Plan(pool.question, pool, tuple(summary), gaps=(_unnamed(pool.question),), partial=True)


def _unnamed(question: Question) -> str:
    """Return the notice that no member was found, in the question's words where they fit."""
    kind, asked = " or ".join(question.asked), question.predicate.rstrip("?")
    first = terms.small(asked)[0] if asked else ""
    passive = first in words("grammar", "auxiliaries") | {"that"} or first.endswith("ed")
    if passive or f"{question.asked[-1]} {asked}" not in question.text:
        return f"No sentence that was found calls anything one of the {kind} asked for."
    return f"No sentence that was found names {kind} that {asked}."


def _pointed(
    selection: Selection,
    wanted: Wanted,
    near: Callable[[Evidence], bool],
    weight: Callable[[Evidence], float],
) -> Plan | None:
    """Plan what gives the kind of answer asked for, and beside it only what bears on it.

    Where nothing gives it, what comes nearest is told, and not as the answer. None where no
    sentence names the subject.
    """
    pool = selection.pool

    def stated(evidence: Evidence) -> bool:
        # What failed or was not done has its reasons too.
        if wanted.form is Form.CAUSE and wanted.gives(evidence):
            return not stance.limits(evidence)
        # "Invented" doubts what is told, but not where it is asked who invented something.
        return not selection.disagrees(evidence) or (
            wanted.stated(evidence) and not stance.limits(evidence)
        )

    said = selection.fresh(stated, key=weight)
    answers = [e for e in said if wanted.answered_by(e) and e.relevance >= _ELSEWHERE * pool.top]
    close = [e for e in said if near(e)]
    bearing = [e for e in close if wanted.bears(e)]
    of_kind = [e for e in close if wanted.has_kind(e)]
    like = [e for e in close if wanted.gives(e) and (wanted.relates(e) or e.cosine >= CLOSE)]
    first = answers or of_kind or bearing
    if not first:
        naming = [e for e in close if wanted.subject.titled(e)]
        told = selection.take(like or naming, 2, Part.ANSWER, per_document=2)
        # What has something of the kind asked for may be the answer in other words.
        kin = [e for e in close if wanted.gives(e) and not redundancy.repeats(e, selection.said)]
        rest = selection.take(kin, 2, Part.BACKGROUND, per_document=2)
        return Plan(pool.question, pool, tuple(told), tuple(around_it(rest))) if told else None
    asked = frozenset(pool.question.stems)

    def adds(evidence: Evidence) -> bool:
        return not (
            redundancy.repeats(evidence, selection.said)
            or dangles(evidence, asked)
            or wanted.subject.particular(evidence)
        )

    if answers:
        # Beside an answer only another that is hardly less of one is told, or a further reason.
        several = wanted.form is Form.CAUSE
        least = 0.0 if several else _AS_GOOD * weight(answers[0])
        good = [e for e in answers if weight(e) >= least]
        summary = selection.take(good, 2, Part.ANSWER, per_document=2)
        further = [e for e in good if e.relevance >= _CLOSE_BY * pool.top]
    else:
        summary = selection.take(first, 1, Part.ANSWER)
        summary += selection.take([e for e in first if adds(e)], 1, Part.ANSWER)
        bear = [*bearing, *of_kind]
        more = [e for e in bear if wanted.subject.named_in(e) and e.relevance >= _BESIDE * pool.top]
        further = [*more, *like]
    beside = selection.take(
        [e for e in further if adds(e)], _FURTHER, Part.BACKGROUND, per_document=2
    )
    return Plan(pool.question, pool, tuple(summary), tuple(around_it(beside)))


def _survey(
    selection: Selection, near: Callable[[Evidence], bool], weight: Callable[[Evidence], float]
) -> list[PlannedSection]:
    """Return a section a theme, and what is left; nothing where so little is left."""
    sections = []
    for theme in themes(selection.pool, selection.fresh(near), limit=_THEMES):
        findings = selection.take(
            theme.evidence, _LONGEST, Part.BACKGROUND, per_document=3, per_publisher=3
        )
        if len(findings) >= _THEME:
            sections.append(
                PlannedSection(SectionKind.FINDING, tuple(_in_order(findings)), lead=theme.label)
            )
        else:
            selection.forget(findings)
    return sections + _rest(selection, near, weight)


def _rest(
    selection: Selection, fits: Callable[[Evidence], bool], weight: Callable[[Evidence], float]
) -> list[PlannedSection]:
    rest = selection.take(
        selection.fresh(fits, key=weight), 3, Part.BACKGROUND, per_document=2, per_publisher=3
    )
    if len(rest) < _FEW:
        selection.forget(rest)
        return []
    return around_it(rest)


def _neighbours(selection: Selection, wanted: Wanted, told: list[Finding]) -> list[Finding]:
    """Return what the documents of the answer say next to it."""
    documents = {f.evidence.document.id for f in told}
    return selection.take(
        selection.fresh(
            lambda e: (
                e.document.id in documents
                and e.relevance >= _NEAR * selection.pool.top
                and _adds(e, wanted)
            )
        ),
        4,
        Part.BACKGROUND,
        per_document=4,
        per_publisher=4,
    )


def _adds(evidence: Evidence, wanted: Wanted) -> bool:
    """Whether it may stand beside an answer: who asks for one thing wants no survey around it.

    Beside that stands what has the sense of the question, or the thing asked for and a name of it.
    """
    question = wanted.pool.question
    if not wanted.tops(evidence):
        return False
    if question.kind is not Kind.SINGLE or evidence.cosine >= CLOSE:
        return True
    heads = frozenset(terms.stems(kind)[-1] for kind in question.asked if terms.stems(kind))
    return not heads.isdisjoint(evidence.stems) and (
        not question.names or any(named(evidence.text, (name,)) for name in question.names)
    )


def around_it(findings: list[Finding]) -> list[PlannedSection]:
    """Return the section of what stands around the answer; none where nothing does."""
    if not findings:
        return []
    return [PlannedSection(SectionKind.FINDING, tuple(_in_order(findings)), lead=_AROUND)]


def _in_order(findings: list[Finding]) -> list[Finding]:
    """Keep a document's sentences together and in its own order."""
    first: dict[str, int] = {}
    for i, finding in enumerate(findings):
        first.setdefault(finding.evidence.document.id, i)
    return sorted(
        findings, key=lambda f: (first[f.evidence.document.id], f.evidence.sentence.ordinal)
    )
