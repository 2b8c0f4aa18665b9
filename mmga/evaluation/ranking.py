"""Where a scorer ranks each held-out follow among its candidates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.splits.split import Split, Task

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

Candidates = Literal["C0", "C1", "C2", "C3"]
"""What a follow is ranked among: C0 all users; C1 uniform, C2 degree-matched and C3 hard negatives
(see `mmga.splits.negatives`)."""

CELLS = 2**22
"""Scores (follows, users) or (follows, negatives) that are held at a time: memory stays flat,
whatever the data."""


ALIKE = 1e-6
"""Share of the spread of a query's scores below which a difference between two is rounding."""

LAST_DIGITS = 8
"""Likewise, how many times the number type tells the largest of them from the next one."""


class Scorer(Protocol):
    """Anything that scores users for a query: a trained model, a baseline."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    def scores(self, task: Task, queries: NDArray[np.integer]) -> NDArray[np.floating[Any]]:
        """The score of every user for each query, shape (queries, users); higher is likelier."""


class ScoreError(ValueError):
    """A scorer gave a score that is no number: a fault of the scorer, never a low rank."""


@dataclass(frozen=True)
class Ranks:
    """The filtered rank of each follow, 1 being best; ties take the mean rank.

    The candidates of a follow are its positive and users who are no known positive of its query in
    any part, so follows of one query do not stand in each other's way. Two scores are a tie where
    they differ by no more than `rounding_of` their query, whatever the candidates.
    """

    query: Ints
    """The user that asks: the followee for `fans`, the follower for `followees`; (follows,)."""
    score: Floats
    """What the scorer gave the positive, shape (follows,)."""
    rank: dict[str, Floats]
    """By candidates: the rank, shape (follows,); NaN where there are no candidates."""
    tied: dict[str, NDArray[np.bool_]]
    """Likewise: whether a negative ties with the positive."""
    negatives: dict[str, Ints]
    """By candidates, but for C0: how many negatives each follow has, shape (follows,)."""


class Known:
    """Who is nobody's candidate: the query itself, and all that it is known to be linked to."""

    def __init__(self, split: Split) -> None:
        users = len(split.user_ids)
        edges = split.known
        ones = np.ones(len(edges), dtype=np.bool_)
        self.followees = csr_array((ones, (edges[:, 0], edges[:, 1])), (users, users))
        self.fans = csr_array((ones, (edges[:, 1], edges[:, 0])), (users, users))

    def of(self, task: Task, queries: Ints) -> NDArray[np.bool_]:
        """Shape (queries, users), True where a user is no candidate."""
        table: NDArray[np.bool_] = getattr(self, task)[queries].toarray()
        table[np.arange(len(queries)), queries] = True
        return table


def rank_follows(
    scorer: Scorer,
    task: Task,
    edges: Ints,
    known: Known,
    negatives: Mapping[str, Ints] | None = None,
) -> Ranks:
    """Rank the positive of every follow in `edges`, for one task.

    Args:
        scorer: What is judged.
        task: Which end of a follow asks.
        edges: (follower, followee), shape (follows, 2).
        known: The links of all parts.
        negatives: Candidates by their kind, each of shape (follows, negatives), -1 for nobody; only
            C0 is ranked where they are not given.

    Raises:
        ScoreError: If a score is NaN or infinite.
    """
    query, positive = (edges[:, 1], edges[:, 0]) if task == "fans" else (edges[:, 0], edges[:, 1])
    negatives = negatives or {}
    score = np.empty(len(edges))
    names = ["C0", *negatives]
    rank = {name: np.full(len(edges), np.nan) for name in names}
    tied = {name: np.zeros(len(edges), dtype=np.bool_) for name in names}
    widest = max([known.fans.shape[0], *(drawn.shape[1] for drawn in negatives.values())])
    for rows, queries, inverse in _chunks(query, widest):
        table = np.asarray(scorer.scores(task, queries))
        _refuse_what_is_no_number(scorer, task, queries, table)
        excluded = known.of(task, queries)
        own = table[inverse, positive[rows]][:, None]
        rounding = rounding_of(table, excluded)[inverse]
        score[rows] = own[:, 0]
        for name in names:
            if name == "C0":
                others = np.where(excluded, -np.inf, table)[inverse]
                nobody = np.all(excluded, axis=1)[inverse]
            else:
                drawn = negatives[name][rows]
                others = np.where(drawn < 0, -np.inf, table[inverse[:, None], drawn])
                nobody = (drawn < 0).all(axis=1)
            above = (others > own + rounding).sum(axis=1)
            ties = (others >= own - rounding).sum(axis=1) - above
            rank[name][rows] = np.where(nobody, np.nan, 1 + above + ties / 2)
            tied[name][rows] = ties > 0
    counts = {name: (drawn >= 0).sum(axis=1, dtype=np.int32) for name, drawn in negatives.items()}
    return Ranks(query, score, rank, tied, counts)


def rounding_of(table: NDArray[np.floating[Any]], excluded: NDArray[np.bool_]) -> Floats:
    """By how much two scores of a query may differ and still be a tie, shape (queries, 1).

    `ALIKE` of the spread of the scores of all candidates (C0), and `LAST_DIGITS` of the largest of
    them. What users would have in common but for the order in which numbers were added differs by
    less; without it, such noise would rank those whom a scorer cannot tell apart, the same way for
    every query.

    Args:
        table: Finite scores, shape (queries, users).
        excluded: Who is no candidate, likewise; where that is everybody, nobody is.
    """
    nobody = np.all(excluded, axis=1, keepdims=True)
    low = np.where(excluded & ~nobody, np.inf, table).min(axis=1, keepdims=True)
    high = np.where(excluded & ~nobody, -np.inf, table).max(axis=1, keepdims=True)
    last = LAST_DIGITS * float(np.finfo(np.result_type(table, np.float32)).eps)
    rounding: Floats = ALIKE * (high - low) + last * np.maximum(np.abs(low), np.abs(high))
    return rounding


def _chunks(query: Ints, width: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Rows of the follows, their distinct queries, and the query of each row, a chunk at a time."""
    order = np.argsort(query, kind="stable").astype(np.int32)
    step = max(1, CELLS // width)
    for first in range(0, len(order), step):
        rows = order[first : first + step]
        queries, inverse = np.unique(query[rows], return_inverse=True)
        yield rows, queries, inverse.astype(np.int32)


def _refuse_what_is_no_number(
    scorer: Scorer, task: Task, queries: Ints, table: NDArray[np.floating[Any]]
) -> None:
    wrong = ~np.isfinite(table)
    if wrong.any():
        row, user = np.argwhere(wrong)[0]
        raise ScoreError(
            f"scorer {scorer.name!r} gave {table[row, user]} for task {task}, query"
            f" {queries[row]}, user {user}: a score must be a finite number"
        )
