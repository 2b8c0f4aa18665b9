"""Chance: what it makes of ranks, and what of a scorer that knows nothing."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.evaluation.chance import by_relabelling, chance_of, gain_left
from tests.evaluation.worlds import Table, noise, small_split, truth


@pytest.fixture(scope="module")
def split():
    return small_split()


def test_chance_is_the_mean_reciprocal_of_all_places():
    found = chance_of(np.array([1, 4, 7]))
    assert found == pytest.approx([np.mean(1 / np.arange(1, n + 1)) for n in (1, 4, 7)])


def test_relabelled_scorers_are_at_chance_on_average(split):
    value, chance, *relabelled = by_relabelling(Table(noise(80)), split, 300, seed=1)
    spread = np.std(relabelled)
    assert np.mean(relabelled) == pytest.approx(chance, abs=4 * spread / np.sqrt(300))
    assert abs(value - chance) < 4 * spread


def test_who_favours_the_same_users_for_every_query_is_not_called_knowing(split):
    outside = 0
    for seed in range(40):
        favour = np.random.default_rng(seed).permutation(80.0 ** np.arange(0, 4, 0.05))
        value, _, *relabelled = by_relabelling(
            Table(np.tile(favour, (80, 1)).T), split, 39, seed=seed
        )
        outside += not min(relabelled) <= value <= max(relabelled)
    assert outside <= 6  # 2 are expected


def test_who_knows_the_follows_is_beyond_every_relabelled_one(split):
    value, _, *relabelled = by_relabelling(Table(noise(80) + 1e6 * truth(split)), split, 39, 1)
    assert value > max(relabelled)


def test_without_a_warm_follow_there_is_nothing_to_relabel(split):
    everybody = replace(split, cold=np.ones(80, bool))
    assert list(by_relabelling(Table(noise(80)), everybody, 9, 1)) == []


def test_accounts_that_everybody_follows_are_not_asked(split):
    hub = int(split.test[split.negatives.ranked[0], 1])
    every = np.column_stack([np.arange(80), np.full(80, hub)]).astype(np.int32)
    star = replace(split, dropped=every[np.arange(80) != hub])
    value, chance, *_ = by_relabelling(Table(noise(80)), star, 9, 1)
    rest = star.negatives.ranked[star.test[star.negatives.ranked, 1] != hub]
    without = replace(star, negatives=replace(star.negatives, ranked=rest))
    assert [value, chance] == list(by_relabelling(Table(noise(80)), without, 9, 1))[:2]
    only = replace(
        star, negatives=replace(star.negatives, ranked=np.setdiff1d(split.negatives.ranked, rest))
    )
    assert list(by_relabelling(Table(noise(80)), only, 9, 1)) == []


def test_a_gain_is_held_against_popularity_or_a_coin_whichever_does_better():
    random = np.random.default_rng(0)
    gain = random.normal(0.7, 0.1, 200)
    for popularity, against, expected in ((0.6, "popularity", 0.6), (0.4, "a coin", 0.5)):
        flat = np.full(200, popularity)
        found = gain_left([np.stack([flat, gain, flat], axis=1)], 500, 1, 0.99)
        assert (found.against, found.expected) == (against, pytest.approx(expected))
        assert found.before == pytest.approx(gain.mean())
        assert found.before > found.needed
        assert found.value <= found.high


def test_a_gain_is_the_mean_of_the_seeds_and_its_interval_is_wider_where_they_disagree():
    noise = np.random.default_rng(0).normal(0, 0.05, 300)
    nothing = noise - noise.mean()

    def found(*gains):
        auc = [np.stack([0.6 + 0 * n, 0.7 + n, 0.6 + gain + n], axis=1) for gain, n in gains]
        return gain_left(auc, 500, 1, 0.99)

    agree = found((0.0, nothing), (0.0, nothing[:100] - nothing[:100].mean()), (0.0, nothing))
    differ = found((0.05, nothing), (-0.05, nothing), (0.0, nothing))
    assert agree.value == pytest.approx(0.6)
    assert differ.value == pytest.approx(0.6)
    assert found((0.06, nothing), (0.0, nothing[:30] - nothing[:30].mean())).value == pytest.approx(
        0.63
    )
    assert differ.high - differ.low > 3 * (agree.high - agree.low)
