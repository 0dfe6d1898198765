"""Questions for a number: figures with the unit asked for, each with its window and source."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index.annotations import Figure
from rag import terms
from rag.evidence import Evidence, Pool
from rag.plan import stance
from rag.plan.answers import Wanted
from rag.plan.contested import named
from rag.plan.plan import Finding, Part, Plan, PlannedSection
from rag.plan.relation import related
from rag.plan.sections import context_section
from rag.plan.selection import CLOSE, Selection, by_date
from rag.report import SectionKind
from rag.words import ordered, words

_COVERED = 0.5
_CLOSE = 0.7
_DENIES = 0.72
_NEAR = 0.75
_NEAREST = 20
_AS_GOOD = 0.85
_CLAIMED = "What was claimed"
_ELSE = "What else the sources say"
_COMMON = 0.3
_AROUND = 10
_HEADS = 0.2
_PERCENT = re.compile(
    r"\b(?:per ?cent|percent|percentage|share|proportion|fraction|rate)\b|%", re.I
)
_ANYBODY = frozenset(map(terms.stem, ("people", "persons")))
_AWAY = re.compile(
    r"(?: [a-z]+)?(?: \([^)]*\))? (?:(?:north|south|east|west)[a-z-]*|from|away|off)\b"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


@dataclass(frozen=True)
class Asked:
    """What a figure must have to answer the question.

    `unit` are the stems of the unit ({"%"} for a share, empty where any number will do), `years`
    the years named, `measured` whether it asks how much, how long or how high, `topic` the
    question's stems that the nearest evidence is about.
    """

    pool: Pool
    unit: frozenset[str]
    years: frozenset[str]
    measured: bool

    @classmethod
    def of(cls, pool: Pool) -> "Asked":
        """Read the question of the pool."""
        text = pool.question.predicate
        measured = re.match(r"(?:by )?how (?!many\b)", text, re.I) is not None
        return cls(pool, _unit(text), frozenset(_YEAR.findall(text)), measured)

    @cached_property
    def _match(self) -> Wanted:
        return Wanted.of(self.pool)

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The question's stems without unit and measure."""
        apart = self.unit.union(terms.stem(w) for w in words("questions", "measures"))
        return tuple(s for s in self.pool.question.stems if s not in apart)

    @cached_property
    def topic(self) -> frozenset[str]:
        """The wanted stems that most of the nearest evidence shares, years and names left out."""
        nearest = self.pool.evidence[:_NEAREST]
        return frozenset(
            s for s in self._told if sum(s in e.stems for e in nearest) >= _COMMON * len(nearest)
        )

    @cached_property
    def predicate(self) -> frozenset[str]:
        """The last wanted stem that is neither a year nor of a name: what is done or measured."""
        rest = [s for s in self._told if s not in self.topic]
        return frozenset(rest[-1:])

    @cached_property
    def _told(self) -> tuple[str, ...]:
        """The wanted stems without years and names."""
        apart = self.pool.question.name_stems | self.years
        return tuple(s for s in self.wanted if s not in apart)

    def does(self, evidence: Evidence) -> bool:
        """Whether it says that it is done or measured, in words for the same."""
        measured = frozenset(s for p in self.predicate for s in _measured(p))
        return (
            self.predicate <= evidence.stems
            or not measured.isdisjoint(evidence.stems)
            or _tells_of(self.predicate, evidence)
        )

    def coverage(self, evidence: Evidence) -> float:
        """Return the idf-weighted share of the wanted stems that the sentence has or means."""
        return self.pool.coverage(evidence.meant_stems, self.wanted)

    def about(self, evidence: Evidence) -> bool:
        """Whether a sentence speaks of the thing that was asked about, by name and topic."""
        title = evidence.document.source.title
        told, names = stance.affirmed(evidence), self.pool.question.names
        if not self.of_subject(evidence) or (evidence.titled and not named(title, names)):
            # Its figure is of what its title names.
            return False
        # What the sentence sets itself apart from is not what it is about, whatever its title.
        set_apart = named(evidence.text, names) and not named(told, names)
        return (
            self._on_topic(evidence.stems | frozenset(terms.stems(title)))
            and not set_apart
            and named(" ".join((told, title, *evidence.meant)), names)
            and (
                (self.does(evidence) and self.coverage(evidence) >= _COVERED)
                or evidence.cosine >= _CLOSE
            )
        )

    def _on_topic(self, stems: frozenset[str]) -> bool:
        """Whether the stems have the whole topic, each stem or one of its root: seize, seizure."""
        return all(t in stems or any(terms.same_root(t, s) for s in stems) for t in self.topic)

    def counted_in(self, evidence: Evidence) -> bool:
        """Whether it has what is counted, unless that is a measure: pounds of something."""
        measures = frozenset(terms.stem(w) for w in words("measures", "units")) | {"%"}
        return not self.unit or bool(self.unit & measures) or _tells_of(self.unit, evidence)

    def near(self, evidence: Evidence) -> bool:
        """Whether it has the names and the topic, in whatever sense."""
        return (
            self._on_topic(evidence.stems)
            and named(evidence.text, self.pool.question.names)
            and self.of_subject(evidence)
        )

    def of_subject(self, evidence: Evidence) -> bool:
        """Whether it has the names whole, and not only in passing."""
        subject = self._match.subject
        return subject.whole_in(evidence) and not subject.passed_by(evidence)

    def weight(self, evidence: Evidence) -> float:
        """Return how much it says what was asked, more in a document on just that."""
        heads = self._match.subject.heads(evidence)
        return evidence.cosine + 0.5 * evidence.coverage + _HEADS * heads

    def dated(self, evidence: Evidence) -> bool:
        """Whether it speaks of every year that was asked about."""
        return all(_dated(evidence, year) for year in self.years)

    def gives(self, evidence: Evidence) -> bool:
        """Whether it has a figure with the unit."""
        figures = evidence.note.figures
        if self.unit == {"%"}:
            return _PERCENT.search(evidence.text) is not None and any(
                "%" in f.unit or "per" in f.unit.lower() for f in figures
            )
        if not self.unit:
            # "Two figures are in circulation" tells no amount.
            return any(
                evidence.text[f.start : f.end].strip()[:1].isdigit()
                and not (self.measured and _counts(f))
                and not (f.unit == "%" and self._of_things)
                and not (self.measured and _distance(evidence.text, f))
                for f in figures
            )
        return any(self._counts_unit(evidence, f) for f in figures)

    @cached_property
    def _of_things(self) -> bool:
        """Whether a number of people or a measure is asked for, of which a share is none."""
        asked = self.pool.question.text
        how = re.match(r"how (?!much\b)", asked, re.I) is not None
        return how or "population" in terms.small(asked)

    def _counts_unit(self, evidence: Evidence, figure: Figure) -> bool:
        """Whether a figure counts what is asked for, by its unit or by the words around it."""
        if not figure.unit:
            before = terms.split(evidence.text[: figure.start])[-_AROUND:]
            after = terms.split(evidence.text[figure.end :])[:_AROUND]
            beside = frozenset(terms.stem(w.text) for w in (*before, *after))
            if not self.unit.isdisjoint(_ANYBODY) and terms.stem("population") in beside:
                return True
            return any(not related(u).isdisjoint(beside) for u in self.unit)
        unit = frozenset(terms.stems(figure.unit))
        related_to = not self._match.relation.verbs or self._match.relates(evidence)
        anybody = not self.unit.isdisjoint(_ANYBODY) and related_to
        return any(not related(u).isdisjoint(unit) for u in self.unit) or (
            anybody and _counts(figure)
        )

    def answered_by(self, evidence: Evidence) -> bool:
        """Whether it answers the question: figure, unit, thing and year, and no denial."""
        return (
            self.gives(evidence)
            and self.about(evidence)
            and self.dated(evidence)
            and not stance.limits(evidence)
            and not stance.denies(evidence)
        )


