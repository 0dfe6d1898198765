"""An answer as a chat message: whole verified sentences, and annotations of their marks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from api.chat_schemas import IGNORED, MODEL, REFUSED, CreateChatCompletion
from api.envelope import Caveat
from api.offsets import OffsetEncoding, encoded_offsets
from api.problems import Code, FieldFault, Problem
from rag.render import markdown, wording
from rag.render.json import from_data
from rag.report import (
    Citation,
    QuoteVerdict,
    Report,
    SourceCard,
    Statement,
    StatementKind,
    SupportVerdict,
)

_GAP = "\n\n"


class Mark(NamedTuple):
    """A citation mark: source number and place in the content, in code points, end exclusive."""

    n: int
    start: int
    end: int


@dataclass
class Content:
    """The message as it grows, sentence by sentence; every `add` returns what it added."""

    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    _told: dict[str, int | None] = field(default_factory=dict)
    _sections: int = 0

    def add_sentence(self, section: int | None, heading: str, statement: Statement) -> str:
        """Add a sentence of a section, None for the summary, unless it is there already.

        The first one brings the heading, numbered as in the report, where empty sections are not.
        """
        if statement.id in self._told:
            return ""
        before = len(self.text)
        if self._told and section == next(reversed(self._told.values())):
            self.text += " "
        elif section is None:
            self._begin(heading)
        else:
            self._sections += 1
            self._begin(f"{self._sections}. {markdown.escape(heading)}")
        self._told[statement.id] = section
        self._write(statement)
        return self.text[before:]

    def add_end(self, report: Report, address: Mapping[int, str]) -> str:
        """Add what is missing of a finished report: sentences, notices, sources, dates."""
        before = len(self.text)
        for statement in report.summary:
            self.add_sentence(None, wording.SUMMARY, statement)
        for number, section in enumerate(report.sections):
            # Sections that no event told of get places that no plan has.
            places = (self._told[s.id] for s in section.statements if s.id in self._told)
            place = next(places, ~number)
            for statement in section.statements:
                self.add_sentence(place, section.heading, statement)
        for block in _closing(report, address):
            self._block(block)
        return self.text[before:]

    def annotations(
        self, cards: Mapping[int, SourceCard], address: Mapping[int, str], encoding: OffsetEncoding
    ) -> list[dict[str, Any]]:
        """Return each mark with title and address of its source."""
        offsets = [offset for mark in self.marks for offset in (mark.start, mark.end)]
        places = encoded_offsets(self.text, offsets, encoding)
        return [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": places[mark.start],
                    "end_index": places[mark.end],
                    "title": wording.title(cards[mark.n]),
                    "url": address[mark.n],
                },
            }
            for mark in self.marks
        ]

    def _begin(self, heading: str) -> None:
        self._block(f"## {heading}")
        self._block("")

    def _block(self, text: str) -> None:
        self.text += _GAP * bool(self.text) + text

    def _write(self, statement: Statement) -> None:
        for run in markdown.runs(statement):
            start = len(self.text)
            self.text += run.text
            if run.n is not None:
                self.marks.append(Mark(run.n, start, len(self.text)))


@dataclass
class Completion:
    """A chat completion in the making, from the events of an answer.

    `server` is the address under which stored sources can be opened.
    """

    server: str
    encoding: OffsetEncoding
    include_usage: bool = False
    content: Content = field(default_factory=Content)
    headings: Sequence[str] = ()
    id: str = ""
    created: int = 0

    def chunks(self, name: str, data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the chunks that an event becomes."""
        match name:
            case "question.understood":
                self.id, self.created = data["id"], data["created"]
                yield self._chunk({"role": "assistant", "content": ""}, factcheck=dict(data))
            case "plan.made":
                self.headings = [section["heading"] for section in data["sections"]]
            case "statement.verified":
                section = data["section"]
                heading = wording.SUMMARY if section is None else self.headings[section]
                text = self.content.add_sentence(section, heading, _statement(data["statement"]))
                yield self._chunk({"content": text})
            case "answer.completed":
                yield from self._last_chunks(data)

    def whole(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return the completion of a finished answer."""
        more = self._finish(answer)
        message = {
            "role": "assistant",
            "content": self.content.text,
            "refusal": None,
            "annotations": more.annotations,
        }
        choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}
        return {
            "id": answer["id"],
            "object": "chat.completion",
            "created": answer["created"],
            "model": MODEL,
            "choices": [choice],
            "usage": _usage(answer),
            **more.found,
            "factcheck": dict(answer),
        }

    def _last_chunks(self, answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        told = len(self.content.text)
        new = not self.id
        self.id, self.created = answer["id"], answer["created"]
        more = self._finish(answer)
        role = {"role": "assistant"} if new else {}
        yield self._chunk({**role, "content": self.content.text[told:]})
        yield self._chunk({"annotations": more.annotations})
        yield self._chunk({}, finish_reason="stop", **more.found, factcheck=dict(answer))
        if self.include_usage:
            yield {**self._chunk({}), "choices": [], "usage": _usage(answer)}

    def _finish(self, answer: Mapping[str, Any]) -> "_Finished":
        report = from_data(answer["report"])
        cards = {card.n: card for card in report.sources if card.n is not None}
        address = {n: self._address(card) for n, card in cards.items()}
        self.content.add_end(report, address)
        found = {
            "citations": list(address.values()),
            "search_results": [_result(report, n, card, address[n]) for n, card in cards.items()],
        }
        return _Finished(self.content.annotations(cards, address, self.encoding), found)

    def _address(self, card: SourceCard) -> str:
        return wording.link(card) or f"{self.server}/s/{card.id}?at={card.sha256}"

    def _chunk(
        self, delta: Mapping[str, Any], *, finish_reason: str | None = None, **more: Any
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": MODEL,
            "choices": [choice],
            **more,
        }


class _Finished(NamedTuple):
    annotations: list[dict[str, Any]]
    found: dict[str, Any]


class Asked(NamedTuple):
    """The question of a conversation, and what of the request has no effect."""

    text: str
    caveats: tuple[Caveat, ...]


def asked(body: CreateChatCompletion) -> Asked:
    """Return the question of a conversation, which is its last message.

    Raises:
        Problem: it does not end in a question, or a parameter would need another kind of server.
    """
    if body.model != MODEL:
        fault = FieldFault("/model", f"the only model is `{MODEL}`")
        raise Problem(Code.NOT_FOUND, f"There is no such model: use `{MODEL}`.", errors=[fault])
    given = {name: value for name, value in (body.model_extra or {}).items() if value is not None}
    _refuse(given)
    last = body.messages[-1]
    if last.role != "user":
        fault = FieldFault(f"/messages/{len(body.messages) - 1}/role", "must be `user`")
        raise Problem(Code.INVALID_REQUEST, errors=[fault])
    caveats = [
        Caveat("parameter_ignored", f"`{name}` has no effect: sentences are not sampled.")
        for name in given
    ]
    if len(body.messages) > 1:
        caveats.append(
            Caveat("messages_ignored", "Only the last message was answered, without those before.")
        )
    return Asked(last.text, tuple(caveats))


def _refuse(given: Mapping[str, Any]) -> None:
    if unknown := [name for name in given if name not in (*REFUSED, *IGNORED)]:
        faults = [FieldFault(f"/{name}", "no such parameter") for name in unknown[:20]]
        raise Problem(Code.INVALID_REQUEST, errors=faults)
    harmless: dict[str, Sequence[Any]] = {
        "tool_choice": ("none", "auto"),
        "logprobs": (False,),
        "modalities": (["text"],),
        "tools": ([],),
        "functions": ([],),
        "logit_bias": ({},),
    }
    refused = [n for n in given if n in REFUSED and given[n] not in harmless.get(n, ())]
    if refused:
        faults = [FieldFault(f"/{name}", "cannot have its effect here") for name in refused]
        raise Problem(Code.UNSUPPORTED_PARAMETER, errors=faults)


def _closing(report: Report, address: Mapping[int, str]) -> Iterator[str]:
    if status := wording.status_line(report):
        yield f"> {markdown.escape(status)}"
    yield from markdown.notices(report, lambda s: "".join(run.text for run in markdown.runs(s)))
    if report.sources:
        yield "## Sources"
        lines = (
            f"- [{card.n}] {markdown.escape(wording.short_line(card))} · <{address[card.n or 0]}>"
            for card in report.sources
        )
        yield "\n".join(lines)
    yield f"**{wording.checked_line(report)}** · {markdown.escape(wording.corpus_line(report))}"
    if report.staleness:
        yield f"> {markdown.escape(report.staleness)}"
    yield f"*{markdown.escape(report.disclaimer)}*"


def _result(report: Report, n: int, card: SourceCard, url: str) -> dict[str, Any]:
    quotes = (c.quote for s in report.statements for c in s.citations if c.n == n)
    return {
        "title": wording.title(card),
        "url": url,
        "date": card.published,
        "last_updated": card.fetched,
        "snippet": wording.safe(next(quotes, "")),
        "source": "document",
    }


def _usage(answer: Mapping[str, Any]) -> dict[str, int]:
    sent, made = answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]
    return {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}


_CITATION = tuple(f.name for f in fields(Citation))


def _statement(data: Mapping[str, Any]) -> Statement:
    """Return the statement of an event as far as its sentence needs it."""
    citations = []
    for given in data["citations"]:
        known = {name: given[name] for name in _CITATION}
        known["quote_verdict"] = QuoteVerdict(given["quote_verdict"])
        known["verdict"] = SupportVerdict(given["verdict"])
        citations.append(Citation(**known))
    support = SupportVerdict(data["support"])
    assert support in (SupportVerdict.SUPPORTS, SupportVerdict.PARTLY)
    return Statement(
        data["id"],
        StatementKind(data["kind"]),
        data["text"],
        support,
        data["score"],
        data["origins"],
        tuple(citations),
    )
