"""C2: negatives as popular as the positive, so that popularity alone is at chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int32]

CELLS = 2**24
"""Cells of one table (queries, users) or (queries, negatives) that is held at a time."""

ROUNDS = 16
"""Times that forbidden draws are drawn again before the rest is drawn one query at a time."""


@dataclass(frozen=True)
class Negatives:
    """The stored candidates of every ranked test follow; all methods are judged on the same ones.

    For the task `followees` a follow (u, v) is the query u with the positive v; its negatives are
    drawn with replacement from users other than u whom u is not known to follow (in any part):
    proportionally to train in-degree where v has fans in training, and uniformly among the users
    without one where v has none. For the task `fans` likewise: the query is v, the positive u, and
    out-degree counts. With replacement, because a small data set does not have a thousand distinct
    users of one popularity; a negative drawn twice counts twice.

    A row holds -1 throughout where nobody is left to draw.
    """

    ranked: Ints
    """The test follows that are ranked, as rows of `Split.test`, shape (ranked,), rising."""
    fans: Ints
    """User numbers, shape (ranked, negatives)."""
    followees: Ints
    """User numbers, shape (ranked, negatives)."""


def draw_negatives(
    train: Ints, known: Ints, positives: Ints, users: int, size: int, seed: int
) -> Ints:
    """Degree-matched negatives of the task `followees`; swap the columns for the task `fans`.

    Args:
        train: Follows of the training part, shape (edges, 2), as (query side, candidate side).
        known: Follows of all parts, likewise.
        positives: The (query, positive) to find negatives for, shape (ranked, 2).
        users: How many users there are.
        size: How many negatives each gets.
        seed: Of the draws.

    Returns:
        User numbers, shape (ranked, size); a row of -1 where nobody can be drawn.
    """
    random = np.random.default_rng(seed)
    degree = np.bincount(train[:, 1], minlength=users)
    strata = {  # Drawing an edge is drawing its end in proportion to degree.
        True: train[:, 1],
        False: np.flatnonzero(degree == 0).astype(np.int32),
    }
    follows = csr_array((np.ones(len(known), bool), (known[:, 0], known[:, 1])), (users, users))
    drawn = np.full((len(positives), size), -1, dtype=np.int32)
    for warm, pool in strata.items():
        rows = np.flatnonzero((degree[positives[:, 1]] > 0) == warm)
        step = max(1, CELLS // max(users, size))
        for first in range(0, len(rows), step):
            chunk = rows[first : first + step]
            query = positives[chunk, 0]
            forbidden = follows[query].toarray()
            forbidden[np.arange(len(chunk)), query] = True
            drawn[chunk] = _drawn(pool, forbidden, size, random)
    return drawn


def _drawn(
    pool: Ints, forbidden: NDArray[np.bool_], size: int, random: np.random.Generator
) -> Ints:
    """Draw uniformly from `pool` for each row of `forbidden` (queries, users), sparing those."""
    found = np.full((len(forbidden), size), -1, dtype=np.int32)
    if not len(pool):
        return found
    row, column = np.nonzero(found < 0)
    for _ in range(ROUNDS):
        candidates = pool[random.integers(len(pool), size=len(row))]
        good = ~forbidden[row, candidates]
        found[row[good], column[good]] = candidates[good]
        row, column = row[~good], column[~good]
    for query in np.unique(row):
        left = pool[~forbidden[query, pool]]
        places = column[row == query]
        if len(left):
            found[query, places] = left[random.integers(len(left), size=len(places))]
    return found
