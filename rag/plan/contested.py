"""Yes-or-no questions: who asserts it, who denies it, and what lies between."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from index.annotations import Role
from rag import terms
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.plan import Finding, Part, Plan, PlannedSection
from rag.plan.relation import related
from rag.plan.sections import assessment_section, context_section
from rag.plan.selection import CLOSE, Selection, by_date
from rag.report import SectionKind
from rag.words import words

_ASSERTED = 0.5
_ACCUSED = 0.35
_BETWEEN = 0.55
_DENIED = 0.33
_RARE = 0.9
_SAYS = 0.8
_HEARD = 2
_SENSE = 0.7
_MEANT = 0.3
_ENOUGH = 2
_ALLEGED, _DOUBTED = "What is alleged", "What speaks against the allegations"
_FOR, _AGAINST = "The case for", "The case against"
_UNSAID = "No sentence that was found says so outright or denies it."
_ELSE, _ALL = "What else the sources say", "What the sources say"


@dataclass(frozen=True)
class _Sides:
    """The sides of a yes-or-no question, and which of them a sentence is on.

    It is on one only if it names every proper name of the question's subject, and asserts the
    whole only with its rarest word: about half of the question it asserts nothing.
    """

    selection: Selection

    @cached_property
    def core(self) -> tuple[str, ...]:
        """The names that a claim has; the last of many is mostly the place, which it leaves out."""
        names = self.selection.pool.question.names
        return names[:-1] if len(names) > 2 else names

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The question's stems beside its names: what is said of them."""
        question = self.selection.pool.question
        return tuple(s for s in question.stems if s not in question.name_stems)

    @cached_property
    def crux(self) -> frozenset[str]:
        """The rarest of what is said, and what is hardly less rare."""
        idf = self.selection.pool.idf
        rarest = max((idf(s) for s in self.told), default=0.0)
        return frozenset(s for s in self.told if idf(s) >= _RARE * rarest)

    def _close(self, evidence: Evidence) -> bool:
        return max(evidence.relevance / self.selection.pool.top, evidence.coverage) >= _SAYS

    def _states(self, evidence: Evidence) -> bool:
        """Whether somebody says so plainly; what a fact-check finds is nobody's claim."""
        own_finding = evidence.role == "fact-check" and evidence.note.speech is None
        alike = frozenset(s for stem in self.crux for s in related(stem))
        near = self._close(evidence) and not alike.isdisjoint(evidence.stems)
        return near and not own_finding

    def tells(self, evidence: Evidence) -> bool:
        """Whether it has one of the names, and a word for what is asked of it."""
        text, have = " ".join((evidence.text, *evidence.meant)), evidence.meant_stems
        if not self.core:
            return self.selection.pool.coverage(have, self.told) >= _ASSERTED
        said = (related(stem) for stem in self.told)
        return named(text, self.core) and any(not stems.isdisjoint(have) for stems in said)

    def of_thing(self, evidence: Evidence) -> bool:
        """Whether it speaks of what the question is about, where that has no name: its noun."""
        stems = self.selection.pool.question.stems
        if self.core or not stems:
            return True
        title = frozenset(terms.stems(evidence.document.source.title))
        return not related(stems[0]).isdisjoint(evidence.meant_stems | title)

    def on_subject(self, evidence: Evidence) -> bool:
        """Whether it has every name, and the first of them does something or has it done."""
        if not self.core:
            return self.of_thing(evidence)
        first = [m for m in evidence.note.mentions if named(m.name, self.core[:1])]
        plays = not first or any(m.role is not Role.OTHER for m in first)
        return named(" ".join((evidence.text, *evidence.meant)), self.core) and plays

    def defines(self, evidence: Evidence) -> bool:
        """Whether it says what the subject is: of a whale, not of a whale shark."""
        question = self.selection.pool.question
        subject = question.name_stems or frozenset(question.stems[:1])
        return any(frozenset(terms.stems(d.name)) == subject for d in evidence.note.definitions)

    @cached_property
    def _of_content(self) -> bool:
        """Whether it is asked what a document mentions."""
        return not stance.MENTIONS.isdisjoint(self.told)

    def asserts(self, evidence: Evidence) -> bool:
        """Whether a sentence says that it is so."""
        alleged = stance.alleges(evidence)
        if self._of_content and stance.MENTIONS.isdisjoint(evidence.stems):
            return False
        return (
            named(evidence.text, self.core)
            and self.of_thing(evidence)
            and evidence.coverage >= (_ACCUSED if alleged else _ASSERTED)
            and self.selection.direct(evidence)
            and (alleged or self._states(evidence))
            and not self.selection.disagrees(evidence)
        )

    def objects(self, evidence: Evidence) -> bool:
        """Whether a sentence says that it is not so."""
        return (
            (not self.core or any(named(evidence.text, (name,)) for name in self.core))
            and self.of_thing(evidence)
            and evidence.coverage >= _DENIED
            and self._bears(evidence)
            and self.selection.disagrees(evidence)
            and (self._leaves_out(evidence) or not stance.limits(evidence))
            and (evidence.cosine >= CLOSE or not evidence.stems.isdisjoint(self.told))
        )

    def _leaves_out(self, evidence: Evidence) -> bool:
        """Whether it says that a document does not mention what it is asked to mention."""
        return self._of_content and not stance.left_out(evidence).isdisjoint(self.told)

    def _bears(self, evidence: Evidence) -> bool:
        return evidence.relevance >= _BETWEEN * self.selection.pool.top

    def beside(self, evidence: Evidence, answering: frozenset[str]) -> bool:
        """Whether it is of a document that answers, or says half of what was asked."""
        return self._bears(evidence) and (
            evidence.document.id in answering
            or (self._close(evidence) and evidence.coverage >= _ASSERTED)
        )

    def between(self, evidence: Evidence) -> bool:
        """Whether it says of what was asked about what neither side does."""
        names = {m.name for m in evidence.note.mentions if m.role is Role.SUBJECT}
        names |= {d.name for d in evidence.note.definitions}
        return (
            self.selection.direct(evidence)
            and (not self.core or any(named(n, (own,)) for n in names for own in self.core))
            and not stance.alleges(evidence)
            and not evidence.note.figures
            and not self._heard(evidence)
        )

    def _heard(self, evidence: Evidence) -> bool:
        """Whether its publisher has had its say on either side."""
        publisher = evidence.document.source.publisher
        said = [s for s in self.selection.said if s.document.source.publisher == publisher]
        return publisher is not None and len(said) >= _HEARD


