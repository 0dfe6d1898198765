"""The way of a question: plan, write, verify, number; nothing is shown before it is checked."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from corpus.dates import PartialDate
from index.index import Index
from index.records import StoredDocument
from index.snapshot import Snapshot
from rag import events
from rag.citations import Numbering, Quote, closed, source_card
from rag.evidence import Evidence
from rag.plan import redundancy
from rag.plan.plan import Plan
from rag.plan.planner import make_plan
from rag.product import product_report
from rag.question import Kind, Question, sub_questions
from rag.report import (
    Citation,
    Computation,
    Conflict,
    CorpusCard,
    FollowUp,
    Method,
    NearestPassage,
    QuoteVerdict,
    Refusal,
    Report,
    Section,
    Statement,
    StatementKind,
    Status,
    SupportVerdict,
    Unverified,
)
from rag.verify.support import Premise, Support, Verifier, about
from rag.write.draft import Draft
from rag.write.followups import follow_ups
from rag.write.writer import Session, Writer

DISCLAIMER = "Citeproof can make mistakes. Check important facts against the sources cited."
STALENESS = "This report may be outdated. Refresh it to include what was published since."


@dataclass(frozen=True)
class Assistant:
    """Answers questions from one index.

    `stale_after` is the age of the newest document beyond which the staleness notice is due.
    """

    index: Index
    writer: Writer
    verifier: Verifier
    disclaimer: str = DISCLAIMER
    staleness: str = STALENESS
    stale_after: timedelta = timedelta(days=30)

    def ask(self, question: Question, *, today: date) -> Report:
        """Return the finished report."""
        for event in self.stream(question, today=today):
            if isinstance(event, events.AnswerCompleted):
                return event.report
        raise AssertionError("a stream ends in a completed answer")

    def stream(self, question: Question, *, today: date) -> Iterator[events.Event]:
        """Yield the steps of the answer; the last event carries the whole report."""
        yield events.QuestionUnderstood(
            question.text, _understood(question), str(question.kind), question.language
        )
        if question.kind is Kind.PRODUCT:
            with self.index.snapshot() as snapshot:
                report = product_report(question, self._frame(snapshot, question, today))
            yield events.AnswerCompleted(report)
            return
        with self.index.snapshot() as snapshot:
            plan = make_plan(question, snapshot)
            yield from _Answer(self, plan, snapshot, today).steps()

    def _frame(self, snapshot: Snapshot, question: Question, today: date) -> "Frame":
        stats = snapshot.stats
        newest = stats.latest_published
        as_of = question.as_of
        return Frame(
            checked_on=today.isoformat(),
            as_of=str(as_of) if as_of else None,
            disclaimer=self.disclaimer,
            staleness=self.staleness if _stale(newest, today, self.stale_after) else None,
            corpus=CorpusCard(
                stats.generation, stats.documents, stats.chunks, str(newest) if newest else None
            ),
            embedder=stats.embedder,
            verifier=self.verifier.name,
            writer=self.writer.name,
        )


@dataclass(frozen=True)
class Frame:
    """What every report carries whatever the answer: dates, notices, corpus and method."""

    checked_on: str
    as_of: str | None
    disclaimer: str
    staleness: str | None
    corpus: CorpusCard
    embedder: str
    verifier: str
    writer: str


def _stale(newest: PartialDate | None, today: date, after: timedelta) -> bool:
    return newest is not None and today - newest.last_day > after


def _understood(question: Question) -> str:
    parts = sub_questions(question.text)
    return parts[0] if len(parts) > 1 else question.text


@dataclass
class _Answer:
    """One report in the making."""

    assistant: Assistant
    plan: Plan
    snapshot: Snapshot
    today: date
    numbering: Numbering = field(default_factory=Numbering)
    documents: dict[str, StoredDocument] = field(default_factory=dict)
    unverified: list[Unverified] = field(default_factory=list)
    made: dict[int, str] = field(default_factory=dict)
    statements: int = 0
    live: set[str] = field(default_factory=set)

    def steps(self) -> Iterator[events.Event]:
        """Yield the events after the question was understood."""
        pool, plan = self.plan.pool, self.plan
        consulted = pool.documents
        self.live = self.snapshot.live(d.id for d in consulted)
        yield events.SourcesFound(
            tuple(pool.searches), tuple(source_card(d) for d in consulted if d.id in self.live)
        )
        if plan.refusal:
            yield events.AnswerCompleted(self._report((), ()))
            return
        session = self.assistant.writer.begin(plan)
        summary: list[Statement] = []
        sections: list[Section] = []
        for event in self._written(session, None, session.summary(plan.summary)):
            summary.append(event.statement)
            yield event
        written = [(p, session.section(p)) for p in plan.sections]
        yield events.PlanMade(tuple(events.PlannedSection(w.heading, p.kind) for p, w in written))
        for place, (planned, section) in enumerate(written):
            statements = []
            for event in self._written(session, place, section.drafts):
                statements.append(event.statement)
                yield event
            if statements:
                sections.append(Section(section.heading, planned.kind, tuple(statements)))
        report = self._report(tuple(summary), tuple(sections))
        yield events.GapsFound(report.gaps, report.conflicts)
        yield events.AnswerCompleted(report)

    def _written(
        self, session: Session, section: int | None, drafts: Sequence[Draft]
    ) -> Iterator[events.StatementVerified]:
        for draft in drafts:
            known = len(self.numbering.order)
            statement = self._statement(draft)
            if statement is None and draft.parts:
                yield from self._written(session, section, draft.parts)
                continue
            if statement is None:
                plainer = session.fallback(draft)
                statement = self._statement(plainer) if plainer is not None else None
            if statement is None:
                self.unverified.append(
                    Unverified(draft.text, self._judge(draft).findings or ("not supported",))
                )
                continue
            new = self.numbering.order[known:]
            cards = tuple(source_card(self.documents[i], self.numbering.number(i)) for i in new)
            yield events.StatementVerified(section, statement, cards)

    def _judge(self, draft: Draft) -> Support:
        return self.assistant.verifier.verify(draft.text, [_premise(q) for q in draft.quotes])

    def _statement(self, draft: Draft) -> Statement | None:
        """Verify a draft and number its citations; None where it does not hold."""
        if any(q.document.id not in self.live for q in draft.quotes):
            return None
        if draft.counted is not None:
            support = Support(SupportVerdict.SUPPORTS, 1.0)
        else:
            support = self._judge(draft)
        verdict = support.verdict
        if verdict not in (SupportVerdict.SUPPORTS, SupportVerdict.PARTLY) or support.findings:
            return None
        numbers = {q.document.id: self.numbering.number(q.document.id) for q in draft.quotes}
        self.documents.update({q.document.id: q.document for q in draft.quotes})
        text = draft.marked(numbers)
        marked = [numbers[q.document.id] for q in draft.quotes]
        citations = tuple(
            self._citation(draft, words, support, quote, n)
            for quote, n, words in zip(draft.quotes, marked, closed(text, marked), strict=True)
        )
        self.statements += 1
        statement = Statement(
            id=f"s{self.statements}",
            kind=draft.kind,
            text=text,
            support=verdict,
            score=support.score,
            origins=redundancy.origins(draft.evidence) if draft.evidence else 1,
            citations=citations,
            computation=_computation(draft, numbers),
        )
        for evidence in draft.evidence:
            self.made.setdefault(evidence.sentence.id, statement.id)
        return statement

    def _citation(
        self, draft: Draft, words: str, together: Support, quote: Quote, n: int
    ) -> Citation:
        if draft.kind is StatementKind.COMPUTED:
            alone = Support(SupportVerdict.PARTLY, 1.0)
        elif len(draft.quotes) == 1:
            alone = together
        else:
            alone = self.assistant.verifier.verify(words, [_premise(quote)])
        return Citation(
            n=n,
            start=quote.span.start,
            end=quote.span.end,
            quote=quote.text,
            sha256=quote.document.sha256,
            quote_verdict=QuoteVerdict.FOUND,
            verdict=alone.verdict,
            score=alone.score,
        )

    def _report(self, summary: tuple[Statement, ...], sections: tuple[Section, ...]) -> Report:
        plan, question, pool = self.plan, self.plan.question, self.plan.pool
        frame = self.assistant._frame(self.snapshot, question, self.today)
        cited = set(self.numbering.order)
        empty = not summary and not sections
        refusal = plan.refusal or ("No sentence passed verification." if empty else None)
        return Report(
            id=f"rep_{secrets.token_hex(10)}",
            version=1,
            question=question.text,
            understood_as=_understood(question),
            language="en",
            status=_status(plan, refusal),
            checked_on=frame.checked_on,
            as_of=frame.as_of,
            disclaimer=frame.disclaimer,
            staleness=frame.staleness,
            corpus=frame.corpus,
            summary=summary,
            sections=sections,
            unverified=tuple(self.unverified),
            conflicts=self._conflicts(),
            refusal=Refusal(refusal, _nearest(plan.nearest or pool.evidence[:3]))
            if refusal
            else None,
            gaps=(*plan.gaps, *_notices(question)),
            sources=tuple(
                source_card(self.documents[i], n)
                for n, i in enumerate(self.numbering.order, start=1)
            ),
            consulted=tuple(
                source_card(d) for d in pool.documents if d.id not in cited and d.id in self.live
            ),
            follow_ups=() if refusal else tuple(FollowUp(q, n) for q, n in follow_ups(plan)),
            method=Method(
                frame.embedder, frame.verifier, frame.writer, tuple(pool.searches), plan.thresholds
            ),
        )

    def _conflicts(self) -> tuple[Conflict, ...]:
        found = []
        for a, b, kind in self.plan.conflicts:
            ids = [self.made.get(e.sentence.id) for e in (a, b)]
            if ids[0] and ids[1] and ids[0] != ids[1]:
                found.append(Conflict((ids[0], ids[1]), kind))  # type: ignore[arg-type]
        return tuple(found)


def _status(plan: Plan, refusal: str | None) -> Status:
    if refusal:
        return Status.REFUSED
    if plan.premise_denied:
        return Status.PREMISE_CORRECTED
    return Status.PARTLY_ANSWERED if plan.partial else Status.ANSWERED


def _notices(question: Question) -> tuple[str, ...]:
    notices = []
    if question.language != "en":
        notices.append(
            "The question is not in English; the sources were searched and are quoted in English, "
            "and passages may have been missed."
        )
    if question.future:
        notices.append(
            "The question is about the future; the sources can only tell what had happened when "
            "they were published."
        )
    others = sub_questions(question.text)[1:]
    if others:
        notices.append(
            "Only the first question was answered; ask the others one by one: " + " ".join(others)
        )
    return tuple(notices)


def _premise(quote: Quote) -> Premise:
    source = quote.document.source
    return Premise(
        quote.text,
        about(
            publisher=source.publisher,
            title=source.title,
            doc_type=source.doc_type,
            published=source.published,
        ),
    )


def _computation(draft: Draft, numbers: dict[str, int]) -> Computation | None:
    if draft.counted is None:
        return None
    spans = tuple(f"{numbers[q.document.id]}:{q.span.start}-{q.span.end}" for q in draft.quotes)
    counted = draft.counted
    return Computation(
        op="count_sources",
        over=counted.over,
        value=len(numbers),
        spans=spans,
        terms=counted.terms,
        without=counted.without,
        either=counted.either,
    )


def _nearest(evidence: Sequence[Evidence]) -> tuple[NearestPassage, ...]:
    return tuple(
        NearestPassage(
            e.document.id,
            e.document.source.title,
            e.span.start,
            e.span.end,
            e.document.text[e.span.start : e.span.end],
            e.document.sha256,
        )
        for e in evidence
    )
