"""The macro F1 of topics that were told, and of two of them: means over seeds, with intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.evaluation.f1 import two_level_f1
from mmga.study.differences import Rows
from mmga.study.params import StudyParams


def f1(told: Rows, study: StudyParams) -> dict[str, float] | None:
    """The macro F1 as `f1` with `low` and `high`; None where nobody was told.

    Args:
        told: Rows of table `topics`, one for each seed and user.
        study: Of the bootstrap.
    """
    return _found([told], ("f1",), study)


def paired_f1(ours: Rows, theirs: Rows, study: StudyParams) -> dict[str, float] | None:
    """Two of them and their difference, as `mmga.study.differences.paired` names them.

    Args:
        ours: As of `f1`.
        theirs: Likewise; users whom both told of count, with each seed.
        study: Of the bootstrap.
    """
    return _found([ours, theirs], ("mrr", "its_mrr", "difference"), study)


def _found(
    tables: Sequence[Rows], names: Sequence[str], study: StudyParams
) -> dict[str, float] | None:
    """The values by their names, and the interval of the last."""
    keys = ["seed", "user"]
    columns = [tables[0].set_index(keys)["topic"], *(t.set_index(keys)["told"] for t in tables)]
    every = pd.concat(columns, axis=1, join="inner", keys=range(len(columns)))
    if every.empty:
        return None
    by_seed = [_numbered(part) for _, part in every.groupby(level=0)]
    values, low, high = two_level_f1(by_seed, resamples=study.resamples, seed=study.seed)
    found = dict(zip(names, map(float, values), strict=True))
    return {**found, "low": float(low[-1]), "high": float(high[-1])}


def _numbered(names: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The topics as numbers: the right ones, shape (users,), and those told, (users, guesses)."""
    numbers = np.unique(names.to_numpy(str), return_inverse=True)[1].reshape(names.shape)
    return numbers[:, 0], numbers[:, 1:]
