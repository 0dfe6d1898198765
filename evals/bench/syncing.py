"""The stage of syncing the demonstration notes, in processes of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.bench.children import HEAVY, Floor, Program, citeproof, floor
from evals.bench.stage import Measure, Values, figure, turns
from evals.items import Item, Sample
from evals.metrics.metric import Metric

NAME = "sync"


@dataclass(frozen=True)
class Syncs:
    """Syncs a folder into a new index, then again, beside the import of the libraries."""

    documents: Path
    count: int
    program: Program = citeproof
    floor: Floor = floor

    @property
    def items(self) -> tuple[Item, ...]:
        """A turn each."""
        return turns(NAME, self.count, "sync of a new index, then again")

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        """Nothing has to be loaded."""
        yield self._measure

    def _measure(self, _: Item) -> Values:
        with TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            floor = self.floor(index)
            first = self.program(index, "sync", str(self.documents))
            again = self.program(index, "sync", str(self.documents))
        return {
            "import": floor.seconds,
            "first": first.seconds,
            "first_megabytes": first.megabytes,
            "again": again.seconds,
        }


def figures() -> list[Metric[Sample]]:
    """Return the figures of the stage."""
    first = "first sync of the demonstration notes, with the export of the model"
    return [
        figure("first_sync", first, "s", "first"),
        figure("first_sync_memory", f"peak memory of the {first}", "MB", "first_megabytes"),
        figure("sync_of_nothing", "sync with nothing new, in a new process", "s", "again"),
        figure("sync_of_nothing_to_import", f"the same / {HEAVY}", "x", "again", over="import"),
    ]
