"""Second-order random walks over ties: the sentences that node2vec reads."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int64]


class Walker:
    """Walks over ties; the next user depends on the two before (Grover and Leskovec 2016, Fig. 2).

    From t by way of v to x a step is taken with a probability in proportion to the ties between v
    and x, times 1/p where x is t, times 1 where x is tied to t, times 1/q otherwise.

    Args:
        ties: How strongly two users are tied, symmetric, whole numbers, shape (users, users).
        p: Above 1, a walk seldom goes back at once.
        q: Above 1, it stays around where it began; below 1, it goes away.
    """

    def __init__(self, ties: csr_array, p: float, q: float) -> None:
        entries = ties.tocoo()
        users, strength = ties.shape[0], entries.data.astype(np.int64)
        row, column = (np.repeat(part.astype(np.int64), strength) for part in entries.coords)
        self._keys = np.sort(row * users + column)  # a tie of strength 2 stands there twice
        self._neighbours = self._keys % users
        self._degree = np.bincount(row, minlength=users)
        self._first = np.cumsum(self._degree) - self._degree
        self._users = users
        highest = max(1, 1 / p, 1 / q)
        self._back, self._near, self._far = (w / highest for w in (1 / p, 1, 1 / q))

    def walks(self, length: int, random: np.random.Generator) -> Ints:
        """One walk from every user who has a tie, in random order, shape (walks, length)."""
        path = np.empty((length, int((self._degree > 0).sum())), dtype=np.int64)
        path[0] = random.permutation(np.flatnonzero(self._degree))
        for step in range(1, length):
            path[step] = self._next(path[max(0, step - 2)], path[step - 1], random, step > 1)
        return path.T

    def _next(
        self, before: Ints, here: Ints, random: np.random.Generator, second_order: bool
    ) -> Ints:
        """Where each walk goes: drawn among neighbours, and drawn again where it is refused."""
        found = np.empty_like(here)
        left = np.arange(len(here))
        while len(left):
            place = (random.random(len(left)) * self._degree[here[left]]).astype(np.int64)
            found[left] = self._neighbours[self._first[here[left]] + place]
            if not second_order:
                break
            chance = self._chance(before[left], found[left])
            left = left[random.random(len(left)) >= chance]
        return found

    def _chance(self, before: Ints, to: Ints) -> NDArray[np.float64]:
        key = before * self._users + to
        place = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        tied = self._keys[place] == key
        chance: NDArray[np.float64] = np.where(tied, self._near, self._far)
        return np.where(to == before, self._back, chance)
