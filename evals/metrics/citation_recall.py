"""Citation recall: of an answer's sentences, those that their citations support; mean over answers.

Gao et al., 2023 (ALCE); see `evals.metrics.alce` for the counts.
"""

from evals.judges.judge import Judge
from evals.metrics.alce import support
from evals.metrics.metric import Case, Metric, Value


def metric(judge: Judge) -> Metric[Case]:
    """Return the metric by a judge."""
    return Metric(
        "citation_recall",
        "sentences that their citations support together, by answer",
        lambda case: Value(support(case, judge).recall),
        judge=judge.name,
    )
