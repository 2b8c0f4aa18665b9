"""Which users are to lose every follow in training, so that newcomers can be judged."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.splits.chance import as_share, hash_names


def draw_cold(
    users: pd.DataFrame, edges: NDArray[np.int32], share: float, seed: int
) -> NDArray[np.bool_]:
    """`share` of the users who have follows, stratified by topic and by decile of in-degree.

    Within a stratum the users with the lowest hash are taken, so a user mostly stays cold, or warm,
    when data are appended. A stratum's first place is shifted by the stratum's own hash: strata of
    one or two users, of which a small data set is made, get their share of cold users on average.

    Args:
        users: Columns `user_id` and `topic`.
        edges: User numbers (follower, followee), shape (edges, 2).
        share: From 0 to below 1.
        seed: Keys the hashes.

    Returns:
        Shape (users,).
    """
    in_degree = np.bincount(edges[:, 1], minlength=len(users))
    connected = np.unique(edges)
    people = pd.DataFrame({"number": connected, "in_degree": in_degree[connected]})
    people["hash"] = as_share(hash_names(users["user_id"].iloc[connected].tolist(), seed))
    decile = np.ceil(people["in_degree"].rank(pct=True) * 10).astype(int)
    topic = users["topic"].iloc[connected].fillna("").reset_index(drop=True)
    people["stratum"] = topic + "\0" + decile.astype(str)

    names, codes = np.unique(people["stratum"].to_numpy(str), return_inverse=True)
    shift = as_share(hash_names([str(name) for name in names], seed))[codes]
    by_stratum = people.groupby("stratum")["hash"]
    place = (by_stratum.rank(method="first") - 1 + shift) / by_stratum.transform("size")
    order = np.lexsort((people["hash"], place))

    cold = np.zeros(len(users), dtype=np.bool_)
    cold[connected[order[: round(share * len(connected))]]] = True
    return cold
