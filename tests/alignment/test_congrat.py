"""The contrast of text and graph, and what is learned when it is over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mmga.alignment.checkpoint import Checkpoint
from mmga.alignment.congrat import _among, _contrasted, contrast
from mmga.alignment.params import CONTRASTING, PretrainParams
from mmga.alignment.plan import CONTRASTS, VIEWS, plan
from mmga.alignment.state import State
from mmga.alignment.steps import Batch, soft_targets
from mmga.alignment.training import History, epoch_batches, train
from mmga.alignment.world import World
from tests.alignment.conftest import PARAMS

NEVER = 1e9


def trained(world: World, folder: Path) -> tuple[State, History]:
    return train(world, "congrat", Checkpoint(folder / "x.pt", NEVER), lambda _: None)


def untrained(world: World) -> State:
    state = State(world, VIEWS["congrat"], distils=False, blind=True)
    state.refresh()
    return state


def without_texts(world: World) -> World:
    nobody = np.full_like(world.features.text, -1)
    return replace(world, features=replace(world.features, text=nobody))


def test_it_passes_over_the_data_as_often_as_mmga_and_ranks_at_the_end_alone() -> None:
    ours, theirs = plan("mmga", PARAMS), plan("congrat", PARAMS)
    assert [phase.epochs for phase in theirs] == [phase.epochs for phase in ours]
    assert [phase.content for phase in theirs] == [phase.content for phase in ours]
    assert [phase.ranks for phase in theirs] == [False] * (len(ours) - 1) + [True]
    assert set(theirs[-1].moves) == {"roles", "fan_prior", "account_prior"}
    assert not any("roles" in phase.moves for phase in theirs[:-1])


def test_pictures_and_captions_are_contrasted_as_often_as_posts_are_read() -> None:
    ours, theirs = plan("mmga", PARAMS), plan("image_text_contrast", PARAMS)
    assert set(CONTRASTS) == set(CONTRASTING)
    assert [p.epochs for p in theirs[:-1]] == [p.epochs for p in ours if p.content]
    assert all(phase.step is CONTRASTS["image_text_contrast"] for phase in theirs[:-1])
    assert theirs[-1].ranks
    assert theirs[-1].epochs == ours[-1].epochs
    assert set(theirs[-1].moves) == {"roles", "fan_prior", "account_prior"}


def test_follows_teach_nothing_before_the_end(world: World, tmp_path: Path) -> None:
    _, history = trained(world, tmp_path)
    *before, last = history
    assert last["step"] == "3 settle"
    assert set(last) == {"step", "epoch", "link", "validation_mrr"}
    assert all(set(row) == {"step", "epoch", "contrast"} for row in before)


def test_the_encoders_rest_at_the_end(world: World, tmp_path: Path) -> None:
    kept = {}
    for epochs in (1, 2):
        refine = PARAMS.refine.model_copy(update={"settle_epochs": epochs})
        params = PARAMS.model_copy(update={"refine": refine, "keep": "last"})
        state, _ = trained(replace(world, params=params), tmp_path / str(epochs))
        kept[epochs] = state.network.state_dict()
    moved = {
        name.split(".")[0]
        for name in kept[1]
        if not torch.equal(kept[1][name], kept[2][name])
    }  # fmt: skip
    assert moved == {"roles", "fan_prior", "account_prior"}


def test_text_and_graph_of_a_user_find_each_other(world: World, tmp_path: Path) -> None:
    warm_up = PARAMS.warm_up.model_copy(update={"rival_content_epochs": 80, "graph_epochs": 40})
    params = PARAMS.model_copy(update={"warm_up": warm_up})
    state, history = trained(replace(world, params=params), tmp_path)
    losses = [row["contrast"] for row in history if "contrast" in row]
    assert losses[-1] < losses[0]
    users = torch.from_numpy(np.flatnonzero(world.writes & world.graph.warm.numpy()))
    graph = state.graph(state.content(), state.all_messages)
    similar = state.network.project("text", state.bank["text"][users])
    similar = similar @ state.network.project("graph", graph[users]).T
    own = similar.diagonal()[:, None]
    # By chance half of all others are closer than the user's own.
    assert (similar > own).float().mean() < 0.25


def test_the_graph_encoder_reads_no_text(world: World) -> None:
    state = untrained(world)
    blank = {name: torch.zeros_like(values) for name, values in state.bank.items()}
    assert state.bank["text"].any()
    found, expected = (state.graph(c, state.all_messages) for c in (state.bank, blank))
    assert torch.equal(found, expected)


def test_messages_leave_out_what_the_batch_would_predict(world: World) -> None:
    seen = []
    state = untrained(world)
    original = state.graph

    def spy(content, messages):
        seen.append(messages)
        return original(content, messages)

    state.graph = spy
    phase = plan("congrat", PARAMS)[0]
    batch = next(epoch_batches(world, phase, np.random.default_rng(0)))
    contrast(state, batch)
    hidden = world.graph.edges[:, torch.cat([batch.predicted, batch.within])].T.tolist()
    shown = {tuple(edge) for edge in seen[0].edges.T.tolist()}
    assert hidden
    assert not {(u, v) for u, v in hidden} & shown
    assert not {(v, u) for u, v in hidden} & shown


def test_whoever_writes_nothing_or_has_no_follow_is_contrasted_with_nobody(world: World) -> None:
    state, chance = untrained(world), np.random.default_rng(0)
    warm = world.graph.warm.numpy()
    found = _contrasted(state, None, chance)
    bounds, text = world.features.bounds, world.features.text
    writers = [u for u in range(world.users) if (text[bounds[u] : bounds[u + 1]] >= 0).any()]
    assert sorted(found) == [u for u in writers if warm[u]]
    assert len(found) < world.users
    drawn = _contrasted(state, state.encode(np.arange(world.users), chance), chance)
    assert set(drawn) <= set(found)


def test_targets_within_a_batch_keep_the_soft_neighbours_that_are_in_it(world: World) -> None:
    users = np.array([7, 3, 12, 30])
    columns, target = soft_targets(untrained(world), users, 0.5, np.random.default_rng(0))
    among = _among(target, np.searchsorted(columns.numpy(), users))
    soft = 0.5 * world.soft_neighbours[users][:, users].toarray()
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(among.numpy()[off], soft[off], atol=1e-6)
    np.testing.assert_allclose(among.sum(dim=1), 1, atol=1e-6)


@pytest.mark.parametrize("users", [None, np.arange(16)])
def test_without_texts_there_is_nothing_to_contrast(world: World, users) -> None:
    state = untrained(without_texts(world))
    nothing = torch.arange(0)
    losses = contrast(state, Batch(users, torch.arange(5), nothing, np.random.default_rng(0)))
    assert [float(value) for value in losses.values()] == [0.0]


def test_without_texts_it_ends_all_the_same(world: World, tmp_path: Path) -> None:
    state, history = trained(without_texts(world), tmp_path)
    assert history[-1]["validation_mrr"] > 0
    assert np.isfinite(state.final_scores()[0].fan.numpy()).all()


def test_without_its_last_phase_it_is_refused() -> None:
    refine = PARAMS.refine.model_dump() | {"settle_epochs": 0}
    numbers = PARAMS.model_dump() | {"rivals": ["congrat"], "refine": refine}
    with pytest.raises(ValueError, match="congrat would learn to rank at the end of step 3 alone"):
        PretrainParams.model_validate(numbers)
    PretrainParams.model_validate(numbers | {"rivals": ["late_fusion"]})
