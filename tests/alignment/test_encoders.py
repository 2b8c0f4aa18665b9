"""Every graph encoder: who is heard, and from how far; and none sees what is hidden."""

from typing import get_args

import numpy as np
import pytest
import torch

from mmga.alignment.checkpoint import Checkpoint
from mmga.alignment.encoders import GraphEncoder, graph_encoder
from mmga.alignment.params import GraphEncoderName
from mmga.alignment.state import State
from mmga.alignment.training import train
from mmga.modalities.graph import TrainGraph
from tests.alignment.conftest import PARAMS, make_world

NAMES = get_args(GraphEncoderName)
DIM, RANK, USERS = 8, 3, 12
# A chain of follows 0 -> 1 -> 2 -> 3 -> 4, and 5 -> 0 beside it; others are strangers.
GRAPH = TrainGraph.of(np.array([[0, 1], [1, 2], [2, 3], [3, 4], [5, 0]]), USERS)


@pytest.fixture(params=NAMES)
def encoder(request: pytest.FixtureRequest) -> GraphEncoder:
    """Each of them, with weights drawn once."""
    torch.manual_seed(0)
    return graph_encoder(request.param, DIM, RANK).eval()


def encoded(encoder: GraphEncoder, changed: int | None = None, *hidden: int) -> torch.Tensor:
    """The vectors of all users, where one user's pictures are other ones, and rows hidden."""
    chance = torch.Generator().manual_seed(1)
    content = {name: torch.randn(USERS, DIM, generator=chance) for name in ("image", "text")}
    if changed is not None:
        content["image"][changed] += 1
    nothing = torch.zeros(USERS, RANK)
    kept = GRAPH.without(torch.tensor(hidden, dtype=torch.long))
    with torch.no_grad():
        return encoder(content, (nothing, nothing), kept)


def heard(encoder: GraphEncoder, whom: int, *hidden: int) -> set[int]:
    """Whose vectors depend on what that user posts."""
    before, after = encoded(encoder, None, *hidden), encoded(encoder, whom, *hidden)
    return set((before - after).abs().amax(dim=1).gt(1e-6).nonzero().squeeze(1).tolist())


def test_users_are_heard_two_follows_away_in_either_direction(encoder: GraphEncoder) -> None:
    assert heard(encoder, 2) == {0, 1, 2, 3, 4}
    assert heard(encoder, 0) == {0, 1, 2, 5}
    assert heard(encoder, 7) == {7}


def test_a_hidden_follow_carries_nothing(encoder: GraphEncoder) -> None:
    assert heard(encoder, 2, 2) == {0, 1, 2}  # row 2 is 2 -> 3


def test_whom_one_follows_and_who_follows_one_are_told_apart(encoder: GraphEncoder) -> None:
    turned = TrainGraph.of(GRAPH.edges.flip(0).T.numpy(), USERS)
    content = {name: torch.ones(USERS, DIM) for name in ("image", "text")}
    content["image"][1] = -1
    nothing = torch.zeros(USERS, RANK)
    with torch.no_grad():
        one, other = (
            encoder(content, (nothing, nothing), graph.messages()) for graph in (GRAPH, turned)
        )
    assert (one[0] - other[0]).abs().max() > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_each_learns_and_is_the_same_twice(name: GraphEncoderName, folder, tmp_path) -> None:
    world = make_world(folder, PARAMS.model_copy(update={"graph_encoder": name}))
    found = []
    for run in ("a", "b"):
        state, history = train(world, "graph_only", Checkpoint(tmp_path / run, 9), print)
        assert isinstance(state, State)
        assert history[-1]["link"] < history[0]["link"]
        found.append(state.final_scores()[1])
    assert torch.equal(*found)
