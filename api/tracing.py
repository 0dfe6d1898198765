"""Spans of answers for OpenTelemetry, by its conventions for generative AI; off by default."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

_MODEL = "citeproof"


class Trace(Protocol):
    """What is told of an answer in the making."""

    def step(self, name: str, data: Mapping[str, Any]) -> None:
        """Take note of an event."""
        ...

    def answered(self, report: Mapping[str, Any], usage: Mapping[str, int]) -> None:
        """Take note of the finished answer."""
        ...

    def failed(self, code: str) -> None:
        """Take note of a failure."""
        ...


class Tracer(Protocol):
    """Makes a trace for each answer."""

    def answering(self, question: str, traceparent: str | None) -> Any:
        """Return a context manager that gives the `Trace` of an answer."""
        ...


class NoTrace:
    """Nobody looks."""

    @contextmanager
    def answering(self, question: str, traceparent: str | None) -> Iterator["NoTrace"]:
        """Give what does nothing."""
        del question, traceparent
        yield self

    def step(self, name: str, data: Mapping[str, Any]) -> None:
        """Do nothing."""

    def answered(self, report: Mapping[str, Any], usage: Mapping[str, int]) -> None:
        """Do nothing."""

    def failed(self, code: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class GenAiTracer:
    """Makes a span `chat` for each answer with a span `retrieval` inside.

    `tracer` is one of OpenTelemetry. Questions and sentences are in the spans only with `content`.
    """

    tracer: Any
    content: bool = False

    @contextmanager
    def answering(self, question: str, traceparent: str | None) -> Iterator["_GenAiTrace"]:
        """Give the trace of an answer, a part of the caller's where it names one."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {"traceparent": traceparent} if traceparent else {}
        parent = TraceContextTextMapPropagator().extract(carrier)
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _MODEL,
            "gen_ai.request.model": _MODEL,
        }
        if self.content:
            attributes["gen_ai.input.messages"] = question
        with self.tracer.start_as_current_span(
            f"chat {_MODEL}",
            context=parent,
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
        ) as span:
            trace = _GenAiTrace(self.tracer, span, self.content)
            try:
                yield trace
            finally:
                trace.end()


class _GenAiTrace:
    def __init__(self, tracer: Any, span: Any, content: bool) -> None:
        self._span = span
        self._content = content
        self._retrieval = tracer.start_span(
            "retrieval", attributes={"gen_ai.operation.name": "retrieval"}
        )

    def step(self, name: str, data: Mapping[str, Any]) -> None:
        if name == "sources.found" and self._retrieval is not None:
            self._retrieval.set_attribute("citeproof.sources", len(data["sources"]))
            self.end()
        elif name == "statement.verified":
            self._span.add_event("statement.verified")

    def answered(self, report: Mapping[str, Any], usage: Mapping[str, int]) -> None:
        self._span.set_attributes(
            {
                "gen_ai.data_source.id": report["corpus"]["generation"],
                "gen_ai.response.model": report["method"]["writer"],
                "gen_ai.usage.input_tokens": usage["input_tokens"],
                "gen_ai.usage.output_tokens": usage["output_tokens"],
                "citeproof.status": report["status"],
                "citeproof.citations": len(report["sources"]),
            }
        )
        if self._content:
            sentences = [s["text"] for s in report["summary"]]
            self._span.set_attribute("gen_ai.output.messages", " ".join(sentences))

    def failed(self, code: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attribute("error.type", code)
        self._span.set_status(Status(StatusCode.ERROR, code))

    def end(self) -> None:
        """End the span of the search, if it still runs."""
        if self._retrieval is not None:
            self._retrieval.end()
            self._retrieval = None
