"""Ranks: what they must be by law, and as loops would count them."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.evaluation import ranking
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import ALIKE, LAST_DIGITS, Known, ScoreError, rank_follows
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
    """The definition: 1 + the candidates that score higher + half of those that tie.

    Who differs by no more than rounding ties: a millionth of the spread of all candidates, and some
    last digits of the largest.
    """
    digits = LAST_DIGITS * np.finfo(values.dtype).eps
    everything = [tuple(e) for p in ("train", "validation", "test") for e in getattr(split, p)]
    found = []
    for row, (u, v) in enumerate(split.test[split.negatives.ranked].tolist()):
        if task == "fans":
            known = {a for a, b in everything if b == v} | {v}
            own, score = values[u, v], (lambda other, v=v: values[other, v])
        else:
            known = {b for a, b in everything if a == u} | {u}
            own, score = values[u, v], (lambda other, u=u: values[u, other])
        others = [other for other in range(USERS) if other not in known]
        every = [float(score(other)) for other in others]
        rounding = ALIKE * (max(every) - min(every)) + digits * max(map(abs, every))
        if candidates != "C0":
            drawn = split.negatives.of(task)[candidates][row].tolist()
            others = [other for other in drawn if other >= 0]
        ahead = [float(score(other)) - float(own) for other in others]
        rank = 1 + sum(a > rounding for a in ahead) + sum(abs(a) <= rounding for a in ahead) / 2
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
@pytest.mark.parametrize("candidates", ["C0", "C1", "C2", "C3"])
@pytest.mark.parametrize(("base", "levels"), [(0.0, 3), (40.0, 3), (40.0, 1)])
def test_rounding_tells_nobody_apart(split, task, candidates, base, levels):
    exact = (base + noise(USERS, levels=levels)).astype(np.float32)
    spoilt = exact + np.float32(1e-7) * (1 + base) * noise(USERS, seed=1, levels=3).astype("f4")
    assert (exact != spoilt).any()
    ranks, blurred = (ranks_of(split, Table(v), task).rank[candidates] for v in (exact, spoilt))
    np.testing.assert_array_equal(ranks, blurred)
    np.testing.assert_array_equal(blurred, ranks_by_loops(split, spoilt, task, candidates))


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


@pytest.mark.parametrize("task", TASKS)
def test_a_follow_of_a_query_that_is_linked_to_everybody_is_ranked_among_nobody(task):
    everybody = np.argwhere(~np.eye(6, dtype=bool)).astype(np.int32)
    split = replace(small_split(), user_ids=list("abcdef"), train=everybody[:-1])
    split = replace(split, validation=everybody[:0], test=everybody[-1:], dropped=everybody[:0])
    found = rank_follows(Table(noise(6)), task, split.test, Known(split))
    assert np.isnan(found.rank["C0"]).all()
    assert not found.tied["C0"].any()
    assert metrics_of(found, "C0", np.array([True])) is None


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
