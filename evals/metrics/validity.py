"""Citation validity: a citation is valid if its number names a source and its quote stands there.

valid citations / citations, over all answers. Deterministic; no judge.
"""

from evals.metrics.metric import Case, Metric, Unscorable, Value


def measure(case: Case) -> Value:
    """Return (valid citations, citations) of an answer."""
    case.require_answer()
    refs = [ref for sentence in case.parsed.sentences for ref in sentence.refs]
    if not refs:
        raise Unscorable("no citation")
    return Value(sum(case.parsed.resolves(ref) for ref in refs), len(refs))


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric("citation_validity", "citations that resolve, quotes that are exact", measure)
