"""Intervals: Wilson's for plain rates, the bootstrap over groups for everything else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], float]

Z = 1.959963984540054
RESAMPLES = 2000
_SLOW_RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def ratio(x: Floats, y: Floats) -> float:
    """Return sum(x) / sum(y): a mean where y is one, a rate where x and y are counts."""
    total = float(y.sum())
    return float(x.sum()) / total if total else float("nan")


def wilson(successes: int, n: int) -> Interval:
    """Return the rate successes / n with Wilson's score interval (1927).

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), with z = 1.96. For 0 of n its upper
    bound is z²/(n + z²), close to the rule of three.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"a rate needs 0 <= successes <= n and n > 0, not {successes} of {n}")
    p = successes / n
    centre = p + Z * Z / (2 * n)
    spread = Z * np.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    low, high = float((centre - spread) / scale), float((centre + spread) / scale)
    return Interval(p, low if successes else 0.0, high if successes < n else 1.0)


def interval(
    x: Sequence[float],
    y: Sequence[float],
    groups: Sequence[str],
    *,
    statistic: Statistic = ratio,
    seed: int = 0,
) -> Interval:
    """Return a statistic of paired values with its 95 % interval.

    A rate of yes and no, each in a group of its own, gets Wilson's interval; anything else the
    percentile bootstrap that draws whole groups (Efron and Tibshirani, 1993). Where every group
    gives the same extreme rate, 0 or 1, the bootstrap sees no variance: then Wilson's interval
    with the number of groups is given.
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    value = statistic(a, b)
    if statistic is ratio and _binary(a, b):
        count = len(set(groups))
        if count == len(groups):
            return wilson(int(a.sum()), len(a))
        if value in (0.0, 1.0):
            bounds = wilson(int(value) * count, count)
            return Interval(value, bounds.low, bounds.high)
    elif statistic is ratio and value in (0.0, 1.0) and (a <= b).all() and (a >= 0).all():
        count = len(set(groups))
        bounds = wilson(int(value) * count, count)
        return Interval(value, bounds.low, bounds.high)
    if len(set(groups)) < 2:
        # One group says nothing of how much others differ from it.
        return Interval(value, float("nan"), float("nan"))
    draws = resampled(a, b, groups, statistic=statistic, seed=seed)
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def resampled(
    a: Floats, b: Floats, groups: Sequence[str], *, statistic: Statistic = ratio, seed: int = 0
) -> Floats:
    """Return the statistic of each bootstrap sample of whole groups, with a fixed seed."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    rng = np.random.default_rng(seed)
    if statistic is ratio:
        sums = np.stack([np.bincount(member, v, len(names)) for v in (a, b)])
        weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
        tops, bottoms = sums @ weights.T
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(tops / bottoms)
    rows = [np.flatnonzero(member == g) for g in range(len(names))]
    found = []
    for _ in range(_SLOW_RESAMPLES):
        picked = np.concatenate([rows[g] for g in rng.integers(len(names), size=len(names))])
        found.append(statistic(a[picked], b[picked]))
    return np.asarray(found)


def _binary(a: Floats, b: Floats) -> bool:
    return bool(np.isin(a, (0.0, 1.0)).all() and (b == 1.0).all())
