"""Which test follows belong together: cold users, popular accounts, topics, who posts how much."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.splits.revealed import pair_keys
from mmga.splits.split import Split, Task

Masks = dict[str, NDArray[np.bool_]]

HEAD = 0.1
"""Share of the accounts with fans in training that are the head; the lower half is the tail."""

FEW = 3
"""Posts up to which a user has few."""


def by_temperature(split: Split) -> Masks:
    """The ranked follows between warm users, those that touch a cold one, and how they touch it.

    `warm->cold` is a warm follower and a cold followee. Each mask has shape (ranked,).
    """
    follower, followee = split.cold[split.test[split.negatives.ranked]].T
    return {
        "warm": ~follower & ~followee,
        "cold": follower | followee,
        "warm->cold": ~follower & followee,
        "cold->warm": follower & ~followee,
        "cold->cold": follower & followee,
    }


def by_account(split: Split, topics: Sequence[str | None]) -> Masks:
    """The ranked follows by the followee's fans in training and by its topic.

    `tail` is the half of the accounts with fans that has the fewest, `head` the tenth that has the
    most, `torso` the rest; accounts of as many fans are on one side.

    Args:
        split: What was held out.
        topics: The topic of each user, None where it is not known.
    """
    account = split.test[split.negatives.ranked][:, 1]
    fans = np.bincount(split.train[:, 1], minlength=len(split.user_ids))
    tail, head = np.quantile(fans[fans > 0], [0.5, 1 - HEAD])
    degree = fans[account]
    masks = {
        "tail": (degree > 0) & (degree <= tail),
        "torso": (degree > tail) & (degree <= head),
        "head": degree > max(tail, head),
    }
    topic = np.array([name or "" for name in topics], dtype=object)[account]
    for name in sorted({name for name in topics if name}):
        masks[f"topic {name}"] = topic == name
    return masks


def by_posts(split: Split, posts: pd.DataFrame, task: Task) -> Masks:
    """The ranked follows by what the user who asks has posted, as far as it is read.

    `no text` is without a caption and without a bio.

    Args:
        split: What was held out.
        posts: Columns `post_id` (empty: a bio), `user`, `image` and `text` (-1: none) of
            `build/features/posts.parquet`.
        task: Says who asks: the followee for `fans`, the follower for `followees`.
    """
    asks = split.test[split.negatives.ranked][:, 1 if task == "fans" else 0]
    real = posts["post_id"].notna()
    of_user = [
        np.bincount(posts.loc[rows, "user"].astype(int), minlength=len(split.user_ids))[asks]
        for rows in (real, posts["image"] >= 0, posts["text"] >= 0)
    ]
    count, pictures, texts = of_user
    return {
        "no post": count == 0,
        f"1 to {FEW} posts": (count > 0) & (count <= FEW),
        f"{FEW + 1} posts and more": count > FEW,
        "no picture": pictures == 0,
        "no text": texts == 0,
    }


def by_reciprocity(split: Split) -> Masks:
    """The ranked follows whose other direction exists too, in any part, and those without one."""
    users = len(split.user_ids)
    keys, counts = np.unique(pair_keys(split.known, users), return_counts=True)
    edges = split.test[split.negatives.ranked]
    both = counts[np.searchsorted(keys, pair_keys(edges, users))] > 1
    return {"reciprocal": both, "one way": ~both}
