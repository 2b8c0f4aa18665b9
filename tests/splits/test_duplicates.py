"""Near duplicates: as a loop over all pairs finds them, and kept on one side of a cold split."""

import numpy as np
import pandas as pd
import pytest

from mmga.splits import duplicates
from mmga.splits.duplicates import SHADE, double_pictures, near_duplicates
from mmga.splits.split import make_split
from mmga.splits.withheld import nothing
from tests.splits.test_split import PARAMS, world


def frame(hashes: np.ndarray, colours: np.ndarray) -> pd.DataFrame:
    rows = {
        "phash": [f"{value:016x}" for value in hashes.tolist()],
        "colours": [row.astype(np.uint8).tobytes().hex() for row in colours],
    }
    return pd.DataFrame(rows)


def crowd(size: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures around a few originals, each with up to nine flipped bits and shifted colours."""
    random = np.random.default_rng(seed)
    original = random.integers(12, size=size)
    hashes = random.integers(2**63, size=12).astype(np.uint64)[original]
    for row in range(size):
        for bit in random.choice(64, random.integers(10), replace=False):
            hashes[row] ^= np.uint64(1) << np.uint64(bit)
    colours = random.integers(50, 200, size=(12, 27))[original]
    return hashes, np.clip(colours + random.integers(-30, 30, size=(size, 1)), 0, 255)


def by_loops(hashes, colours, cold, bits):
    return [
        not cold[one]
        and any(
            (int(hashes[one]) ^ int(hashes[other])).bit_count() <= bits
            and np.abs(colours[one] - colours[other]).mean() <= SHADE
            for other in np.flatnonzero(cold)
        )
        for one in range(len(hashes))
    ]


@pytest.mark.parametrize("bits", [0, 1, 4, 8])
@pytest.mark.parametrize("cells", [50, 2**22])
def test_agrees_with_the_comparison_of_all_pairs(bits, cells, monkeypatch):
    monkeypatch.setattr(duplicates, "CELLS", cells)
    hashes, colours = crowd()
    cold = np.random.default_rng(1).random(len(hashes)) < 0.2
    found = near_duplicates(frame(hashes, colours), cold, bits)
    expected = by_loops(hashes, colours, cold, bits)
    assert found.tolist() == expected
    assert bits == 0 or 10 < sum(expected) < 300


def test_a_copy_to_the_byte_is_a_duplicate_and_a_cold_picture_never_one():
    hashes, colours = np.array([5, 5, 5], dtype=np.uint64), np.full((3, 27), 9)
    found = near_duplicates(frame(hashes, colours), np.array([True, False, True]), 0)
    assert found.tolist() == [False, True, False]


def test_flat_pictures_of_other_colours_are_no_duplicates():
    hashes, colours = np.zeros(3, dtype=np.uint64), np.repeat([[0], [200], [10]], 27, axis=1)
    found = near_duplicates(frame(hashes, colours), np.array([True, False, False]), 4)
    assert found.tolist() == [False, False, True]


def gallery() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One post and one picture a user; the pictures of users 2k and 2k + 1 look alike."""
    users, _ = world(600, 5000)
    random = np.random.default_rng(3)
    hashes = np.repeat(random.integers(2**63, size=300), 2).astype(np.uint64)
    hashes[1::2] ^= np.uint64(0b101)
    pictures = frame(hashes, np.full((600, 27), 100))
    posts = pd.DataFrame({"post_id": "p-" + users["user_id"], "user_id": users["user_id"]})
    posts = posts.assign(caption="same words", created_at=pd.NaT)
    pictures = pictures.assign(post_id=posts["post_id"], image_id="i-" + users["user_id"])
    return posts, pictures


def test_a_warm_users_copy_of_a_cold_users_picture_is_withheld_and_its_post_is_not():
    posts, pictures = gallery()
    split = make_split(*world(600, 5000), PARAMS, posts, pictures)
    twin = np.arange(600) ^ 1
    expected = np.flatnonzero(~split.cold & split.cold[twin])
    assert len(expected) > 20
    ids = np.array(split.user_ids)[expected]
    assert split.withheld["image_id"].tolist() == [f"i-{name}" for name in ids]
    assert split.withheld["post_id"].tolist() == [f"p-{name}" for name in ids]
    assert set(split.withheld["reason"]) == {"near-duplicate"}
    assert split.describe()["withheld"] == {"near-duplicate": len(expected)}


def test_what_is_no_input_anyway_withholds_nothing_more():
    posts, pictures = gallery()
    cold = posts["user_id"].iloc[::2].tolist()
    late = pd.DataFrame({"post_id": posts["post_id"].iloc[::2], "image_id": None})
    late = late.assign(reason="after-cut")
    assert double_pictures(late, posts, pictures, cold, 4).empty
    assert len(double_pictures(nothing(), posts, pictures, cold, 4)) == 300


@pytest.mark.parametrize("lacking", ["cold", "pictures", "bits"])
def test_without_cold_users_or_pictures_or_a_wish_nothing_is_withheld(lacking):
    posts, pictures = gallery()
    params = PARAMS
    if lacking == "cold":
        users, follows = world(60, 2000)
        params = PARAMS.model_copy(update={"cold": 0.0})
        posts, pictures = posts[:60], pictures[:60]
    else:
        users, follows = world(600, 5000)
    if lacking == "bits":
        params = PARAMS.model_copy(update={"near_duplicate_bits": None})
    if lacking == "pictures":
        pictures = pictures[:0]
    split = make_split(users, follows, params, posts, pictures)
    assert split.cold.any() == (lacking != "cold")
    assert split.withheld.empty
