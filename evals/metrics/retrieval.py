"""Retrieval: nDCG@10, recall@k and MRR of the ranking of passages, as trec_eval computes them.

DCG = Σ grade / log2(rank + 1) over the first 10, by the ideal ranking's DCG (Järvelin and
Kekäläinen, 2002); recall@k = relevant passages among the first k / relevant passages; MRR@10 = 1 /
rank of the first relevant one, 0 where none is among the first 10. Means over queries.
"""

from math import log2

from evals.metrics.metric import Case, Metric, Unscorable, Value


def _ranking(case: Case) -> tuple[list[str], dict[str, int]]:
    relevant = {i: g for i, g in case.item.relevant.items() if g > 0}
    if not relevant:
        raise Unscorable("no judged passage")
    if not case.answer.retrieved:
        raise Unscorable("no ranking")
    return list(dict.fromkeys(case.answer.retrieved)), relevant


def _ndcg(case: Case) -> Value:
    ranking, relevant = _ranking(case)
    gain = sum(relevant.get(p, 0) / log2(r + 1) for r, p in enumerate(ranking[:10], 1))
    ideal = sorted(relevant.values(), reverse=True)[:10]
    return Value(gain / sum(g / log2(r + 1) for r, g in enumerate(ideal, 1)))


def _recall(k: int, case: Case) -> Value:
    ranking, relevant = _ranking(case)
    return Value(len(relevant.keys() & set(ranking[:k])) / len(relevant))


def _mrr(case: Case) -> Value:
    ranking, relevant = _ranking(case)
    first = next((r for r, p in enumerate(ranking[:10], 1) if p in relevant), None)
    return Value(1 / first if first else 0.0)


def metrics() -> list[Metric[Case]]:
    """Return the four metrics."""
    return [
        Metric("ndcg@10", "ranking of the first 10 passages", _ndcg),
        Metric("recall@10", "relevant passages among the first 10", lambda c: _recall(10, c)),
        Metric("recall@100", "relevant passages among the first 100", lambda c: _recall(100, c)),
        Metric("mrr@10", "one by the rank of the first relevant passage", _mrr),
    ]
