"""How far chance alone could have moved a difference between two scorers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = 2**22
"""Counts (resamples, queries) that are held at a time."""

LEVEL = 0.95
"""Of every interval."""


def intervals(differences: Floats, *, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """The paired bootstrap's percentile interval of each column's mean.

    Queries are drawn with replacement, and every column is resampled alike.

    Args:
        differences: One scorer's metric minus another's by query, shape (queries, comparisons).
        resamples: How often the queries are drawn.
        seed: Of the draws.

    Returns:
        The 2.5 % and the 97.5 % quantile of the mean, each of shape (comparisons,). With one query
        both are its difference.
    """
    queries = len(differences)
    random = np.random.default_rng(seed)
    step = max(1, CELLS // queries)
    means = [
        random.multinomial(queries, np.full(queries, 1 / queries), min(step, resamples - first))
        @ differences
        / queries
        for first in range(0, resamples, step)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    # The last digits of a matrix product depend on the number of threads.
    return np.round(low, 12), np.round(high, 12)


def two_level_intervals(
    differences: Sequence[Floats], *, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """The interval of a mean over seeds of means over queries, both drawn anew.

    First seeds are drawn with replacement, then for each of them its queries: what another split
    and another initialisation would have changed counts, and what other queries would (Davison and
    Hinkley 1997, section 3.8).

    Args:
        differences: By seed, as of `intervals`: shape (queries of the seed, comparisons).
        resamples: How often all is drawn.
        seed: Of the draws.

    Returns:
        The 2.5 % and the 97.5 % quantile, each of shape (comparisons,).
    """
    random = np.random.default_rng(seed)
    drawn = random.integers(len(differences), size=(resamples, len(differences)))
    means = np.empty((*drawn.shape, differences[0].shape[1]))
    for number, found in enumerate(differences):
        places = np.argwhere(drawn == number)
        step = max(1, CELLS // len(found))
        for first in range(0, len(places), step):
            some = places[first : first + step]
            counts = random.multinomial(len(found), np.full(len(found), 1 / len(found)), len(some))
            means[some[:, 0], some[:, 1]] = counts @ found / len(found)
    limits = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    low, high = np.quantile(means.mean(axis=1), limits, axis=0)
    return np.round(low, 12), np.round(high, 12)
