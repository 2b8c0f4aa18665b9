"""Whether the stored negatives are nobody's positives, and as popular in training as they say."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.audit.finding import Finding, judged
from mmga.splits.split import PARTS, TASKS, Split, Task

Ints = NDArray[np.integer]

CELLS = 2**22
"""Negatives that are looked at at once."""

FAR = 5.0
"""Standard errors that chance alone does not make: it would in one of two million audits."""

SPLIT_AGAIN = "Remove build/splits and run `dvc repro`; if it stays, the stage `split` is at fault."


@dataclass(frozen=True)
class _Side:
    """One task, turned so that column 0 asks and column 1 is ranked."""

    train: Ints
    known: csr_array
    """True where the row's user is known to be linked to the column's, in any part."""
    positives: Ints
    drawn: Ints

    @classmethod
    def of(cls, split: Split, task: Task) -> "_Side":
        order = [1, 0] if task == "fans" else [0, 1]
        users = len(split.user_ids)
        edges = np.concatenate([getattr(split, part) for part in PARTS])[:, order]
        ones = np.ones(len(edges), dtype=np.bool_)
        return cls(
            train=split.train[:, order],
            known=csr_array((ones, (edges[:, 0], edges[:, 1])), (users, users)),
            positives=split.test[split.negatives.ranked][:, order],
            drawn=getattr(split.negatives, task),
        )


def look_at_negatives(split: Split) -> Iterator[Finding]:
    """Hold the negatives of both tasks against degrees counted anew from the train follows."""
    for task in TASKS:
        side = _Side.of(split, task)
        subject = f"build/splits/negatives.npz: C2, {task}"
        drawn = int((side.drawn >= 0).sum())
        positives, strangers = _faults(side)
        yield judged(
            subject,
            "no negative is the query or known to be linked to it",
            not positives,
            f"{positives:,} of {drawn:,} are",
            SPLIT_AGAIN,
        )
        yield judged(
            subject,
            "a negative has train follows if, and only if, the positive has",
            not strangers,
            f"{strangers:,} of {drawn:,} differ from the positive in that",
            SPLIT_AGAIN,
        )
        errors = _standard_errors(side)
        yield judged(
            subject,
            "negatives are drawn in proportion to train degree",
            abs(errors) <= FAR,
            f"their mean log degree is {errors:+.1f} standard errors from what is expected",
            SPLIT_AGAIN,
        )


def _faults(side: _Side) -> tuple[int, int]:
    """How many negatives are no negatives, and how many are warm where the positive is not."""
    warm = np.bincount(side.train[:, 1], minlength=side.known.shape[0]) > 0
    positives = strangers = 0
    step = max(1, CELLS // max(side.drawn.shape[1], side.known.shape[0]))
    for first in range(0, len(side.drawn), step):
        drawn, (query, positive) = (
            side.drawn[first : first + step],
            side.positives[first : first + step].T,
        )
        linked = side.known[query].toarray()
        linked[np.arange(len(query)), query] = True
        there = drawn >= 0
        positives += int((np.take_along_axis(linked, drawn, axis=1) & there).sum())
        strangers += int(((warm[drawn] != warm[positive][:, None]) & there).sum())
    return positives, strangers


def _standard_errors(side: _Side) -> float:
    """How far the warm negatives' mean log degree lies from its expectation.

    A negative of query q is user v with probability d_v / (sum of d over all but q and its links),
    d being the train degree: mean and variance of log d under that law are sums over few users.
    """
    degree = np.bincount(side.train[:, 1], minlength=side.known.shape[0]).astype(float)
    log = np.log(np.maximum(degree, 1))
    powers = np.stack([degree, degree * log, degree * log**2], axis=1)
    rows = np.flatnonzero((degree[side.positives[:, 1]] > 0) & (side.drawn[:, 0] >= 0))
    query = side.positives[rows, 0]
    weight, first, second = (powers.sum(axis=0) - side.known[query] @ powers - powers[query]).T
    mean = first / weight
    variance = second / weight - mean**2
    there = side.drawn[rows] >= 0
    count = there.sum(axis=1)
    seen = np.where(there, log[side.drawn[rows]], 0).sum(axis=1)
    error = float(np.sqrt((count * variance).sum()))
    return float((seen - count * mean).sum()) / error if error > 1e-9 else 0.0
