"""Citation F1: the harmonic mean of an answer's recall and precision; mean over answers."""

from evals.judges.judge import Judge
from evals.metrics.alce import support
from evals.metrics.metric import Case, Metric, Value


def metric(judge: Judge) -> Metric[Case]:
    """Return the metric by a judge."""
    return Metric(
        "citation_f1",
        "harmonic mean of citation recall and precision, by answer",
        lambda case: Value(support(case, judge).f1),
        judge=judge.name,
    )
