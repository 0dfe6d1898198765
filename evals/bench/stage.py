"""The seam of the bench: what is measured, turn by turn, and the figures that come of it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from evals.items import Item, Sample
from evals.metrics.metric import Metric, Unscorable, Value
from evals.statistics.estimators import median
from evals.statistics.intervals import Statistic

Values = Mapping[str, float]
Measure = Callable[[Item], Values]
Clock = Callable[[], float]


class Stage(Protocol):
    """Something that is measured several times; its name is the topic of its items."""

    @property
    def items(self) -> tuple[Item, ...]:
        """The measurements to make, in their order."""
        ...

    def ready(self) -> AbstractContextManager[Measure]:
        """Load and warm up whatever is needed, and return what measures one item."""
        ...


def turns(stage: str, count: int, about: str) -> tuple[Item, ...]:
    """Return an item for each turn; every turn is a group of its own."""
    ids = [f"{stage}/{turn}" for turn in range(1, count + 1)]
    return tuple(Item(id, about, id, topic=stage) for id in ids)


def seconds(clock: Clock, work: Callable[[], object]) -> float:
    """Do something and return how long it took."""
    start = clock()
    work()
    return clock() - start


def figure(
    name: str,
    about: str,
    unit: str,
    value: str,
    *,
    over: str | None = None,
    scale: float = 1.0,
    statistic: Statistic = median,
    more: bool = False,
) -> Metric[Sample]:
    """Return the figure of one number of the samples, or of one over another.

    A unit of "x" is how many times the floor that `about` names, measured in the same turn.
    `more` is better where it is said, else less.
    """

    def measure(sample: Sample) -> Value:
        if value not in sample.values:
            raise Unscorable(f"no {value.replace('_', ' ')}")
        return Value(scale * sample.values[value], sample.values[over] if over else 1.0)

    return Metric(name, about, measure, statistic=statistic, higher_is_better=more, unit=unit)
