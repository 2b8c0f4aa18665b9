"""Who stands between two users: paths of follows from one to the other, walks, and their like."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

if TYPE_CHECKING:  # the served model needs nothing of what makes a split
    from mmga.splits.split import Task

WAYS = (
    "u -> w -> v",
    "u -> w <- v",
    "u <- w -> v",
    "u <- w <- v",
    "u -> a <- b -> v",
    "u ~> v",
    "u ~ v",
    "u - - - - v",
    "u - - - - - v",
)
"""What may stand between u and v, in the order of every array of this module: directed paths of two
and of three follows, walks of all lengths, how well their neighbourhoods tell the follow, and paths
of four and of five ties in any direction."""

RESTART = 0.15
"""Probability of a walk to start again (personalised PageRank, Page et al. 1999)."""
STEPS = 12
"""Steps after which a walk is cut."""

Floats = NDArray[np.float32]


class Paths:
    """What lies between two users along some follows, for each of `WAYS`.

    Let t_w be how many follows and fans w has, and t their sum over all users.

    - A path of two counts 1 / log(t_w), so that a user whom everybody knows says little (Adamic and
      Adar 2003, Eq. 1, told apart by direction).
    - A path of three (b follows whom u follows, and v as well) counts sqrt(t / (t_u t_a t_b t_v)):
      it is the L3 of Kovács et al. 2019 with the ends discounted too, and t keeps it from shrinking
      as a graph grows.
    - Walks of two steps and more, along follows in either direction, count how much oftener than a
      walk from anywhere one from u is at v: its personalised PageRank times t / t_v.
    - What neighbourhoods tell is the entry of a low-rank adjacency (`factors`), of either sign; see
      `mmga.modalities.graph.TrainGraph.low_rank`.
    - Paths of four and five ties are the entries of the fourth and fifth power of the ties
      normalised to D^-1/2 T D^-1/2, times the number of users.

    Args:
        follows: (follower, followee), shape (follows, 2), each once.
        users: How many users there are.
        factors: The low-rank adjacency as followers and as followees, shape (2, users, rank);
            without it neighbourhoods tell nothing.
    """

    def __init__(
        self, follows: NDArray[np.integer], users: int, factors: Floats | None = None
    ) -> None:
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
        self._inverse = (1 / np.maximum(ties, 1)).astype(np.float32)
        self._root = np.sqrt(self._inverse)
        self._total = float(ties.sum())
        step = (self._out + self._into) @ diags_array((1 - RESTART) * self._inverse)
        self._step = step.tocsr().astype(np.float32)
        self._factors = np.zeros((2, users, 0), np.float32) if factors is None else factors

    def between(self, task: "Task", queries: NDArray[np.integer]) -> Floats:
        """What lies between each query and every user.

        Args:
            task: `followees`: a query is u, a column v; `fans`: a query is v, a column u.
            queries: User numbers.

        Returns:
            Shape (9, queries, users): the entry of the low-rank adjacency, and log(1 + count) of
            all else; 0 where nothing is.
        """
        walks, *powers = self.of_walks(queries)
        counts = [*self.of_two(task, queries), self.of_three(task, queries), walks]
        told = self.told(task, queries)
        return np.stack([*map(np.log1p, counts), told, *map(np.log1p, powers)])

    def of_two(self, task: "Task", queries: NDArray[np.integer]) -> Floats:
        """The first four ways, shape (4, queries, users); see `between`."""
        out, into = self._out[queries], self._into[queries]
        to_out, to_into = self._to_out, self._to_into
        if task == "followees":
            ways = [out @ to_out, out @ to_into, into @ to_out, into @ to_into]
        else:  # the same paths, walked from v to u
            ways = [into @ to_into, out @ to_into, into @ to_out, out @ to_out]
        return np.stack([way.toarray() for way in ways])

    def of_three(self, task: "Task", queries: NDArray[np.integer]) -> Floats:
        """The fifth way, shape (queries, users); see `between`."""
        on, back = self._out, self._into
        if task == "fans":
            on, back = back, on
        root = diags_array(self._root)
        met = (on[queries] @ root @ back @ root).toarray()
        reached = (back @ met.T).T  # the third step is the second's transpose
        ends = self._root[queries][:, None] * self._root
        weighed: Floats = reached * ends * np.float32(np.sqrt(self._total))
        return weighed

    def of_walks(self, queries: NDArray[np.integer]) -> Floats:
        """The sixth way and the last two, shape (3, queries, users), the same for both tasks."""
        here = np.zeros((len(self.warm), len(queries)), np.float32)
        here[queries, np.arange(len(queries))] = 1
        here = self._step @ here  # who is one step away is linked already
        visits, powers = np.zeros_like(here), []
        for length in range(2, STEPS + 1):
            here = self._step @ here
            visits += here
            if length in (4, 5):
                scale = (1 - RESTART) ** -length * len(self.warm) / self._root[queries]
                powers.append(here * self._root[:, None] * scale.astype(np.float32))
        lift = visits * (self._inverse * np.float32(self._total))[:, None]
        return np.stack([lift.T, *(power.T for power in powers)])

    def told(self, task: "Task", queries: NDArray[np.integer]) -> Floats:
        """The seventh way, shape (queries, users), of either sign; see `between`."""
        fan, account = self._factors
        asked, ranked = (fan, account) if task == "followees" else (account, fan)
        entries: Floats = asked[queries] @ ranked.T
        return entries
