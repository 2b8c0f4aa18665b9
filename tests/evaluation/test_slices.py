"""Slices of the test follows: each as a loop over the follows would have it."""

import numpy as np
import pandas as pd
import pytest

from mmga.evaluation.slices import by_posts, by_reciprocity
from mmga.splits.split import TASKS
from tests.evaluation.worlds import small_split


@pytest.fixture(scope="module")
def split():
    return small_split()


@pytest.fixture(scope="module")
def posts() -> pd.DataFrame:
    chance = np.random.default_rng(0)
    user = np.sort(chance.integers(0, 70, 200))
    real = chance.random(200) < 0.8
    return pd.DataFrame(
        {
            "post_id": np.where(real, "p", None),
            "user": user,
            "image": np.where(real & (chance.random(200) < 0.4), 1, -1),
            "text": np.where(chance.random(200) < 0.5, 1, -1),
        }
    )


@pytest.mark.parametrize("task", TASKS)
def test_follows_are_told_apart_by_the_posts_of_who_asks(split, posts, task):
    found = by_posts(split, posts, task)
    for row, (follower, followee) in enumerate(split.test[split.negatives.ranked].tolist()):
        own = posts[posts["user"] == (followee if task == "fans" else follower)]
        count = own["post_id"].notna().sum()
        expected = {
            "no post": count == 0,
            "1 to 3 posts": 1 <= count <= 3,
            "4 posts and more": count >= 4,
            "no picture": (own["image"] < 0).all(),
            "no text": (own["text"] < 0).all(),
        }
        assert {name: mask[row] for name, mask in found.items()} == expected
    assert all(mask.any() for mask in found.values())


def test_a_follow_is_reciprocal_where_any_part_has_its_other_direction(split):
    known = set(map(tuple, split.known.tolist()))
    edges = split.test[split.negatives.ranked].tolist()
    found = by_reciprocity(split)
    assert found["reciprocal"].tolist() == [(v, u) in known for u, v in edges]
    assert (found["reciprocal"] != found["one way"]).all()
