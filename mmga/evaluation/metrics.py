"""How good a ranking is, as numbers of a query."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.evaluation.ranking import Ranks

Floats = NDArray[np.float64]

HITS = (1, 10, 50)
RECALL = (20, 100)
NDCG = 20

METRICS = ("mrr", *(f"hits@{k}" for k in HITS), *(f"recall@{k}" for k in RECALL), f"ndcg@{NDCG}")
"""The metrics of every kind of candidates; drawn ones (all but C0) have `auc` and `ap` besides."""


@dataclass(frozen=True)
class Scores:
    """The metrics of each query, of which reports give the mean."""

    query: NDArray[np.int32]
    """The queries that have a ranked follow, rising, shape (queries,)."""
    follows: NDArray[np.int64]
    """How many each has, shape (queries,)."""
    values: pd.DataFrame
    """A row a query, a column a metric."""
    tie_rate: float
    """Share of the follows whose score a negative has too."""

    def macro(self) -> dict[str, float]:
        """The mean over queries of each metric."""
        return {str(name): float(values.mean()) for name, values in self.values.items()}

    def micro(self) -> dict[str, float]:
        """The mean over follows: every query counts as often as it has follows."""
        means = np.average(self.values.to_numpy(), axis=0, weights=self.follows)
        return dict(zip(self.values.columns, means.tolist(), strict=True))


def metrics_of(ranks: Ranks, candidates: str, of: NDArray[np.bool_]) -> Scores | None:
    """The metrics of the follows `of`, by query.

    A query's positives are its follows in `of`. Each has a *filtered rank* (the other positives
    removed) and a *list rank*: the filtered rank plus the number of the query's positives that
    stand before it, its place in the list that a person would see. A query's

    - `mrr` is the mean of 1 / filtered rank;
    - `hits@k` is the share of positives whose filtered rank is at most k;
    - `recall@k` is the share of positives whose list rank is at most k;
    - `ndcg@k` is the sum of 1 / log2(1 + list rank) over list ranks up to k, divided by what the
      best list has;
    - `auc` (not C0) is the mean share of negatives that score lower (a tie counts half);
    - `ap` (not C0) is the mean over positives of their place among the positives / list rank.

    Args:
        ranks: Of all ranked follows, for one task.
        candidates: C0, C1, C2 or C3.
        of: Which follows, shape (follows,).

    Returns:
        None where none of them is ranked among these candidates.
    """
    rank = ranks.rank[candidates]
    of = of & ~np.isnan(rank)
    if not of.any():
        return None
    query, index, follows = np.unique(ranks.query[of], return_inverse=True, return_counts=True)
    rank = rank[of]
    fellows = _ahead(index, ranks.score[of], rank, follows)
    place = rank + fellows
    gain = np.where(place <= NDCG, 1 / np.log2(1 + place), 0)
    per_follow = {
        "mrr": 1 / rank,
        **{f"hits@{k}": rank <= k for k in HITS},
        **{f"recall@{k}": place <= k for k in RECALL},
        f"ndcg@{NDCG}": gain * (follows / _best_gain(follows))[index],
    }
    if candidates in ranks.negatives:
        per_follow["auc"] = 1 - (rank - 1) / ranks.negatives[candidates][of]
        per_follow["ap"] = (1 + fellows) / place
    means = {k: np.bincount(index, weights=v) / follows for k, v in per_follow.items()}
    tie_rate = float(ranks.tied[candidates][of].mean())
    return Scores(query, follows, pd.DataFrame(means), tie_rate)


def _ahead(
    index: NDArray[np.int64], score: Floats, rank: Floats, follows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many positives of its query stand before each; tied ones stand in any order."""
    order = np.lexsort((rank, -score, index))
    starts = np.cumsum(follows) - follows
    ahead = np.empty(len(order), dtype=np.int64)
    ahead[order] = np.arange(len(order)) - starts[index[order]]
    return ahead


def _best_gain(follows: NDArray[np.int64]) -> Floats:
    """The gain of the list that has all positives on top, shape (queries,)."""
    gains: Floats = np.cumsum(1 / np.log2(1 + np.arange(1, NDCG + 1)))
    best: Floats = gains[np.minimum(follows, NDCG) - 1]
    return best
