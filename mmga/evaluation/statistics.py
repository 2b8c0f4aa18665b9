"""How far chance alone could have moved a difference between two scorers."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = 2**22
"""Counts (resamples, queries) that are held at a time."""

LEVEL = 0.95
"""Of an interval, where nothing else is said."""

Measure = Callable[[NDArray[np.int64]], Floats]
"""What is measured of each resample: how often each query is drawn, shape (resamples, queries), in;
values of shape (resamples, columns) out."""


def intervals(
    differences: Floats, *, resamples: int, seed: int, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """The paired bootstrap's percentile interval of each column's mean.

    Queries are drawn with replacement, and every column is resampled alike.

    Args:
        differences: One scorer's metric minus another's by query, shape (queries, comparisons).
        resamples: How often the queries are drawn.
        seed: Of the draws.
        level: Of the interval.

    Returns:
        The lower and the upper end, by default the 2.5 % and the 97.5 % quantile of the mean, each
        of shape (comparisons,). With one query both are its difference.
    """
    random = np.random.default_rng(seed)
    sums = _sums(differences, np.ones(resamples, int), random)
    return _ends(sums / len(differences), level)


def two_level_intervals(
    by_seed: Sequence[Floats], *, resamples: int, seed: int, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """The interval of each column's mean over training seeds and, within a seed, over queries.

    Seeds are drawn with replacement, then queries within each drawn seed (Davison and Hinkley 1997,
    Sec. 3.8, strategy 1). So the interval is wide where seeds disagree, however many queries each
    of them was asked. Few seeds cannot show how much seeds disagree: where they disagree more than
    chance among queries makes them, the interval of 3 seeds holds the truth about 3 times in 4,
    that of 10 about 9 times in 10. Where they do not, it is a little too wide.

    Args:
        by_seed: For each seed the differences by query, shape (queries, comparisons); seeds may
            have different queries, and each counts the same.
        resamples: How often seeds and queries are drawn.
        seed: Of the draws.
        level: Of the interval.

    Returns:
        By default the 2.5 % and the 97.5 % quantile of the mean of the seeds' means, each of shape
        (comparisons,). With one seed they are those of `intervals`, up to chance.

    Raises:
        ValueError: If there is no seed, or one without a query.
    """
    _refuse_nothing([len(differences) for differences in by_seed])
    seeds, random = len(by_seed), np.random.default_rng(seed)
    times = _times(seeds, resamples, random)
    sums = [
        _sums(differences, times[:, place], random) / len(differences)
        for place, differences in enumerate(by_seed)
    ]
    return _ends(np.sum(sums, axis=0) / seeds, level)


def two_level_intervals_of(
    by_seed: Sequence[tuple[int, Measure]], *, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """`two_level_intervals` of what is no mean over queries, and is measured anew on each resample.

    Args:
        by_seed: For each seed how many queries it has, and what is measured of them.
        resamples: How often seeds and queries are drawn.
        seed: Of the draws.

    Returns:
        The 2.5 % and the 97.5 % quantile of the mean over the drawn seeds, each (columns,).

    Raises:
        ValueError: As of `two_level_intervals`.
    """
    _refuse_nothing([queries for queries, _ in by_seed])
    seeds, random = len(by_seed), np.random.default_rng(seed)
    times = _times(seeds, resamples, random)
    parts, resample = [], []
    for place, (queries, measure) in enumerate(by_seed):
        drawn = np.repeat(np.arange(resamples), times[:, place])
        step, share = max(1, CELLS // queries), np.full(queries, 1 / queries)
        for first in range(0, len(drawn), step):
            rows = drawn[first : first + step]
            parts.append(measure(random.multinomial(np.full(len(rows), queries), share)))
            resample.append(rows)
    values = np.concatenate(parts)
    sums = np.zeros((resamples, values.shape[1]))
    np.add.at(sums, np.concatenate(resample), values)
    return _ends(sums / seeds)


def _refuse_nothing(sizes: Sequence[int]) -> None:
    if not sizes or min(sizes) == 0:
        raise ValueError(f"every seed must have a query, and there must be one; queries: {sizes}")


def _times(seeds: int, resamples: int, random: np.random.Generator) -> NDArray[np.int64]:
    """How often each seed is drawn, shape (resamples, seeds)."""
    return random.multinomial(seeds, np.full(seeds, 1 / seeds), resamples)


def _sums(differences: Floats, times: NDArray[np.int64], random: np.random.Generator) -> Floats:
    """The sum over `times` resamples of the queries, anew for each entry, (resamples, columns)."""
    queries = len(differences)
    step = max(1, CELLS // queries)
    share = np.full(queries, 1 / queries)
    sums = [  # Drawing n queries twice is drawing 2 n queries.
        random.multinomial(times[first : first + step] * queries, share) @ differences
        for first in range(0, len(times), step)
    ]
    return np.concatenate(sums)


def _ends(means: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """The ends of the interval of each column, given its mean in each resample."""
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    # The last digits of a matrix product depend on the number of threads.
    return np.round(low, 12), np.round(high, 12)
