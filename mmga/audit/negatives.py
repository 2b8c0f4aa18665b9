"""Whether the stored negatives are nobody's positives, and made of the train follows alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.audit.finding import Finding, judged
from mmga.splits.hard import draw_hard
from mmga.splits.negatives import forbidden, links
from mmga.splits.split import TASKS, Split, Task

Ints = NDArray[np.int32]

CELLS = 2**22
"""Negatives that are looked at at once."""

FAR = 5.0
"""Standard errors that chance alone does not make: it would in one of two million audits."""

SPLIT_AGAIN = "Remove build/splits and run `dvc repro`; if it stays, the stage `split` is at fault."


SAME = 0.99
"""Share of the hard negatives that must be found again; a rest may differ where scores are equal
but for rounding."""


@dataclass(frozen=True)
class _Side:
    """One task, turned so that column 0 asks and column 1 is ranked."""

    train: Ints
    follows: Ints
    """Of all parts."""
    known: csr_array
    """True where the row's user is known to be linked to the column's, in any part."""
    positives: Ints
    drawn: dict[str, Ints]
    """The negatives by kind, each of shape (ranked, negatives), -1 for nobody."""

    @classmethod
    def of(cls, split: Split, task: Task) -> "_Side":
        order = [1, 0] if task == "fans" else [0, 1]
        edges = split.known[:, order]
        return cls(
            train=split.train[:, order],
            follows=edges,
            known=links(edges, len(split.user_ids)),
            positives=split.test[split.negatives.ranked][:, order],
            drawn=split.negatives.of(task),
        )

    @property
    def users(self) -> int:
        """How many users there are."""
        return int(self.known.shape[0])


def look_at_negatives(split: Split, words: csr_array) -> Iterator[Finding]:
    """Hold the negatives of both tasks against what is counted anew from the train follows.

    Args:
        split: The negatives and the follows.
        words: What users write about, as the hard negatives were made of.
    """
    for task in TASKS:
        side = _Side.of(split, task)
        for kind, drawn in side.drawn.items():
            subject = f"build/splits/negatives.npz: {kind}, {task}"
            wrong = _positives_among(side, drawn)
            yield judged(
                subject,
                "no negative is the query or known to be linked to it",
                not wrong,
                f"{wrong:,} of {int((drawn >= 0).sum()):,} are",
                SPLIT_AGAIN,
            )
            if kind == "C2":
                yield from _matched(subject, side, drawn)
            if kind == "C3":
                yield _hard(subject, side, drawn, split.params.seed, words)


def _matched(subject: str, side: _Side, drawn: Ints) -> Iterator[Finding]:
    warm = np.bincount(side.train[:, 1], minlength=side.users) > 0
    differ = warm[drawn] != warm[side.positives[:, 1]][:, None]
    strangers = int((differ & (drawn >= 0)).sum())
    yield judged(
        subject,
        "a negative has train follows if, and only if, the positive has",
        not strangers,
        f"{strangers:,} of {int((drawn >= 0).sum()):,} differ from the positive in that",
        SPLIT_AGAIN,
    )
    errors = _standard_errors(side, drawn)
    yield judged(
        subject,
        "negatives are drawn in proportion to train degree",
        abs(errors) <= FAR,
        f"their mean log degree is {errors:+.1f} standard errors from what is expected",
        SPLIT_AGAIN,
    )


def _hard(subject: str, side: _Side, drawn: Ints, seed: int, words: csr_array) -> Finding:
    size = drawn.shape[1]
    again = draw_hard(side.train, side.follows, side.positives, side.users, size, seed, words)
    same = float((np.sort(again, axis=1) == np.sort(drawn, axis=1)).mean()) if drawn.size else 1.0
    return judged(
        subject,
        "hard negatives are those whom the train follows and the captions make hard",
        same >= SAME,
        f"made again of these alone, {same:.1%} are the same",
        SPLIT_AGAIN,
    )


def _positives_among(side: _Side, drawn: Ints) -> int:
    """How many negatives are no negatives."""
    wrong = 0
    step = max(1, CELLS // max(drawn.shape[1], side.users))
    for first in range(0, len(drawn), step):
        rows = drawn[first : first + step]
        query = side.positives[first : first + step, 0]
        linked = forbidden(side.known, query)
        wrong += int((np.take_along_axis(linked, rows, axis=1) & (rows >= 0)).sum())
    return wrong


def _standard_errors(side: _Side, drawn: Ints) -> float:
    """How far the warm negatives' mean log degree lies from its expectation.

    A negative of query q is user v with probability d_v / (sum of d over all but q and its links),
    d being the train degree: mean and variance of log d under that law are sums over few users.
    """
    degree = np.bincount(side.train[:, 1], minlength=side.users).astype(float)
    log = np.log(np.maximum(degree, 1))
    powers = np.stack([degree, degree * log, degree * log**2], axis=1)
    rows = np.flatnonzero((degree[side.positives[:, 1]] > 0) & (drawn[:, 0] >= 0))
    query = side.positives[rows, 0]
    weight, first, second = (powers.sum(axis=0) - side.known[query] @ powers - powers[query]).T
    mean = first / weight
    variance = second / weight - mean**2
    there = drawn[rows] >= 0
    count = there.sum(axis=1)
    seen = np.where(there, log[drawn[rows]], 0).sum(axis=1)
    error = float(np.sqrt((count * variance).sum()))
    return float((seen - count * mean).sum()) / error if error > 1e-9 else 0.0
