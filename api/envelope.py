"""The answer as the API gives it: the report in an envelope, its offsets in the client's unit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.anchors import Anchors, anchored, encoded_span
from api.offsets import OffsetEncoding

_SPAN = re.compile(r"(\d+):(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something about an answer that its reader should know, and that is no error."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is stored: `report` is `citeproof/report@1`, never changed.

    `created` is in seconds since 1970, `timings_ms` in milliseconds from the start of the work.
    """

    id: str
    slug: str
    site: str
    created: int
    report: Mapping[str, Any]
    anchors: Anchors = field(repr=False)
    usage: Mapping[str, int]
    timings_ms: Mapping[str, int]
    warnings: tuple[Caveat, ...] = ()
    version: int = 1

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The documents that it cites."""
        return tuple(card["id"] for card in self.report["sources"])


def envelope(
    answer: Answer, encoding: OffsetEncoding, *, more_warnings: Sequence[Caveat] = ()
) -> dict[str, Any]:
    """Return the answer object: everything that the client is shown."""
    warnings = (*answer.warnings, *more_warnings)
    return {
        "id": answer.id,
        "object": "answer",
        "created": answer.created,
        "slug": answer.slug,
        "version": answer.version,
        "offset_encoding": encoding,
        "report": dressed_report(answer.report, answer.anchors, encoding),
        "usage": dict(answer.usage),
        "timings_ms": dict(answer.timings_ms),
        "warnings": [{"code": w.code, "detail": w.detail} for w in warnings],
    }


def dressed_report(
    report: Mapping[str, Any], anchors: Anchors, encoding: OffsetEncoding
) -> dict[str, Any]:
    """Return the report with selectors, locators and offsets in `encoding`."""
    digests = {card["n"]: card["sha256"] for card in report["sources"]}

    def dressed(statement: Mapping[str, Any]) -> dict[str, Any]:
        return dressed_statement(statement, digests, anchors, encoding)

    refusal = report["refusal"]
    if refusal is not None:
        nearest = [anchored(passage, anchors, encoding) for passage in refusal["nearest"]]
        refusal = {**refusal, "nearest": nearest}
    return {
        **report,
        "summary": [dressed(s) for s in report["summary"]],
        "sections": [
            {**section, "statements": [dressed(s) for s in section["statements"]]}
            for section in report["sections"]
        ],
        "refusal": refusal,
    }


def dressed_statement(
    statement: Mapping[str, Any],
    digests: Mapping[int, str],
    anchors: Anchors,
    encoding: OffsetEncoding,
) -> dict[str, Any]:
    """Return the statement with selectors, locators and offsets in `encoding`.

    `digests` holds the sha256 of each source's version by its number.
    """

    def recounted(match: re.Match[str]) -> str:
        n, start, end = (int(group) for group in match.groups())
        start, end = encoded_span(digests[n], start, end, anchors, encoding)
        return f"{n}:{start}-{end}"

    computation = statement["computation"]
    if computation is not None:
        spans = [_SPAN.sub(recounted, span) for span in computation["spans"]]
        computation = {**computation, "spans": spans}
    return {
        **statement,
        "citations": [anchored(c, anchors, encoding) for c in statement["citations"]],
        "computation": computation,
    }


def cited_spans(statements: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, int]]:
    """Yield source number, start and end of everything that the statements point to."""
    for statement in statements:
        for citation in statement["citations"]:
            yield citation["n"], citation["start"], citation["end"]
        computation = statement["computation"]
        for span in computation["spans"] if computation else ():
            match = _SPAN.fullmatch(span)
            assert match is not None, span
            yield int(match[1]), int(match[2]), int(match[3])


def statements_of(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return every statement of a report in reading order."""
    return [*report["summary"], *(s for part in report["sections"] for s in part["statements"])]
