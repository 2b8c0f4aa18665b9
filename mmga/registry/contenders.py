"""A registered model over the users of today, so that an older one is judged on the same split."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.fans import FanModel, Floats
from mmga.registry.package import SEEN, size_of
from mmga.splits.split import Split


@dataclass(frozen=True)
class Contender:
    """Champion or challenger, ready to be scored on the current split."""

    model: FanModel
    """Over the users of the current split, in their order."""
    seen: NDArray[np.int32]
    """The follows it was trained or chosen on, shape (follows, 2), as current user numbers; those
    of users who are gone are left out."""
    served: FanModel
    """The model as it is served, over its own users."""
    size: int
    """Bytes of its files."""


def contender(folder: Path, split: Split) -> Contender:
    """The model of a version's folder over the users of `split`."""
    served = FanModel.read(folder)
    numbers = pd.Index(split.user_ids).get_indexer(pd.Index(served.user_ids))
    pairs = numbers[pd.read_parquet(folder / SEEN)[["follower", "followee"]].to_numpy()]
    seen = pairs[(pairs >= 0).all(axis=1)].astype(np.int32)
    return Contender(over(served, split.user_ids), seen, served, size_of(folder))


def over(model: FanModel, user_ids: list[str]) -> FanModel:
    """The model over other users: those it knows keep their vectors.

    A user whom it does not know has zero vectors and the lowest biases of all: last, as it would be
    if it were served. This is the one place to change when an older network can embed new users.
    """
    if list(model.user_ids) == user_ids:
        return model
    rows = pd.Index(model.user_ids).get_indexer(pd.Index(user_ids))

    def moved(values: Floats, unknown: float) -> Floats:
        known = (rows >= 0).reshape(-1, *[1] * (values.ndim - 1))
        return np.where(known, values[rows], np.float32(unknown))

    return FanModel(
        user_ids,
        moved(model.fan, 0),
        moved(model.account, 0),
        moved(model.fan_bias, model.fan_bias.min()),
        moved(model.account_bias, model.account_bias.min()),
        moved(model.vectors, 0),
        name=model.name,
    )


def leaked(edges: NDArray[np.int32], *seen: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which edges a contender has seen, in either direction; shape (edges,)."""
    users = 1 + max((int(part.max()) for part in (edges, *seen) if len(part)), default=0)
    known = np.concatenate([_keys(part, users) for part in seen])
    return np.isin(_keys(edges, users), known)


def _keys(edges: NDArray[np.int32], users: int) -> NDArray[np.int64]:
    """One number an unordered pair."""
    pairs = np.sort(edges.astype(np.int64), axis=1)
    return pairs[:, 0] * users + pairs[:, 1]
