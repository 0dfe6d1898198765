"""Yes-or-no questions: who asserts it, who denies it, and what lies between."""

from index.annotations import Role
from rag import terms
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.entities import related
from rag.plan.plan import Part, Plan, PlannedSection
from rag.plan.sections import assessment_section, context_section
from rag.plan.selection import CLOSE, Selection, by_date
from rag.report import SectionKind

_ASSERTED = 0.5
_ACCUSED = 0.35
_BETWEEN = 0.55
_DENIED = 0.33
_RARE = 0.9
_FOR, _AGAINST = "What speaks for it", "What speaks against it"
_HEARD = 2


def plan_yes_no(selection: Selection) -> Plan:
    """Plan the claim, the objections and what lies between.

    A sentence is on one side only if it names every proper name of the question's subject, and
    asserts the whole only with its rarest word: about half of the question it asserts nothing.
    """
    pool = selection.pool
    question = pool.question
    pool.search(
        [
            f"no evidence that {_statement(question.text)}",
            f"denied that {_statement(question.text)}",
        ]
    )

    # The last of many names is mostly the place, which a claim leaves unsaid.
    core = question.names[:-1] if len(question.names) > 2 else question.names

    told = [s for s in question.stems if s not in question.name_stems]
    rarest = max((pool.idf(s) for s in told), default=0.0)
    crux = frozenset(s for s in told if pool.idf(s) >= _RARE * rarest)

    def asserts(evidence: Evidence) -> bool:
        return (
            named(evidence.text, core)
            and evidence.coverage >= (_ACCUSED if stance.alleges(evidence) else _ASSERTED)
            and selection.direct(evidence)
            and (stance.alleges(evidence) or not crux.isdisjoint(evidence.stems))
            and not selection.disagrees(evidence)
        )

    def objects(evidence: Evidence) -> bool:
        return (
            (not core or any(named(evidence.text, (name,)) for name in core))
            and evidence.coverage >= _DENIED
            and evidence.relevance >= _BETWEEN * pool.top
            and selection.disagrees(evidence)
            and not stance.limits(evidence)
            and (evidence.cosine >= CLOSE or not evidence.stems.isdisjoint(told))
        )

    def speaks_of(evidence: Evidence) -> bool:
        names = {m.name for m in evidence.note.mentions if m.role is Role.SUBJECT}
        names |= {d.name for d in evidence.note.definitions}
        return not core or any(named(name, (own,)) for name in names for own in core)

    def heard(evidence: Evidence) -> bool:
        """Whether its publisher has had its say on either side."""
        publisher = evidence.document.source.publisher
        told = [s for s in selection.said if s.document.source.publisher == publisher]
        return publisher is not None and len(told) >= _HEARD

    for_it = selection.fresh(asserts)
    against = selection.fresh(objects)
    summary = [
        *selection.take(for_it, 1, Part.CLAIM),
        *selection.take(against, 1, Part.OBJECTION),
    ]
    # The side that speaks to the question itself answers it.
    summary.sort(key=lambda f: -f.evidence.relevance)
    if not summary:
        summary = selection.take(selection.fresh(selection.direct), 2, Part.ANSWER)
    sections = []
    claims = selection.take(selection.fresh(asserts), 3, Part.CLAIM)
    if claims:
        sections.append(PlannedSection(SectionKind.FINDING, tuple(by_date(claims)), lead=_FOR))
    objections = selection.take(selection.fresh(objects), 3, Part.OBJECTION, per_document=2)
    if objections:
        sections.append(
            PlannedSection(SectionKind.COUNTER_EVIDENCE, tuple(by_date(objections)), lead=_AGAINST)
        )
    both = bool(for_it) and bool(against)
    between = selection.take(
        selection.fresh(
            lambda e: (
                e.relevance >= _BETWEEN * pool.top
                and selection.direct(e)
                and (not both or (speaks_of(e) and not stance.alleges(e) and not e.note.figures))
                and not stance.about_document(e)
                and not heard(e)
            ),
            key=lambda e: e.relevance - 0.2 * stance.accuses(e),
        ),
        3,
        Part.BACKGROUND,
        per_document=2,
    )
    if between:
        lead = "What else the sources say" if both else "What the sources say"
        sections.append(PlannedSection(SectionKind.FINDING, tuple(between), lead=lead))
    for section in (
        context_section(selection, (), lambda e: named(e.text, core)),
        assessment_section(selection, (), ""),
    ):
        if section is not None:
            sections.append(section)
    conflicts = ((for_it[0], against[0], "contradiction"),) if both else ()
    return Plan(
        question=question,
        pool=pool,
        summary=tuple(summary),
        sections=tuple(sections),
        conflicts=conflicts,
    )


def named(text: str, names: tuple[str, ...]) -> bool:
    """Whether a sentence has every name, or a word of the same root."""
    have = [w.text.lower() for w in terms.split(text)]
    for name in names:
        major = [w.text.lower() for w in terms.split(name) if w.text[0].isupper()]
        if not any(part == h or related(part, h) for part in major[-1:] for h in have):
            return False
    return True


def _statement(question: str) -> str:
    words = question.rstrip("?").split()
    return " ".join(words[1:]) if len(words) > 2 else question
