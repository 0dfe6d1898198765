import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import reciprocal_rank_fusion


def test_a_score_is_the_sum_of_reciprocal_ranks_offset_by_k() -> None:
    fused = dict(reciprocal_rank_fusion([[7, 8], [8, 9, 7]], k=60))
    assert fused[7] == pytest.approx(1 / 61 + 1 / 63)
    assert fused[8] == pytest.approx(1 / 62 + 1 / 61)
    assert fused[9] == pytest.approx(1 / 62)


def test_what_both_rankings_have_beats_what_leads_only_one() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([[1, 2], [3, 2]])] == [2, 1, 3]


def test_ties_keep_the_order_of_the_rankings() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([[5, 1], [9, 2]])] == [5, 9, 1, 2]


def test_no_rankings_fuse_to_nothing() -> None:
    assert reciprocal_rank_fusion([]) == []
    assert reciprocal_rank_fusion([[], []]) == []


@given(st.lists(st.lists(st.integers(0, 30), unique=True), max_size=3))
def test_every_item_appears_once_and_scores_never_rise(rankings: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(rankings)
    assert sorted(item for item, _ in fused) == sorted({i for ranking in rankings for i in ranking})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)


@given(st.lists(st.integers(), unique=True))
def test_one_ranking_keeps_its_order(ranking: list[int]) -> None:
    assert [item for item, _ in reciprocal_rank_fusion([ranking])] == ranking
