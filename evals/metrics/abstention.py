"""Abstention: refusing what cannot be answered, and only that.

precision = right refusals / refusals, recall = right refusals / unanswerable items, wrong refusals
= refusals / answerable items; refusals of all items are told as well, right or wrong, for data of
which nobody knows what can be answered. Risk-coverage: answers are taken in the order of the
system's own confidence; the area under the curve of the error rate among those taken so far (AURC:
Geifman and El-Yaniv, 2017), where an answer is an error if it tells none of the findings or should
be a refusal. Lower is better. Where every question is of one kind, a precision would be 0 or 1
whatever was refused, and where none can be answered so would the area: then they are not told.
"""

from collections.abc import Sequence

import numpy as np

from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.metrics.short_answers import tells
from evals.statistics.intervals import Floats


def _judged(case: Case) -> bool:
    if case.item.answerable is None:
        raise Unscorable("nobody judged whether it can be answered")
    return case.item.answerable


def _precision(case: Case) -> Value:
    answerable = _judged(case)
    if case.answered:
        raise Unscorable("not refused")
    return Value(float(not answerable))


def _recall(case: Case) -> Value:
    if _judged(case):
        raise Unscorable("answerable")
    return Value(float(not case.answered))


def _wrong(case: Case) -> Value:
    if not _judged(case):
        raise Unscorable("unanswerable")
    return Value(float(not case.answered))


def _refused(case: Case) -> Value:
    return Value(float(not case.answered))


def _risk(case: Case) -> Value:
    if not case.answered:
        raise Unscorable("refused")
    if case.answer.confidence is None:
        raise Unscorable("no confidence")
    if case.item.answerable is not False and not case.item.findings:
        raise Unscorable("no gold finding")
    right = case.item.answerable is not False and any(tells(case, f) for f in case.item.findings)
    return Value(case.answer.confidence, float(not right))


def _some_answerable(cases: Sequence[Case]) -> None:
    if all(case.item.answerable is False for case in cases):
        raise Unscorable("no question can be answered")


def _both_kinds(cases: Sequence[Case]) -> None:
    _some_answerable(cases)
    if not any(case.item.answerable is False for case in cases):
        raise Unscorable("no question is known to have no answer")


def area_under_risk(confidence: Floats, error: Floats) -> float:
    """Return the mean, over coverages 1/n .. 1, of the error rate of the most confident answers."""
    order = np.argsort(-confidence, kind="stable")
    risks = np.cumsum(error[order]) / np.arange(1, len(error) + 1)
    return float(risks.mean())


def metrics() -> list[Metric[Case]]:
    """Return the five metrics."""
    return [
        Metric("abstention_precision", "refusals that are right", _precision, over=_both_kinds),
        Metric("abstention_recall", "unanswerable questions that are refused", _recall),
        Metric(
            "refusals",
            "questions that are refused, rightly or not",
            _refused,
            higher_is_better=False,
        ),
        Metric(
            "wrong_refusals",
            "answerable questions that are refused",
            _wrong,
            higher_is_better=False,
        ),
        Metric(
            "risk_coverage_area",
            "error rate, mean over coverages by confidence",
            _risk,
            statistic=area_under_risk,
            higher_is_better=False,
            over=_some_answerable,
        ),
    ]
