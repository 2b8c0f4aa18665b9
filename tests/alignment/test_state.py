"""What a network in training may and may not see."""

import numpy as np
import pytest
import torch

from mmga.alignment.network import Roles
from mmga.alignment.plan import VIEWS
from mmga.alignment.state import State
from mmga.alignment.world import World


@pytest.fixture
def state(world: World) -> State:
    torch.manual_seed(0)
    state = State(world, VIEWS["mmga"], distils=True)
    state.refresh()
    return state


def test_the_teacher_sees_a_user_without_the_users_own_content(state: State) -> None:
    hidden = torch.zeros(state.world.users, dtype=torch.bool)
    hidden[[3, 5]] = True
    before = state.teach(hidden)
    for name in state.bank:
        state.bank[name][[3, 5]] += 10.0
    assert torch.equal(state.teach(hidden), before)
    state.bank["text"][6] += 10.0
    assert not torch.equal(state.teach(hidden), before)


def test_a_hidden_follow_does_not_reach_the_graph_vectors(state: State) -> None:
    """The same vectors come out of a graph that never had the follow."""
    graph = state.world.graph
    kept = torch.ones(len(graph), dtype=torch.bool)
    kept[7] = False
    masked = state.graph(state.bank, graph.messages(kept))
    from mmga.modalities.graph import TrainGraph

    without = TrainGraph(graph.edges[:, kept], graph.users)
    expected = state.graph(state.bank, without.messages())
    assert torch.allclose(masked, expected, atol=1e-5)


def test_order_of_users_does_not_matter_to_the_pool(state: State) -> None:
    encoder = state.network.encoder("text")
    posts = torch.randn(9, 8)
    owner = torch.tensor([0, 1, 1, 0, 3, 3, 3, 1, 0])
    order = torch.randperm(9)
    pooled = encoder.pool(posts, owner, 4)
    assert torch.allclose(encoder.pool(posts[order], owner[order], 4), pooled, atol=1e-6)
    assert torch.equal(pooled[2], encoder.missing)


def test_a_user_without_posts_is_told_by_the_mask_vector(state: State) -> None:
    assert torch.equal(state.bank["image"][0], state.network.encoder("image").missing)


def test_a_cold_user_gets_vectors_from_content_and_an_unknown_popularity(state: State) -> None:
    cold = (~state.world.graph.warm).nonzero().squeeze(1)
    assert len(cold) >= 2
    scores, graph = state.final_scores()
    with torch.no_grad():
        guess = state.network.from_content(state.bank)
    assert torch.allclose(graph[cold], guess[cold])
    assert (scores.account_bias[cold] == state.network.account_prior.unknown).all()


def test_what_a_content_view_says_by_itself_counts_as_much_as_its_votes(state: State) -> None:
    before, _ = state.final_scores()
    state.network.votes.fill_(0.25)
    after, _ = state.final_scores()
    with torch.no_grad():
        roles = [state.network.content_roles[name](state.bank[name]) for name in state.bank]
    said = sum(fan @ account.T for fan, account in roles)
    expected = before.fan @ before.account.T + 0.25 * said
    torch.testing.assert_close(after.fan @ after.account.T, expected, atol=1e-5, rtol=1e-4)


def test_a_model_of_one_view_does_not_look_at_the_others(world: World) -> None:
    torch.manual_seed(0)
    state = State(world, VIEWS["image_only"], distils=False)
    state.refresh()
    assert state.bank["text"].abs().sum() == 0
    before, _ = state.final_scores()
    for parameter in (
        *state.network.encoder("text").parameters(),
        *state.network.graph.parameters(),
    ):
        parameter.data += 1.0
    state.refresh()
    after, _ = state.final_scores()
    assert torch.equal(before.fan, after.fan)


def test_encoding_a_batch_keeps_what_came_out_in_the_bank(state: State) -> None:
    users = np.array([2, 9, 11])
    live = state.encode(users, np.random.default_rng(0))
    for name, vectors in live.vectors.items():
        assert torch.equal(state.bank[name][users], vectors.detach())
        assert not state.bank[name].requires_grad


def test_roles_begin_as_one_and_follows_set_them_apart() -> None:
    torch.manual_seed(0)
    vectors = torch.randn(5, 4)
    roles = Roles(4, 3)
    fan, account = roles(vectors)
    assert torch.equal(fan, roles.scale * account)
    (fan @ account.T)[0, 1].backward()
    of_fans, of_accounts = roles.fan[1].bias.grad, roles.account[1].bias.grad
    assert of_fans is not None
    assert of_accounts is not None
    assert not torch.allclose(of_fans, of_accounts)
