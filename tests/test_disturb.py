"""Spoilt inputs: what is gone is gone, and nothing else is."""

import numpy as np
import pandas as pd
import pytest

from mmga import disturb
from tests.evaluation.worlds import small_split


@pytest.fixture
def posts() -> pd.DataFrame:
    chance = np.random.default_rng(0)
    image = np.where(chance.random(400) < 0.8, np.arange(400), -1)
    return pd.DataFrame(
        {
            "user": np.sort(chance.integers(0, 80, 400)),
            "image": image,
            "pictures": (image >= 0).astype(int),
            "text": np.where(chance.random(400) < 0.9, np.arange(400), -1),
        }
    )


def spoilt(spoil: disturb.Spoil, posts: pd.DataFrame):
    return spoil(posts, small_split(), np.random.default_rng(1))


@pytest.mark.parametrize(("modality", "other"), [("image", "text"), ("text", "image")])
def test_a_share_of_one_modality_is_missing_and_the_other_is_whole(
    modality: str, other: str, posts: pd.DataFrame
) -> None:
    after, _ = spoilt(disturb.without(modality, 0.25), posts)
    had = posts[modality] >= 0
    assert (after[modality][had] < 0).mean() == pytest.approx(0.25, abs=0.07)
    kept = after[modality] >= 0
    pd.testing.assert_series_equal(after[modality][kept], posts[modality][kept])
    pd.testing.assert_series_equal(after[other], posts[other])
    assert ((after["pictures"] > 0) == (after["image"] >= 0)).all()
    everything, _ = spoilt(disturb.without(modality, 1.0), posts)
    assert (everything[modality] == -1).all()


def test_the_latest_posts_of_each_user_are_kept(posts: pd.DataFrame) -> None:
    after, _ = spoilt(disturb.at_most(2), posts)
    expected = pd.concat([rows.head(2) for _, rows in posts.groupby("user")])
    pd.testing.assert_frame_equal(after, expected.reset_index(drop=True))


def test_thinning_takes_both_directions_of_a_pair_and_nothing_else(posts: pd.DataFrame) -> None:
    _, split = spoilt(disturb.thinned(0.5), posts)
    before = set(map(tuple, small_split().train.tolist()))
    after = set(map(tuple, split.train.tolist()))
    assert after < before
    pairs = {frozenset(edge) for edge in before}
    left = {frozenset(edge) for edge in after}
    assert len(left) / len(pairs) == pytest.approx(0.5, abs=0.1)
    assert {edge for edge in before if frozenset(edge) in left} == after
    assert np.array_equal(split.test, small_split().test)


def test_shuffled_pictures_are_the_same_pictures_of_other_posts(posts: pd.DataFrame) -> None:
    after, _ = spoilt(disturb.shuffled_images, posts)
    assert sorted(after["image"]) == sorted(posts["image"])
    assert ((after["image"] >= 0) == (posts["image"] >= 0)).all()
    has = posts["image"] >= 0
    assert (after["image"] == posts["image"])[has].mean() < 0.05
    pd.testing.assert_series_equal(after["text"], posts["text"])


def test_rewiring_keeps_degrees_and_hardly_a_follow(posts: pd.DataFrame) -> None:
    before = small_split().train
    _, split = spoilt(disturb.rewired, posts)
    after = split.train
    for side in (0, 1):
        degrees = [np.bincount(edges[:, side], minlength=80) for edges in (before, after)]
        assert np.array_equal(*degrees)
    assert (after[:, 0] != after[:, 1]).all()
    assert len(np.unique(after, axis=0)) == len(before)
    out, into = (np.bincount(before[:, side], minlength=80) for side in (0, 1))
    by_chance = np.minimum(1, out[before[:, 0]] * into[before[:, 1]] / len(before)).sum()
    same = set(map(tuple, before.tolist())) & set(map(tuple, after.tolist()))
    assert len(same) < 1.3 * by_chance < len(before) / 2


def test_other_users_have_the_same_graph_under_other_numbers(posts: pd.DataFrame) -> None:
    before = small_split().train
    _, split = spoilt(disturb.permuted_test, posts)
    degrees = [np.sort(np.bincount(edges[:, 1], minlength=80)) for edges in (before, split.train)]
    assert np.array_equal(*degrees)
    assert not np.array_equal(before, split.train)


def test_the_same_seed_spoils_alike(posts: pd.DataFrame) -> None:
    for spoil in (disturb.thinned(0.5), disturb.rewired, disturb.permuted_test):
        one, other = (spoilt(spoil, posts)[1].train for _ in range(2))
        assert np.array_equal(one, other)
