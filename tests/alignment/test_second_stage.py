"""The second stage: what it learns of planted follows, and when it leaves all as it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mmga.alignment.fit import fan_model, fit
from mmga.alignment.inference import embed
from mmga.alignment.plan import VIEWS
from mmga.alignment.second_stage import _popularity, fit_second_stage
from mmga.alignment.state import State
from mmga.alignment.world import World
from mmga.fans import FanModel
from mmga.paths import WAYS, Paths
from mmga.splits.split import Split
from tests.alignment.conftest import PARAMS


def fitted(world: World) -> State:
    torch.manual_seed(0)
    state = State(world, VIEWS["mmga"], distils=True)
    state.refresh()
    fit_second_stage(state)
    return state


def names(world: World) -> list[str]:
    return [str(number) for number in range(world.users)]


def reached(world: World, way: int) -> np.ndarray:
    """Pairs that no train follow joins, of those with most paths of one way; two for each user."""
    paths = Paths(world.graph.edges.numpy().T, world.users, world.low_rank.numpy())
    table = paths.between("followees", np.arange(world.users))[way]
    table[world.known(0, np.arange(world.users), np.arange(world.users)).numpy()] = 0
    best = np.argsort(-table, axis=1)[:, :2]
    pairs = np.stack([np.repeat(np.arange(world.users), 2), best.ravel()], axis=1)
    return pairs[table[pairs[:, 0], pairs[:, 1]] > 0]


@pytest.mark.parametrize("way", range(4))
def test_the_path_that_leads_to_held_out_follows_counts_most(world: World, way: int) -> None:
    state = fitted(replace(world, validation=reached(world, way)))
    for weights in state.network.second_stage.weights.detach()[:, 2:6]:
        assert int(weights.argmax()) == way
        assert weights[way] > 0.2


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_the_learned_sum_ranks_planted_follows_better_than_the_vectors_alone(
    world: World, way: int
) -> None:
    planted = reached(world, way)
    state = fitted(replace(world, validation=planted))
    second = fan_model(names(world), state, "second")
    first = replace(second, second_stage=None)
    before, after = (
        mean_rank(model.scores("followees", np.arange(world.users)), planted)
        for model in (first, second)
    )
    assert after < before
    assert after < world.users / 4  # half of what lots give


def mean_rank(table: np.ndarray, follows: np.ndarray) -> float:
    own = table[follows[:, 0], follows[:, 1]]
    return float((table[follows[:, 0]] > own[:, None]).sum(axis=1).mean())


def test_without_validation_follows_nothing_changes(world: World) -> None:
    cold = np.flatnonzero(~world.graph.warm.numpy())[0]
    for validation in (np.empty((0, 2), dtype=np.int64), np.array([[cold, 1]])):
        state = fitted(replace(world, validation=validation))
        neutral = State(world, VIEWS["mmga"], distils=True).network.second_stage.weights
        assert torch.equal(state.network.second_stage.weights, neutral)
        assert fan_model(names(world), state, "mmga").follows is None


def test_the_more_candidates_count_by_their_degree_the_less_does_the_bias(world: World) -> None:
    of_bias = []
    for power in (0.0, 0.5, 1.0):
        second = world.params.second_stage.model_copy(update={"popularity": power})
        params = world.params.model_copy(update={"second_stage": second})
        followed = world.graph.edges.numpy().T[::2]  # popular accounts have most of them
        state = fitted(replace(world, params=params, validation=followed))
        of_bias.append(state.network.second_stage.weights.detach()[:, 1])
    assert (of_bias[0] > of_bias[1]).all()
    assert (of_bias[1] > of_bias[2]).all()


def test_candidates_that_count_by_their_degree_are_as_if_drawn_so_often(world: World) -> None:
    """Written out: a candidate counts (1 + degree)^power times, in the mean once."""
    state = State(world, VIEWS["mmga"], distils=True)
    columns = np.flatnonzero(world.graph.warm.numpy())[:7]
    power = world.params.second_stage.popularity
    assert power > 0
    for task, side in (("fans", 0), ("followees", 1)):
        ends = world.graph.edges.numpy()[side]
        counts = [(1 + sum(end == user for end in ends)) ** power for user in columns]
        expected = [1.0, *(count * len(counts) / sum(counts) for count in counts)]
        found = _popularity(state, task, columns).exp()
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_few_follows_move_it_little_and_many_move_it_more(world: World) -> None:
    planted = reached(world, 0)
    few, many = (
        fitted(replace(world, validation=planted[:count])).network.second_stage.weights[1, 2].item()
        for count in (1, len(planted))
    )
    assert 0 < few < many / 2


def test_follows_of_cold_users_say_only_what_cold_candidates_are_worth(world: World) -> None:
    planted = reached(world, 0)
    cold = np.flatnonzero(~world.graph.warm.numpy())[0]
    asked = np.stack([np.arange(20), np.full(20, cold)], axis=1)
    asked = asked[world.graph.warm.numpy()[asked[:, 0]]]
    with_cold = np.concatenate([planted, asked, asked[:, ::-1]])
    without, among = (
        fitted(replace(world, validation=follows)).network.second_stage
        for follows in (planted, with_cold)
    )
    assert torch.equal(without.weights, among.weights)
    assert (among.cold[:, 2] > without.cold[:, 2]).all()


def test_a_cold_user_weighs_no_more_than_a_warm_one(world: World) -> None:
    """Held back twice as often, their follows say the same, since each weighs half as much."""
    planted = reached(world, 0)
    warm = world.graph.warm.numpy()
    cold = np.flatnonzero(~warm)[0]
    fans = np.flatnonzero(warm)[:30]
    asked = np.stack([fans, np.full(len(fans), cold)], axis=1)
    once, twice = (
        fitted(replace(world, validation=np.concatenate([planted, *[asked] * times])))
        for times in (1, 2)
    )
    found = (state.network.second_stage.cold[1].detach().numpy() for state in (once, twice))
    np.testing.assert_allclose(*found, atol=0.02)


def test_mmga_has_it_and_every_rival_is_written_with_it_and_without(
    folder: Path, tmp_path: Path
) -> None:
    features, splits = folder / "build/features", folder / "build/splits"
    fit(features, splits, PARAMS, tmp_path, tmp_path / "stores")
    rivals = {file.name: FanModel.read(file) for file in (tmp_path / "rivals").iterdir()}
    with_it = {name for name, model in rivals.items() if model.second_stage is not None}
    assert with_it == {"late_fusion_with_paths", "graph_only_with_paths"}
    assert set(rivals) - with_it == {*PARAMS.rivals, "mmga_without_paths"}
    model, train = FanModel.read(tmp_path / "model"), Split.read(splits).train
    assert model.follows is not None
    assert set(map(tuple, model.follows.tolist())) == set(map(tuple, train.tolist()))


def test_a_model_of_before_there_was_one_is_read_as_it_was(folder: Path, tmp_path: Path) -> None:
    build, model = folder / "build", tmp_path / "model"
    off = PARAMS.second_stage.model_copy(update={"follows": 0})
    params = PARAMS.model_copy(update={"rivals": (), "second_stage": off})
    fit(build / "features", build / "splits", params, tmp_path, tmp_path / "stores")
    assert not list((tmp_path / "rivals").iterdir())
    weights = load_file(model / "network.safetensors")
    kept = {name: v for name, v in weights.items() if not name.startswith("second_stage.")}
    save_file(kept, model / "network.safetensors")
    train = Split.read(build / "splits").train
    work, store = tmp_path / "work", tmp_path / "encodings"
    again = embed(model, build / "clean", folder / "data", train, work, store)
    assert again.second_stage is None
    assert again.fan == pytest.approx(FanModel.read(model).fan, abs=1e-5)
