"""Disclaimer present: answers of which every rendering carries what every answer must.

That is the disclaimer, the day on which the answer was checked, the date of the newest document,
and the notice of staleness where one is due. 1 where all of them stand in all renderings, as text
that a reader sees, else 0; the mean over all answers, refusals as well. An answer that is no report
promises none of it and is not scored.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from html.parser import HTMLParser
from typing import Any

from corpus.dates import PartialDate
from evals.metrics.metric import Case, Metric, Unscorable, Value
from rag.report import Report

_UNSEEN = frozenset(["head", "script", "style", "template", "title"])
_EMPTY = frozenset(["br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"])


def measure(case: Case) -> Value:
    """Return 1 where no rendering lacks anything."""
    if case.answer.lacking is None:
        raise Unscorable("the answer is no report")
    return Value(float(not case.answer.lacking))


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric(
        "disclaimer_present",
        "answers with disclaimer, checked-on and corpus date in every rendering",
        measure,
    )


def lacking(report: Report, renderings: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the renderings lack, each as "markdown: checked-on date".

    `renderings` are texts by format; `html` is read as a page, `json` as the report's data. Letters
    and digits are compared, so that escapes and line breaks do not matter.
    """
    wanted = dict(_wanted(report))
    found: list[str] = []
    for kind, text in renderings.items():
        if kind == "json":
            found += [f"{kind}: {name}" for name in lacking_in_data(json.loads(text))]
            continue
        seen = _letters(_visible(text) if kind == "html" else text)
        found += [
            f"{kind}: {name}"
            for name, words in wanted.items()
            if not _letters(words) or _letters(words) not in seen
        ]
    return tuple(found)


def lacking_in_data(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a report as data lacks; the newest document may be known to have no date."""
    corpus = data.get("corpus") or {}
    present = {
        "disclaimer": bool(data.get("disclaimer")),
        "checked-on date": bool(data.get("checked_on")),
        "corpus date": "latest_published" in corpus,
        "staleness": "staleness" in data,
    }
    return tuple(name for name, there in present.items() if not there)


def _wanted(report: Report) -> Iterator[tuple[str, str]]:
    day = date.fromisoformat(report.checked_on)
    newest = report.corpus.latest_published
    yield "disclaimer", report.disclaimer
    yield "checked-on date", f"checked on {day:%B} {day.day}, {day.year}"
    words = (
        f"the newest of {PartialDate.parse(newest).in_words()}" if newest else "none of them dated"
    )
    yield "corpus date", words
    if report.staleness is not None:
        yield "staleness", report.staleness


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _visible(page: str) -> str:
    reader = _Visible()
    reader.feed(page)
    reader.close()
    return " ".join(reader.texts)


class _Visible(HTMLParser):
    """Collects what a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY and (self._inside or tag in _UNSEEN or "hidden" in dict(attrs)):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(data)
