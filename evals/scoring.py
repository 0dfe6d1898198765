"""From answers to scores: every item is scored, unscorable with its reason, or an error."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from evals.items import Answer, Claim, Fault, Item, Sample
from evals.judges.judge import JudgeFailed
from evals.metrics.metric import Case, Metric, Unscorable
from evals.statistics.intervals import interval

C = TypeVar("C")


class State(StrEnum):
    """What became of one item under one metric."""

    SCORED = "scored"
    UNSCORABLE = "unscorable"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One item under one metric: x of y where it is scored, else the reason."""

    metric: str
    judge: str | None
    item: str
    group: str
    topic: str
    state: State
    x: float = 0.0
    y: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A metric over a run. `n` + `unscorable` + `errors` are all items; None where n is 0.

    `low` and `high` bound the 95 % interval.
    """

    metric: str
    judge: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    unscorable: int
    errors: int
    about: str = ""
    unit: str = "share"
    higher_is_better: bool = True
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The metric, and its judge where it has one."""
        return f"{self.metric} ({self.judge})" if self.judge else self.metric


@dataclass(frozen=True)
class Scored:
    """The scores of a run and what they are made of."""

    scores: tuple[Score, ...]
    outcomes: tuple[Outcome, ...]


def score_answers(
    items: Sequence[Item],
    answers: Mapping[str, Answer],
    metrics: Sequence[Metric[Case]],
    *,
    faults: Sequence[Fault] = (),
    seed: int = 0,
) -> Scored:
    """Score every item; one without an answer, and each fault of the data set, is an error."""
    rows = []
    for item in items:
        answer = answers.get(item.id)
        if answer is None:
            rows.append(_Row(item.id, item.group, item.topic, None, "not answered"))
        elif answer.error is not None:
            rows.append(_Row(item.id, item.group, item.topic, None, answer.error))
        else:
            rows.append(_Row(item.id, item.group, item.topic, Case(item, answer)))
    return _scored(rows, metrics, faults, seed)


def score_claims(
    claims: Sequence[Claim],
    metrics: Sequence[Metric[Claim]],
    *,
    faults: Sequence[Fault] = (),
    seed: int = 0,
) -> Scored:
    """Score every claim, as `score_answers` does."""
    rows = [_Row(claim.id, claim.group, claim.topic, claim) for claim in claims]
    return _scored(rows, metrics, faults, seed)


def reconcile(scored: Scored, ids: Sequence[str], faults: Sequence[Fault]) -> None:
    """Check that every item and every fault has exactly one outcome under every metric.

    Raises:
        AssertionError: one is missing, or is counted twice.
    """
    wanted = Counter([*ids, *(fault.place for fault in faults)])
    found: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for outcome in scored.outcomes:
        found[outcome.metric, outcome.judge][outcome.item] += 1
    for score in scored.scores:
        counted = found[score.metric, score.judge]
        total = score.n + score.unscorable + score.errors
        assert counted == wanted, f"{score.key}: not one outcome for each item"
        assert total == wanted.total(), f"{score.key}: {total} of {wanted.total()} are counted"


def score_samples(
    items: Sequence[Item],
    samples: Mapping[str, Sample],
    figures: Mapping[str, Sequence[Metric[Sample]]],
    *,
    seed: int = 0,
) -> Scored:
    """Score what was measured by the figures of each stage, which is its items' topic.

    An item that was not measured, or could not be, is an error of each of its stage's figures.
    """
    rows: dict[str, list[_Row]] = {}
    for item in items:
        sample = samples.get(item.id, Sample(item.id, error="not measured"))
        place = (item.id, item.group, item.topic)
        row = _Row(*place, None, sample.error) if sample.error else _Row(*place, sample)
        rows.setdefault(item.topic, []).append(row)
    parts = [_scored(rows[stage], figures[stage], (), seed) for stage in rows]
    for part, of_stage in zip(parts, rows.values(), strict=True):
        reconcile(part, [row.item for row in of_stage], ())
    return Scored(
        tuple(score for part in parts for score in part.scores),
        tuple(outcome for part in parts for outcome in part.outcomes),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    item: str
    group: str
    topic: str
    case: object
    error: str = ""


def _scored(
    rows: Sequence[_Row], metrics: Sequence[Metric[C]], faults: Sequence[Fault], seed: int
) -> Scored:
    rows = [*rows, *(_Row(f.place, f.place, "", None, f.reason) for f in faults)]
    scores, outcomes = [], []
    cases = [row.case for row in rows if row.case is not None]
    for metric in metrics:
        beyond = _beyond(metric, cases)
        found = [_outcome(metric, row, beyond) for row in rows]
        outcomes += found
        scores.append(summarise(metric, found, seed))
    return Scored(tuple(scores), tuple(outcomes))


def _beyond(metric: Metric[C], cases: Sequence[object]) -> str:
    """Return why a metric says nothing about these cases, empty where it does."""
    if metric.over is not None:
        try:
            metric.over(cases)  # type: ignore[arg-type]
        except Unscorable as reason:
            return str(reason)
    return ""


def _outcome(metric: Metric[C], row: _Row, beyond: str) -> Outcome:
    def outcome(state: State, reason: str, x: float = 0.0, y: float = 0.0) -> Outcome:
        place = (row.item, row.group, row.topic)
        return Outcome(metric.name, metric.judge, *place, state, x, y, reason)

    if row.case is None:
        return outcome(State.ERROR, row.error)
    if beyond:
        return outcome(State.UNSCORABLE, beyond)
    try:
        value = metric.measure(row.case)  # type: ignore[arg-type]
    except Unscorable as reason:
        return outcome(State.UNSCORABLE, str(reason))
    except JudgeFailed as error:
        return outcome(State.ERROR, f"judge: {error}")
    if not (math.isfinite(value.x) and math.isfinite(value.y)):
        return outcome(State.ERROR, f"not a number: {value.x} of {value.y}")
    return outcome(State.SCORED, "", value.x, value.y)


def summarise(metric: Metric[C], outcomes: Sequence[Outcome], seed: int) -> Score:
    """Return the score of one metric over its outcomes."""
    scored = [o for o in outcomes if o.state is State.SCORED]
    states = Counter(o.state for o in outcomes)
    value = low = high = None
    if scored:
        found = interval(
            [o.x for o in scored],
            [o.y for o in scored],
            [o.group for o in scored],
            statistic=metric.statistic,
            seed=seed,
        )
        value, low, high = (_number(v) for v in (found.value, found.low, found.high))
    return Score(
        metric.name,
        metric.judge,
        value,
        low,
        high,
        n=len(scored),
        unscorable=states[State.UNSCORABLE],
        errors=states[State.ERROR],
        about=metric.about,
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        reasons=dict(Counter(o.reason for o in outcomes if o.reason)),
    )


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
