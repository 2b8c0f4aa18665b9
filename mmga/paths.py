"""Who stands between two users: the paths of two and of three follows from one to the other."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

if TYPE_CHECKING:  # the served model needs nothing of what makes a split
    from mmga.splits.split import Task

WAYS = ("u -> w -> v", "u -> w <- v", "u <- w -> v", "u <- w <- v", "u -> a <- b -> v")
"""The directed ways from u to v, in the order of every array of this module."""


class Paths:
    """The paths along some follows, for each of `WAYS`.

    Let t_w be how many follows and fans w has. A path of two counts 1 / log(t_w), so that a user
    whom everybody knows says little (Adamic and Adar 2003, Eq. 1, told apart by direction). A path
    of three (b follows whom u follows, and v as well) counts sqrt(t / (t_u t_a t_b t_v)): it is the
    L3 of Kovács et al. 2019 with the ends discounted too, and t, the sum over all users, keeps it
    from shrinking as a graph grows.

    Args:
        follows: (follower, followee), shape (follows, 2), each once.
        users: How many users there are.
    """

    def __init__(self, follows: NDArray[np.integer], users: int) -> None:
        ones = np.ones(len(follows), dtype=np.float32)
        self._out = csr_array((ones, (follows[:, 0], follows[:, 1])), (users, users))
        self._into = self._out.T.tocsr()
        ties = np.bincount(np.ravel(follows), minlength=users)
        self.warm: NDArray[np.bool_] = ties > 0
        """Who has a follow or a fan, shape (users,): nobody else is on a path."""
        # Who links two others has two ties at least.
        weight = diags_array((1 / np.log(np.maximum(ties, 2))).astype(np.float32))
        self._to_out = (weight @ self._out).tocsr()
        self._to_into = (weight @ self._into).tocsr()
        self._root = (np.maximum(ties, 1) ** -0.5).astype(np.float32)
        self._total = float(ties.sum())

    def between(self, task: "Task", queries: NDArray[np.integer]) -> NDArray[np.float32]:
        """The weighted paths between each query and every user.

        Args:
            task: `followees`: a query is u, a column v; `fans`: a query is v, a column u.
            queries: User numbers.

        Returns:
            Shape (5, queries, users), 0 where no path is.
        """
        return np.concatenate([self.of_two(task, queries), self.of_three(task, queries)[None]])

    def of_two(self, task: "Task", queries: NDArray[np.integer]) -> NDArray[np.float32]:
        """The first four ways, shape (4, queries, users); see `between`."""
        out, into = self._out[queries], self._into[queries]
        to_out, to_into = self._to_out, self._to_into
        if task == "followees":
            ways = [out @ to_out, out @ to_into, into @ to_out, into @ to_into]
        else:  # the same paths, walked from v to u
            ways = [into @ to_into, out @ to_into, into @ to_out, out @ to_out]
        return np.stack([way.toarray() for way in ways])

    def of_three(self, task: "Task", queries: NDArray[np.integer]) -> NDArray[np.float32]:
        """The last way, shape (queries, users); see `between`."""
        on, back = self._out, self._into
        if task == "fans":
            on, back = back, on
        root = diags_array(self._root)
        met = (on[queries] @ root @ back @ root).toarray()
        reached = (back @ met.T).T  # the third step is the second's transpose
        ends = self._root[queries][:, None] * self._root
        weighed: NDArray[np.float32] = reached * ends * np.float32(np.sqrt(self._total))
        return weighed
