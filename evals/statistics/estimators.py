"""Statistics of pairs of measurements that are no rates: medians, and what 95 % stay below."""

import numpy as np

from evals.statistics.intervals import Floats


def median(x: Floats, y: Floats) -> float:
    """Return median(x) / median(y): a median where y is one, else how many of y's x takes."""
    return _over(float(np.median(x)), y)


def percentile_95(x: Floats, y: Floats) -> float:
    """Return the 95th percentile of x, in medians of y."""
    return _over(float(np.quantile(x, 0.95)), y)


def _over(value: float, y: Floats) -> float:
    unit = float(np.median(y))
    return value / unit if unit else float("nan")
