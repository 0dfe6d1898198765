"""Two runs on the same items: the difference, whether it is chance, and what could be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from evals.statistics.intervals import Floats, Statistic, Z, resampled

_POWER_Z = 0.8416212335729143


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A over the items that both scored, with a 95 % interval.

    `p` is two-sided: the exact sign test on the items that differ where all values are 0 or 1
    (McNemar, 1947), else from the bootstrap of the difference. `detectable` is the smallest
    difference that so many groups show with power 80 % at the level 5 %.
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    detectable: float


def compare(a: Sequence[float], b: Sequence[float], groups: Sequence[str]) -> Difference:
    """Return the mean difference of paired values, resampling whole groups.

    Raises:
        ValueError: there is no pair, or the lengths differ.
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.shape != second.shape or not len(first):
        raise ValueError(f"pairs need equal lengths of at least 1, not {len(a)} and {len(b)}")
    change = second - first
    value = float(change.mean())
    draws = resampled(change, np.ones_like(change), groups)
    low, high = np.quantile(draws, [0.025, 0.975])
    if np.isin(np.concatenate([first, second]), (0.0, 1.0)).all():
        p = _sign_test(int((change > 0).sum()), int((change < 0).sum()))
    else:
        p = _two_sided(draws)
    return Difference(value, float(low), float(high), p, len(first), detectable(change, groups))


def compare_by(
    statistic: Statistic,
    a: Sequence[tuple[float, float]],
    b: Sequence[tuple[float, float]],
    groups: Sequence[str],
) -> Difference:
    """Return the difference of a statistic over paired pairs x, y, resampling whole groups.

    `detectable` has the standard deviation of the resampled differences for the standard error.

    Raises:
        ValueError: there is no pair, or the lengths differ.
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.shape != second.shape or not len(first):
        raise ValueError(f"pairs need equal lengths of at least 1, not {len(a)} and {len(b)}")

    def difference(rows: Floats, _: Floats) -> float:
        picked = rows.astype(int)
        return statistic(*second[picked].T) - statistic(*first[picked].T)

    rows = np.arange(len(first), dtype=float)
    draws = resampled(rows, np.ones_like(rows), groups, statistic=difference)
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        draws = np.array([np.nan, np.nan])
    low, high = np.quantile(draws, [0.025, 0.975])
    least = (Z + _POWER_Z) * float(draws.std(ddof=1))
    value = difference(rows, rows)
    return Difference(value, float(low), float(high), _two_sided(draws), len(rows), least)


def detectable(change: Floats, groups: Sequence[str]) -> float:
    """Return (1.96 + 0.84) standard errors of the mean, clustered by group (Miller, 2024)."""
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    residual = np.bincount(member, change - change.mean())
    if len(residual) < 2:
        return float("nan")
    correction = len(residual) / (len(residual) - 1)
    return float((Z + _POWER_Z) * sqrt(correction * float((residual**2).sum())) / len(change))


def _two_sided(draws: Floats) -> float:
    tail = min((draws <= 0).mean(), (draws >= 0).mean())
    return min(1.0, 2 * max(float(tail), 1 / len(draws)))


def _sign_test(better: int, worse: int) -> float:
    """Return the two-sided binomial probability of a split at least as uneven, 1 without any."""
    from scipy.stats import binomtest

    n = better + worse
    return float(binomtest(better, n, 0.5).pvalue) if n else 1.0
