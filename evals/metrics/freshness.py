"""Freshness: nothing later than the date asked about, and something recent where that exists.

1 if no cited source is later than `as_of`, and, where the item names `current_since`, some cited
source is of that date or later. Dates compare as far as both are precise.
"""

from evals.metrics.metric import Case, Metric, Unscorable, Value


def measure(case: Case) -> Value:
    """Return 1 where an answer is as fresh as its question wants."""
    item = case.item
    if item.as_of is None and item.current_since is None:
        raise Unscorable("no date asked about")
    case.require_answer()
    cited = {ref.n for sentence in case.parsed.sentences for ref in sentence.refs}
    dates = [s.published for n, s in case.parsed.sources.items() if n in cited and s.published]
    as_of, since = item.as_of, item.current_since
    late = as_of is not None and any(date > as_of[: len(date)] for date in dates)
    recent = since is None or any(date >= since[: len(date)] for date in dates)
    return Value(float(recent and not late))


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric("freshness", "answers that keep to the date asked about", measure)