def _counts(figure: Figure) -> bool:
    """Whether a figure counts things: its unit is a noun and no measure or money."""
    first = figure.unit.split(" ")[0]
    return first.isalpha() and first.islower() and first not in words("measures", "units")


def _distance(text: str, figure: Figure) -> bool:
    """Whether a figure tells how far one thing is from another: "about 200 km east of"."""
    return figure.unit in words("measures", "lengths") and (
        _AWAY.match(text, figure.end) is not None
    )


def _tells_of(stems: frozenset[str], evidence: Evidence) -> bool:
    """Whether it has one of the stems, or a word that tells of the same: died, the dead."""
    return any(not related(s).isdisjoint(evidence.stems) for s in stems)


def _dated(evidence: Evidence, year: str) -> bool:
    """Whether the sentence speaks of a year, by itself or by its document.

    A sentence without a year in a document without any is taken to speak of the year asked for.
    """
    source = evidence.document.source
    if year in evidence.text:
        return True
    if _YEAR.search(evidence.text):
        return False
    if year in evidence.date or year in source.title:
        return True
    text = evidence.document.text
    return year in text or not (evidence.date or _YEAR.search(text))


def plan_quantity(selection: Selection) -> Plan:
    """Plan the figures that the sources give, as they give them; never an average or an estimate.

    Where no sentence gives the figure, the plan says so, and shows what denies the premise.
    """
    asked = Asked.of(selection.pool)
    figures = selection.fresh(asked.answered_by, key=asked.weight)
    if figures:
        return _answered(
            selection, asked, figures if asked.years else _newest_first(asked, figures)
        )
    return _unanswered(selection, asked)


