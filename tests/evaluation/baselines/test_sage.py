"""GraphSAGE on raw features: what it is by definition, what it learns, and from what."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.nn import SAGEConv

from mmga.evaluation.baselines import sage as module
from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.baselines.sage import (
    FIRST,
    Sage,
    SageSettings,
    _linked,
    best_sage,
    sage,
)
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.validation import CHECKS, Validation
from mmga.modalities.graph import TrainGraph
from mmga.splits.split import TASKS
from tests.evaluation.worlds import grouped_split

USERS = 80
SETTINGS = SageSettings(**{**FIRST, "dim": 8, "learning_rate": 0.02, "steps": 40})
NOTHING = np.zeros((USERS, 0), np.float32)


@pytest.fixture(scope="module")
def split():
    return grouped_split(USERS, 2000)


@pytest.fixture(scope="module")
def groups():
    """Content that tells the group, with noise."""
    noise = np.random.default_rng(0).normal(size=(USERS, 4))
    return (2 * np.eye(4)[np.arange(USERS) % 4] + 0.3 * noise).astype(np.float32)


def trained(split, content=NOTHING, settings=SETTINGS, seed=0):
    return sage(split, content, settings, Validation(split, 100), seed)


def beats(found, users):
    """How often a pair of one group, unseen in training, scores above one across groups."""
    table = found.scores("followees", np.arange(USERS))
    pairs = [(u, v) for u in users for v in range(USERS) if u != v]
    own = np.array([table[u, v] for u, v in pairs if u % 4 == v % 4])
    other = np.array([table[u, v] for u, v in pairs if u % 4 != v % 4])
    return (own[:, None] > other).mean()


def test_whoever_is_of_the_same_group_scores_higher(split):
    found = trained(split)
    assert found.name == "sage_on_raw_features"
    assert beats(found, np.unique(split.train)) > 0.75


def test_content_places_users_whom_the_graph_does_not_know(split, groups):
    cold = np.setdiff1d(np.arange(USERS), split.train)
    assert len(cold)
    assert beats(trained(split, groups), cold) > beats(trained(split), cold) + 0.15


def test_the_same_seed_gives_the_same_vectors_and_test_follows_have_no_say(split, groups):
    first = trained(split, groups)
    again = trained(replace(split, test=split.test[::-1]), groups)
    np.testing.assert_array_equal(first.fan, again.fan)
    np.testing.assert_array_equal(first.account, again.account)
    assert not np.array_equal(first.fan, trained(split, groups, seed=1).fan)


def test_a_graph_without_follows_gives_finite_scores(split, groups):
    found = trained(replace(split, train=split.train[:0]), groups)
    for task in TASKS:
        assert np.isfinite(found.scores(task, np.arange(USERS))).all()


def test_a_layer_is_that_of_pyg_in_both_directions(split):
    graph = TrainGraph.of(split.train, USERS)
    content = torch.randn(USERS, 5)
    network = Sage(content, graph.factors(4), replace(SETTINGS, layers=1)).eval()
    every = graph.messages()
    x = network.inputs(every)
    heard = {}
    for name, edges in (("followees", graph.edges.flip(0)), ("fans", graph.edges)):
        layer = SAGEConv(x.shape[1], SETTINGS.dim, root_weight=False, bias=False)
        layer.lin_l.weight.data = getattr(network, name)[0].weight.data
        heard[name] = layer(x, edges)
    expected = network.own[0](x) + heard["followees"] + heard["fans"]
    expected = torch.nn.functional.normalize(expected, dim=1) * SETTINGS.dim**0.5
    fan, account = network(every)
    torch.testing.assert_close(fan[:, :-2], network.roles[0](expected), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(account[:, :-2], network.roles[1](expected), atol=1e-5, rtol=1e-4)


def test_a_user_s_place_is_its_own_singular_vector_once_every_follow_is_a_message(split):
    graph = TrainGraph.of(split.train, USERS)
    left, right = graph.factors(4)
    found = Sage(torch.zeros(USERS, 0), (left, right), SETTINGS).inputs(graph.messages())
    for own, place in ((left, found[:, :4]), (right, found[:, 4:8])):
        similar = torch.nn.functional.cosine_similarity(own, place, dim=0)
        torch.testing.assert_close(similar, torch.ones(4), atol=1e-4, rtol=0)


def test_what_is_predicted_and_its_reverse_are_no_messages(split, monkeypatch):
    seen = []
    original = Sage.forward

    def spy(self, messages):
        if self.training:
            seen.append({tuple(edge) for edge in messages.edges.T.tolist()})
        return original(self, messages)

    batches = []
    drawn = module._batches

    def keep(graph, steps, random):
        for rows in drawn(graph, steps, random):
            batches.append(graph.edges[:, rows].T.tolist())
            yield rows

    monkeypatch.setattr(Sage, "forward", spy)
    monkeypatch.setattr(module, "_batches", keep)
    trained(split)
    assert len(batches) == SETTINGS.steps
    shown = [messages for messages in seen if len(messages) < len(split.train)]
    assert len(shown) == len(batches)
    for predicted, messages in zip(batches, shown, strict=True):
        assert not {(u, v) for u, v in predicted} & messages
        assert not {(v, u) for u, v in predicted} & messages


def test_no_train_neighbour_is_a_negative(split):
    follows = train_follows(split)
    query, drawn = np.arange(USERS), np.arange(0, USERS, 3)
    found = _linked(follows, query, drawn).numpy()
    expected = follows.toarray()[:, drawn] > 0
    expected[drawn, np.arange(len(drawn))] = True
    np.testing.assert_array_equal(found, expected)


def test_without_popularity_degrees_are_no_part_of_the_score(split):
    found = trained(split, settings=replace(SETTINGS, popularity=False))
    assert not found.fan[:, -2].any()
    assert not found.account[:, -1].any()
    assert trained(split).account[:, -1].any()


def test_the_moment_is_the_best_on_validation(split):
    asked = []

    class Peaked(Validation):
        def mrr(self, scorer):
            asked.append(scorer)
            return 0.9 if len(asked) == 3 else 0.1 + len(asked) / 100

    best = sage(split, NOTHING, SETTINGS, Peaked(split, 100), 0)
    assert len(asked) == CHECKS
    assert best is asked[2]


def test_the_tuned_one_is_the_best_of_its_trials(split, groups):
    tuning = Tuning(Validation(split, 100), 2, seed=0)
    best = best_sage(split, groups, tuning)
    table = tuning.validation.table()
    assert table["baseline"].tolist() == ["sage_on_raw_features"] * 2
    assert tuning.validation.mrr(best) == table["validation_mrr"].max()
