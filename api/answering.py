"""From a question to a stored answer, told step by step; runs in one thread from end to end."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from api.anchors import Anchor, anchor_key, anchors_of
from api.envelope import Answer, Caveat, cited_spans, dressed_statement, envelope, statements_of
from api.idempotency import Claim
from api.ids import new_id, new_slug
from api.offsets import OffsetEncoding
from api.plain import event_data
from api.ports import Answering, Clock, day
from api.problems import Code, Problem
from index.errors import DocumentNotFound
from index.records import StoredDocument
from index.snapshot import Snapshot
from rag import events
from rag.question import Question
from rag.render.json import to_data

Emit = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Order:
    """A question to be answered for a site, and the unit that the client counts offsets in.

    `claim` is the idempotency key that the answer will be found under; `traceparent` the span of
    the client's (W3C Trace Context).
    """

    question: Question
    site: str
    request_id: str
    encoding: OffsetEncoding = "codepoint"
    caveats: tuple[Caveat, ...] = ()
    claim: Claim | None = None
    traceparent: str | None = None


@dataclass(frozen=True)
class Made:
    """A finished answer, and what was told before it, with offsets in code points."""

    answer: Answer
    events: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass
class Production:
    """One answer in the making.

    `check` is called before each step and raises where the work is to be given up.
    """

    assistant: Answering
    order: Order
    clock: Clock
    check: Callable[[], None] = lambda: None
    monotonic: Callable[[], float] = time.monotonic
    id: str = ""
    created: int = 0
    _anchors: dict[str, Anchor] = field(default_factory=dict)
    _cards: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _texts: dict[tuple[str, str], StoredDocument] = field(default_factory=dict)
    _told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    _timings: dict[str, int] = field(default_factory=dict)
    _snapshot: Snapshot | None = None

    def __post_init__(self) -> None:
        now = self.clock()
        self.id = self.id or new_id("ans", now)
        self.created = int(now)

    def run(self, emit: Emit) -> Made:
        """Answer, telling each step but the last to `emit` under its name on the wire.

        Raises:
            Problem: what the answer needs was purged from the index meanwhile.
        """
        started = self.monotonic()
        question, today = self.order.question, day(self.clock())
        with ExitStack() as stack:
            steps = self.assistant.stream(question, today=today)
            # A generator holds a snapshot until it is closed.
            stack.callback(getattr(steps, "close", lambda: None))
            for event in steps:
                self.check()
                self._time(event, started)
                match event:
                    case events.AnswerCompleted(report):
                        made = self._finished(to_data(report), stack)
                        self.check()
                        return made
                    case events.StatementVerified():
                        self._tell(event.name, self._statement(event, stack), emit)
                    case events.QuestionUnderstood():
                        self._tell(event.name, self._opening(event), emit)
                    case _:
                        self._tell(event.name, event_data(event), emit)
        raise AssertionError("a stream ends in a completed answer")

    def _tell(self, name: str, data: Mapping[str, Any], emit: Emit) -> None:
        self._told.append((name, data))
        emit(name, dressed_event(name, data, self._cards, self._anchors, self.order.encoding))

    def _opening(self, event: events.QuestionUnderstood) -> dict[str, Any]:
        return {
            "id": self.id,
            "created": self.created,
            "request_id": self.order.request_id,
            "disclaimer": self.assistant.disclaimer,
            **event_data(event),
        }

    def _statement(self, event: events.StatementVerified, stack: ExitStack) -> dict[str, Any]:
        data = event_data(event)
        self._cards.update({card["n"]: card for card in data["sources"]})
        self._anchor([data["statement"]], stack)
        return data

    def _finished(self, report: dict[str, Any], stack: ExitStack) -> Made:
        self._cards.update({card["n"]: card for card in report["sources"]})
        self._anchor(statements_of(report), stack)
        for passage in report["refusal"]["nearest"] if report["refusal"] else ():
            document = self._text(passage["source_id"], passage["sha256"], stack)
            self._anchors.update(anchors_of(document, [(passage["start"], passage["end"])]))
        answer = Answer(
            id=self.id,
            slug=new_slug(report["question"]),
            site=self.order.site,
            created=self.created,
            report=report,
            anchors=self._anchors,
            usage={"input_tokens": 0, "output_tokens": 0},
            timings_ms=self._timings,
            warnings=self.order.caveats,
        )
        return Made(answer, tuple(self._told))

    def _anchor(self, statements: list[Mapping[str, Any]], stack: ExitStack) -> None:
        spans: dict[int, list[tuple[int, int]]] = {}
        for n, start, end in cited_spans(statements):
            if anchor_key(self._cards[n]["sha256"], start, end) not in self._anchors:
                spans.setdefault(n, []).append((start, end))
        for n, wanted in spans.items():
            document = self._text(self._cards[n]["id"], self._cards[n]["sha256"], stack)
            self._anchors.update(anchors_of(document, wanted))

    def _text(self, source_id: str, sha256: str, stack: ExitStack) -> StoredDocument:
        if (source_id, sha256) not in self._texts:
            if self._snapshot is None:
                self._snapshot = stack.enter_context(self.assistant.index.snapshot())
            try:
                document = self._snapshot.document_at(source_id, sha256)
            except DocumentNotFound:
                raise Problem(
                    Code.INDEX_BUSY, "A source was purged while it was being cited.", retry_after=1
                ) from None
            self._texts[source_id, sha256] = document
        return self._texts[source_id, sha256]

    def _time(self, event: events.Event, started: float) -> None:
        milliseconds = round((self.monotonic() - started) * 1000)
        match event:
            case events.SourcesFound():
                self._timings["retrieve"] = milliseconds
            case events.StatementVerified():
                self._timings.setdefault("first_statement", milliseconds)
            case events.AnswerCompleted():
                self._timings["total"] = milliseconds


def dressed_event(
    name: str,
    data: Mapping[str, Any],
    cards: Mapping[int, Mapping[str, Any]],
    anchors: Mapping[str, Anchor],
    encoding: OffsetEncoding,
) -> dict[str, Any]:
    """Return an event's data with selectors, locators and offsets in `encoding`."""
    if name == events.QuestionUnderstood.name:
        return {**data, "offset_encoding": encoding}
    if name != events.StatementVerified.name:
        return dict(data)
    digests = {n: card["sha256"] for n, card in cards.items()}
    return {**data, "statement": dressed_statement(data["statement"], digests, anchors, encoding)}


def replayed(made: Made, encoding: OffsetEncoding) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all events of a finished answer as they were told, the whole answer last."""
    answer = made.answer
    cards = {card["n"]: card for card in answer.report["sources"]}
    for name, data in made.events:
        yield name, dressed_event(name, data, cards, answer.anchors, encoding)
    yield events.AnswerCompleted.name, envelope(answer, encoding)
