"""C3: the negatives that simple scorers would take for the positive.

After Li et al. 2023, "Evaluating graph neural networks for link prediction: current pitfalls and
new benchmarking" (HeaRT): the best-ranked corruptions of a follow by resource allocation,
personalised PageRank and content, of which all are computed from train follows and captions alone.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from mmga.splits.negatives import Ints, draw_matched, forbidden, links

Floats = NDArray[np.float32]

Scorer = Callable[[Ints], Floats]
"""The scores of all users for some queries, shape (queries, users); 0 says nothing."""

CELLS = 2**22
"""Scores (queries, users) that are held at a time: memory stays flat, whatever the data."""

RESTART = 0.15
"""Probability that a walk starts again (Page et al. 1999)."""

WALK = 4
"""Steps of a walk; those who are farther away are no hard negatives."""

SPREAD = 250
"""Places from which the walks of a query go on after a step, the likeliest: a step stays cheap
where thousands follow one account."""


def draw_hard(
    train: Ints,
    known: Ints,
    positives: Ints,
    users: int,
    size: int,
    seed: int,
    words: csr_array,
) -> Ints:
    """Hard negatives of the task `followees`; swap the columns for the task `fans`.

    The scorers are taken in turn: the best of each, the second of each, and so on, everyone once.
    Where they run out of users, the rest is drawn as C2 is.

    Args:
        train: Follows of the training part, shape (edges, 2), as (query side, candidate side).
        known: Follows of all parts, likewise: none of them becomes a negative.
        positives: The (query, positive) to find negatives for, shape (ranked, 2).
        users: How many users there are.
        size: How many negatives each gets.
        seed: Of the draws, and of the order of users whom a scorer cannot tell apart.
        words: What users write about, shape (users, terms), rows of length 1 or 0.

    Returns:
        User numbers, shape (ranked, size), the hard ones first; -1 where nobody is left.
    """
    order = np.random.default_rng(seed).permutation(users)
    scorers = [allocation(train, users), walks(train, users), likeness(words)]
    table = links(known, users)
    queries, row = np.unique(positives[:, 0], return_inverse=True)
    best = np.empty((len(queries), size), dtype=np.int32)
    for chunk in _chunks(len(queries), users):
        spared = forbidden(table, queries[chunk])
        lists = [_best(scorer(queries[chunk]), spared, size, order) for scorer in scorers]
        best[chunk] = in_turn(lists)
    found = best[row]
    short = np.flatnonzero((found < 0).any(axis=1))
    rest = draw_matched(train, known, positives[short], users, size, seed, taken=found[short])
    found[short] = np.where(found[short] < 0, rest, found[short])
    return found


def allocation(train: Ints, users: int) -> Scorer:
    """What a query's followees pass on to a user, when each shares out equally what it has.

    Resource allocation (Zhou, Lü and Zhang 2009) along the direction of the follows.
    """
    follows = links(train, users).astype(np.float32)
    passed_on = (diags_array(_inverse(follows.sum(axis=1))) @ follows).tocsr()
    return lambda queries: _dense(follows[queries] @ passed_on)


def walks(train: Ints, users: int) -> Scorer:
    """Personalised PageRank along follows in both directions, by walks of up to `WALK` steps."""
    follows = links(train, users)
    ties = (follows + follows.T).astype(np.float32)
    step = (diags_array(_inverse(ties.sum(axis=1))) @ ties).tocsr()

    def scores(queries: Ints) -> Floats:
        ones = np.ones(len(queries), dtype=np.float32)
        here = csr_array((ones, (np.arange(len(queries)), queries)), (len(queries), users))
        visits = np.zeros(here.shape, dtype=np.float32)
        for _ in range(WALK):
            there = _dense((1 - RESTART) * (here @ step))
            visits += there
            here = csr_array(np.where(there >= _least_of(there, SPREAD), there, 0))
        return visits

    return scores


def likeness(words: csr_array) -> Scorer:
    """The cosine of what two users write about."""
    by_term = words.T.tocsr()
    return lambda queries: _dense(words[queries] @ by_term)


def in_turn(lists: list[Ints]) -> Ints:
    """The first of each list, the second of each, ...: every user once, as many as one list holds.

    Args:
        lists: User numbers, each of shape (queries, size), best first, -1 beyond the end.

    Returns:
        Shape (queries, size), -1 where all lists have ended.
    """
    size = lists[0].shape[1]
    woven = np.stack(lists, axis=2).reshape(len(lists[0]), -1)
    order = np.argsort(woven, axis=1, kind="stable")
    risen = np.take_along_axis(woven, order, axis=1)
    again = np.zeros(woven.shape, dtype=np.bool_)
    np.put_along_axis(again, order[:, 1:], risen[:, 1:] == risen[:, :-1], axis=1)
    fresh = (woven >= 0) & ~again
    front = np.argsort(~fresh, axis=1, kind="stable")[:, :size]
    chosen: Ints = np.take_along_axis(np.where(fresh, woven, np.int32(-1)), front, axis=1)
    return chosen


def _best(scores: Floats, spared: NDArray[np.bool_], most: int, order: NDArray[np.int64]) -> Ints:
    """The users with the best scores above 0, shape (queries, most), -1 beyond the last.

    Args:
        scores: Shape (queries, users).
        spared: Who is none of them, likewise.
        most: How many are wanted.
        order: The place of each user among those with equal scores, shape (users,).
    """
    scores = np.where(spared, 0, scores)
    row, user = np.nonzero((scores > 0) & (scores >= _least_of(scores, most)))
    sorting = np.lexsort((order[user], -scores[row, user], row))
    row, user = row[sorting], user[sorting]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    top = place < most
    found = np.full((len(scores), most), -1, dtype=np.int32)
    found[row[top], place[top]] = user[top]
    return found


def _least_of(scores: Floats, most: int) -> Floats:
    """The least of the `most` largest scores of each row, shape (queries, 1)."""
    place = min(most, scores.shape[1]) - 1
    # From the other end it takes ten times as long, since most scores are 0.
    least: Floats = -np.partition(-scores, place, axis=1)[:, [place]]
    return least


def _dense(table: csr_array) -> Floats:
    full: Floats = table.toarray()
    return full


def _inverse(values: Floats) -> Floats:
    inverse: Floats = np.divide(
        1, values, out=np.zeros_like(values, dtype=np.float32), where=values > 0
    )
    return inverse


def _chunks(queries: int, users: int) -> Iterator[slice]:
    step = max(1, CELLS // users)
    return (slice(first, first + step) for first in range(0, queries, step))
