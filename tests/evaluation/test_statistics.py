"""Intervals: against a case small enough to count out, and what they must do."""

from itertools import product

import numpy as np
import pytest

from mmga.evaluation import statistics
from mmga.evaluation.statistics import intervals, two_level_intervals


def test_the_interval_is_that_of_all_resamples_of_a_small_case():
    values = np.array([0.1, 0.4, -0.2, 0.35, 0.0])
    means = [np.mean(draw) for draw in product(values, repeat=5)]
    low, high = intervals(values[:, None], resamples=40_000, seed=1)
    assert low[0] == pytest.approx(np.quantile(means, 0.025), abs=0.01)
    assert high[0] == pytest.approx(np.quantile(means, 0.975), abs=0.01)


def test_equal_differences_have_no_width():
    low, high = intervals(np.full((30, 2), 0.25), resamples=200, seed=0)
    assert low.tolist() == high.tolist() == [0.25, 0.25]


def test_columns_are_resampled_alike_and_turning_the_sign_turns_the_interval():
    values = np.random.default_rng(0).normal(0.1, 1, size=(200, 1))
    low, high = intervals(np.hstack([values, -values]), resamples=500, seed=0)
    assert low[0] == pytest.approx(-high[1])
    assert high[0] == pytest.approx(-low[1])


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(3)
    samples = random.exponential(1, size=(80, 300)) - 1
    low, high = (
        np.array(x)
        for x in zip(
            *[[end[0] for end in intervals(s[:, None], resamples=300, seed=0)] for s in samples.T],
            strict=True,
        )
    )
    assert 0.89 < np.mean((low < 0) & (high > 0)) < 0.98


def test_drawing_in_blocks_is_drawing_all_at_once(monkeypatch):
    values = np.random.default_rng(0).normal(size=(50, 1))
    whole = intervals(values, resamples=300, seed=0)
    monkeypatch.setattr(statistics, "CELLS", 50 * 7)
    np.testing.assert_allclose(whole, intervals(values, resamples=300, seed=0))


def test_the_two_levels_are_those_of_all_draws_of_seeds_and_of_queries_in_a_small_case():
    by_seed = [np.array([0.0, 0.3]), np.array([1.0, 1.4, 2.0])]
    means, weights = [], []
    for first, second in product(by_seed, repeat=2):
        for a, b in product(product(first, repeat=len(first)), product(second, repeat=len(second))):
            means.append((np.mean(a) + np.mean(b)) / 2)
            weights.append(1 / 4 / len(first) ** len(first) / len(second) ** len(second))
    order = np.argsort(means)
    share = np.cumsum(np.array(weights)[order])
    low, high = two_level_intervals([s[:, None] for s in by_seed], resamples=40_000, seed=1)
    assert low[0] == pytest.approx(np.array(means)[order][np.searchsorted(share, 0.025)], abs=0.02)
    assert high[0] == pytest.approx(np.array(means)[order][np.searchsorted(share, 0.975)], abs=0.02)


def test_the_two_levels_agree_with_a_loop_over_resamples():
    random = np.random.default_rng(5)
    by_seed = [random.normal(mean, 1, size=(size, 2)) for mean, size in ((0, 40), (1, 25), (3, 60))]
    means = []
    for _ in range(4000):
        drawn = [by_seed[random.integers(3)] for _ in range(3)]
        resampled = [seed[random.integers(len(seed), size=len(seed))] for seed in drawn]
        means.append(np.mean([queries.mean(axis=0) for queries in resampled], axis=0))
    low, high = two_level_intervals(by_seed, resamples=4000, seed=0)
    np.testing.assert_allclose(low, np.quantile(means, 0.025, axis=0), atol=0.08)
    np.testing.assert_allclose(high, np.quantile(means, 0.975, axis=0), atol=0.08)


def test_with_one_seed_the_two_levels_are_one():
    values = np.random.default_rng(0).normal(size=(100, 1))
    both = (two_level_intervals([values], resamples=8000, seed=1),
            intervals(values, resamples=8000, seed=2))  # fmt: skip
    np.testing.assert_allclose(*both, atol=0.015)


def test_seeds_that_disagree_widen_the_interval_that_no_number_of_queries_narrows():
    random = np.random.default_rng(0)
    pooled = random.normal(0, 1, size=(4000, 1))
    agree = np.split(pooled, 4)
    disagree = [part + shift for part, shift in zip(agree, (-1, -0.5, 0.5, 1), strict=True)]
    widths = [
        np.subtract(*two_level_intervals(parts, resamples=500, seed=0)[::-1])[0]
        for parts in (agree, disagree)
    ]
    one_level = np.subtract(*intervals(np.concatenate(disagree), resamples=500, seed=0)[::-1])[0]
    assert widths[1] > 10 * widths[0]
    assert widths[1] > 10 * one_level


def coverage(seeds: int, between: float, within: float) -> float:
    """How often the interval holds the truth, 0, in a simulated study."""
    random = np.random.default_rng(7)
    hits = 0
    for _ in range(150):
        by_seed = [random.normal(random.normal(0, between), within, (60, 1)) for _ in range(seeds)]
        low, high = two_level_intervals(by_seed, resamples=300, seed=0)
        hits += bool(low[0] < 0 < high[0])
    return hits / 150


def test_the_two_levels_hold_the_truth_about_as_often_as_they_say_given_enough_seeds():
    assert 0.88 < coverage(10, between=0.2, within=1) < 0.99
    assert coverage(3, between=0, within=1) > 0.9


def test_three_seeds_that_disagree_hold_it_less_often_than_they_say():
    assert 0.65 < coverage(3, between=1, within=1) < 0.85


def test_drawing_in_blocks_is_drawing_all_at_once_on_two_levels(monkeypatch):
    by_seed = np.split(np.random.default_rng(0).normal(size=(60, 1)), 3)
    whole = two_level_intervals(by_seed, resamples=300, seed=0)
    monkeypatch.setattr(statistics, "CELLS", 20 * 7)
    np.testing.assert_allclose(whole, two_level_intervals(by_seed, resamples=300, seed=0))


@pytest.mark.parametrize("by_seed", [[], [np.zeros((3, 1)), np.zeros((0, 1))]])
def test_a_seed_without_a_query_is_refused(by_seed):
    with pytest.raises(ValueError, match="every seed must have a query"):
        two_level_intervals(by_seed, resamples=100, seed=0)
