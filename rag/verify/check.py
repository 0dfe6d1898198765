"""A report checked anew: quotes, digests, numbers, support and counts, from the texts alone."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.dates import PartialDate
from corpus.documents import Source
from rag import terms
from rag.bundle import Bundle
from rag.citations import closed, marks, plain
from rag.evidence import mentions
from rag.report import (
    Citation,
    Computation,
    NearestPassage,
    QuoteVerdict,
    Report,
    Section,
    SourceCard,
    Statement,
    StatementKind,
    Status,
    SupportVerdict,
)
from rag.texts import TextLookup, digest, first_of
from rag.verify import locks
from rag.verify.alignment import align
from rag.verify.support import Premise, Support, Verifier, about_card
from rag.words import ordered, words

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COUNTED = re.compile(r"([1-9]\d{0,5}):(\d{1,9})-(\d{1,9})")
_GOOD = (SupportVerdict.SUPPORTS, SupportVerdict.PARTLY)
# Scores are written with three decimals; a model's may differ in the last one between machines.
_SAME_SCORE = 0.0015
_COPIED = 0.5


class Outcome(StrEnum):
    """What became of a check."""

    OK = "ok"
    CHANGED = "changed"
    COULD_NOT_JUDGE = "could_not_judge"


@dataclass(frozen=True, slots=True)
class Checked:
    """One statement's outcome, with what was found in words; "" stands for the report itself."""

    statement: str
    outcome: Outcome
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All outcomes, the report's own first."""

    checked: tuple[Checked, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of all: "changed" before "could not judge" before "ok"."""
        found = {c.outcome for c in self.checked}
        return next(o for o in (Outcome.CHANGED, Outcome.COULD_NOT_JUDGE, Outcome.OK) if o in found)

    @property
    def passed(self) -> bool:
        """Whether everything was judged and found to be as it says."""
        return self.outcome is Outcome.OK


def check_bundle(
    bundle: Bundle, verifier: Verifier, *, others: Sequence[TextLookup] = ()
) -> CheckResult:
    """Check a bundle's own digests and its report; texts are also looked for in `others`, first."""
    result = check_report(bundle.report, first_of([*others, bundle.text]), verifier)
    if not bundle.findings:
        return result
    return CheckResult((Checked("", Outcome.CHANGED, bundle.findings), *result.checked))


def check_report(report: Report, texts: TextLookup, verifier: Verifier) -> CheckResult:
    """Verify a report from its sources' texts, believing nothing that it says of itself.

    A statement passes when the text of each citation is there, has the digest, is of the source
    that the card describes and slices to the quote; when its marks are its citations; when the
    verifier gives the recorded verdicts; and when its computation, repeated, gives its figure.
    Without a text the outcome is "could not judge", never a pass. What has no evidence of its own
    (gaps, follow-up questions, dates of the report) is checked for consistency only.
    """
    check = _Check(report, texts, verifier)
    return CheckResult((check.report_itself(), *map(check.statement, report.statements)))


@dataclass(frozen=True)
class _Check:
    report: Report
    texts: TextLookup
    verifier: Verifier

    def report_itself(self) -> Checked:
        """Check what belongs to no single statement."""
        report = self.report
        findings = [
            *_numbering(report),
            *_consistency(report),
            *_dates(report),
            *(finding for section in report.sections for finding in self._heading(section)),
        ]
        nearest, missing = self._nearest()
        findings += nearest
        if findings:
            return Checked("", Outcome.CHANGED, tuple(findings))
        if report.statements and report.method.verifier != self.verifier.name:
            missing.append(
                f"its verdicts were given by the verifier {report.method.verifier!r},"
                f" and this is {self.verifier.name!r}"
            )
        outcome = Outcome.COULD_NOT_JUDGE if missing else Outcome.OK
        return Checked("", outcome, tuple(missing))

    def statement(self, statement: Statement) -> Checked:
        """Check one statement."""
        findings = [*_marks(statement), *self._citations(statement)]
        found: dict[int, str] = {}
        missing: list[str] = []
        for card in self._cards(statement):
            stored = self.texts(card.id, card.sha256)
            if stored is None:
                missing.append(f"the text of [{card.n}] in the cited version is not to be had")
            elif digest(stored.text) != card.sha256:
                findings.append(f"the text of [{card.n}] is not the cited version: its hash is")
                findings[-1] += f" {digest(stored.text)}"
            else:
                findings += _differences(card, stored.source)
                found[card.n or 0] = stored.text
        findings += _quotes(statement, found)
        if not findings and not missing:
            findings += self._meaning(statement, found)
        if findings:
            return Checked(statement.id, Outcome.CHANGED, tuple(findings))
        outcome = Outcome.COULD_NOT_JUDGE if missing else Outcome.OK
        return Checked(statement.id, outcome, tuple(missing))

    def _cards(self, statement: Statement) -> list[SourceCard]:
        """Return the cards that the statement cites in the version that the card names."""
        cited = {(c.n, c.sha256) for c in statement.citations}
        return [card for card in self.report.sources if (card.n, card.sha256) in cited]

    def _citations(self, statement: Statement) -> Iterator[str]:
        by_number = {card.n: card for card in self.report.sources}
        for citation in statement.citations:
            card = by_number.get(citation.n)
            if card is None:
                yield f"[{citation.n}] names no source of the report"
            elif card.sha256 != citation.sha256:
                yield f"[{citation.n}] cites another version than its source card names"
        publishers = {
            card.publisher or card.id
            for card in self.report.sources
            if card.n in {c.n for c in statement.citations}
        }
        if not 1 <= statement.origins <= max(1, len(publishers)):
            yield (
                f"{statement.origins} independent origins are recorded,"
                f" and {len(publishers)} publishers are cited"
            )

    def _meaning(self, statement: Statement, found: Mapping[int, str]) -> Iterator[str]:
        if statement.computation is not None:
            yield from self._count(statement, statement.computation, found)
        else:
            yield from self._support(statement)

    def _support(self, statement: Statement) -> Iterator[str]:
        sentence = plain(statement.text)
        premises = [self._premise(c) for c in statement.citations]
        union = self.verifier.verify(sentence, premises)
        yield from union.findings
        recorded = Support(statement.support, statement.score)
        yield from _changed("the cited passages together", recorded, union)
        words_of = closed(statement.text, [c.n for c in statement.citations])
        for citation, premise, text in zip(statement.citations, premises, words_of, strict=True):
            alone = self.verifier.verify(text, [premise])
            recorded = Support(citation.verdict, citation.score)
            yield from _changed(f"[{citation.n}] alone", recorded, alone)
        quoted = statement.kind is StatementKind.QUOTED
        if quoted and align(sentence, premises).copied < _COPIED:
            yield "it is recorded as quoted, and most of its words are not in the passages"

    def _premise(self, citation: Citation) -> Premise:
        card = next(card for card in self.report.sources if card.n == citation.n)
        return Premise(citation.quote, about_card(card))

    def _count(
        self, statement: Statement, computation: Computation, found: Mapping[int, str]
    ) -> Iterator[str]:
        """Repeat a computation: what is counted, that each passage counts, and what is shown."""
        spans = [_COUNTED.fullmatch(span) for span in computation.spans]
        counted = [tuple(int(g) for g in span.groups()) for span in spans if span]
        if len(counted) < len(spans) or len(set(counted)) < len(counted):
            yield "a counted passage cannot be read, or is counted twice"
            return
        if set(counted) != {(c.n, c.start, c.end) for c in statement.citations}:
            yield "the passages counted are not the passages cited"
            return
        by_source = computation.op == "count_sources"
        value = len({n for n, _, _ in counted}) if by_source else len(counted)
        if value != computation.value:
            yield f"the count is {value}, recorded is {computation.value}"
        if not (computation.terms or computation.either or computation.claim):
            yield "the computation does not say what a passage must have to be counted"
        for n, start, end in counted:
            passage = found[n][start:end]
            yield from (
                f"the passage {n}:{start}-{end} does not mention {term!r}"
                for term in computation.terms
                if not mentions(passage, term)
            )
            if computation.either and not any(mentions(passage, t) for t in computation.either):
                either = ", ".join(map(repr, computation.either))
                yield f"the passage {n}:{start}-{end} mentions none of {either}"
            yield from (
                f"the passage {n}:{start}-{end} does mention {term!r}"
                for term in computation.without
                if mentions(passage, term)
            )
            if computation.claim is not None:
                verdict = self.verifier.verify(computation.claim, [Premise(passage)]).verdict
                if verdict not in _GOOD:
                    yield f"the passage {n}:{start}-{end} does not bear out what was counted"
        numbers = {n for n, _, _ in counted}
        publishers = [c.publisher for c in self.report.sources if c.publisher and c.n in numbers]
        yield from _wording(plain(statement.text), computation, value, publishers)
        yield from _counted_verdicts(statement)

    def _heading(self, section: Section) -> Iterator[str]:
        """Check that a heading has no figure or name that its section does not have.

        A capital that may be owed to its place, after a colon or at the start, makes no name.
        """
        by_number = {card.n: card for card in self.report.sources}
        citations = [c for s in section.statements for c in s.citations if c.n in by_number]
        known = [about_card(by_number[c.n]) for c in citations]
        known += [c.quote for c in citations] + [plain(s.text) for s in section.statements]
        have, text = "\n".join(known), plain(section.heading)
        opening = {word for part in text.split(": ") for word in part.split(" ", 1)[:1]}
        strange = [n for n in sorted(locks.numbers(text) - locks.numbers(have)) if n in text]
        strange += [n for n in locks.missing_names(text, have) if n not in opening]
        if strange:
            yield f"the heading {text!r} has {strange[0]!r}, which its section does not have"

    def _nearest(self) -> tuple[list[str], list[str]]:
        """Return what is wrong with the passages that a refusal shows, and what is missing."""
        wrong, missing = [], []
        for near in self.report.refusal.nearest if self.report.refusal else ():
            stored = self.texts(near.source_id, near.sha256)
            if stored is None:
                missing.append(f"the text of the nearest passage {near.title!r} is not to be had")
            elif digest(stored.text) != near.sha256 or not _stands(near, stored.text):
                wrong.append(f"the nearest passage of {near.title!r} does not stand in its source")
        return wrong, missing


def _numbering(report: Report) -> Iterator[str]:
    numbers = [card.n for card in report.sources]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the sources are numbered {numbers}, not from 1 without gaps"
    first = list(dict.fromkeys(c.n for s in report.statements for c in s.citations))
    if first != numbers:
        yield "the sources are not numbered in order of first citation, or one is never cited"
    for kind, ids in (
        ("source", [card.id for card in (*report.sources, *report.consulted)]),
        ("statement", [s.id for s in report.statements]),
    ):
        yield from (f"the {kind} {i!r} stands twice" for i, n in Counter(ids).items() if n > 1)


def _consistency(report: Report) -> Iterator[str]:
    if not report.disclaimer.strip():
        yield "the disclaimer is missing"
    if report.version < 1:
        yield f"the version is {report.version}"
    refused = report.status is Status.REFUSED
    if refused != (report.refusal is not None) or refused == bool(report.statements):
        yield f"the status is {report.status}, and the report does not look like it"
    if any(not section.statements for section in report.sections):
        yield "a section has no statement"
    known = {s.id for s in report.statements}
    for conflict in report.conflicts:
        if len(set(conflict.statements)) < 2 or not set(conflict.statements) <= known:
            yield f"a conflict names {conflict.statements}, which are not two statements or more"
    cards = (*report.sources, *report.consulted)
    if any(not _SHA256.fullmatch(card.sha256) for card in cards):
        yield "a source card has no sha256"
    if report.corpus.documents < len({card.id for card in cards}):
        yield f"{report.corpus.documents} documents were searched, and more are named"


def _dates(report: Report) -> Iterator[str]:
    """Check that no source is later than the newest of the corpus or the date asked about."""
    for what, limit in (
        ("the newest document", report.corpus.latest_published),
        ("the date asked about", report.as_of),
    ):
        if limit is None:
            continue
        for card in (*report.sources, *report.consulted):
            published = card.published and PartialDate.parse(card.published).first_day
            if published and published > PartialDate.parse(limit).last_day:
                yield f"{card.title!r} was published on {card.published}, after {what}, {limit}"


def _marks(statement: Statement) -> Iterator[str]:
    cited = sorted({c.n for c in statement.citations})
    shown = sorted({n for mark in marks(statement.text) for n in mark.numbers})
    if cited != shown:
        yield f"the sentence shows {shown} and cites {cited}"
    if (statement.kind is StatementKind.COMPUTED) != (statement.computation is not None):
        yield f"it is recorded as {statement.kind}, which does not go with its computation"


def _quotes(statement: Statement, found: Mapping[int, str]) -> Iterator[str]:
    for c in statement.citations:
        if c.quote_verdict is not QuoteVerdict.FOUND:
            yield f"the quote of [{c.n}] is recorded as {c.quote_verdict.replace('_', ' ')}"
        if c.n in found and not _stands(c, found[c.n]):
            yield f"the quote of [{c.n}] does not stand at {c.start}-{c.end} of its source"


def _stands(cited: Citation | NearestPassage, text: str) -> bool:
    """Whether the quote is the slice, of its full length: a slice past the end is cut short."""
    inside = 0 <= cited.start < cited.end <= len(text)
    return inside and text[cited.start : cited.end] == cited.quote


def _differences(card: SourceCard, source: Source | None) -> Iterator[str]:
    """Say where a source card differs from what the keeper of the text knows of the source."""
    if source is None:
        return
    for name in (
        "title",
        "publisher",
        "published",
        "fetched",
        "url",
        "url_status",
        "doc_type",
        "evidence_role",
        "licence",
        "language",
        "via",
        "media",
    ):
        kept = getattr(source, name)
        shown = getattr(card, name)
        if shown != (str(kept) if kept is not None else None):
            yield f"the {name} of [{card.n}] is given as {shown!r}, its source says {kept!s:.80}"


def _changed(what: str, recorded: Support, now: Support) -> Iterator[str]:
    if now.verdict is not recorded.verdict or abs(now.score - recorded.score) > _SAME_SCORE:
        yield (
            f"{what}: the verdict is {now.verdict} at {now.score:.3f},"
            f" recorded is {recorded.verdict} at {recorded.score:.3f}"
        )


def _counted_verdicts(statement: Statement) -> Iterator[str]:
    """A count that repeats is supported, and each passage counted is a part of its support."""
    yield from _changed(
        "the count",
        Support(statement.support, statement.score),
        Support(SupportVerdict.SUPPORTS, 1.0),
    )
    for c in statement.citations:
        part = Support(SupportVerdict.PARTLY, 1.0)
        yield from _changed(f"[{c.n}] alone", Support(c.verdict, c.score), part)


def _wording(
    sentence: str, computation: Computation, value: int, publishers: Sequence[str]
) -> Iterator[str]:
    """Check that a computed sentence shows its count and says nothing but what was counted.

    It may name the publishers that are counted.
    """
    small = ordered("numbers", "small")
    shown = {str(value), small[value] if value < len(small) else str(value)}
    tokens = [word.text.lower() for word in terms.split(sentence)]
    if not shown & set(tokens):
        yield f"the sentence does not show the count {value}"
    counted = (*computation.terms, *computation.either, *computation.without)
    said = " ".join((computation.over, *counted, computation.claim or ""))
    known = {terms.stem(w.text) for w in terms.split(said)}
    known |= {terms.stem(word) for word in words("frames", "licensed")}
    idle = shown | words("grammar", "function")
    named = "; ".join(publishers)
    known |= {terms.stem(w.text) for w in terms.split(named)}
    strange = [
        t
        for t in tokens
        if t not in idle and terms.stem(t) not in known and not locks.is_acronym(t, named)
    ]
    if strange:
        yield f"the sentence has words that were not counted: {', '.join(strange)}"
