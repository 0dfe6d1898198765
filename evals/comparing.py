"""Two runs side by side, item by item: what got worse comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from evals.errors import NotComparable
from evals.metrics.choice import DESCRIBING, statistic
from evals.runs import Manifest, Run
from evals.scoring import Outcome, Score, State
from evals.statistics.intervals import ratio
from evals.statistics.paired import Difference, compare, compare_by


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in both runs; `difference` is of the items that both scored, None without any.

    Differences are of each item's own value; for metrics of all citations or statements together
    that weighs items alike. Metrics that are no mean (a median, an area) are compared as they are.
    What only one group of items was asked has no difference.
    """

    metric: str
    judge: str | None
    before: float | None
    after: float | None
    higher_is_better: bool
    difference: Difference | None
    unit: str = "share"

    @property
    def worse(self) -> bool | None:
        """Whether it got worse beyond chance; None where that cannot be said, or is no matter."""
        d = self.difference
        if d is None or d.low <= 0 <= d.high or self.metric in DESCRIBING:
            return None
        return (d.value < 0) == self.higher_is_better

    @property
    def harm(self) -> float:
        """How much worse it got; negative where it got better."""
        if self.difference is None or self.metric in DESCRIBING:
            return 0.0
        return -self.difference.value if self.higher_is_better else self.difference.value


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item under one metric in both runs."""

    metric: str
    judge: str | None
    item: str
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """Two runs: changes by metric, the worst first; items that got worse; items of one run only."""

    before: Manifest
    after: Manifest
    changes: tuple[Change, ...]
    regressions: tuple[ItemChange, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]


def compare_runs(before: Run, after: Run, *, force: bool = False) -> Comparison:
    """Compare two scored runs.

    Raises:
        NotComparable: their data sets differ, and `force` was not asked for.
        RunError: one of them was not scored.
    """
    a, b = before.manifest, after.manifest
    if not force and (a.dataset, a.digest) != (b.dataset, b.digest):
        raise NotComparable(
            f"{before.path} is of {a.dataset} {a.digest[:12]}, {after.path} of {b.dataset} "
            f"{b.digest[:12]}: compare runs of one data set, or use --force"
        )
    first, second = before.scored(), after.scored()
    old, new = values_by_metric(first.outcomes), values_by_metric(second.outcomes)
    scores = {s.key: s for s in second.scores}
    changes, regressions = [], []
    for score in first.scores:
        if score.key not in scores:
            continue
        change, worse = _change(score, scores[score.key], old, new)
        changes.append(change)
        regressions += worse
    items_a, items_b = ({i.id: i for i in run.items} for run in (before, after))
    changes.sort(key=lambda c: (c.worse is not True, -c.harm))
    return Comparison(
        a,
        b,
        tuple(changes),
        tuple(regressions),
        missing=tuple(i for i in items_a if i not in items_b),
        new=tuple(i for i in items_b if i not in items_a),
    )


def values_by_metric(
    outcomes: tuple[Outcome, ...],
) -> Mapping[tuple[str, str | None], dict[str, Outcome]]:
    """Return what was scored, by metric and judge, then by item."""
    found: dict[tuple[str, str | None], dict[str, Outcome]] = {}
    for outcome in outcomes:
        if outcome.state is State.SCORED and outcome.y:
            found.setdefault((outcome.metric, outcome.judge), {})[outcome.item] = outcome
    return found


def _change(
    score: Score,
    now: Score,
    old: Mapping[tuple[str, str | None], dict[str, Outcome]],
    new: Mapping[tuple[str, str | None], dict[str, Outcome]],
) -> tuple[Change, list[ItemChange]]:
    key = (score.metric, score.judge)
    a, b = old.get(key, {}), new.get(key, {})
    both = [i for i in a if i in b]
    difference, worse = None, []
    groups = [a[i].group for i in both]
    if len(set(groups)) > 1:
        found = difference_by(score.metric, [a[i] for i in both], [b[i] for i in both])
        difference = found if isfinite(found.low) else None
    if statistic(score.metric) is ratio:
        values = [(a[i].x / a[i].y, b[i].x / b[i].y) for i in both]
        # One answer that is longer or slower than another is no regression.
        judged = score.unit == "share" and score.metric not in DESCRIBING
        worse = [
            ItemChange(score.metric, score.judge, item, *value)
            for item, value in zip(both, values, strict=True)
            if judged and value[0] != value[1] and (value[1] < value[0]) == score.higher_is_better
        ]
    change = Change(
        score.metric,
        score.judge,
        score.value,
        now.value,
        score.higher_is_better,
        difference,
        score.unit,
    )
    return change, worse


def difference_by(metric: str, before: Sequence[Outcome], after: Sequence[Outcome]) -> Difference:
    """Return the difference of a metric over outcomes of the same items, in the same order."""
    groups, figure = [o.group for o in before], statistic(metric)
    if figure is ratio:
        return compare([o.x / o.y for o in before], [o.x / o.y for o in after], groups)
    pairs_before, pairs_after = ([(o.x, o.y) for o in side] for side in (before, after))
    return compare_by(figure, pairs_before, pairs_after, groups)