def _newest_first(asked: Asked, figures: list[Evidence]) -> list[Evidence]:
    """Return figures of no year asked for, the last of those that say what was asked first."""
    least = _AS_GOOD * asked.weight(figures[0])
    good = [e for e in figures if asked.weight(e) >= least]
    return sorted(good, key=lambda e: e.date, reverse=True) + figures[len(good) :]


def _answered(selection: Selection, asked: Asked, figures: list[Evidence]) -> Plan:
    summary = selection.take(figures, 2, Part.FIGURE)
    summary += _checks(selection, summary)
    more = selection.take(selection.fresh(asked.answered_by), 4, Part.FIGURE, per_document=2)
    told = [f.evidence for f in [*summary, *more]]
    caveats = selection.take(
        selection.fresh(
            lambda e: (
                asked.gives(e)
                and asked.near(e)
                and selection.disagrees(e)
                and any(_shares_figure(e, t) for t in told)
            )
        ),
        1,
        Part.OBJECTION,
    )
    near = selection.take(
        selection.fresh(
            lambda e: (
                selection.direct(e)
                and bool(e.note.figures)
                and e.cosine >= CLOSE
                and asked.near(e)
                and not selection.disagrees(e)
                and asked.dated(e)
                and not _figures_told(e, selection.said)
            )
        ),
        3,
        Part.FIGURE,
    )
    behind = selection.take(
        selection.fresh(
            lambda e: (
                selection.direct(e)
                and not e.note.figures
                and not selection.disagrees(e)
                and asked.dated(e)
                and asked.coverage(e) >= _COVERED
                and asked.does(e)
                and asked.of_subject(e)
                and e.cosine >= CLOSE
            )
        ),
        3,
        Part.BACKGROUND,
    )
    sections = [
        PlannedSection(kind, tuple(findings), lead=lead)
        for kind, findings, lead in (
            (SectionKind.FINDING, [*by_date(more), *caveats], "The figures"),
            (
                SectionKind.FINDING,
                by_date(near),
                "Related figures" if len(near) > 1 else "A related figure",
            ),
            (SectionKind.CONTEXT, behind, "Background"),
        )
        if findings
    ]
    context = context_section(selection, (), selection.direct)
    if context:
        sections.append(context)
    conflicts = tuple(
        (a.evidence, b.evidence, "window")
        for a, b in itertools.pairwise([*summary, *more])
        if a.evidence.document.id != b.evidence.document.id
        and _units(a.evidence) & _units(b.evidence)
    )
    return Plan(
        selection.pool.question,
        selection.pool,
        tuple(summary),
        tuple(sections),
        conflicts=conflicts[:1],
    )


