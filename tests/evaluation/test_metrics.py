"""Metrics: their landmarks, and each as a loop over a query's list."""

import math

import numpy as np
import pytest

from mmga.evaluation.metrics import METRICS, metrics_of
from mmga.evaluation.ranking import Known, Ranks, rank_follows
from mmga.splits.split import TASKS
from tests.evaluation.worlds import Table, noise, small_split, truth

USERS = 80


@pytest.fixture(scope="module")
def split():
    return small_split(USERS)


def ranks_of(split, values, task):
    edges = split.test[split.negatives.ranked]
    return rank_follows(Table(values), task, edges, Known(split), split.negatives.of(task))


def metrics_by_loops(ranks, candidates, query):
    """One query's metrics from the ranks and scores of its follows."""
    rows = [i for i in np.flatnonzero(ranks.query == query) if ranks.rank[candidates][i] > 0]
    filtered = [ranks.rank[candidates][i] for i in rows]
    keys = [(-ranks.score[i], ranks.rank[candidates][i], i) for i in rows]
    fellows = [sum(other < key for other in keys) for key in keys]
    places = [rank + ahead for rank, ahead in zip(filtered, fellows, strict=True)]
    count = len(rows)
    best = sum(1 / math.log2(1 + place) for place in range(1, min(count, 20) + 1))
    found = {"mrr": sum(1 / r for r in filtered) / count}
    found |= {f"hits@{k}": sum(r <= k for r in filtered) / count for k in (1, 10, 50)}
    found |= {f"recall@{k}": sum(p <= k for p in places) / count for k in (20, 100)}
    found["ndcg@20"] = sum(1 / math.log2(1 + p) for p in places if p <= 20) / best
    if candidates != "C0":
        negatives = [ranks.negatives[candidates][i] for i in rows]
        found["auc"] = (
            sum(1 - (r - 1) / n for r, n in zip(filtered, negatives, strict=True)) / count
        )
        pairs = zip(fellows, places, strict=True)
        found["ap"] = sum((1 + ahead) / place for ahead, place in pairs) / count
    return found


@pytest.mark.parametrize("levels", [10**6, 4])
@pytest.mark.parametrize("candidates", ["C0", "C1", "C2", "C3"])
@pytest.mark.parametrize("task", TASKS)
def test_metrics_agree_with_their_definitions_written_as_loops(split, task, candidates, levels):
    ranks = ranks_of(split, noise(USERS, levels=levels), task)
    scores = metrics_of(ranks, candidates, np.ones(len(ranks.query), bool))
    for row, query in enumerate(scores.query):
        expected = metrics_by_loops(ranks, candidates, query)
        assert scores.values.iloc[row].to_dict() == pytest.approx(expected)


@pytest.mark.parametrize("task", TASKS)
def test_a_perfect_scorer_has_the_best_of_every_metric(split, task):
    ranks = ranks_of(split, truth(split), task)
    everything = np.ones(len(ranks.query), bool)
    macro = metrics_of(ranks, "C0", everything).macro()
    assert macro == pytest.approx(dict.fromkeys(METRICS, 1.0))
    for drawn in ("C1", "C2", "C3"):
        macro = metrics_of(ranks, drawn, everything).macro()
        assert macro == pytest.approx(dict.fromkeys([*METRICS, "auc", "ap"], 1.0))


def test_the_numbering_of_users_changes_no_metric():
    ranks = Ranks(
        np.array([3, 3, 5], dtype=np.int32),
        np.array([0.5, 0.7, 0.1]),
        {"C0": np.array([4.0, 1.0, 9.0])},
        {"C0": np.array([False, False, True])},
        {},
    )
    renamed = Ranks(
        np.array([1, 9, 9], dtype=np.int32),
        ranks.score[[2, 0, 1]],
        {"C0": ranks.rank["C0"][[2, 0, 1]]},
        {"C0": ranks.tied["C0"][[2, 0, 1]]},
        {},
    )
    everything = np.ones(3, bool)
    a, b = metrics_of(ranks, "C0", everything), metrics_of(renamed, "C0", everything)
    assert a.macro() == pytest.approx(b.macro())
    assert a.macro()["mrr"] == pytest.approx(((1 / 4 + 1) / 2 + 1 / 9) / 2)
    assert a.micro()["mrr"] == pytest.approx((1 / 4 + 1 + 1 / 9) / 3)
    assert a.tie_rate == pytest.approx(1 / 3)


def test_where_nothing_is_ranked_there_is_no_metric(split):
    ranks = ranks_of(split, noise(USERS), "fans")
    assert metrics_of(ranks, "C0", np.zeros(len(ranks.query), bool)) is None
