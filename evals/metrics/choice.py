"""Every metric, in the order in which reports give them."""

from collections.abc import Sequence

from evals.bench.figures import figures
from evals.items import Claim
from evals.judges.judge import Judge
from evals.metrics import (
    abstention,
    attack_success,
    citation_f1,
    citation_precision,
    citation_recall,
    conflict,
    copying,
    disclaimer,
    effort,
    evidence,
    forbidden_statements,
    freshness,
    gold_answers,
    lists,
    retrieval,
    short_answers,
    supported_statements,
    supporting_citations,
    validity,
    verifier,
)
from evals.metrics.metric import Case, Metric
from evals.statistics.estimators import median, percentile_95
from evals.statistics.intervals import Statistic, ratio

# What answers are like, which is neither good nor bad in itself.
DESCRIBING = frozenset(["copied_words", "refusals", "verbatim_sentences", "words"])


def answer_metrics(judges: Sequence[Judge]) -> list[Metric[Case]]:
    """Return the metrics of answers: the deterministic ones first among those of citations."""
    judged = [
        module.metric(judge)
        for judge in judges
        for module in (
            citation_recall,
            citation_precision,
            citation_f1,
            supported_statements,
            supporting_citations,
        )
    ]
    return [
        validity.metric(),
        disclaimer.metric(),
        *judged,
        short_answers.recall(),
        short_answers.complete(),
        gold_answers.recall(),
        gold_answers.f1(),
        forbidden_statements.metric(),
        lists.metric(),
        conflict.metric(),
        freshness.metric(),
        evidence.metric(),
        *abstention.metrics(),
        attack_success.metric(),
        *retrieval.metrics(),
        *copying.metrics(),
        *effort.metrics(),
    ]


def statistic(name: str) -> Statistic:
    """Return how the values of a metric make one figure, by the metric's name."""
    special = {
        "auroc": verifier.auroc,
        "balanced_accuracy": verifier.balanced_accuracy,
        "calibration_error": verifier.calibration_error,
        "risk_coverage_area": abstention.area_under_risk,
        "seconds_median": median,
        "seconds_p95": percentile_95,
        **{figure.name: figure.statistic for stage in figures().values() for figure in stage},
    }
    return special.get(name, ratio)


def claim_metrics(judges: Sequence[Judge]) -> list[Metric[Claim]]:
    """Return the metrics of verifiers."""
    return [metric for judge in judges for metric in verifier.metrics(judge)]
