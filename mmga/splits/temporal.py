"""Which part a follow falls to by its date: the past trains, what came next chooses and judges."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.errors import InputError
from mmga.splits.params import SplitParams
from mmga.splits.revealed import pair_keys

Ints = NDArray[np.int32]

DROPPED = -1
"""The part of a follow that is in none."""


def cuts_of(dates: pd.Series, params: SplitParams) -> tuple[pd.Timestamp, pd.Timestamp]:
    """When validation and when test begins: the given days, or by the shares.

    Args:
        dates: Of the follows.
        params: Shares, and days where there are any.

    Raises:
        InputError: If a follow has no date.
    """
    undated = int(dates.isna().sum())
    if undated:
        raise InputError(
            f"split.kind temporal needs the date of every follow; {undated:,} of {len(dates):,}"
            " have none (followed_at).\nSet params.yaml: split.kind to pairs, or import the dated"
            " ones alone."
        )
    if params.cuts:
        return pd.Timestamp(params.cuts[0], tz="UTC"), pd.Timestamp(params.cuts[1], tz="UTC")
    shares = [1 - params.validation - params.test, 1 - params.test]
    first, second = pd.DatetimeIndex(dates.quantile(shares, interpolation="higher"))
    return first, second


def parts_by_time(
    edges: Ints, dates: pd.Series, cuts: tuple[pd.Timestamp, pd.Timestamp], users: int
) -> NDArray[np.int8]:
    """0, 1 or 2 for each edge (train, validation or test), or `DROPPED`.

    Before the first cut is train, from the second on is test. Where the two directions of a pair
    lie on different sides, the later one is dropped: the earlier would tell it.

    Args:
        edges: Shape (edges, 2).
        dates: When each began.
        cuts: See `cuts_of`.
        users: How many users there are.
    """
    part = np.sum([(dates >= cut).to_numpy() for cut in cuts], axis=0).astype(np.int8)
    earliest = pd.Series(part).groupby(pair_keys(edges, users)).transform("min")
    return np.where(part > earliest, np.int8(DROPPED), part)
