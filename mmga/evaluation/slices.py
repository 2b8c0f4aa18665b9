"""Which test follows belong together: warm and cold users, popular accounts, topics."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmga.splits.split import Split

Masks = dict[str, NDArray[np.bool_]]

HEAD = 0.1
"""Share of the accounts with fans in training that are the head; the lower half is the tail."""


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
