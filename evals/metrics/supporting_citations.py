"""Supporting citations: of all (sentence, citation) pairs, those where the text supports it all.

It is stricter than citation precision, which lets citations share the work, and is what a person
judges in one look: the rate that hand labels correct.
"""

from collections.abc import Iterator

from evals.items import Ref, Sentence
from evals.judges.judge import Judge
from evals.metrics.alce import supports
from evals.metrics.metric import Case, Metric, Unscorable, Value


def pairs(case: Case) -> Iterator[tuple[int, Sentence, Ref]]:
    """Yield (position of the sentence, sentence, citation) for each pair of an answer."""
    for position, sentence in enumerate(case.parsed.sentences):
        for ref in dict.fromkeys(sentence.refs):
            yield position, sentence, ref


def metric(judge: Judge) -> Metric[Case]:
    """Return the metric by a judge."""

    def measure(case: Case) -> Value:
        case.require_texts()
        found = [supports(case.parsed, s, (ref,), judge) for _, s, ref in pairs(case)]
        if not found:
            raise Unscorable("no citation")
        return Value(sum(found), len(found))

    return Metric(
        "supporting_citations",
        "citations whose text alone supports the sentence, over all answers",
        measure,
        judge=judge.name,
    )
