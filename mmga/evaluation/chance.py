"""What a scorer that knows nothing comes to, and what a gain comes to that has lost its cause."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.slices import by_temperature
from mmga.evaluation.statistics import two_level_intervals
from mmga.splits.split import Split, Task

Floats = NDArray[np.float64]

COIN = 0.5
"""The AUC of a scorer that knows nothing."""

RANKED = 500
"""At most so many follows are ranked anew for each relabelling."""


def chance_of(places: NDArray[np.integer]) -> Floats:
    """The expected reciprocal rank of one that stands evenly on each of n places: H_n / n.

    Args:
        places: n of each query, at least 1, shape (queries,).
    """
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, places.max(initial=1) + 1))])
    chances: Floats = harmonic[places] / places
    return chances


@dataclass(frozen=True)
class Relabelled:
    """A scorer whose users have changed their numbers among one another."""

    scorer: Scorer
    order: NDArray[np.integer]
    """Whose scores a user has now, shape (users,)."""
    name: str = "relabelled"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> NDArray[np.floating]:
        """Shape (queries, users)."""
        return self.scorer.scores(task, self.order[queries])[:, self.order]


def by_relabelling(scorer: Scorer, split: Split, times: int, seed: int) -> Iterator[float]:
    """The MRR of fans (C0, warm users): as it is, by exact chance, and with users relabelled.

    If the scores have nothing to do with the follows that judge, the first is as any of the
    relabelled ones: this holds however much some users are favoured for every query, for which the
    ranks of different queries do not vote independently.

    Args:
        scorer: Learned of other users.
        split: Its ranked follows between warm users judge, up to `RANKED`, evenly spaced.
        times: How often users are relabelled.
        seed: Of the relabelling.

    Yields:
        2 + `times` numbers; none where there is no such follow, or nobody to rank it among.
    """
    known, users, random = Known(split), len(split.user_ids), np.random.default_rng(seed)
    places = users - np.asarray(known.fans.sum(axis=1)).ravel()  # all but itself and other fans
    edges = split.test[split.negatives.ranked][by_temperature(split)["warm"]]
    edges = edges[places[edges[:, 1]] > 1]
    if not len(edges):
        return
    spaced = np.linspace(0, len(edges) - 1, min(RANKED, len(edges))).astype(int)
    edges = edges[np.unique(spaced)]
    yield _mrr(scorer, edges, known)
    yield float(chance_of(places[np.unique(edges[:, 1])]).mean())
    for _ in range(times):
        yield _mrr(Relabelled(scorer, random.permutation(users)), edges, known)


def _mrr(scorer: Scorer, edges: NDArray[np.int32], known: Known) -> float:
    ranks = rank_follows(scorer, "fans", edges, known)
    found = metrics_of(ranks, "C0", np.ones(len(edges), dtype=np.bool_))
    assert found is not None
    return found.macro()["mrr"]


@dataclass(frozen=True)
class Gain:
    """What is left of a gain over popularity, in the AUC on C2."""

    against: str
    """`popularity`, or `a coin` where that does better."""
    expected: float
    """Its AUC."""
    value: float
    """That of the training whose inputs are spoilt."""
    low: float
    """Of the interval around `expected` that chance leaves to `value`."""
    high: float
    before: float
    """The AUC of the training on what is not spoilt."""
    needed: float
    """What it must exceed to be a gain."""


def gain_left(by_seed: Sequence[Floats], resamples: int, seed: int, level: float) -> Gain:
    """Whether there is a gain over popularity, and how much of it is left.

    Gains are told by the AUC on C2, whose negatives are as popular as the positive: there, what is
    left is no popularity. It is linear in the ranks, so that popularity does not lose by its many
    ties, as it does in MRR. A scorer gains if it beats popularity and a coin as well: held-out
    follows are a little less popular than C2, so that popularity alone does worse than a coin
    there, and any noise does better than popularity.

    Args:
        by_seed: For each seed of the trainings the AUC by query, shape (queries, 3): of popularity;
            of a scorer trained on what is not spoilt; of the same, trained on what is.
        resamples: Of the bootstrap over seeds and queries.
        seed: Of the bootstrap.
        level: Of the intervals.
    """
    popularity, before, after = np.mean([found.mean(axis=0) for found in by_seed], axis=0)
    popular = float(popularity) > COIN
    expected = float(popularity) if popular else COIN

    def around(column: int) -> tuple[float, float]:
        """The interval of a mean difference, moved to where there is none."""
        apart = [auc[:, column] - (auc[:, 0] if popular else COIN) for auc in by_seed]
        columns = [differences[:, None] for differences in apart]
        low, high = two_level_intervals(columns, resamples=resamples, seed=seed, level=level)
        mean = float(np.mean([differences.mean() for differences in apart]))
        return expected - (float(high[0]) - mean), expected + (mean - float(low[0]))

    low, high = around(2)
    _, needed = around(1)
    name = "popularity" if popular else "a coin"
    return Gain(name, expected, float(after), low, high, float(before), needed)
