"""The graph of train follows as a network reads it: messages, structure, soft neighbours.

Everything here is computed from train edges alone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric import EdgeIndex

from mmga.svd import ridge_regression, truncated_svd

RESTART = 0.15
"""Probability of a personalised PageRank walk to start again (Page et al. 1999)."""
WALK = 6
"""Steps after which a walk is cut: 0.85 ** 6 = 0.38 of the walks are longer, and say little of
whom they started from."""
CROWD = 1000
"""Ties of a user from which on walks that come by end there: each of so many neighbours gets a
thousandth of them or less, and to walk on to all would take hours where everybody follows one."""

TOLD = 10.0
"""What entries of the low-rank adjacency are multiplied by, so that a weight on them is of order 1,
as the prior of the second stage expects."""


@dataclass(frozen=True)
class TrainGraph:
    """Who follows whom among the train edges: (2, follows), row 0 follower, row 1 followee."""

    edges: Tensor
    users: int

    @classmethod
    def of(cls, follows: NDArray[np.integer], users: int) -> "TrainGraph":
        """The graph of `follows`, shape (follows, 2), sorted by follower."""
        order = np.lexsort((follows[:, 1], follows[:, 0]))
        return cls(torch.from_numpy(follows[order].T.astype(np.int64).copy()), users)

    def __len__(self) -> int:
        return self.edges.shape[1]

    @cached_property
    def out_degree(self) -> Tensor:
        """Train followees of each user, shape (users,)."""
        return torch.bincount(self.edges[0], minlength=self.users)

    @cached_property
    def in_degree(self) -> Tensor:
        """Train fans of each user, shape (users,)."""
        return torch.bincount(self.edges[1], minlength=self.users)

    @cached_property
    def warm(self) -> Tensor:
        """True for users with a train edge, shape (users,)."""
        return (self.out_degree + self.in_degree) > 0

    @cached_property
    def matrix(self) -> sp.csr_matrix:
        """Adjacency, entry (u, v) is 1 where u follows v."""
        ones = np.ones(len(self), dtype=np.float32)
        return sp.csr_matrix((ones, self.edges.numpy()), shape=(self.users, self.users))

    @cached_property
    def _reverse(self) -> Tensor:
        """The row of (v, u) for each row (u, v), or its own where there is none, (follows,)."""
        fan, account = self.edges.numpy()
        keys = fan * self.users + account  # ascending: rows are sorted by follower, then followee
        opposite = account * self.users + fan
        place = np.minimum(np.searchsorted(keys, opposite), max(len(keys) - 1, 0))
        found = keys[place] == opposite if len(keys) else np.zeros(0, dtype=bool)
        return torch.from_numpy(np.where(found, place, np.arange(len(keys))))

    def without(self, *rows: Tensor) -> "Messages":
        """The message edges while some follows are predicted: they and their reverses are left out.

        A pair is on one side of a split, so a model must not learn to read a follow off its
        reverse.

        Args:
            rows: Follows to leave out, as their rows.
        """
        kept = torch.ones(len(self), dtype=torch.bool)
        for some in rows:
            kept[some] = False
            kept[self._reverse[some]] = False
        return self.messages(kept)

    @cached_property
    def _by_follower(self) -> EdgeIndex:
        size = (self.users, self.users)
        return EdgeIndex(self.edges, sparse_size=size, sort_order="row").fill_cache_()

    @cached_property
    def _by_followee(self) -> tuple[EdgeIndex, Tensor]:
        size = (self.users, self.users)
        order = torch.argsort(self.edges[1], stable=True)
        flipped = self.edges[:, order].flip(0).contiguous()
        return EdgeIndex(flipped, sparse_size=size, sort_order="row").fill_cache_(), order

    def messages(self, kept: Tensor | None = None) -> "Messages":
        """The graph without the edges that are to be predicted.

        Args:
            kept: True for message edges, shape (follows,); all of them by default.
        """
        weight = torch.ones(len(self)) if kept is None else kept.float()
        flipped, order = self._by_followee
        return Messages(self._by_follower, flipped, weight, weight[order])

    def factors(self, rank: int) -> tuple[Tensor, Tensor]:
        """Left and right singular vectors of the degree-normalised adjacency.

        Returns:
            U and V, each (users, rank), with zero columns where the graph has no such rank; the
            rows of users without edges are 0. Their entries are of order 1, whatever the number of
            users.
        """
        left, right = (_inverse(d.numpy()) ** 0.5 for d in (self.out_degree, self.in_degree))
        normalised = sp.diags(left) @ self.matrix.astype(np.float64) @ sp.diags(right)
        u, _, v = truncated_svd(normalised.tocsr(), rank)
        scale = np.sqrt(self.users)
        return torch.from_numpy(u * scale).float(), torch.from_numpy(v * scale).float()

    def low_rank(self, rank: int) -> Tensor:
        """What a ridge regression of all ties on all others tells of each (`ridge_regression`).

        Returns:
            Users as followers and as followees, shape (2, users, rank): their product is `TOLD`
            times the entry.
        """
        if not rank:
            return torch.zeros(2, self.users, 0)
        fan, account = ridge_regression((self.matrix + self.matrix.T).tocsr(), rank)
        return torch.from_numpy(np.stack([TOLD * fan, account])).float()

    def neighbours(self, most: int) -> sp.csr_matrix:
        """Soft neighbours of each user: personalised PageRank, hubs discounted, rows sum to 1.

        Walks go along follows in both directions, and end at users with more than `CROWD` ties.
        The weight of a neighbour is divided by the root of its in-degree, or hubs would be
        everybody's neighbour.

        Args:
            most: Neighbours kept of a user.

        Returns:
            Sparse (users, users); a user without edges has an empty row; nobody is their own
            neighbour.
        """
        both = ((self.matrix + self.matrix.T) > 0).astype(np.float32)
        ties = np.asarray(both.sum(axis=1)).ravel()
        first = (sp.diags(_inverse(ties)) @ both).tocsr()
        onwards = (sp.diags(_inverse(ties) * (ties <= CROWD)) @ both).tocsr()
        onwards.eliminate_zeros()
        discount = sp.diags(1 / np.sqrt(1 + self.in_degree.numpy().astype(np.float32)))
        blocks = []
        for start in range(0, self.users, 2048):
            rows = np.arange(start, min(start + 2048, self.users))
            here = sp.identity(self.users, format="csr", dtype=np.float32)[rows]
            visits = here * 0.0
            for step in range(WALK):
                walk = onwards if step else first
                here = _largest((1 - RESTART) * (here @ walk), 8 * most)
                visits = visits + here
            visits = visits.tolil()
            visits[np.arange(len(rows)), rows] = 0
            blocks.append(_largest((visits.tocsr() @ discount).tocsr(), most))
        weights = sp.vstack(blocks, format="csr")
        return (sp.diags(_inverse(np.asarray(weights.sum(axis=1)).ravel())) @ weights).tocsr()


@dataclass(frozen=True)
class Messages:
    """The message edges of one pass; others have weight 0, so nothing is sorted again."""

    by_follower: EdgeIndex
    by_followee: EdgeIndex
    out_weight: Tensor
    in_weight: Tensor

    @cached_property
    def edges(self) -> Tensor:
        """The edges that may be seen: (2, edges), row 0 follower, row 1 followee."""
        every: Tensor = self.by_follower.as_tensor()
        return every[:, self.out_weight > 0]

    @cached_property
    def out_degree(self) -> Tensor:
        """Message followees of each user, shape (users,)."""
        users = self.by_follower.get_sparse_size(0)
        return torch.zeros(users).index_add_(0, self.by_follower[0], self.out_weight)

    @cached_property
    def in_degree(self) -> Tensor:
        """Message fans of each user, shape (users,)."""
        users = self.by_followee.get_sparse_size(0)
        return torch.zeros(users).index_add_(0, self.by_followee[0], self.in_weight)

    def from_followees(self, x: Tensor, *, root: bool = False) -> Tensor:
        """Mean of `x` (users, dim) over whom each user follows; 0 for those who follow nobody.

        Args:
            x: What is sent.
            root: Weight an edge by 1 / sqrt(out-degree x in-degree) instead.
        """
        return self._gather(
            self.by_follower, self.out_weight, x, self.out_degree, self.in_degree, root
        )

    def from_fans(self, x: Tensor, *, root: bool = False) -> Tensor:
        """Mean of `x` (users, dim) over each user's fans; 0 for those who have none."""
        return self._gather(
            self.by_followee, self.in_weight, x, self.in_degree, self.out_degree, root
        )

    @staticmethod
    def _gather(
        edges: EdgeIndex, weight: Tensor, x: Tensor, own: Tensor, other: Tensor, root: bool
    ) -> Tensor:
        if root:
            scaled = x / other.clamp(min=1).sqrt().unsqueeze(1)
            divisor = own.clamp(min=1).sqrt()
        else:
            scaled, divisor = x, own.clamp(min=1)
        gathered: Tensor = edges.matmul(scaled, input_value=weight)
        return gathered / divisor.unsqueeze(1)


def _largest(matrix: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """Keep the `most` largest entries of each row; ties go to the lower column."""
    matrix = matrix.tocsr()
    matrix.sort_indices()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    place = np.arange(len(order)) - matrix.indptr[rows[order]]
    chosen = order[(place < most) & (matrix.data[order] > 0)]
    entries = (matrix.data[chosen], (rows[chosen], matrix.indices[chosen]))
    return sp.csr_matrix(entries, shape=matrix.shape)


def _inverse(values: NDArray[Any]) -> NDArray[np.float64]:
    inverse = np.zeros(len(values))
    np.divide(1.0, values, out=inverse, where=values > 0)
    return inverse
