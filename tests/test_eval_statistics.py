import numpy as np
import pytest
from scipy.stats import binomtest

from evals.statistics.agreement import krippendorff_alpha
from evals.statistics.correction import corrected_rate
from evals.statistics.estimators import median, percentile_95
from evals.statistics.intervals import interval, ratio, resampled, wilson
from evals.statistics.paired import compare, compare_by, detectable
from evals.statistics.repeats import spread


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 10), (81, 263), (1, 1)])
def test_wilson_agrees_with_scipy(k: int, n: int) -> None:
    ours = wilson(k, n)
    theirs = binomtest(k, n).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_wilson_by_hand() -> None:
    # 8 of 10: (0.8 + 0.1921 ± 1.96 · sqrt(0.016 + 0.0096)) / 1.3841
    found = wilson(8, 10)
    assert (found.low, found.high) == pytest.approx((0.490, 0.943), abs=1e-3)
    with pytest.raises(ValueError, match="not 2 of 1"):
        wilson(2, 1)


def test_plain_rates_get_wilson_and_groups_widen_the_interval() -> None:
    x = [1.0] * 60 + [0.0] * 40
    alone = interval(x, [1.0] * 100, [str(n) for n in range(100)])
    assert alone == wilson(60, 100)
    # Ten groups of ten alike items each carry the evidence of ten items, not of a hundred.
    grouped = interval(x, [1.0] * 100, [str(n // 10) for n in range(100)])
    assert grouped.value == 0.6
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_the_bootstrap_of_a_mean_agrees_with_scipy() -> None:
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).normal(0.5, 0.2, 80)
    groups = [str(n) for n in range(80)]
    ours = interval(values.tolist(), [1.0] * 80, groups)
    theirs = bootstrap(
        (values,), np.mean, method="percentile", n_resamples=4000, rng=2
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_equal_seeds_give_equal_intervals_and_extremes_do_not_claim_certainty() -> None:
    x, y, groups = [2.0, 1.0, 3.0], [2.0, 2.0, 3.0], ["a", "b", "c"]
    assert interval(x, y, groups, seed=4) == interval(x, y, groups, seed=4)
    perfect = interval([5.0, 7.0], [5.0, 7.0], ["a", "b"])
    assert perfect.value == 1.0
    assert perfect.low == wilson(2, 2).low
    alone = interval([1.0, 0.0], [1.0, 1.0], ["a", "a"])
    assert alone.value == 0.5
    assert np.isnan(alone.low)


def test_any_statistic_can_be_resampled() -> None:
    x, y = np.arange(20.0), np.ones(20)
    draws = resampled(x, y, [str(n) for n in range(20)], statistic=lambda a, _: float(np.max(a)))
    assert draws.max() == 19
    assert ratio(np.array([1.0]), np.array([0.0])) != ratio(np.array([1.0]), np.array([1.0]))


def test_paired_rates_are_tested_by_the_items_that_differ() -> None:
    a = [1.0] * 90 + [0.0] * 10
    b = [1.0] * 84 + [0.0] * 6 + [1.0] * 1 + [0.0] * 9
    found = compare(a, b, [str(n) for n in range(100)])
    assert found.value == pytest.approx(-0.05)
    # Six got worse and one better: 2 · (1 + 7) / 2^7.
    assert found.p == pytest.approx(2 * (1 + 7) / 2**7)
    assert found.low < -0.05 < found.high


def test_equal_runs_do_not_differ() -> None:
    found = compare([1.0, 0.0], [1.0, 0.0], ["a", "b"])
    assert (found.value, found.p, found.detectable) == (0.0, 1.0, 0.0)
    with pytest.raises(ValueError, match="equal lengths"):
        compare([1.0], [], ["a"])


def test_the_detectable_difference_is_2_8_standard_errors() -> None:
    change = np.array([1.0, -1.0] * 50)
    found = detectable(change, [str(n) for n in range(100)])
    assert found == pytest.approx(2.8016 * change.std(ddof=1) / 10, rel=1e-3)
    assert np.isnan(detectable(np.array([1.0]), ["a"]))


def test_medians_are_compared_as_medians_over_resampled_groups() -> None:
    groups = [str(n) for n in range(9)]
    a = [(float(n), 2.0) for n in range(1, 10)]
    b = [(float(n) + 10, 2.0) for n in range(1, 10)]
    found = compare_by(median, a, b, groups)
    # Every pair is 10 / 2 apart, so every resampled median is.
    assert (found.value, found.low, found.high, found.detectable) == (5.0, 5.0, 5.0, 0.0)
    assert found.p == pytest.approx(2 / 500)
    assert compare_by(median, a, a, groups).p == 1.0
    mixed = [(x * (1 if n % 2 else 3), y) for n, (x, y) in enumerate(a)]
    found = compare_by(median, a, mixed, groups)
    assert found.value == (8 - 5) / 2
    assert found.low < found.value < found.high
    assert found.detectable > 0
    with pytest.raises(ValueError, match="equal lengths"):
        compare_by(median, a, b[:3], groups)


def test_a_percentile_is_told_in_medians_of_the_floor() -> None:
    x, floor = np.arange(101.0), np.array([1.0, 2.0, 30.0])
    assert percentile_95(x, floor) == 95 / 2
    assert median(x, floor) == 25
    assert np.isnan(median(x, np.zeros(3)))


def test_the_correction_takes_out_a_judges_bias() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        truth = (rng.random(2000) < 0.7).astype(float)
        # The judge accepts a third of what people reject: its own rate is about .8.
        judge = np.where(truth == 1, 1.0, (rng.random(2000) < 1 / 3).astype(float))
        found = corrected_rate(judge[200:].tolist(), truth[:200].tolist(), judge[:200].tolist())
        assert judge.mean() > 0.75
        covered += found.low <= 0.7 <= found.high
    assert covered >= 180


def test_the_correction_is_narrower_than_the_labels_alone_with_a_good_judge() -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random(3000) < 0.6).astype(float)
    judge = np.where(rng.random(3000) < 0.95, truth, 1 - truth)
    with_judge = corrected_rate(judge[100:].tolist(), truth[:100].tolist(), judge[:100].tolist())
    labels = wilson(int(truth[:100].sum()), 100)
    assert with_judge.high - with_judge.low < 0.7 * (labels.high - labels.low)


def test_a_judge_that_says_one_thing_leaves_the_labels_alone() -> None:
    found = corrected_rate([1.0] * 50, [1.0, 0.0, 1.0, 1.0], [1.0] * 4)
    assert found.value == pytest.approx(0.75)
    with pytest.raises(ValueError, match="2 labelled pairs"):
        corrected_rate([1.0], [1.0], [1.0])


def test_alpha_by_hand() -> None:
    # Coincidences of aa, ab, bb, bb: observed 2, expected 3 · 5 · 2 / 7.
    units = [["a", "a"], ["a", "b"], ["b", "b"], ["b", "b"]]
    assert krippendorff_alpha(units) == pytest.approx(1 - 2 / (2 * 3 * 5 / 7))
    assert krippendorff_alpha([["a", "a"], ["b", "b"]]) == 1
    assert np.isnan(krippendorff_alpha([["a"], ["b"]]))
    assert np.isnan(krippendorff_alpha([["a", "a"]]))


def test_alpha_agrees_with_the_reference_program() -> None:
    import krippendorff

    table = np.random.default_rng(2).integers(0, 3, (3, 40)).astype(float)
    table[1, :7] = np.nan
    units = [[v for v in column if not np.isnan(v)] for column in table.T]
    theirs = krippendorff.alpha(table, level_of_measurement="nominal")
    assert krippendorff_alpha(units) == pytest.approx(theirs)


def test_the_spread_of_repeated_runs_by_hand() -> None:
    # Items' means 1/2, 1, 0; variances over runs 1/2, 0, 0.
    found = spread(np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), ["a", "b", "c"])
    assert found.value == pytest.approx(0.5)
    assert found.within == pytest.approx(1 / 6)
    # The means' variance is 1/4, of which 1/6 / 2 is chance.
    assert found.between == pytest.approx(1 / 4 - 1 / 12)
    assert (found.items, found.runs) == (3, 2)
    assert found.low < 0.5 < found.high
    chance = spread(np.array([[0.0, 1.0], [1.0, 0.0]]), ["a", "b"])
    assert chance.between == 0.0
    with pytest.raises(ValueError, match="two items and two runs"):
        spread(np.ones((5, 1)), ["a"] * 5)
