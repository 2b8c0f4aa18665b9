"""node2vec and LightGCN: what they are by definition, what they learn, and from whom."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.baselines.lightgcn import LightGCNSettings, best_lightgcn, lightgcn
from mmga.evaluation.baselines.node2vec import Node2VecSettings, best_node2vec, node2vec
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import TASKS
from tests.evaluation.worlds import grouped_split

USERS = 80
WALKS = Node2VecSettings(
    p=1, q=1, window=3, passes=20, learning_rate=0.02, cosine=True, dim=8
)  # fmt: skip
GCN = LightGCNSettings(dim=8, layers=2, learning_rate=0.02, decay=1e-3, epochs=20)


@pytest.fixture(scope="module")
def split():
    return grouped_split(USERS, 2000)


def embedded(name, split, seed=0):
    if name == "node2vec":
        return node2vec(train_follows(split), WALKS, seed)
    return lightgcn(split.train, USERS, GCN, Validation(split, 100), seed)


@pytest.mark.parametrize("name", ["node2vec", "lightgcn"])
def test_whoever_is_of_the_same_group_scores_higher(split, name):
    found = embedded(name, split)
    assert found.name == name
    warm = np.unique(split.train)
    train = set(map(tuple, split.train.tolist()))
    unseen = [(u, v) for u in warm for v in warm if u != v and (u, v) not in train]
    table = {
        task: found.scores(task, np.arange(USERS)) if task == "followees" else
        found.scores(task, np.arange(USERS)).T
        for task in TASKS
    }  # fmt: skip
    for scores in table.values():
        own = [scores[u, v] for u, v in unseen if u % 4 == v % 4]
        other = [scores[u, v] for u, v in unseen if u % 4 != v % 4]
        # Of pairs nobody learned from, one within a group beats one across 3 times out of 4.
        assert np.mean(np.array(own)[:, None] > np.array(other)) > 0.75


@pytest.mark.parametrize("name", ["node2vec", "lightgcn"])
def test_the_same_seed_gives_the_same_vectors_and_test_follows_have_no_say(split, name):
    first = embedded(name, split)
    again = embedded(name, replace(split, test=split.test[::-1]))
    np.testing.assert_array_equal(first.fan, again.fan)
    np.testing.assert_array_equal(first.account, again.account)
    assert not np.array_equal(first.fan, embedded(name, split, seed=1).fan)


@pytest.mark.parametrize("name", ["node2vec", "lightgcn"])
def test_a_graph_without_follows_gives_finite_scores(split, name):
    empty = replace(split, train=split.train[:0])
    found = embedded(name, empty)
    for task in TASKS:
        assert np.isfinite(found.scores(task, np.arange(USERS))).all()


def test_whoever_has_no_tie_has_no_vector_in_node2vec(split):
    found = embedded("node2vec", split)
    tied = np.isin(np.arange(USERS), split.train)
    assert not tied.all()
    np.testing.assert_allclose(np.linalg.norm(found.fan, axis=1), tied, atol=1e-6)


def test_lightgcn_smooths_over_the_double_cover_as_defined(split):
    """(E + A E + A^2 E) / 3 with A = D^-1/2 [[0, F], [F', 0]] D^-1/2 (He et al. 2020)."""
    untrained = replace(GCN, epochs=0)
    validation = Validation(split, 100)
    start = lightgcn(split.train, USERS, replace(untrained, layers=0), validation, 0)
    cover = np.zeros((2 * USERS, 2 * USERS))
    for u, v in split.train:
        cover[u, USERS + v] = cover[USERS + v, u] = 1
    root = np.maximum(cover.sum(axis=0), 1) ** -0.5
    step = root[:, None] * cover * root
    nodes = np.concatenate([start.fan, start.account])
    expected = (nodes + step @ nodes + step @ step @ nodes) / 3
    found = lightgcn(split.train, USERS, untrained, validation, 0)
    np.testing.assert_allclose(np.concatenate([found.fan, found.account]), expected, atol=1e-6)


def test_the_moment_of_lightgcn_is_the_best_on_validation(split):
    validation = Validation(split, 100)
    best = validation.mrr(lightgcn(split.train, USERS, GCN, validation, 0))
    for epochs in (2, 4, 10):
        earlier = lightgcn(split.train, USERS, replace(GCN, epochs=epochs), validation, 0)
        assert best >= validation.mrr(earlier)


@pytest.mark.parametrize("name", ["node2vec", "lightgcn"])
def test_the_tuned_one_is_the_best_of_its_trials(split, name):
    tuning = Tuning(Validation(split, 100), 2, seed=0)
    if name == "node2vec":
        best = best_node2vec(train_follows(split), tuning)
    else:
        best = best_lightgcn(split, tuning)
    table = tuning.validation.table()
    assert table["baseline"].tolist() == [name] * 2
    assert tuning.validation.mrr(best) == table["validation_mrr"].max()
