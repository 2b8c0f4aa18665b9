"""What needs no training: scorers made of the train follows alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import svds

from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.paths import Paths
from mmga.splits.split import TASKS, Split, Task

Floats = NDArray[np.floating]


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


@dataclass(frozen=True)
class CommonNeighbours:
    """How many users w stand between: u follows w, and w follows v."""

    follows: csr_array
    """As of `Popularity`."""
    name: str = "common_neighbours"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Counts, shape (queries, users)."""
        towards = self.follows.T.tocsr() if task == "fans" else self.follows
        return dense(towards[queries] @ towards)


@dataclass(frozen=True)
class AdamicAdar:
    """The same over ties in any direction, each w weighted by 1 / log(its follows and fans).

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
    """As of `Popularity`."""
    name: str = "resource_allocation"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Weighted counts, shape (queries, users); the same for both tasks."""
        ties = self.follows + self.follows.T.tocsr()
        weight = 1 / np.maximum(ties.sum(axis=0), 1)
        return dense(ties[queries] @ diags_array(weight) @ ties)


@dataclass(frozen=True)
class ThreeSteps:
    """The paths of three ties in any direction, normalised: the cube of D^-1/2 (A + A') D^-1/2.

    Who is linked to the same users as u's acquaintances need not share one with u (Kovács et al.
    2019; they normalise the inner two of the four alone).
    """

    follows: csr_array
    """As of `Popularity`."""
    name: str = "three_steps"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Weighted counts, shape (queries, users); the same for both tasks."""
        ties = self.follows + self.follows.T.tocsr()
        root = diags_array(np.maximum(ties.sum(axis=0), 1) ** -0.5)
        step = (root @ ties @ root).tocsr()
        met = (step[queries] @ step).toarray()
        reached: Floats = (step @ met.T).T  # `step` is its own transpose
        return reached


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

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Shape (queries, users)."""
        asked, ranked = (self.account, self.fan) if task == "fans" else (self.fan, self.account)
        table: Floats = asked[queries] @ ranked.T
        return table


def dense(table: csr_array) -> Floats:
    """The same numbers with the zeros written out."""
    full: Floats = table.toarray()
    return full


def train_follows(split: Split) -> csr_array:
    """1 where the row's user follows the column's in training, shape (users, users)."""
    users = len(split.user_ids)
    ones = np.ones(len(split.train))
    return csr_array((ones, (split.train[:, 0], split.train[:, 1])), (users, users))


def baselines(split: Split, ranks: Sequence[int], tuning_follows: int, seed: int) -> list[Scorer]:
    """All of the above; the truncated SVD with the rank that is best on validation.

    Args:
        split: Train follows to learn from, validation follows to choose the rank by.
        ranks: What the rank is chosen among; those not below the number of users are left out.
        tuning_follows: At most so many validation follows are ranked for that.
        seed: Where the iteration for the singular vectors starts.
    """
    follows = train_follows(split)
    found: list[Scorer] = [
        Popularity(follows),
        Reciprocity(follows),
        CommonNeighbours(follows),
        AdamicAdar(Paths(split.train, len(split.user_ids))),
        ResourceAllocation(follows),
        ThreeSteps(follows),
    ]
    return [*found, best_svd(split, follows, ranks, tuning_follows, seed)]


def best_svd(
    split: Split, follows: csr_array, ranks: Sequence[int], tuning_follows: int, seed: int
) -> Factors:
    """The truncated SVD of D_out^-1/2 A D_in^-1/2 with the best C0 MRR, both tasks together."""
    users = len(split.user_ids)
    ranks = sorted({min(rank, users - 2) for rank in ranks})
    out, into = (diags_array(np.maximum(follows.sum(axis=axis), 1) ** -0.5) for axis in (1, 0))
    start = np.random.default_rng(seed).standard_normal(users)
    left, values, right = svds(out @ follows @ into, k=ranks[-1], v0=start)
    strongest = np.argsort(-values)
    fan, account = (left * values)[:, strongest], right.T[:, strongest]
    spaced = np.linspace(0, len(split.validation) - 1, tuning_follows).astype(int)
    edges, known = split.validation[np.unique(spaced)], Known(split)

    def quality(model: Factors) -> float:
        return sum(_mean_reciprocal_rank(model, task, edges, known) for task in TASKS)

    return max((Factors(fan[:, :rank], account[:, :rank]) for rank in ranks), key=quality)


def _mean_reciprocal_rank(
    scorer: Scorer, task: Task, edges: NDArray[np.int32], known: Known
) -> float:
    found = metrics_of(rank_follows(scorer, task, edges, known), "C0", np.ones(len(edges), bool))
    return found.macro()["mrr"] if found else 0.0
