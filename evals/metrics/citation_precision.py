"""Citation precision: of an answer's citations, those that are needed; mean over answers.

Gao et al., 2023 (ALCE); see `evals.metrics.alce` for the counts.
"""

from evals.judges.judge import Judge
from evals.metrics.alce import support
from evals.metrics.metric import Case, Metric, Value


def metric(judge: Judge) -> Metric[Case]:
    """Return the metric by a judge."""
    return Metric(
        "citation_precision",
        "citations that their supported sentence needs, by answer",
        lambda case: Value(support(case, judge).precision),
        judge=judge.name,
    )
