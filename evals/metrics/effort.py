"""Latency and cost: seconds an answer (median and 95th percentile), tokens of a model, words."""

from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.statistics.estimators import median, percentile_95


def _seconds(case: Case) -> Value:
    if case.answer.seconds is None:
        raise Unscorable("not timed")
    return Value(case.answer.seconds)


def _tokens(case: Case) -> Value:
    if case.answer.tokens is None:
        raise Unscorable("no tokens counted")
    return Value(case.answer.tokens)


def _words(case: Case) -> Value:
    case.require_answer()
    return Value(sum(len(s.text.split()) for s in case.parsed.sentences))


def metrics() -> list[Metric[Case]]:
    """Return the four metrics."""
    return [
        Metric(
            "seconds_median",
            "time to the whole answer",
            _seconds,
            statistic=median,
            higher_is_better=False,
            unit="s",
        ),
        Metric(
            "seconds_p95",
            "time that 95 % of the answers need at most",
            _seconds,
            statistic=percentile_95,
            higher_is_better=False,
            unit="s",
        ),
        Metric(
            "tokens",
            "tokens that a model read and wrote, by answer",
            _tokens,
            higher_is_better=False,
            unit="tokens",
        ),
        Metric(
            "words",
            "length of an answer without its marks",
            _words,
            higher_is_better=False,
            unit="words",
        ),
    ]
