"""Evidence F1: the quotes of an answer against the gold sentences that answer the question.

A quote and a gold sentence match if one contains the other, letters and digits only (supporting
facts of Yang et al., 2018, with quotes in place of sentence numbers). F1 of matched quotes and
matched gold sentences, mean over items. Answers that quote nothing are not scored.
"""

from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.wording import squeeze


def measure(case: Case) -> Value:
    """Return the F1 of an answer's quotes."""
    gold = [squeeze(sentence) for sentence in case.item.evidence]
    if not gold:
        raise Unscorable("no gold evidence")
    if case.answer.refused:
        return Value(0.0)
    refs = {ref for sentence in case.parsed.sentences for ref in sentence.refs}
    if not any(ref.quote for ref in refs):
        raise Unscorable("no quote")
    quotes = [squeeze(ref.quote) for ref in refs if ref.quote]
    hits = sum(any(_match(quote, sentence) for sentence in gold) for quote in quotes)
    found = sum(any(_match(quote, sentence) for quote in quotes) for sentence in gold)
    precision, recall = hits / len(quotes), found / len(gold)
    total = precision + recall
    return Value(2 * precision * recall / total if total else 0.0)


def _match(a: str, b: str) -> bool:
    return bool(a and b) and (a in b or b in a)


def metric() -> Metric[Case]:
    """Return the metric."""
    return Metric("evidence_f1", "quotes against gold sentences, by answer", measure)
