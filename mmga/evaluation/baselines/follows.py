"""The train follows as sparse matrices, which every baseline is made of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from mmga.splits.split import Split

Floats = NDArray[np.floating[Any]]


def train_follows(split: Split) -> csr_array:
    """1 where the row's user follows the column's in training, shape (users, users)."""
    users = len(split.user_ids)
    ones = np.ones(len(split.train))
    return csr_array((ones, (split.train[:, 0], split.train[:, 1])), (users, users))


def ties(follows: csr_array) -> csr_array:
    """How many follows link two users, in whichever direction: 0, 1 or 2, (users, users)."""
    both: csr_array = (follows + follows.T).tocsr()
    return both


def normalised(follows: csr_array) -> csr_array:
    """Each follow divided by the roots of its follower's follows and of its followee's fans."""
    out, into = (diags_array(np.maximum(follows.sum(axis=axis), 1) ** -0.5) for axis in (1, 0))
    return (out @ follows @ into).tocsr()


def dense(table: csr_array) -> Floats:
    """The same numbers with the zeros written out."""
    full: Floats = table.toarray()
    return full
