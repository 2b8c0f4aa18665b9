"""Which part a follow falls to: by a keyed hash of its pair."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.errors import InputError
from mmga.splits.chance import Hashes, as_share, hash_pairs
from mmga.splits.params import SplitParams

Ints = NDArray[np.int32]


def numbered(user_ids: list[str], follows: pd.DataFrame) -> tuple[Ints, pd.Series]:
    """The follows as sorted pairs of user numbers, shape (edges, 2), and when each began first.

    Raises:
        InputError: If an edge is a self-follow, stands there twice or names no user.
    """
    index = pd.Index(user_ids)
    sides = [index.get_indexer(pd.Index(follows[side])) for side in ("follower_id", "followee_id")]
    edges = np.stack(sides, axis=1).astype(np.int32)
    faults = {
        "names an unknown user": (edges < 0).any(axis=1),
        "is a self-follow": edges[:, 0] == edges[:, 1],
        "stands there twice": follows.duplicated(["follower_id", "followee_id", "kind"]),
    }
    for fault, where in faults.items():
        if np.any(where):
            row = follows.loc[np.asarray(where)].iloc[0]
            raise InputError(
                f"follows: the edge {row['follower_id']!r} -> {row['followee_id']!r} {fault}"
                f" ({int(np.sum(where)):,} such).\nThe stage `validate` removes them: run it first."
            )
    found, where = np.unique(edges, axis=0, return_inverse=True)
    if "followed_at" not in follows:
        return found, pd.Series(pd.NaT, index=range(len(found)), dtype="datetime64[us, UTC]")
    dates = pd.to_datetime(follows["followed_at"], utc=True).reset_index(drop=True)
    return found, dates.groupby(where.ravel()).min()


def parts_by_pair(
    edges: Ints, hashes: Hashes, cold: NDArray[np.bool_], params: SplitParams
) -> NDArray[np.int8]:
    """0, 1 or 2 for each edge: train, validation or test."""
    chance = as_share(hash_pairs(hashes[edges[:, 0]], hashes[edges[:, 1]]))
    held_out = params.test + params.validation
    leaves = cold[edges].any(axis=1) & (chance >= held_out)
    # What training loses is shared out as the held-out pairs are.
    chance[leaves] = (chance[leaves] - held_out) / (1 - held_out) * held_out
    return np.select([chance < params.test, chance < held_out], [2, 1], 0).astype(np.int8)