def _checks(selection: Selection, told: list[Finding]) -> list[Finding]:
    """Return what the documents of the figures say of the same figures once more."""
    return selection.take(
        selection.fresh(
            lambda e: any(
                e.document.id == f.evidence.document.id and _shares_figure(e, f.evidence)
                for f in told
            ),
            key=lambda e: e.relevance + max(_shared_figures(e, f.evidence) for f in told),
        ),
        1,
        Part.FIGURE,
    )


def _shares_figure(one: Evidence, other: Evidence) -> bool:
    return _shared_figures(one, other) > 0


def _figures_told(evidence: Evidence, said: Sequence[Evidence]) -> bool:
    """Whether what was told of its own document has every figure that it has."""
    told = {f.value for s in said if s.document.id == evidence.document.id for f in s.note.figures}
    return {f.value for f in evidence.note.figures} <= told


def _shared_figures(one: Evidence, other: Evidence) -> int:
    return len({f.value for f in one.note.figures} & {f.value for f in other.note.figures})


def _unanswered(selection: Selection, asked: Asked) -> Plan:
    pool = selection.pool
    bearing = max((e.relevance for e in pool.usable if selection.disagrees(e)), default=0.0)
    least = max(_DENIES * pool.top, _NEAR * bearing)

    def denies_premise(evidence: Evidence) -> bool:
        return selection.disagrees(evidence) and evidence.relevance >= least

    def corrects(finding: Finding) -> bool:
        evidence = finding.evidence
        does_what_was_asked = terms.stem(evidence.note.verb) in pool.question.stems
        return (
            stance.denies(evidence)
            and not stance.limits(evidence)
            and not asked.measured
            and asked.counted_in(evidence)
            and (does_what_was_asked or asked.coverage(evidence) >= _COVERED)
            and 2 * len(evidence.meant_stems.intersection(asked.wanted)) > len(asked.wanted)
        )

    summary = selection.take(selection.fresh(denies_premise), 2, Part.OBJECTION, per_publisher=1)
    further = selection.take(
        selection.fresh(lambda e: denies_premise(e) and asked.dated(e)),
        3,
        Part.OBJECTION,
        per_publisher=1,
    )
    related = selection.take(
        selection.fresh(
            lambda e: (
                e.relevance >= _DENIES * pool.top
                and asked.topic <= e.stems
                and asked.dated(e)
                and (len(asked.topic) > 1 or any(e.names(n) for n in pool.question.names))
            )
        ),
        3,
        Part.BACKGROUND,
        per_publisher=1,
    )
    denied = any(corrects(f) for f in summary)
    claimed = denied and all(f.evidence.note.speech is not None for f in related)
    sections = [
        PlannedSection(kind, tuple(findings), lead=lead)
        for kind, findings, lead in (
            (SectionKind.COUNTER_EVIDENCE, by_date(further), "What bears on the question"),
            (SectionKind.CONTEXT, related, _CLAIMED if claimed else _ELSE),
        )
        if findings
    ]
    return Plan(
        pool.question,
        pool,
        tuple(summary),
        tuple(sections),
        gaps=() if denied else ("No sentence that was found gives this figure outright.",),
        premise_denied=denied,
        partial=True,
    )


def _units(evidence: Evidence) -> frozenset[str]:
    return frozenset(f.unit.lower() for f in evidence.note.figures if f.unit)


def _measured(stem: str) -> tuple[str, ...]:
    """Return the stems of the nouns that an adjective asks for: high, height."""
    try:
        return tuple(terms.stem(w) for w in ordered("measures", stem))
    except KeyError:
        return ()


def _unit(question: str) -> frozenset[str]:
    if _PERCENT.search(question):
        return frozenset({"%"})
    match = re.match(r"how many ((?:[\w-]+ ?){1,3})", question, re.I)
    if not match:
        return frozenset()
    auxiliaries = words("grammar", "auxiliaries")
    counted = itertools.takewhile(
        lambda w: w.text.lower() not in auxiliaries, terms.split(match.group(1))
    )
    return frozenset(terms.stem(w.text) for w in list(counted)[:2] if len(w.text) > 1)
