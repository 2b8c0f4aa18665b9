"""What is done to the inputs of a training, to see what it does to the outcome."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.splits.split import Split

Ints = NDArray[np.int32]
Spoil = Callable[[pd.DataFrame, Split, np.random.Generator], tuple[pd.DataFrame, Split]]
"""The table of posts (`build/features/posts.parquet`) and the split in, both spoilt out."""


def without(modality: str, share: float) -> Spoil:
    """A share of the pictures, or captions, is missing."""
    return partial(_without, modality, share)


def at_most(posts: int) -> Spoil:
    """Of each user only the latest posts are read."""
    return partial(_at_most, posts)


def thinned(share: float) -> Spoil:
    """Training loses this share of the pairs; who asks and who is ranked stays."""
    return partial(_thinned, share)


def shuffled_images(
    posts: pd.DataFrame, split: Split, chance: np.random.Generator
) -> tuple[pd.DataFrame, Split]:
    """Every picture goes to a post of somebody: pictures say nothing of their user."""
    has = np.flatnonzero(posts["image"] >= 0)
    other = chance.permutation(has)
    moved = posts[["image", "pictures"]].to_numpy().copy()
    moved[has] = moved[other]
    return posts.assign(image=moved[:, 0], pictures=moved[:, 1]), split


def rewired(
    posts: pd.DataFrame, split: Split, chance: np.random.Generator
) -> tuple[pd.DataFrame, Split]:
    """Train follows are swapped end for end: everybody keeps their numbers of follows and fans."""
    return posts, replace(split, train=swap_ends(split.train, len(split.user_ids), chance))


def permuted_test(
    posts: pd.DataFrame, split: Split, chance: np.random.Generator
) -> tuple[pd.DataFrame, Split]:
    """The numbers of the users are drawn anew in training: what is learned is of other users."""
    anew = chance.permutation(len(split.user_ids)).astype(np.int32)
    train = anew[split.train]
    return posts, replace(split, train=train[np.lexsort((train[:, 1], train[:, 0]))])


def swap_ends(edges: Ints, users: int, chance: np.random.Generator, rounds: int = 20) -> Ints:
    """Double edge swaps (Maslov and Sneppen 2002), many at a time: degrees stay, ties go.

    Args:
        edges: Follows, shape (edges, 2), each once.
        users: How many users there are.
        chance: Draws who swaps with whom.
        rounds: How often every follow is offered a partner.

    Returns:
        Sorted follows of the same in- and out-degrees, without self-follows or doubles.
    """
    edges = edges.copy()
    for _ in range(rounds):
        order = chance.permutation(len(edges))
        half = len(order) // 2
        one, other = order[:half], order[half : 2 * half]
        offered = np.concatenate(
            [
                np.stack([edges[one, 0], edges[other, 1]], axis=1),
                np.stack([edges[other, 0], edges[one, 1]], axis=1),
            ]
        )
        keys = offered[:, 0].astype(np.int64) * users + offered[:, 1]
        _, place, times = np.unique(keys, return_inverse=True, return_counts=True)
        present = edges[:, 0].astype(np.int64) * users + edges[:, 1]
        good = (times[place] == 1) & ~np.isin(keys, present) & (offered[:, 0] != offered[:, 1])
        swap = good[:half] & good[half:]
        edges[one[swap]], edges[other[swap]] = offered[:half][swap], offered[half:][swap]
    return edges[np.lexsort((edges[:, 1], edges[:, 0]))]


def _without(
    modality: str, share: float, posts: pd.DataFrame, split: Split, chance: np.random.Generator
) -> tuple[pd.DataFrame, Split]:
    gone = chance.random(len(posts)) < share
    posts = posts.assign(**{modality: posts[modality].where(~gone, -1)})
    if modality == "image":
        posts = posts.assign(pictures=posts["pictures"].where(~gone, 0))
    return posts, split


def _at_most(
    most: int, posts: pd.DataFrame, split: Split, chance: np.random.Generator
) -> tuple[pd.DataFrame, Split]:
    place = posts.groupby("user").cumcount()  # most recent first
    return posts[place < most].reset_index(drop=True), split


def _thinned(
    share: float, posts: pd.DataFrame, split: Split, chance: np.random.Generator
) -> tuple[pd.DataFrame, Split]:
    users = len(split.user_ids)
    low, high = np.sort(split.train, axis=1).T
    ones = chance.random(len(split.train))
    # Both directions of a pair take the chance of the first.
    draws = csr_array((np.ones(len(low)), (low, high)), (users, users))
    draws.data = chance.random(len(draws.data))
    kept = np.asarray(draws[low, high]).ravel() >= share if len(ones) else ones > 0
    return posts, replace(split, train=split.train[kept])
