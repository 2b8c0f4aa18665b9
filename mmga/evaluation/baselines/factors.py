"""Follows smoothed to low rank, which validation chooses: a truncated SVD, a ridge regression."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.evaluation.baselines.follows import Floats, normalised, ties
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import Task
from mmga.svd import ridge_regression, truncated_svd


@dataclass(frozen=True)
class Factors:
    """A matrix of follows, smoothed to low rank: the score is <fan[u], account[v]>."""

    fan: Floats
    """Shape (users, rank)."""
    account: Floats
    """Shape (users, rank)."""
    name: str = "svd"

    @property
    def rank(self) -> int:
        """How many factors there are."""
        return int(self.fan.shape[1])

    def cut(self, rank: int) -> "Factors":
        """The same with the first factors alone."""
        return Factors(self.fan[:, :rank], self.account[:, :rank], self.name)

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Shape (queries, users)."""
        asked, ranked = (self.account, self.fan) if task == "fans" else (self.fan, self.account)
        table: Floats = asked[queries] @ ranked.T
        return table


def svd(follows: csr_array, rank: int, seed: int) -> Factors:
    """The truncated SVD of D_out^-1/2 A D_in^-1/2.

    Args:
        follows: 1 where the row's user follows the column's in training, shape (users, users).
        rank: Below the number of users - 1.
        seed: Where the iteration for the singular vectors starts.
    """
    left, values, right = truncated_svd(normalised(follows), rank, seed)
    fan = _of_those(follows.sum(axis=1), left * values)
    return Factors(fan, _of_those(follows.sum(axis=0), right))


def ridge(follows: csr_array, rank: int, seed: int) -> Factors:
    """The ridge regression of ties on ties (EASE); everything is as of `svd`."""
    both = ties(follows)
    fan, account = (_of_those(both.sum(axis=1), f) for f in ridge_regression(both, rank, seed))
    return Factors(fan, account, "ridge")


def _of_those(degree: Floats, factors: Floats) -> Floats:
    """The factors of those who have a tie; 0 for the others, for whom rounding would stand."""
    kept: Floats = np.where(np.ravel(degree)[:, None] > 0, factors, 0)
    return kept


def best_svd(
    follows: csr_array, ranks: Sequence[int], validation: Validation, seed: int
) -> Factors:
    """The `svd` that ranks validation follows best.

    Args:
        follows: As of `svd`.
        ranks: What the rank is chosen among; those not below the number of users - 1 count as the
            number of users - 2.
        validation: What chooses.
        seed: Where the iteration for the singular vectors starts.
    """
    ranks = sorted({min(rank, follows.shape[0] - 2) for rank in ranks})
    widest = svd(follows, ranks[-1], seed)
    return validation.best(({"rank": rank}, widest.cut(rank)) for rank in ranks)


def best_ridge(
    follows: csr_array, ranks: Sequence[int], validation: Validation, seed: int
) -> Factors:
    """The `ridge` that ranks validation follows best.

    Args:
        follows: As of `best_svd`, and so are the others.
        ranks: What its rank is chosen among.
        validation: What chooses.
        seed: Where the iteration for the singular vectors starts.
    """
    ranks = sorted({min(rank, follows.shape[0] - 2) for rank in ranks})
    widest = ridge(follows, ranks[-1], seed)
    return validation.best(({"rank": rank}, widest.cut(rank)) for rank in ranks)
