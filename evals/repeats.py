"""Repeated runs side by side: for systems that draw their words, one run is one draw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.comparing import values_by_metric
from evals.errors import NotComparable
from evals.metrics.choice import statistic
from evals.runs import Run
from evals.statistics.intervals import ratio
from evals.statistics.repeats import Spread, spread


@dataclass(frozen=True, slots=True)
class Repeated:
    """One metric over runs, of the items that every run scored."""

    metric: str
    judge: str | None
    spread: Spread


def repeats(runs: Sequence[Run]) -> list[Repeated]:
    """Return the spread of every metric that is a mean over items.

    Raises:
        NotComparable: there are fewer than two runs, or they are of different items.
        RunError: a run was not scored.
    """
    if len(runs) < 2:
        raise NotComparable("name two or more runs of the same items; three or more say something")
    first = runs[0].manifest
    for run in runs[1:]:
        other = run.manifest
        if (other.digest, other.items) != (first.digest, first.items):
            raise NotComparable(f"{run.path} asks other items than {runs[0].path}")
    by_run = [values_by_metric(run.scored().outcomes) for run in runs]
    found = []
    for metric, judge in by_run[0]:
        scored = [values.get((metric, judge), {}) for values in by_run]
        items = [item for item in scored[0] if all(item in s for s in scored)]
        if statistic(metric) is not ratio or len(items) < 2:
            continue
        values = np.array([[s[item].x / s[item].y for s in scored] for item in items])
        groups = [scored[0][item].group for item in items]
        found.append(Repeated(metric, judge, spread(values, groups)))
    return found
