"""Ranks: what they must be by law, and as loops would count them."""

import numpy as np
import pytest

from mmga.evaluation import ranking
from mmga.evaluation.ranking import Known, ScoreError, rank_follows
from mmga.splits.split import TASKS
from tests.evaluation.worlds import Table, noise, small_split, truth

USERS = 80


@pytest.fixture(scope="module")
def split():
    return small_split(USERS)


def ranks_of(split, scorer, task):
    edges = split.test[split.negatives.ranked]
    return rank_follows(scorer, task, edges, Known(split), split.negatives.of(task))


def ranks_by_loops(split, values, task, candidates):
    """The definition: 1 + the candidates that score higher + half of those that tie."""
    everything = [tuple(e) for p in ("train", "validation", "test") for e in getattr(split, p)]
    found = []
    for row, (u, v) in enumerate(split.test[split.negatives.ranked].tolist()):
        if task == "fans":
            known = {a for a, b in everything if b == v} | {v}
            own, score = values[u, v], (lambda other, v=v: values[other, v])
        else:
            known = {b for a, b in everything if a == u} | {u}
            own, score = values[u, v], (lambda other, u=u: values[u, other])
        if candidates == "C0":
            others = [other for other in range(USERS) if other not in known]
        else:
            drawn = split.negatives.of(task)[candidates][row].tolist()
            others = [other for other in drawn if other >= 0]
        scores = [score(other) for other in others]
        rank = 1 + sum(s > own for s in scores) + sum(s == own for s in scores) / 2
        found.append(rank if others else np.nan)
    return found


@pytest.mark.parametrize("levels", [10**6, 3])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("candidates", ["C0", "C1", "C2", "C3"])
def test_ranks_agree_with_the_definition_written_as_loops(split, task, candidates, levels):
    values = noise(USERS, levels=levels)
    found = ranks_of(split, Table(values), task)
    np.testing.assert_array_equal(
        found.rank[candidates], ranks_by_loops(split, values, task, candidates)
    )


@pytest.mark.parametrize("task", TASKS)
def test_who_knows_the_test_follows_ranks_each_first(split, task):
    found = ranks_of(split, Table(truth(split)), task)
    assert set(found.rank["C0"]) == {1}
    assert not found.tied["C0"].any()


@pytest.mark.parametrize("task", TASKS)
def test_who_gives_all_the_same_score_gets_the_mean_rank(split, task):
    found = ranks_of(split, Table(np.zeros((USERS, USERS))), task)
    candidates = (~Known(split).of(task, found.query)).sum(axis=1)
    np.testing.assert_array_equal(found.rank["C0"], 1 + candidates / 2)
    assert found.tied["C0"].all()


def test_the_size_of_a_chunk_changes_nothing(split, monkeypatch):
    scorer = Table(noise(USERS))
    whole = ranks_of(split, scorer, "fans")
    monkeypatch.setattr(ranking, "CELLS", USERS * 3)
    parts = ranks_of(split, scorer, "fans")
    for candidates, rank in whole.rank.items():
        np.testing.assert_array_equal(rank, parts.rank[candidates])


def test_a_follow_without_negatives_has_no_rank(split):
    edges = split.test[:2]
    negatives = {"C2": np.array([[-1, -1], [0, 1]], dtype=np.int32)}
    found = rank_follows(Table(noise(USERS)), "fans", edges, Known(split), negatives)
    assert np.isnan(found.rank["C2"]).tolist() == [True, False]
    assert found.negatives["C2"].tolist() == [0, 2]


def test_nobody_does_not_count_as_a_negative(split):
    negatives = {"C3": np.full((1, 5), -1, dtype=np.int32)}
    negatives["C3"][0, :2] = 3, 4
    worst = Table(-truth(split))
    found = rank_follows(worst, "fans", split.test[:1], Known(split), negatives)
    assert (found.rank["C3"][0], found.negatives["C3"][0]) == (3, 2)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_an_error_with_the_scorer_and_the_query(split, wrong):
    follower, followee = split.test[0]
    values = noise(USERS)
    values[follower, (followee + 1) % USERS] = wrong
    with pytest.raises(ScoreError, match=f"'broken'.*followees, query {follower}"):
        ranks_of(split, Table(values, name="broken"), "followees")
