"""The stage of asking many questions in one process."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from corpus.dates import PartialDate
from evals.bench.stage import Clock, Measure, Values, figure, seconds
from evals.items import Item, Sample
from evals.metrics.metric import Metric
from evals.statistics.estimators import median, percentile_95
from rag import events
from rag.assistant import Assistant
from rag.question import Question

NAME, ADDED = "warm", "warm_added"
STEPS = ("sources", "first_statement", "report")
_TODAY = date(2025, 12, 20)


@dataclass(frozen=True)
class WarmReports:
    """Asks each question once a turn, beside an embedding of it by the plain library.

    `opened` opens an index for questions, `plain` loads what embeds one text plainly.
    """

    name: str
    index: Callable[[], Path]
    questions: Sequence[Item]
    count: int
    opened: Callable[[Path], AbstractContextManager[Assistant]]
    plain: Callable[[], Callable[[str], object]]
    clock: Clock = time.perf_counter

    @property
    def items(self) -> tuple[Item, ...]:
        """Each question in each turn; a question is a group."""
        return tuple(
            Item(f"{self.name}/{turn}/{q.id}", q.question, q.id, topic=self.name, as_of=q.as_of)
            for turn in range(1, self.count + 1)
            for q in self.questions
        )

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        """Open the index, and ask and embed once."""
        plain = self.plain()
        with self.opened(self.index()) as assistant:

            def measure(item: Item) -> Values:
                as_of = PartialDate.parse(item.as_of) if item.as_of else None
                question = Question.parse(item.question, as_of=as_of)
                floor = seconds(self.clock, lambda: plain(question.text))
                return {"embedding": floor, **self._steps(assistant, question)}

            measure(replace(self.items[0], as_of=None))
            yield measure

    def _steps(self, assistant: Assistant, question: Question) -> dict[str, float]:
        """Return the seconds until each step; a refusal has no first statement."""
        found: dict[str, float] = {}
        start = self.clock()
        for event in assistant.stream(question, today=_TODAY):
            match event:
                case events.SourcesFound():
                    found["sources"] = self.clock() - start
                case events.StatementVerified():
                    found.setdefault("first_statement", self.clock() - start)
                case events.AnswerCompleted():
                    found["report"] = self.clock() - start
        return found


def figures(name: str) -> list[Metric[Sample]]:
    """Return the figures of the stage on the demonstration notes, or with documents added."""
    suffix, where = ("", "") if name == NAME else ("_added", ", with documents added")
    floor = "one plain sentence-transformers embedding of the question"
    steps = (
        ("embedding", f"{floor}: the floor of a report"),
        ("sources", f"question planned and sources named{where}"),
        ("first_statement", f"first verified sentence{where}"),
    )
    found = [figure(f"{step}{suffix}", about, "ms", step, scale=1000) for step, about in steps]
    for ending, word, statistic in (
        ("p50", "median", median),
        ("p95", "95th percentile", percentile_95),
    ):
        report = f"report_{ending}{suffix}"
        about = f"whole report of a warm process{where}, {word}"
        found += [
            figure(report, about, "ms", "report", scale=1000, statistic=statistic),
            figure(
                f"{report}_to_embedding",
                f"the same / {floor}",
                "x",
                "report",
                over="embedding",
                statistic=statistic,
            ),
        ]
    return found
