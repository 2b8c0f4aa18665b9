"""The stored candidates: C1 drawn uniformly, C2 as popular as the positive, C3 the hardest."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int32]

CELLS = 2**24
"""Cells of one table (queries, users) or (queries, negatives) that is held at a time."""

ROUNDS = 16
"""Times that forbidden draws are drawn again before the rest is drawn one query at a time."""


@dataclass(frozen=True)
class Drawn:
    """The negatives of one kind, a row a ranked follow.

    For the task `followees` a follow (u, v) is the query u with the positive v; its negatives are
    users other than u whom u is not known to follow (in any part). For the task `fans` the query is
    v, the positive u, and the negatives are no known fans of v. -1 stands where nobody is left.
    """

    fans: Ints
    """User numbers, shape (ranked, negatives)."""
    followees: Ints
    """User numbers, shape (ranked, negatives)."""


@dataclass(frozen=True)
class Negatives:
    """The stored candidates of every ranked test follow; all methods are judged on the same ones.

    `C1` are drawn uniformly and `C2` as popular as the positive (see `draw_matched`), both with
    replacement, because a small data set does not have a thousand distinct users of one popularity;
    a negative drawn twice counts twice. `C3` are the hard ones (see `mmga.splits.hard`).
    """

    ranked: Ints
    """The test follows that are ranked, as rows of `Split.test`, shape (ranked,), rising."""
    kinds: dict[str, Drawn]
    """By kind of candidates: `C1`, `C2` and, where they were asked for, `C3`."""

    def of(self, task: str) -> dict[str, Ints]:
        """The negatives of one task by kind, each of shape (ranked, negatives)."""
        return {kind: getattr(drawn, task) for kind, drawn in self.kinds.items()}

    def write(self, file: Path) -> None:
        """Write `ranked` and, for each kind and task, an array such as `C2_fans`."""
        drawn = {
            f"{kind}_{task}": rows
            for task in ("fans", "followees")
            for kind, rows in self.of(task).items()
        }
        np.savez(file, allow_pickle=False, ranked=self.ranked, **drawn)

    @classmethod
    def read(cls, file: Path) -> "Negatives":
        """What `write` left."""
        with np.load(file) as arrays:
            kinds = sorted({name.split("_")[0] for name in arrays.files} - {"ranked"})
            drawn = {k: Drawn(arrays[f"{k}_fans"], arrays[f"{k}_followees"]) for k in kinds}
            return cls(arrays["ranked"], drawn)


def draw_uniform(known: Ints, positives: Ints, users: int, size: int, seed: int) -> Ints:
    """C1 of the task `followees`; swap the columns for the task `fans`.

    See `draw_matched` for the arguments; every user who is no known positive is as likely.
    """
    everybody = np.arange(users, dtype=np.int32)
    random = np.random.default_rng(seed)
    nobody = np.empty((len(positives), 0), dtype=np.int32)
    return _drawn(everybody, links(known, users), positives[:, 0], nobody, size, random)


def draw_matched(
    train: Ints,
    known: Ints,
    positives: Ints,
    users: int,
    size: int,
    seed: int,
    taken: Ints | None = None,
) -> Ints:
    """C2 of the task `followees`; swap the columns for the task `fans`.

    They are drawn proportionally to train in-degree where the positive has fans in training, and
    uniformly among the users without one where it has none.

    Args:
        train: Follows of the training part, shape (edges, 2), as (query side, candidate side).
        known: Follows of all parts, likewise.
        positives: The (query, positive) to find negatives for, shape (ranked, 2).
        users: How many users there are.
        size: How many negatives each gets.
        seed: Of the draws.
        taken: Users who are not to be drawn for a row, shape (ranked, any number); -1 is nobody.

    Returns:
        User numbers, shape (ranked, size); a row of -1 where nobody can be drawn.
    """
    random = np.random.default_rng(seed)
    degree = np.bincount(train[:, 1], minlength=users)
    taken = np.empty((len(positives), 0), dtype=np.int32) if taken is None else taken
    strata = {  # Drawing an edge is drawing its end in proportion to degree.
        True: train[:, 1],
        False: np.flatnonzero(degree == 0).astype(np.int32),
    }
    table = links(known, users)
    drawn = np.empty((len(positives), size), dtype=np.int32)
    for warm, pool in strata.items():
        rows = np.flatnonzero((degree[positives[:, 1]] > 0) == warm)
        drawn[rows] = _drawn(pool, table, positives[rows, 0], taken[rows], size, random)
    return drawn


def links(edges: Ints, users: int) -> csr_array:
    """True where the row's user follows the column's, shape (users, users)."""
    ones = np.ones(len(edges), dtype=np.bool_)
    return csr_array((ones, (edges[:, 0], edges[:, 1])), (users, users))


def forbidden(known: csr_array, query: Ints) -> NDArray[np.bool_]:
    """Who is nobody's negative: the query and whom it is linked to, shape (queries, users)."""
    table: NDArray[np.bool_] = known[query].toarray()
    table[np.arange(len(query)), query] = True
    return table


def _drawn(
    pool: Ints,
    known: csr_array,
    query: Ints,
    taken: Ints,
    size: int,
    random: np.random.Generator,
) -> Ints:
    """Draw `size` of `pool` for each query, sparing its links and those `taken`; in chunks."""
    drawn = np.full((len(query), size), -1, dtype=np.int32)
    step = max(1, CELLS // max(known.shape[0], size))
    for first in range(0, len(query), step):
        chunk = slice(first, first + step)
        spared = forbidden(known, query[chunk])
        row, column = np.nonzero(taken[chunk] >= 0)
        spared[row, taken[chunk][row, column]] = True
        drawn[chunk] = _drawn_at_once(pool, spared, size, random)
    return drawn


def _drawn_at_once(
    pool: Ints, spared: NDArray[np.bool_], size: int, random: np.random.Generator
) -> Ints:
    """Draw uniformly from `pool` for each row of `spared` (queries, users), but for those."""
    found = np.full((len(spared), size), -1, dtype=np.int32)
    if not len(pool):
        return found
    row, column = np.nonzero(found < 0)
    for _ in range(ROUNDS):
        candidates = pool[random.integers(len(pool), size=len(row))]
        good = ~spared[row, candidates]
        found[row[good], column[good]] = candidates[good]
        row, column = row[~good], column[~good]
    for query in np.unique(row):
        left = pool[~spared[query, pool]]
        places = column[row == query]
        if len(left):
            found[query, places] = left[random.integers(len(left), size=len(places))]
    return found
