"""Repeated runs of the same items: how much a figure owes to the items and how much to chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.statistics.intervals import Floats, interval


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean over items of each item's mean over runs, with its 95 % interval over items.

    `within` is the variance of one item's value between runs, averaged over items; `between` the
    variance of items, without the part that `within` leaves in their means.
    """

    value: float
    low: float
    high: float
    between: float
    within: float
    items: int
    runs: int


def spread(values: Floats, groups: Sequence[str]) -> Spread:
    """Return the spread of values of shape (items, runs).

    One-way random effects, by moments: within = mean of the items' variances over runs, between =
    variance of the items' means - within / runs, not below 0 (Miller, 2024, section 3).

    Raises:
        ValueError: there are fewer than two items or two runs.
    """
    items, runs = values.shape
    if items < 2 or runs < 2:
        raise ValueError(f"a spread needs two items and two runs, not {items} and {runs}")
    means = values.mean(axis=1)
    within = float(values.var(axis=1, ddof=1).mean())
    between = max(0.0, float(means.var(ddof=1)) - within / runs)
    found = interval(means.tolist(), [1.0] * items, groups)
    return Spread(found.value, found.low, found.high, between, within, items, runs)
