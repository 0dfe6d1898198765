"""Correctness by whole gold answers: how much of what a person wrote the answer says as well.

Content stems of the gold answer, without those of the question, that stand in the answer: recall
is their share, F1 the harmonic mean with the share of the answer's own content stems that stand in
the gold answer; the best over the gold answers, mean over items. A refusal says nothing (0).
Unigram recall over stems is ROUGE-1 (Lin, 2004) without function words and repetitions.
"""

from collections import Counter

from evals.metrics.metric import Case, Metric, Unscorable, Value
from rag import terms


def _counts(case: Case) -> list[tuple[int, int, int]]:
    """Return (in both, in the gold answer, in the answer) for each gold answer."""
    asked = set(terms.stems(case.item.question))
    golds = [Counter(set(terms.stems(gold)) - asked) for gold in case.item.gold_answers]
    golds = [gold for gold in golds if gold]
    if not golds:
        raise Unscorable("no gold answer")
    text = "" if case.answer.refused else " ".join(s.text for s in case.parsed.sentences)
    said = Counter(set(terms.stems(text)) - asked)
    return [((gold & said).total(), gold.total(), said.total()) for gold in golds]


def _recall(case: Case) -> Value:
    return Value(max(both / gold for both, gold, _ in _counts(case)))


def _f1(case: Case) -> Value:
    return Value(max(2 * both / (gold + said) for both, gold, said in _counts(case)))


def recall() -> Metric[Case]:
    """Return the mean recall."""
    return Metric("gold_answer_recall", "content of the best gold answer that is told", _recall)


def f1() -> Metric[Case]:
    """Return the mean F1."""
    return Metric("gold_answer_f1", "overlap with the best gold answer", _f1)
