"""How far chance alone could have moved a difference between two scorers."""

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
