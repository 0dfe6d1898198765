"""Forbidden statements: answers that say something their gold entry says they must not."""

from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.metrics.short_answers import tells


def measure(case: Case) -> Value:
    """Return 1 where the answer tells any forbidden finding."""
    if not case.item.forbidden:
        raise Unscorable("nothing is forbidden")
    return Value(float(any(tells(case, finding) for finding in case.item.forbidden)))


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric(
        "forbidden_statements",
        "answers that say what they must not",
        measure,
        higher_is_better=False,
    )
