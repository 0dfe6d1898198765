"""List completeness: of the members that a list question wants, those that the answer names.

Members that do not belong are counted by forbidden statements.
"""

from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.metrics.short_answers import tells


def measure(case: Case) -> Value:
    """Return the share of members named."""
    if not case.item.listing:
        raise Unscorable("no list question")
    members = case.item.findings
    return Value(sum(tells(case, member) for member in members) / len(members))


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric("list_completeness", "members of a list that are named, by answer", measure)
