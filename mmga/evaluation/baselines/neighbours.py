"""Who stands between two users, counted and weighted in the classical ways."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from mmga.evaluation.baselines.follows import Floats, dense, ties
from mmga.paths import Paths
from mmga.splits.split import Task

LENGTHS = {3: "three", 4: "four", 5: "five"}
"""Of the paths of `Steps`."""


@dataclass(frozen=True)
class CommonNeighbours:
    """How many users w stand between: u follows w, and w follows v."""

    follows: csr_array
    """1 where the row's user follows the column's in training, shape (users, users)."""
    name: str = "common_neighbours"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Counts, shape (queries, users)."""
        towards = self.follows if task == "followees" else self._fans
        return dense(towards[queries] @ towards)

    @cached_property
    def _fans(self) -> csr_array:
        return self.follows.T.tocsr()


@dataclass(frozen=True)
class Jaccard:
    """The acquaintances that two users share, of all that either has (Jaccard 1901).

    An acquaintance is whom a user follows or is followed by; one who is both counts once.
    """

    follows: csr_array
    """As of `CommonNeighbours`."""
    name: str = "jaccard"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """From 0 to 1, shape (queries, users); the same for both tasks."""
        acquainted, count = self._acquainted
        shared = dense(acquainted[queries] @ acquainted)
        either = count[queries][:, None] + count - shared
        share: Floats = shared / np.maximum(either, 1)
        return share

    @cached_property
    def _acquainted(self) -> tuple[csr_array, Floats]:
        both = ties(self.follows).sign()
        return both, both.sum(axis=1)


@dataclass(frozen=True)
class AdamicAdar:
    """The users between two over ties in any direction, each weighted by 1 / log(its ties).

    The four directed ways from u over w to v are summed (Adamic and Adar 2003, Eq. 1, on the graph
    with its directions put together), so a reciprocal tie counts twice.
    """

    paths: Paths
    """Along the train follows."""
    name: str = "adamic_adar"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Weighted counts, shape (queries, users); the same for both tasks."""
        total: Floats = self.paths.of_two(task, queries).sum(axis=0)
        return total


@dataclass(frozen=True)
class ResourceAllocation:
    """The ways of Adamic and Adar, each w weighted by 1 / its follows and fans.

    What u would send v if every user shared out what it gets (Zhou, Lü and Zhang 2009).
    """

    follows: csr_array
    """As of `CommonNeighbours`."""
    name: str = "resource_allocation"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Weighted counts, shape (queries, users); the same for both tasks."""
        given, shared = self._ties
        return dense(given[queries] @ shared)

    @cached_property
    def _ties(self) -> tuple[csr_array, csr_array]:
        both = ties(self.follows)
        return both, (diags_array(1 / np.maximum(both.sum(axis=0), 1)) @ both).tocsr()


@dataclass(frozen=True)
class Steps:
    """The paths of so many ties in any direction, normalised: a power of D^-1/2 (A + A') D^-1/2.

    Who is linked to the same users as u's acquaintances need not share one with u (Kovács et al.
    2019, of three; they normalise the inner two of the four alone).
    """

    follows: csr_array
    """As of `CommonNeighbours`."""
    length: int
    """From 3 to 5."""

    @property
    def name(self) -> str:
        """`three_steps`, `four_steps` or `five_steps`."""
        return f"{LENGTHS[self.length]}_steps"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Weighted counts, shape (queries, users); the same for both tasks."""
        reached = dense(self._step[queries] @ self._step).T
        for _ in range(self.length - 2):
            reached = self._step @ reached  # `_step` is its own transpose
        return reached.T

    @cached_property
    def _step(self) -> csr_array:
        both = ties(self.follows)
        root = diags_array(np.maximum(both.sum(axis=0), 1) ** -0.5)
        return (root @ both @ root).tocsr()
