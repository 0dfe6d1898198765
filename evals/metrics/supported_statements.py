"""Supported statements: of all sentences of all answers, those that their citations support.

Each sentence counts the same, so long answers weigh more than in citation recall. Close to the
citation recall of Liu et al., 2023, with a judge in place of a person.
"""

from evals.judges.judge import Judge
from evals.metrics.alce import support
from evals.metrics.metric import Case, Metric, Value


def metric(judge: Judge) -> Metric[Case]:
    """Return the metric by a judge."""

    def measure(case: Case) -> Value:
        found = support(case, judge)
        return Value(found.supported, found.sentences)

    return Metric(
        "supported_statements",
        "sentences that their citations support, over all answers",
        measure,
        judge=judge.name,
    )
