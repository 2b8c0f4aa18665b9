"""The macro F1 of labels, and how far chance could have moved it, or a difference of two."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mmga.evaluation.statistics import Floats, two_level_intervals_of

Ints = NDArray[np.int64]


def macro_f1(right: Ints, told: Ints, times: Ints) -> Floats:
    """The mean F1 of all classes that are there, or are told, when users count several times.

    Args:
        right: The class of each user, from 0, shape (users,).
        told: What each of some guesses says it is, shape (users, guesses).
        times: How often each user counts, shape (resamples, users).

    Returns:
        Shape (resamples, guesses).
    """
    classes = np.arange(1 + max(right.max(), told.max()))
    weights = times.astype(float)
    is_right = right[:, None] == classes
    had = weights @ is_right
    found = np.empty((len(times), told.shape[1]))
    for column, guess in enumerate(told.T):
        is_told = guess[:, None] == classes
        hits, both = weights @ (is_right & is_told), had + weights @ is_told
        scores = 2 * hits / np.maximum(both, 1)
        found[:, column] = scores.sum(axis=1) / (both > 0).sum(axis=1)
    return found


def two_level_f1(
    by_seed: Sequence[tuple[Ints, Ints]], *, resamples: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """The macro F1 of each guess, and that of the first minus that of each other, with intervals.

    Seeds are drawn, and users within each; F1 is computed anew of whoever is drawn.

    Args:
        by_seed: For each seed `right` and `told` of `macro_f1`.
        resamples: How often seeds and users are drawn.
        seed: Of the draws.

    Returns:
        The mean over seeds, and the lower and the upper end of its interval of 95 %, each of shape
        (guesses + guesses - 1,).
    """

    def measured(right: Ints, told: Ints, times: Ints) -> Floats:
        found = macro_f1(right, told, times)
        return np.hstack([found, found[:, :1] - found[:, 1:]])

    once = [measured(right, told, np.ones((1, len(right)), np.int64)) for right, told in by_seed]
    low, high = two_level_intervals_of(
        [(len(right), partial(measured, right, told)) for right, told in by_seed],
        resamples=resamples,
        seed=seed,
    )
    value: Floats = np.mean(once, axis=0)[0]
    return value, low, high
