"""Everything that a training reads: features, train graph, and the follows that choose."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes
from torch import Tensor

from mmga.alignment.params import PretrainParams
from mmga.modalities.features import Features
from mmga.modalities.graph import TrainGraph

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """What is known before training, all of it from train follows and posts."""

    features: Features
    graph: TrainGraph
    validation: Ints
    """Held-out follows that choose between epochs, shape (follows, 2)."""
    params: PretrainParams
    known_structure: tuple[Tensor, Tensor] | None = None
    """The singular vectors that a trained network knows, of the same users, each (users,
    structure); rows of users whom it does not know are 0."""

    @property
    def users(self) -> int:
        """How many users there are."""
        return self.features.users

    @cached_property
    def factors(self) -> tuple[Tensor, Tensor]:
        """Singular vectors that tell a user's place in the graph, each (users, structure).

        Those of another graph are turned: close singular values change places. So a trained network
        gets them rotated towards those that it knows (orthogonal Procrustes, Schönemann 1966).
        """
        found = self.graph.factors(self.params.structure)
        if self.known_structure is None:
            return found
        ours, known = (torch.cat(pair).double().numpy() for pair in (found, self.known_structure))
        turn = torch.from_numpy(orthogonal_procrustes(ours, known)[0]).float()
        return found[0] @ turn, found[1] @ turn

    @cached_property
    def writes(self) -> NDArray[np.bool_]:
        """True for users with a text, shape (users,)."""
        before = np.concatenate([[0], np.cumsum(self.features.text >= 0)])
        return np.diff(before[self.features.bounds]) > 0

    @cached_property
    def low_rank(self) -> Tensor:
        """Users as followers and as followees in a low-rank adjacency, (2, users, rank)."""
        return self.graph.low_rank(self.params.second_stage.rank)

    @cached_property
    def soft_neighbours(self) -> sp.csr_matrix:
        """Personalised PageRank, rows sum to 1 (or are empty), shape (users, users)."""
        return self.graph.neighbours(self.params.neighbours)

    @cached_property
    def _known(self) -> dict[int, tuple[Ints, Ints]]:
        out = self.graph.matrix
        into = out.T.tocsr()
        return {0: (out.indptr, out.indices), 1: (into.indptr, into.indices)}

    def known(self, side: int, rows: Ints, columns: Ints) -> Tensor:
        """Which columns are no negatives of a row: its train neighbours and the user itself.

        Args:
            side: 0 when rows are followers and columns followees, 1 the other way round.
            rows: User numbers, shape (r,).
            columns: Distinct user numbers, shape (c,).

        Returns:
            Boolean, shape (r, c).
        """
        starts, neighbours = self._known[side]
        places, owner = _runs(starts[rows], starts[rows + 1] - starts[rows])
        theirs = neighbours[places]
        column = np.full(self.users, -1)
        column[columns] = np.arange(len(columns))
        owner = np.concatenate([owner, np.arange(len(rows))])
        theirs = column[np.concatenate([theirs, rows])]
        mask = np.zeros((len(rows), len(columns)), dtype=bool)
        mask[owner[theirs >= 0], theirs[theirs >= 0]] = True
        return torch.from_numpy(mask)


@dataclass(frozen=True)
class Draw:
    """Some posts of some users: for each modality the rows of its array, and whose they are."""

    rows: dict[str, Ints]
    owner: dict[str, Tensor]
    """Place of each row's user among the users asked for."""
    post: dict[str, Ints]
    """The post of each row, to pair a picture with its caption."""


def draw_posts(features: Features, users: Ints, most: int, chance: np.random.Generator) -> Draw:
    """Up to `most` posts of each user, drawn anew, and one picture of each."""
    posts, owner = _posts_of(features, users)
    order = np.lexsort((chance.random(len(posts)), owner))
    posts, owner = posts[order], owner[order]
    first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(users)))])[owner]
    chosen = np.arange(len(posts)) - first < most
    posts, owner = posts[chosen], owner[chosen]
    offset = (chance.random(len(posts)) * features.pictures[posts]).astype(np.int64)
    rows = {"image": features.image[posts] + offset, "text": features.text[posts]}
    has = {"image": features.pictures[posts] > 0, "text": features.text[posts] >= 0}
    return Draw(
        rows={name: rows[name][has[name]] for name in rows},
        owner={name: torch.from_numpy(owner[has[name]]) for name in rows},
        post={name: posts[has[name]] for name in rows},
    )


def all_posts(features: Features, users: Ints) -> Draw:
    """Every post that is read of each user, with every picture."""
    posts, owner = _posts_of(features, users)
    pictures, repeated = _runs(features.image[posts], features.pictures[posts])
    written = features.text[posts] >= 0
    return Draw(
        rows={
            "image": pictures,
            "text": features.text[posts][written],
        },
        owner={
            "image": torch.from_numpy(owner[repeated]),
            "text": torch.from_numpy(owner[written]),
        },
        post={"image": posts[repeated], "text": posts[written]},
    )


def batches(count: int, size: int, chance: np.random.Generator) -> Iterator[Ints]:
    """0 to count - 1 in random order, in batches of `size`; a rest of one joins the last batch."""
    yield from _cut(chance.permutation(count), size)


def paired_batches(graph: TrainGraph, size: int, chance: np.random.Generator) -> Iterator[Ints]:
    """Every user once, in batches of `size`, most of them beside somebody they follow.

    Users drawn apart from each other hardly ever follow one another, and then a batch has nothing
    to say of follows. So follows are taken in random order, and the two users of a follow stay
    together where both are still free.
    """
    follower, followee = graph.edges.numpy()
    free = np.ones(graph.users, dtype=bool)
    pairs: list[tuple[int, int]] = []
    for row in chance.permutation(len(graph)):
        u, v = follower[row], followee[row]
        if free[u] and free[v]:
            free[u] = free[v] = False
            pairs.append((u, v))
    alone = chance.permutation(np.flatnonzero(free)).reshape(-1, 1)
    groups = [np.array(pair) for pair in pairs] + list(alone)
    order = chance.permutation(len(groups))
    yield from _cut(np.concatenate([groups[place] for place in order]), size)


def _cut(order: Ints, size: int) -> Iterator[Ints]:
    start = 0
    for end in [*range(size, len(order) - 1, size), len(order)]:
        yield order[start:end]
        start = end


def _posts_of(features: Features, users: Ints) -> tuple[Ints, Ints]:
    return _runs(features.bounds[users], np.diff(features.bounds)[users])


def _runs(starts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Runs of consecutive rows, one after the other: the rows, and to which run each belongs."""
    counts = counts.astype(np.int64)
    owner = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return starts[owner] + place, owner
