"""A registered model over the users of today, so that an older one is judged on the same split."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.fans import FanModel
from mmga.project import Project
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


def contender(folder: Path, split: Split, project: Project) -> Contender:
    """The model of a version's folder over the users of `split`.

    Where the users have changed since it was registered, its network looks at the clean tables and
    the train follows of today, so that it is not judged by users whom it never saw.
    """
    served = FanModel.read(folder)
    model = served
    if list(served.user_ids) != split.user_ids:
        model = look_again(folder, split, project)
    return Contender(model, seen_by(folder, served.user_ids, split), served, size_of(folder))


def seen_by(folder: Path, user_ids: Sequence[str], split: Split) -> NDArray[np.int32]:
    """The follows that a version was trained or chosen on, as current user numbers.

    Args:
        folder: The version's files.
        user_ids: The users of that version.
        split: The current split; follows of users whom it does not have are left out.
    """
    numbers = pd.Index(split.user_ids).get_indexer(pd.Index(user_ids))
    pairs = numbers[pd.read_parquet(folder / SEEN)[["follower", "followee"]].to_numpy()]
    seen: NDArray[np.int32] = pairs[(pairs >= 0).all(axis=1)].astype(np.int32)
    return seen


def look_again(folder: Path, split: Split, project: Project) -> FanModel:
    """The model of a version's folder over today's users, posts and train follows."""
    from mmga.alignment.inference import embed  # brings torch, which is seldom needed here

    with tempfile.TemporaryDirectory() as scratch:
        clean, encodings = project.build / "clean", project.stores / "encodings"
        work = Path(scratch) / "features"
        return embed(
            folder, clean, project.data, split.train, work, encodings, withheld=split.withheld
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
