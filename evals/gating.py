"""The gate: whether a run is good enough, by the margins of a TOML file.

    [[gate]]
    metric = "citation_validity"
    min = 1.0

    [[gate]]
    metric = "citation_recall"
    judge = "token-alignment@1"
    margin = 0.02                    # against a baseline: non-inferiority
    ignore = ["refused"]

`min` and `max` bound the value. `margin` asks that the 95 % interval of the difference to the
baseline does not reach further than the margin on the bad side, so that too few items fail rather
than pass. An item that is unscorable counts as the worst value, 0 or 1, unless its reason is
listed in `ignore`; an item with an error always does. What is no share (a time, a multiple of
another time) has no worst value: there one such item closes the gate.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.comparing import difference_by
from evals.errors import GateError
from evals.metrics.choice import statistic
from evals.runs import Run
from evals.scoring import Outcome, Score, State
from evals.statistics.intervals import interval, ratio


class Rule(BaseModel):
    """What one metric must reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    judge: str | None = None
    min: float | None = None
    max: float | None = None
    margin: float | None = Field(None, ge=0)
    ignore: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> "Rule":
        if self.min is None and self.max is None and self.margin is None:
            raise ValueError("give min, max or margin")
        return self


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: tuple[Rule, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one rule holds, and why."""

    rule: Rule
    passed: bool
    reason: str


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read the file of margins.

    Raises:
        GateError: it is no TOML, or has an unknown or wrong field.
        OSError: it cannot be read.
    """
    try:
        return _Rules.model_validate(tomllib.loads(path.read_text("utf-8"))).gate
    except tomllib.TOMLDecodeError as error:
        raise GateError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise GateError(f"{path}: {place}: {first['msg']}") from error


def gate(run: Run, rules: Sequence[Rule], baseline: Run | None = None) -> list[Verdict]:
    """Return whether each rule holds.

    Raises:
        GateError: a rule names a metric that the run does not have, or a margin has no baseline.
        RunError: a run was not scored.
    """
    scored = run.scored()
    before = baseline.scored().outcomes if baseline else ()
    return [_verdict(rule, scored.scores, scored.outcomes, before) for rule in rules]


def _verdict(
    rule: Rule, scores: Sequence[Score], now: Sequence[Outcome], before: Sequence[Outcome]
) -> Verdict:
    score = next((s for s in scores if _named(rule, s.metric, s.judge)), None)
    if score is None:
        judge = f" by {rule.judge}" if rule.judge else ""
        raise GateError(f"the run has no metric {rule.metric!r}{judge}")
    values = _values(rule, score, now)
    if not values:
        return Verdict(rule, False, "no item counts")
    if score.unit != "share" and (failed := _failed(rule, now)):
        return Verdict(rule, False, f"{failed} of {len(values)} items were not measured")
    value, low, high = score.value, score.low, score.high
    if score.unit == "share" and statistic(score.metric) is ratio:
        found = interval(
            [o.x for o in values.values()],
            [o.y for o in values.values()],
            [o.group for o in values.values()],
        )
        value, low, high = found.value, found.low, found.high
    if value is None:
        return Verdict(rule, False, "there is no value")
    span = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    told = f"{value:.3f}{span} over {len(values)} items"
    if rule.min is not None and value < rule.min:
        return Verdict(rule, False, f"{told}, below {rule.min}")
    if rule.max is not None and value > rule.max:
        return Verdict(rule, False, f"{told}, above {rule.max}")
    if rule.margin is not None:
        return _non_inferior(rule, score, values, _values(rule, score, before), told)
    return Verdict(rule, True, told)


def _non_inferior(
    rule: Rule,
    score: Score,
    now: dict[str, Outcome],
    before: dict[str, Outcome],
    told: str,
) -> Verdict:
    assert rule.margin is not None, "asked for"
    both = [item for item in before if item in now]
    if not both:
        raise GateError(f"the margin of {rule.metric!r} needs a --baseline with the same items")
    missing = len(before) - len(both)
    if missing:
        return Verdict(rule, False, f"{missing} items of the baseline are missing")
    if len({before[i].group for i in both}) < 2:
        return Verdict(rule, False, f"{told}; one group of items says nothing of others")
    d = difference_by(score.metric, [before[i] for i in both], [now[i] for i in both])
    worst = d.low if score.higher_is_better else -d.high
    words = f"{told}; difference {d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    if np.isfinite(worst) and worst >= -rule.margin:
        return Verdict(rule, True, words)
    return Verdict(rule, False, f"{words}, further than {rule.margin} on the bad side")


def _values(rule: Rule, score: Score, outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    worst = 0.0 if score.higher_is_better else 1.0
    found = {}
    for o in outcomes:
        if not _named(rule, o.metric, o.judge):
            continue
        if o.state is State.SCORED:
            if o.y:
                found[o.item] = o
        elif o.state is State.ERROR or o.reason not in rule.ignore:
            found[o.item] = replace(o, x=worst, y=1.0)
    return found


def _failed(rule: Rule, outcomes: Sequence[Outcome]) -> int:
    return sum(
        o.state is State.ERROR or (o.state is State.UNSCORABLE and o.reason not in rule.ignore)
        for o in outcomes
        if _named(rule, o.metric, o.judge)
    )


def _named(rule: Rule, metric: str, judge: str | None) -> bool:
    return metric == rule.metric and (rule.judge is None or judge == rule.judge)
