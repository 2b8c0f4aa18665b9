"""The train graph: messages, singular vectors, soft neighbours."""

import numpy as np
import pytest
import torch

from mmga.modalities.graph import RESTART, TOLD, WALK, TrainGraph

USERS = 30


@pytest.fixture(scope="module")
def graph() -> TrainGraph:
    ends = np.random.default_rng(1).integers(0, USERS - 2, (150, 2))
    return TrainGraph.of(np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0), USERS)


def test_a_message_is_the_mean_over_the_followees(graph: TrainGraph) -> None:
    x = torch.randn(USERS, 3, generator=torch.manual_seed(0))
    kept = torch.rand(len(graph), generator=torch.manual_seed(1)) < 0.7
    messages = graph.messages(kept)
    follower, followee = graph.edges[:, kept]
    for user in range(USERS):
        followees = x[followee[follower == user]]
        fans = x[follower[followee == user]]
        expected = followees.mean(dim=0) if len(followees) else torch.zeros(3)
        assert torch.allclose(messages.from_followees(x)[user], expected, atol=1e-6)
        expected = fans.mean(dim=0) if len(fans) else torch.zeros(3)
        assert torch.allclose(messages.from_fans(x)[user], expected, atol=1e-6)


def test_a_hidden_follow_carries_no_gradient(graph: TrainGraph) -> None:
    kept = torch.ones(len(graph), dtype=torch.bool)
    kept[4] = False
    follower, followee = graph.edges[:, 4]
    x = torch.randn(USERS, 2, requires_grad=True)
    graph.messages(kept).from_followees(x)[follower].sum().backward()
    assert x.grad is not None
    assert x.grad[followee].abs().sum() == 0


def test_singular_vectors_rebuild_the_normalised_adjacency(graph: TrainGraph) -> None:
    dense = graph.matrix.toarray()
    left = np.maximum(dense.sum(axis=1), 1)[:, None]
    right = np.maximum(dense.sum(axis=0), 1)[None]
    normalised = dense / np.sqrt(left * right)
    u, v = (factor.numpy() / np.sqrt(USERS) for factor in graph.factors(USERS))
    assert u @ (u.T @ normalised @ v) @ v.T == pytest.approx(normalised, abs=1e-3)


def test_off_the_ties_the_low_rank_tells_what_a_ridge_regression_of_all_ties_does(
    graph: TrainGraph,
) -> None:
    ties = (graph.matrix + graph.matrix.T).toarray().astype(float)
    degree = ties.sum(axis=1)
    discount = np.where(degree > 0, np.maximum(degree, 1) ** -0.25, 0)
    discounted = discount[:, None] * ties * discount
    penalty = np.sqrt(degree[degree > 0]).mean()
    inverse = np.linalg.inv(discounted @ discounted + penalty * np.eye(USERS))
    fan, account = graph.low_rank(USERS - 2).double().numpy()
    expected = -TOLD * penalty * (discounted @ inverse)
    off = ties == 0
    assert (fan @ account.T)[off] == pytest.approx(expected[off], abs=1e-4)
    assert graph.low_rank(0).shape == (2, USERS, 0)
    nobody = TrainGraph.of(np.empty((0, 2), dtype=np.int64), USERS)
    assert not nobody.low_rank(3).any()


def test_users_without_an_edge_have_no_place(graph: TrainGraph) -> None:
    u, v = graph.factors(5)
    assert u[USERS - 1].abs().max() < 1e-5
    assert v[USERS - 1].abs().max() < 1e-5


def test_soft_neighbours_agree_with_the_walk_written_as_a_matrix_power(graph: TrainGraph) -> None:
    both = ((graph.matrix + graph.matrix.T).toarray() > 0).astype(float)
    walk = both / np.maximum(both.sum(axis=1, keepdims=True), 1)
    visits = sum((1 - RESTART) ** t * np.linalg.matrix_power(walk, t) for t in range(1, WALK + 1))
    np.fill_diagonal(visits, 0)
    visits = visits / np.sqrt(1 + graph.in_degree.numpy())
    expected = visits / np.maximum(visits.sum(axis=1, keepdims=True), 1e-9)
    assert graph.neighbours(USERS).toarray() == pytest.approx(expected, abs=1e-5)


def test_walks_end_at_whom_everybody_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmga.modalities.graph.CROWD", 5)
    follows = [(user, 0) for user in range(1, 9)] + [(1, 2), (2, 3)]
    found = TrainGraph.of(np.array(follows), 9).neighbours(9).toarray()
    assert np.flatnonzero(found[4]).tolist() == [0]
    assert np.flatnonzero(found[1]).tolist() == [0, 2, 3]
    assert np.flatnonzero(found[0]).tolist() == [*range(1, 9)]


def test_only_the_nearest_neighbours_are_kept(graph: TrainGraph) -> None:
    everybody, few = graph.neighbours(USERS).toarray(), graph.neighbours(5).toarray()
    for user in range(USERS):
        kept = few[user] > 0
        assert kept.sum() <= 5
        if kept.any():
            assert few[user].sum() == pytest.approx(1, abs=1e-5)
            assert everybody[user][kept].min() >= everybody[user][~kept].max() - 1e-6


def test_a_predicted_follow_takes_its_reverse_out_of_the_messages():
    graph = TrainGraph.of(np.array([[0, 1], [1, 0], [1, 2], [2, 0]]), users=3)
    for row, left in ((0, {(1, 2), (2, 0)}), (2, {(0, 1), (1, 0), (2, 0)})):
        messages = graph.without(torch.tensor([row]))
        seen = messages.from_followees(torch.eye(3)) > 0
        assert {(u, v) for u, v in seen.nonzero().tolist()} == left
