"""Intervals: against a case small enough to count out, and what they must do."""

from itertools import product

import numpy as np
import pytest

from mmga.evaluation import statistics
from mmga.evaluation.statistics import intervals


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
