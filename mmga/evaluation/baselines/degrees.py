"""What one user's own ties say: how popular they are, and whether they are tied already."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.evaluation.baselines.follows import Floats, dense
from mmga.splits.split import Task


@dataclass(frozen=True)
class Popularity:
    """How many accounts a user follows (`fans`), how many fans an account has (`followees`)."""

    follows: csr_array
    """1 where the row's user follows the column's in training, shape (users, users)."""
    name: str = "popularity"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """The same for every query, shape (queries, users)."""
        degree = self.follows.sum(axis=1 if task == "fans" else 0)
        return np.broadcast_to(degree, (len(queries), len(degree)))


@dataclass(frozen=True)
class Reciprocity:
    """1 for a user who has the opposite tie already: whom the account follows (`fans`).

    Where both directions of a pair are on one side of the split, as in ours, this can only mislead;
    doing better than chance would mean that a pair crossed over.
    """

    follows: csr_array
    """As of `Popularity`."""
    name: str = "reciprocity"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """0 or 1, shape (queries, users)."""
        opposite = self.follows if task == "fans" else self.follows.T.tocsr()
        return dense(opposite[queries])
