"""Pictures that look alike: the same but for size, compression or a little light."""

from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.splits.withheld import DOUBLE, nothing, spared_pictures

CELLS = 2**22
"""Pairs of pictures that are compared at a time."""

HASH = 64
"""Bits of a perceptual hash."""

SHADE = 16
"""Mean difference of the colours (0 to 255) up to which two pictures are of the same colours. The
hash knows shapes alone: a lipstick is a lipstick, in red and in blue."""


def double_pictures(
    withheld: pd.DataFrame,
    posts: pd.DataFrame,
    pictures: pd.DataFrame,
    cold_users: Collection[str],
    bits: int,
) -> pd.DataFrame:
    """The pictures of other users that nearly duplicate one of a cold user's, as more `withheld`.

    A model that has learned who likes a picture would know a cold user by it.

    Args:
        withheld: What is no input anyway.
        posts: Columns `post_id` and `user_id`.
        pictures: Columns `image_id`, `post_id`, `phash` and `colours` of the posts.
        cold_users: Ids.
        bits: See `near_duplicates`.
    """
    shown = spared_pictures(withheld, pictures)
    owner = shown["post_id"].map(posts.set_index("post_id")["user_id"])
    cold = owner.isin(cold_users).to_numpy(np.bool_)
    if not cold.any():
        return nothing()
    found = shown[near_duplicates(shown, cold, bits)]
    return found[["post_id", "image_id"]].assign(reason=DOUBLE)


def near_duplicates(
    pictures: pd.DataFrame, cold: NDArray[np.bool_], bits: int
) -> NDArray[np.bool_]:
    """Which pictures outside `cold` look like one of `cold`.

    They do when at most `bits` of their perceptual hashes differ and their colours are near. Not
    all pairs are compared: hashes that differ in `bits` bits agree in one of `bits` + 1 segments,
    so only those that share a segment are.

    Args:
        pictures: Columns `phash` and `colours`, in hexadecimal (see `mmga.quality.pictures`).
        cold: Shape (pictures,).
        bits: Of 64.

    Returns:
        Shape (pictures,).
    """
    # Many pictures are copies to the byte: each look is compared once.
    look, looks = pd.factorize(pictures["phash"] + pictures["colours"])
    of_cold = np.zeros(len(looks), dtype=np.bool_)
    of_cold[look[cold]] = True
    alike = of_cold.copy()
    hashes = np.array([int(text[:16], 16) for text in looks], dtype=np.uint64)
    colours = np.array([list(bytes.fromhex(text[16:])) for text in looks], dtype=np.int16)
    for segment in _segments(hashes, bits + 1):
        for one, other in _pairs(segment, np.flatnonzero(~alike), np.flatnonzero(of_cold)):
            near = np.bitwise_count(hashes[one] ^ hashes[other]) <= bits
            one, other = one[near], other[near]
            difference = np.abs(colours[one] - colours[other]).mean(axis=1)
            alike[one[difference <= SHADE]] = True
    found: NDArray[np.bool_] = alike[look] & ~cold
    return found


def _segments(hashes: NDArray[np.uint64], count: int) -> Iterator[NDArray[np.uint64]]:
    """The bits of the hashes in `count` segments, each of shape (pictures,)."""
    bounds = np.linspace(0, HASH, count + 1).astype(int)
    for low, high in pairwise(bounds):
        mask = np.uint64(2 ** int(high - low) - 1)
        yield (hashes >> np.uint64(low)) & mask


def _pairs(
    key: NDArray[np.uint64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs of one and other with the same key, about `CELLS` at a time."""
    other = other[np.argsort(key[other], kind="stable")]
    first = np.searchsorted(key[other], key[one], side="left")
    count = np.searchsorted(key[other], key[one], side="right") - first
    ends = np.cumsum(count)
    for rows in np.split(np.arange(len(one)), np.flatnonzero(np.diff(ends // CELLS)) + 1):
        begins = np.repeat(ends[rows] - count[rows], count[rows])
        within = np.arange(len(begins)) + (begins[0] if len(begins) else 0) - begins
        yield np.repeat(one[rows], count[rows]), other[np.repeat(first[rows], count[rows]) + within]
