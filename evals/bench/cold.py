"""The stage of asking in a new process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.bench.children import HEAVY, Floor, Program, citeproof, floor
from evals.bench.stage import Measure, Values, figure, turns
from evals.items import Item, Sample
from evals.metrics.metric import Metric

NAME = "cold"


@dataclass(frozen=True)
class ColdAsks:
    """Asks one question in a new process, beside the import of the libraries in another."""

    index: Callable[[], Path]
    question: str
    count: int
    program: Program = citeproof
    floor: Floor = floor

    @property
    def items(self) -> tuple[Item, ...]:
        """A turn each."""
        return turns(NAME, self.count, self.question)

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        """Make the index."""
        self.index()
        yield self._measure

    def _measure(self, item: Item) -> Values:
        floor = self.floor(self.index())
        ask = self.program(self.index(), "ask", item.question)
        return {
            "import": floor.seconds,
            "import_megabytes": floor.megabytes,
            "ask": ask.seconds,
            "ask_megabytes": ask.megabytes,
        }


def figures() -> list[Metric[Sample]]:
    """Return the figures of the stage."""
    ask = "report of a new process on the demonstration notes"
    return [
        figure("import", f"{HEAVY}: the floor of a new process", "s", "import"),
        figure("cold_report", ask, "s", "ask"),
        figure("cold_report_to_import", f"{ask} / {HEAVY}", "x", "ask", over="import"),
        figure("cold_report_memory", f"peak memory of the {ask}", "MB", "ask_megabytes"),
        figure(
            "cold_report_memory_to_import",
            f"the same / {HEAVY}",
            "x",
            "ask_megabytes",
            over="import_megabytes",
        ),
    ]
