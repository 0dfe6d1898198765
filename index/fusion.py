"""One ranking out of several."""

from collections.abc import Sequence


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[int]], *, k: int = 60
) -> list[tuple[int, float]]:
    """Return every id of the rankings with its fused score, best first.

    score(id) = sum over rankings of 1 / (k + rank), ranks from 1 (Cormack, Clarke and Büttcher:
    Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods, 2009).
    Equal scores keep the order in which the rankings first name them.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
