"""Who stands between two users: the paths of two ties that lead from one to the other."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

if TYPE_CHECKING:  # the served model needs nothing of what makes a split
    from mmga.splits.split import Task

WAYS = ("u -> w -> v", "u -> w <- v", "u <- w -> v", "u <- w <- v")
"""The directed ways from u over w to v, in the order of every array of this module."""


class Paths:
    """The paths of two ties along some follows, for each of `WAYS`.

    A path over w counts 1 / log(follows and fans of w), so that a user whom everybody knows says
    little (Adamic and Adar 2003, Eq. 1, told apart by direction).

    Args:
        follows: (follower, followee), shape (follows, 2), each once.
        users: How many users there are.
    """

    def __init__(self, follows: NDArray[np.integer], users: int) -> None:
        ones = np.ones(len(follows), dtype=np.float32)
        out = csr_array((ones, (follows[:, 0], follows[:, 1])), (users, users))
        into = out.T.tocsr()
        # Who links two others has two ties at least.
        ties = np.maximum(out.sum(axis=0) + out.sum(axis=1), 2)
        weight = diags_array((1 / np.log(ties)).astype(np.float32))
        self._out, self._into = out, into
        self._weighted_out, self._weighted_into = (weight @ out).tocsr(), (weight @ into).tocsr()

    def between(self, task: "Task", queries: NDArray[np.integer]) -> NDArray[np.float32]:
        """The weighted paths between each query and every user.

        Args:
            task: `followees`: a query is u, a column v; `fans`: a query is v, a column u.
            queries: User numbers.

        Returns:
            Shape (4, queries, users), 0 where nobody stands between.
        """
        out, into = self._out[queries], self._into[queries]
        to_out, to_into = self._weighted_out, self._weighted_into
        if task == "followees":
            ways = [out @ to_out, out @ to_into, into @ to_out, into @ to_into]
        else:  # the same paths, walked from v to u
            ways = [into @ to_into, out @ to_into, into @ to_out, out @ to_out]
        return np.stack([way.toarray() for way in ways])
