"""Which held-out follows a newcomer may be given back, to see what a first few are worth."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.splits.chance import Hashes, hash_pairs

Ints = NDArray[np.int32]

COLUMNS = ("follower", "followee", "cold_user", "place")
"""Of `revealed.parquet`: a test follow, whose it is, and its place from 1 in that user's order."""


def choose_revealed(test: Ints, cold: NDArray[np.bool_], hashes: Hashes, most: int) -> pd.DataFrame:
    """Up to `most` test follows of each cold user, in an order that depends on the ids alone.

    Only ties to warm users are revealed: one to another cold user would warm both. Of a reciprocal
    tie one direction is. Every user keeps at least one tie to be judged by.

    Args:
        test: Test follows, shape (edges, 2).
        cold: Who has no follow in training, shape (users,).
        hashes: Of the users, shape (users,).
        most: How many are revealed at most.

    Returns:
        Columns `COLUMNS`, user numbers and places as int32; sorted by user and place.
    """
    pairs = np.unique(np.sort(test, axis=1), axis=0)
    ties = np.bincount(pairs.ravel(), minlength=len(cold))
    edges = test[cold[test].sum(axis=1) == 1]
    follower, followee = edges.T
    frame = pd.DataFrame({"follower": follower, "followee": followee})
    frame["cold_user"] = np.where(cold[follower], follower, followee)
    frame["tie"] = pair_keys(edges, len(cold))
    # Both directions of a tie share the first hash; the second tells them apart.
    pair = hash_pairs(hashes[follower], hashes[followee])
    frame["chance"] = hash_pairs(pair ^ np.uint64(1), hashes[follower])
    frame = frame.sort_values(["cold_user", "chance"]).drop_duplicates("tie")
    frame["place"] = frame.groupby("cold_user").cumcount() + 1
    kept = frame["place"] <= np.minimum(most, ties[frame["cold_user"]] - 1)
    return frame.loc[kept, list(COLUMNS)].astype(np.int32).reset_index(drop=True)


def touched(edges: Ints, revealed: pd.DataFrame, users: int) -> NDArray[np.bool_]:
    """Which of `edges` are revealed, or are the other direction of one that is; shape (edges,)."""
    known = pair_keys(revealed[["follower", "followee"]].to_numpy(), users)
    return np.isin(pair_keys(edges, users), known)


def pair_keys(edges: Ints, users: int) -> NDArray[np.int64]:
    """One number a pair of users, the same for both directions, shape (edges,)."""
    low, high = np.sort(edges, axis=1).astype(np.int64).T
    keys: NDArray[np.int64] = low * users + high
    return keys
