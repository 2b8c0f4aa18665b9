"""Directions of ties and look-alikes: the truth, its opposite, and guessing."""

import numpy as np
import pytest

from mmga.evaluation import tasks
from mmga.evaluation.tasks import AT, direction, lookalike
from mmga.fans import FanModel
from mmga.splits.split import Split
from tests.evaluation.worlds import Table, noise, small_split, truth


@pytest.fixture(scope="module")
def split() -> Split:
    return small_split()


def test_who_knows_the_follows_knows_the_directions_and_who_turns_them_is_always_wrong(split):
    known = truth(split)
    right, wrong = direction(Table(known), split), direction(Table(known.T), split)
    assert set(right) == {"warm", "cold"}
    for users in right:
        assert (right[users] == 1).all()
        assert (wrong[users] == 0).all()
        assert right[users].index.equals(wrong[users].index)
    same = np.zeros((80, 80))
    assert all((right == 0.5).all() for right in direction(Table(same), split).values())


def standing(split, values, known, query, other):
    """The share of the other candidates of `query` whom `other` beats, a tie counting half."""
    asked = {b for a, b in known if a == query} | {query, other}
    scores = [values[query, w] for w in range(80) if w not in asked]
    ahead = [
        (values[query, other] > score) + (values[query, other] == score) / 2 for score in scores
    ]
    return sum(ahead) / len(ahead)


@pytest.mark.parametrize("levels", [10**6, 4])
def test_only_ties_that_no_part_knows_as_reciprocal_are_asked_of_two_lists(split, levels):
    known = {tuple(edge) for edge in split.known.tolist()}
    once = [(u, v) for u, v in split.test[split.negatives.ranked].tolist() if (v, u) not in known]
    values = noise(80, levels=levels) / levels
    listed = known | {(v, u) for u, v in once}
    right = {"warm": [], "cold": []}
    for u, v in once:
        forth, back = (standing(split, values, listed, *pair) for pair in ((u, v), (v, u)))
        users = "cold" if split.cold[u] or split.cold[v] else "warm"
        right[users].append((forth > back) + (forth == back) / 2)
    found = direction(Table(values), split)
    assert {name: each.tolist() for name, each in found.items()} == right


def test_what_a_query_adds_to_all_its_scores_changes_nothing(split):
    values = noise(80, levels=1000)
    moved = values + 1000.0 * np.random.default_rng(1).permutation(80)[:, None]
    found, again = (direction(Table(table), split) for table in (values, moved * 3))
    assert {name: each.tolist() for name, each in found.items()} == {
        name: each.tolist() for name, each in again.items()
    }


def model(split: Split, vectors: np.ndarray) -> FanModel:
    nothing = np.zeros((len(vectors), 1), np.float32)
    return FanModel(split.user_ids, nothing, nothing, nothing[:, 0], nothing[:, 0], vectors)


def test_look_alikes_are_counted_as_by_a_loop(split):
    vectors = np.random.default_rng(0).normal(size=(80, 5)).astype(np.float32)
    topics = [("a", "b", None)[i % 3] for i in range(80)]
    labelled = [i for i in range(80) if topics[i]]
    hits = {"warm": [], "cold": []}
    for i in labelled:
        others = sorted((j for j in labelled if j != i), key=lambda j: -vectors[i] @ vectors[j])
        shared = np.mean([topics[j] == topics[i] for j in others[:AT]])
        hits["cold" if split.cold[i] else "warm"].append(shared)
    found = lookalike(model(split, vectors), split, topics)
    for users, values in hits.items():
        assert found[users]["precision"].tolist() == pytest.approx(values)
        assert found[users]["chance"].mean() == pytest.approx(0.5, abs=0.05)


def test_how_many_are_compared_at_a_time_changes_nothing(split, monkeypatch):
    near = model(split, np.random.default_rng(0).normal(size=(80, 5)).astype(np.float32))
    topics = [("a", "b")[i % 2] for i in range(80)]
    whole = lookalike(near, split, topics)
    monkeypatch.setattr(tasks, "CELLS", 5 * 80)
    parts = lookalike(near, split, topics)
    assert all(whole[users][m].equals(parts[users][m]) for users in whole for m in whole[users])


def test_a_view_that_is_the_topic_finds_it_and_without_topics_nothing_is_asked(split):
    topics = [("a", "b")[i % 2] for i in range(80)]
    vectors = np.eye(2, dtype=np.float32)[np.arange(80) % 2]
    assert lookalike(model(split, vectors), split, topics)["warm"]["precision"].min() == 1
    assert lookalike(model(split, vectors), split, [None] * 80) == {}
    assert lookalike(model(split, vectors), split, ["a"] * AT + [""] * (80 - AT)) == {}
