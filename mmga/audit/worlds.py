"""Worlds in which something must fail: what a training reads, spoilt on purpose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.modalities.features import MODALITIES
from mmga.splits.negatives import Negatives
from mmga.splits.split import Split

Keys = NDArray[np.int64]


def write_world(folder: Path, features: Path, posts: pd.DataFrame, split: Split) -> None:
    """Write `features/` and `splits/` as `fit` reads them; the arrays stay where they are.

    Args:
        folder: Where to.
        features: What the extract stage made.
        posts: The table that takes the place of its `posts.parquet`.
        split: What is trained on.
    """
    out = folder / "features"
    out.mkdir(parents=True)
    posts.to_parquet(out / "posts.parquet", index=False)
    for name in ("extract.json", *MODALITIES):
        (out / name).symlink_to((features / name).resolve())
    split.write(folder / "splits")


def deal_anew(split: Split, chance: np.random.Generator) -> Split:
    """The split with a test part that nobody can know: each account keeps its number of fans.

    The fans themselves are drawn evenly, without replacement, among all users who are neither the
    account nor known to follow it by the other parts. So the filtered rank of
    each is even, too, whatever the scorer.

    Returns:
        A split without drawn negatives and without follows to reveal, of which at most
        `params.max_queries` test follows are ranked.
    """
    users = len(split.user_ids)
    linked = np.concatenate([split.train, split.validation, split.dropped]).astype(np.int64)
    taken: Keys = linked[:, 1] * users + linked[:, 0]
    account = split.test[:, 1].astype(np.int64)
    dealt: list[Keys] = []
    while len(account):
        fan = chance.integers(users, size=len(account))
        keys = account * users + fan
        good = (fan != account) & ~np.isin(keys, taken)
        again = np.ones(len(keys), dtype=np.bool_)
        again[np.unique(keys, return_index=True)[1]] = False
        good &= ~again
        dealt.append(keys[good])
        taken, account = np.concatenate([taken, keys[good]]), account[~good]
    chosen = np.concatenate(dealt)
    test = np.stack([chosen % users, chosen // users], axis=1).astype(np.int32)
    test = test[np.lexsort((test[:, 1], test[:, 0]))]
    ranked = chance.permutation(len(test))[: split.params.max_queries]
    negatives = Negatives(np.sort(ranked).astype(np.int32), {})
    return replace(split, test=test, negatives=negatives, revealed=split.revealed.iloc[:0])
