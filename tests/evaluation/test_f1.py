"""The macro F1 and its interval: as scikit-learn counts it, anew in each resample."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mmga.evaluation.f1 import macro_f1, two_level_f1
from mmga.evaluation.statistics import two_level_intervals, two_level_intervals_of


def guesses(right: np.ndarray, wrong: tuple[float, ...], seed: int) -> np.ndarray:
    """Guesses of which so many are drawn anew, shape (users, guesses)."""
    random = np.random.default_rng(seed)
    anew = random.integers(0, 4, (len(right), len(wrong)))
    return np.where(random.random(anew.shape) < wrong, anew, right[:, None])


def test_users_count_as_often_as_they_are_drawn() -> None:
    random = np.random.default_rng(0)
    right = np.array([0, 0, 1, 1, 1, 2, 2, 3])  # some resamples lack a class, or two
    told = guesses(right, (0.3, 0.9), seed=1)
    times = random.multinomial(8, np.full(8, 1 / 8), size=30)
    found = macro_f1(right, told, times)
    for row, counts in enumerate(times):
        drawn = np.repeat(np.arange(8), counts)
        for column in (0, 1):
            expected = f1_score(right[drawn], told[drawn, column], average="macro")
            assert found[row, column] == pytest.approx(expected)


def test_what_is_a_mean_has_the_interval_of_a_mean() -> None:
    random = np.random.default_rng(0)
    by_seed = [random.normal(mean, 1, (60, 1)) for mean in (0.0, 0.2, 0.9)]
    expected = two_level_intervals(by_seed, resamples=4000, seed=1)
    measured = [
        (60, lambda times, values=values: times @ values / times.sum(axis=1, keepdims=True))
        for values in by_seed
    ]
    found = two_level_intervals_of(measured, resamples=4000, seed=2)
    np.testing.assert_allclose(found, expected, atol=0.04)
    with pytest.raises(ValueError, match="every seed must have a query"):
        two_level_intervals_of([], resamples=10, seed=0)


def test_a_guess_that_is_better_is_so_by_more_than_chance_and_one_that_is_as_good_is_not() -> None:
    right = np.arange(300) % 4
    by_seed = [(right, guesses(right, (0.2, 0.5, 0.2), seed)) for seed in range(3)]
    value, low, high = two_level_f1(by_seed, resamples=500, seed=0)
    expected = np.mean([macro_f1(*told, np.ones((1, 300), int))[0] for told in by_seed], axis=0)
    np.testing.assert_allclose(value, [*expected, *(expected[0] - expected[1:])])
    assert ((low < value) & (value < high)).all()
    assert low[3] > 0
    assert low[4] < 0 < high[4]
    same = [(right, told[:, [0, 0]]) for right, told in by_seed]
    assert [end[2] for end in two_level_f1(same, resamples=100, seed=0)] == [0, 0, 0]
