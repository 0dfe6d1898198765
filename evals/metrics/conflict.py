"""Conflict: where sources disagree, every right answer is told and no wrong one.

1 if all gold findings are told and nothing forbidden, else 0 (RAMDocs: Wang et al., 2025).
"""

from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.metrics.short_answers import tells


def measure(case: Case) -> Value:
    """Return 1 where the answer handles the conflict."""
    item = case.item
    if not item.conflicting:
        raise Unscorable("no conflict")
    right = all(tells(case, finding) for finding in item.findings)
    return Value(float(right and not any(tells(case, finding) for finding in item.forbidden)))


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric("conflict_handled", "conflicts told whole, without a wrong answer", measure)