def plan_yes_no(selection: Selection) -> Plan:
    """Plan what speaks for it, what speaks against it and what lies between."""
    question = selection.pool.question
    asked = _statement(question.text)
    selection.pool.search([f"no evidence that {asked}", f"denied that {asked}"])
    sides = _Sides(selection)
    direct = [e for e in selection.pool.usable if selection.direct(e)]
    if not any(sides.tells(e) for e in direct):
        if not any(e.cosine >= _SENSE for e in direct):
            return Plan(question, selection.pool)
        return replace(_undivided(selection, sides), gaps=(_UNSAID,), partial=True)
    if len(sides.told) - (not question.names) < _ENOUGH:
        return _undivided(selection, sides)
    for_it, against = selection.fresh(sides.asserts), selection.fresh(sides.objects)
    both = bool(for_it) and bool(against)
    summary = [
        *selection.take(for_it, 1, Part.CLAIM),
        *selection.take(against, 1, Part.OBJECTION),
    ]
    # The side that speaks to the question itself answers it.
    summary.sort(key=lambda f: -f.evidence.relevance)
    if not summary:
        fits = selection.fresh(lambda e: selection.direct(e) and sides.of_thing(e))
        summary = selection.take(fits, 2, Part.ANSWER)
    claims = selection.take(selection.fresh(sides.asserts), 3, Part.CLAIM)
    objections = selection.take(selection.fresh(sides.objects), 3, Part.OBJECTION, per_document=2)
    answering = frozenset(f.evidence.document.id for f in (*summary, *claims, *objections))
    rest = _rest(selection, sides.between if both else lambda e: sides.beside(e, answering))
    alleged = all(stance.alleges(f.evidence) for f in claims)
    against_it = _DOUBTED if claims and alleged else _AGAINST
    planned = (
        PlannedSection(
            SectionKind.FINDING, tuple(by_date(claims)), lead=_ALLEGED if alleged else _FOR
        ),
        PlannedSection(SectionKind.COUNTER_EVIDENCE, tuple(by_date(objections)), lead=against_it),
        PlannedSection(SectionKind.FINDING, tuple(rest), lead=_ELSE if both else _ALL),
        context_section(selection, (), lambda e: named(e.text, sides.core)),
        assessment_section(selection, (), ""),
    )
    return Plan(
        question=question,
        pool=selection.pool,
        summary=tuple(summary),
        sections=tuple(s for s in planned if s is not None and s.findings),
        conflicts=((for_it[0], against[0], "contradiction"),) if both else (),
    )


def _undivided(selection: Selection, sides: _Sides) -> Plan:
    """Plan what is said to "Is X a Y?": a single word does not tell who is on which side."""

    def weight(evidence: Evidence) -> float:
        return evidence.relevance + _MEANT * sides.defines(evidence)

    fits = selection.fresh(lambda e: selection.direct(e) and sides.on_subject(e), key=weight)
    summary = selection.take(fits, 1, Part.ANSWER)
    # What has only the subject tells no more than one such sentence.
    summary += selection.take(list(filter(sides.tells, fits)), 1, Part.ANSWER, per_document=2)
    answering = frozenset(f.evidence.document.id for f in summary)
    rest = _rest(
        selection,
        lambda e: (
            sides.beside(e, answering)
            and sides.on_subject(e)
            and sides.tells(e)
            and e.cosine >= CLOSE
        ),
    )
    sections = [PlannedSection(SectionKind.FINDING, tuple(rest), lead=_ALL)] if rest else []
    if (limits := assessment_section(selection, (), "")) is not None:
        sections.append(limits)
    return Plan(selection.pool.question, selection.pool, tuple(summary), tuple(sections))


def _rest(selection: Selection, fits: Callable[[Evidence], bool]) -> list[Finding]:
    return selection.take(
        selection.fresh(
            lambda e: fits(e) and not stance.about_document(e),
            key=lambda e: e.relevance - 0.2 * stance.accuses(e),
        ),
        3,
        Part.BACKGROUND,
        per_document=2,
    )


def named(text: str, names: tuple[str, ...]) -> bool:
    """Whether a sentence has every name, or a word of the same root."""
    have = terms.small(text)
    for name in names:
        whole = [w.text.lower() for w in terms.split(name) if w.text[0].isupper()]
        # Kahlenberg Mountain is called Kahlenberg, too.
        major = [w for w in whole if w not in words("answers", "generic")] or whole
        if not any(terms.akin(part, have) for part in major[-1:]):
            return False
    return True


def _statement(question: str) -> str:
    words = question.rstrip("?").split()
    return " ".join(words[1:]) if len(words) > 2 else question
