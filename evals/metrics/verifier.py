"""A verifier against people's judgements of claims: ranking, decisions, and calibration.

AUROC = the chance that a supported claim scores higher than another, ties half (Hanley and McNeil,
1982). Balanced accuracy = mean of the share of supported claims accepted and of others rejected.
ECE = Σ over 10 equal bins of |mean score - share supported| · share of claims (Guo et al., 2017).
"""

import numpy as np
from scipy.stats import rankdata

from evals.items import Claim
from evals.judges.judge import Judge
from evals.metrics.metric import Metric, Unscorable, Value
from evals.statistics.intervals import Floats
from rag.verify.support import Premise

BINS = 10


def auroc(score: Floats, label: Floats) -> float:
    """Return the area under the ROC curve; not a number where one class is missing."""
    positive = label == 1
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(score)[positive].sum() - n * (n + 1) / 2) / (n * m))


def balanced_accuracy(accepted: Floats, label: Floats) -> float:
    """Return the mean of both classes' accuracy; not a number where one is missing."""
    positive = label == 1
    if positive.all() or not positive.any():
        return float("nan")
    return float((accepted[positive].mean() + 1 - accepted[~positive].mean()) / 2)


def calibration_error(score: Floats, label: Floats) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(score[bins == b].mean() - label[bins == b].mean()) * (bins == b).mean()
            for b in np.unique(bins)
        )
    )


def metrics(judge: Judge) -> list[Metric[Claim]]:
    """Return the three metrics of one verifier."""

    def score(claim: Claim) -> Value:
        label = _label(claim)
        return Value(_verdict(judge, claim)[0], label)

    def decision(claim: Claim) -> Value:
        label = _label(claim)
        return Value(float(_verdict(judge, claim)[1]), label)

    return [
        Metric(
            "auroc",
            "supported claims ranked above others",
            score,
            statistic=auroc,
            judge=judge.name,
        ),
        Metric(
            "balanced_accuracy",
            "decisions that people share, both classes alike",
            decision,
            statistic=balanced_accuracy,
            judge=judge.name,
        ),
        Metric(
            "calibration_error",
            "score against share supported",
            score,
            statistic=calibration_error,
            higher_is_better=False,
            judge=judge.name,
        ),
    ]


def _label(claim: Claim) -> float:
    if claim.supported is None:
        raise Unscorable("nobody judged it")
    return float(claim.supported)


def _verdict(judge: Judge, claim: Claim) -> tuple[float, bool]:
    if not claim.premises:
        raise Unscorable("the cited text is not there")
    verdict = judge.judge(claim.text, [Premise(text) for text in claim.premises])
    return verdict.score, verdict.supports
