"""A judge's rate, corrected by the items that people labelled as well."""

from collections.abc import Sequence

import numpy as np

from evals.statistics.intervals import Interval, Z


def corrected_rate(
    judged: Sequence[float], labelled: Sequence[float], judged_too: Sequence[float]
) -> Interval:
    """Return the rate that people would find, by prediction-powered inference.

    `judged` are the judge's values on the N items that nobody labelled, `labelled` people's values
    on n others and `judged_too` the judge's on those. With the weight λ that gives the least
    variance: λ·mean(judged) + mean(labelled - λ·judged_too), and the variance
    λ²·var(judged)/N + var(labelled - λ·judged_too)/n (Angelopoulos et al., 2023, "Prediction-
    powered inference" and "PPI++"). The judge's bias cancels; with a useless judge λ is near 0 and
    the labels alone count.

    Raises:
        ValueError: fewer than 2 items are labelled, or the pairs have unequal lengths.
    """
    f, y, g = (np.asarray(v, dtype=float) for v in (judged, labelled, judged_too))
    if len(y) != len(g) or len(y) < 2:
        raise ValueError(f"the correction needs 2 labelled pairs or more, not {len(y)}, {len(g)}")
    total, n = len(f), len(y)
    if total < 2:
        weight = 0.0
    else:
        spread = float(np.var(np.concatenate([f, g]), ddof=1))
        both = float(np.cov(y, g, ddof=1)[0, 1])
        weight = min(1.0, max(0.0, both / ((1 + n / total) * spread))) if spread else 0.0
    value = float((weight * f.mean() if total else 0.0) + (y - weight * g).mean())
    variance = float(np.var(y - weight * g, ddof=1)) / n
    if total >= 2:
        variance += weight**2 * float(np.var(f, ddof=1)) / total
    half = Z * variance**0.5
    return Interval(value, max(0.0, value - half), min(1.0, value + half))
