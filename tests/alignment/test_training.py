"""Training: the plan, the steps, and what a killed training becomes."""

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from mmga.alignment.checkpoint import Checkpoint
from mmga.alignment.fit import STRUCTURE, fingerprint_of, fit
from mmga.alignment.inference import embed, embed_features, trained_state
from mmga.alignment.plan import VIEWS, plan
from mmga.alignment.state import Live, State
from mmga.alignment.steps import Batch, graph_to_content
from mmga.alignment.training import epoch_batches, train
from mmga.alignment.world import World
from mmga.fans import FanModel
from mmga.splits.split import Split
from tests.alignment.conftest import PARAMS, make_world
from tests.tiny import write_clean

NEVER = 1e9


@pytest.mark.parametrize(
    ("steps", "most", "largest"), [(64, 30, 16), (2, None, 16), (2, 30, 20), (2, 18, 18)]
)
def test_a_pass_over_many_users_reads_larger_batches(
    folder: Path, steps: int, most: int | None, largest: int
) -> None:
    update = {"steps_per_pass": steps, "most_users_per_batch": most}
    world = make_world(folder, PARAMS.model_copy(update=update))
    phase = next(phase for phase in plan("mmga", world.params) if phase.content)
    read = [batch.users for batch in epoch_batches(world, phase, np.random.default_rng(0))]
    assert max(map(len, read)) in (largest, largest + 1)  # a rest of one joins the last batch
    assert sorted(np.concatenate(read)) == list(range(world.users))


@dataclass(frozen=True)
class Watched(Batch):
    """A batch that remembers which vectors a step was shown."""

    seen: list[torch.Tensor] = field(default_factory=list)

    def live(self, state: State) -> Live | None:
        live = super().live(state)
        assert live is not None
        for vectors in live.vectors.values():
            vectors.retain_grad()
            self.seen.append(vectors)
        return live


class KilledError(Exception):
    """Stands for a SIGKILL between two epochs."""


def run(world: World, file: Path, model: str = "mmga", kill_after: int = 0) -> State:
    told: list[dict[str, Any]] = []

    def report(row: dict[str, Any]) -> None:
        told.append(row)
        if len(told) == kill_after:
            raise KilledError

    return train(world, model, Checkpoint(file, 0), report)[0]


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> State:
    """A training that nobody killed."""
    return run(make_world(folder, PARAMS), tmp_path_factory.mktemp("undisturbed") / "a.pt")


@pytest.mark.parametrize("kill_after", [1, 4, 6, 9])
def test_a_killed_training_goes_on_and_ends_as_an_undisturbed_one(
    undisturbed: State, world: World, tmp_path: Path, kill_after: int
) -> None:
    with pytest.raises(KilledError):
        run(world, tmp_path / "b.pt", kill_after=kill_after)
    resumed = run(world, tmp_path / "b.pt")
    for name, value in undisturbed.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    for name, bank in undisturbed.bank.items():
        assert torch.equal(bank, resumed.bank[name])


def test_what_rests_keeps_no_gradient_of_an_earlier_step(world: World, tmp_path: Path) -> None:
    network = run(world, tmp_path / "a.pt").network
    resting = [*network.content.parameters(), *network.content_roles.parameters()]
    assert all(parameter.grad is None for parameter in resting)
    assert any(parameter.grad is not None for parameter in network.graph.parameters())


def test_a_content_view_has_a_vote_once_it_was_taught_to_tell_follows(
    folder: Path, tmp_path: Path
) -> None:
    untaught = PARAMS.graph_to_content.model_copy(update={"neighbours": 0.0})

    def votes(model: str, **changes: object) -> float:
        params = PARAMS.model_copy(update={"keep": "last", **changes})
        file = tmp_path / f"{model}-{len(changes)}.pt"
        return float(run(make_world(folder, params), file, model).network.votes)

    assert votes("mmga") == PARAMS.content_votes
    assert votes("mmga", graph_to_content=untaught) == 0
    assert votes("late_fusion") == 0


def test_the_graph_teaches_nothing_of_users_whom_it_does_not_know(folder: Path) -> None:
    off = {"image_text": 0.0, "anchor": 0.0}
    taught = PARAMS.graph_to_content.model_copy(update=off)
    world = make_world(folder, PARAMS.model_copy(update={"graph_to_content": taught}))
    state = State(world, VIEWS["mmga"], distils=True)
    state.refresh()
    state.anchor = dict(state.bank)
    everybody, some = np.arange(world.users), torch.arange(9)
    batch = Watched(everybody, some, some, np.random.default_rng(0))
    torch.stack(list(graph_to_content(state, batch).values())).sum().backward()
    warm = world.graph.warm
    assert not warm.all()
    for vectors in batch.seen:
        assert vectors.grad is not None
        assert not vectors.grad[~warm].any()
        assert vectors.grad[warm].any()


def test_the_last_epoch_is_kept_where_that_is_wanted_even_of_a_step_that_does_not_rank(
    folder: Path, tmp_path: Path
) -> None:
    end = {
        "refine": PARAMS.refine.model_copy(update={"rounds": 1, "epochs": 0, "settle_epochs": 0})
    }
    end["content_to_graph"] = PARAMS.content_to_graph.model_copy(update={"epochs": 0})
    taught = {}
    for keep in ("best", "last"):
        world = make_world(folder, PARAMS.model_copy(update={**end, "keep": keep}))
        state = run(world, tmp_path / f"{keep}.pt")
        taught[keep] = state.network.encoder("text").state_dict()
    # Step 1 is the last one and tells nothing of its ranks: the best is an epoch of step 0.
    assert any(
        not torch.equal(taught["best"][name], taught["last"][name]) for name in taught["best"]
    )


def test_what_a_training_cost_counts_the_time_before_it_was_killed(
    world: World, tmp_path: Path
) -> None:
    state = State(world, VIEWS["mmga"], distils=True)
    optimiser = torch.optim.AdamW(state.network.parameters())
    first = Checkpoint(tmp_path / "x.pt", 0)
    time.sleep(0.05)
    first.save(state, optimiser, {})
    second = Checkpoint(tmp_path / "x.pt", 0)
    assert second.spent < 0.05
    assert second.restore(state) is not None
    assert second.spent >= 0.05


def test_a_rival_passes_over_the_data_as_often_as_mmga() -> None:
    ours = plan("mmga", PARAMS)
    assert PARAMS.warm_up.content_epochs == PARAMS.warm_up.rival_content_epochs
    for rival in PARAMS.rivals:
        theirs = plan(rival, PARAMS)
        assert [phase.epochs for phase in theirs] == [phase.epochs for phase in ours]
        if rival != "graph_only":
            assert [phase.content for phase in theirs] == [phase.content for phase in ours]


def test_a_rival_begins_with_passes_of_its_own_number() -> None:
    warm_up = PARAMS.warm_up.model_copy(update={"content_epochs": 0, "rival_content_epochs": 3})
    params = PARAMS.model_copy(update={"warm_up": warm_up})
    assert "0 content" not in {phase.name for phase in plan("mmga", params)}
    first = plan("late_fusion", params)[0]
    assert (first.name, first.epochs) == ("0 content", 3)
    assert plan("image_only", params)[0].epochs == 3


def test_where_nobody_posts_no_pass_is_about_posts() -> None:
    nothing: frozenset[str] = frozenset()
    for model in ("mmga", *PARAMS.rivals):
        phases = plan(model, PARAMS, nothing)
        assert phases
        assert not any(phase.content for phase in phases)
        assert not any("content." in part for phase in phases for part in phase.moves)
    steps = [phase.name for phase in plan("mmga", PARAMS, nothing)]
    assert not any(name.startswith(("0 content", "1")) for name in steps)


def test_where_nobody_has_a_picture_nothing_is_paired_with_captions() -> None:
    assert plan("late_fusion", PARAMS, frozenset({"text"}))[0].name == "0 link"


def test_each_encoder_s_gradients_are_clipped_by_themselves(world: World) -> None:
    network = State(world, VIEWS["mmga"], distils=True).network
    parts = [{id(p) for p in part} for part in network.parts]
    everything = {id(p) for p in network.parameters()}
    assert set().union(*parts) == everything
    assert sum(map(len, parts)) == len(everything)
    of_images = {id(p) for p in network.encoder("image").parameters()}
    of_texts = {id(p) for p in network.encoder("text").parameters()}
    assert of_images in parts
    assert of_texts in parts


def test_late_fusion_begins_with_pairs_and_then_learns_from_follows_alone(
    world: World, tmp_path: Path
) -> None:
    _, history = train(world, "late_fusion", Checkpoint(tmp_path / "x.pt", NEVER), lambda _: None)
    told = {row["step"]: set(row) - {"step", "epoch"} for row in history}
    assert told.pop("0 content") == {"image_text"}
    assert set().union(*told.values()) == {"link", "validation_mrr"}


@pytest.mark.parametrize(
    ("section", "key", "gone"),
    [
        ("warm_up", "content_epochs", "0 content"),
        ("warm_up", "graph_epochs", "0 graph"),
        ("graph_to_content", "epochs", "1 graph to content"),
        ("content_to_graph", "epochs", "2 content to graph"),
        ("refine", "epochs", "3 refine"),
    ],
)
def test_each_step_can_be_switched_off(
    folder: Path, tmp_path: Path, section: str, key: str, gone: str
) -> None:
    part = getattr(PARAMS, section).model_copy(update={key: 0})
    world = make_world(folder, PARAMS.model_copy(update={section: part}))
    _, history = train(world, "mmga", Checkpoint(tmp_path / "x.pt", NEVER), lambda _: None)
    steps = {row["step"] for row in history}
    assert steps
    assert not any(step.startswith(gone) for step in steps)


def test_a_plan_that_never_learns_to_rank_is_refused() -> None:
    off = {"epochs": 0, "settle_epochs": 0}
    content = PARAMS.model_dump() | {
        "warm_up": {"content_epochs": 1, "graph_epochs": 0},
        "content_to_graph": PARAMS.content_to_graph.model_dump() | {"epochs": 0},
        "refine": PARAMS.refine.model_dump() | off,
    }
    with pytest.raises(ValueError, match="every step that learns to rank is switched off"):
        type(PARAMS).model_validate(content)


def test_without_step_2_the_settling_aligns_nothing(world: World) -> None:
    off = PARAMS.content_to_graph.model_copy(update={"epochs": 0})
    last = plan("mmga", PARAMS.model_copy(update={"content_to_graph": off}))[-1]
    batch = Batch(None, torch.arange(5), torch.arange(0), np.random.default_rng(0))
    losses = last.step(State(world, VIEWS["mmga"], distils=True), batch)
    assert (last.name, set(losses)) == ("3 settle", {"link", "distil"})


def test_what_rests_in_a_step_does_not_move(world: World, tmp_path: Path) -> None:
    seen: dict[str, dict[str, torch.Tensor]] = {}
    state_of: list[State] = []
    original = State.refresh

    def spy(self: State) -> None:
        state_of[:] = [self]
        original(self)

    def report(row: dict[str, Any]) -> None:
        weights = state_of[0].network.named_parameters()
        seen[row["step"]] = {name: value.detach().clone() for name, value in weights}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(State, "refresh", spy)
        train(world, "mmga", Checkpoint(tmp_path / "x.pt", NEVER), report)
    step_0, step_1 = seen["0 graph"], seen["1 graph to content, round 1"]
    step_2 = seen["2 content to graph, round 1"]

    def moved(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
        return {n.split(".")[0] for n in before if not torch.equal(before[n], after[n])}

    assert {"content", "content_roles"} <= moved(step_0, step_1)
    assert not {"graph", "roles", "cold"} & moved(step_0, step_1)
    assert {"graph", "roles", "cold"} <= moved(step_1, step_2)
    assert not {"content", "content_roles"} & moved(step_1, step_2)


def test_the_whole_fit_is_the_same_twice_and_whatever_runs_beside_it(
    folder: Path, tmp_path: Path
) -> None:
    features, splits = folder / "build/features", folder / "build/splits"
    for name, workers in (("one", 1), ("two", 2)):
        params = PARAMS.model_copy(update={"workers": workers, "rivals": ("late_fusion",)})
        threads = torch.get_num_threads()
        fit(features, splits, params, tmp_path / name, tmp_path / "stores")
        torch.set_num_threads(threads)
    for file in ("model/fans.safetensors", "model/history.csv", "rivals/late_fusion/history.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert not list((tmp_path / "stores/checkpoints").iterdir())
    assert len(list((tmp_path / "stores/trainings").iterdir())) == 1


@pytest.fixture(scope="module")
def fitted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MMGA alone, trained and written; to be read only."""
    build, out = folder / "build", tmp_path_factory.mktemp("fitted")
    params = PARAMS.model_copy(update={"rivals": ()})
    fit(build / "features", build / "splits", params, out, out / "stores")
    return out / "model"


def test_a_model_looks_at_the_data_it_was_trained_on_as_it_did_in_training(
    fitted: Path, folder: Path, tmp_path: Path
) -> None:
    build = folder / "build"
    trained = FanModel.read(fitted)
    train_follows = Split.read(build / "splits").train
    again = embed(
        fitted,
        build / "clean",
        folder / "data",
        train_follows,
        tmp_path / "work",
        tmp_path / "encodings",
    )
    assert again.fan == pytest.approx(trained.fan, abs=1e-5)
    assert again.account == pytest.approx(trained.account, abs=1e-5)
    assert again.account_bias == pytest.approx(trained.account_bias, abs=1e-6)


def test_a_trained_network_gets_the_singular_vectors_of_a_later_graph_turned_to_those_it_knows(
    folder: Path, tmp_path: Path
) -> None:
    build = folder / "build"
    features = build / "features"
    params = PARAMS.model_copy(update={"rivals": (), "structure": 12})
    fit(features, build / "splits", params, tmp_path, tmp_path / "stores")
    split = Split.read(build / "splits")
    fewer = np.delete(split.train, np.s_[::12], axis=0)

    def moved() -> float:
        later = trained_state(tmp_path / "model", params, features, split.user_ids, fewer)
        left, right = later.world.factors
        return float(
            (left - known["left"]).square().sum() + (right - known["right"]).square().sum()
        )

    known = load_file(tmp_path / "model" / STRUCTURE)
    turned = moved()
    (tmp_path / "model" / STRUCTURE).unlink()
    assert turned < moved() / 2


def test_a_model_tells_of_users_who_came_after_it(fitted: Path, tmp_path: Path) -> None:
    write_clean(tmp_path / "later", users=45)
    clean, data = tmp_path / "later/build/clean", tmp_path / "later/data"
    follows = np.array([[44, 1], [2, 44], [1, 2]])
    model = embed(fitted, clean, data, follows, tmp_path / "work", tmp_path / "kept")
    assert len(model.user_ids) == 45
    assert np.isfinite(model.scores("fans", np.array([44, 43]))).all()
    assert np.abs(model.fan[44] - model.fan[43]).max() > 0


def test_a_model_that_was_told_of_no_picture_reads_none(folder: Path, tmp_path: Path) -> None:
    build = folder / "build"
    blind = tmp_path / "features"
    shutil.copytree(build / "features", blind)
    posts = pd.read_parquet(blind / "posts.parquet")
    posts.assign(image=-1, pictures=0).to_parquet(blind / "posts.parquet", index=False)
    params = PARAMS.model_copy(update={"rivals": (), "keep": "last"})  # content views vote by then
    fit(blind, build / "splits", params, tmp_path, tmp_path / "stores")
    split = Split.read(build / "splits")
    trained = FanModel.read(tmp_path / "model")
    model, features = tmp_path / "model", build / "features"
    again = embed_features(model, params, features, split.user_ids, split.train)
    assert trained.fan.shape[1] == 2 * params.dim
    assert again.fan == pytest.approx(trained.fan, abs=1e-5)
    assert again.account == pytest.approx(trained.account, abs=1e-5)
    assert not trained.vectors[:, : params.dim].any()


def test_the_fingerprint_names_what_changes_the_outcome_and_nothing_else(folder: Path) -> None:
    features, splits = folder / "build/features", folder / "build/splits"
    first = fingerprint_of(features, splits, PARAMS)
    other = PARAMS.model_copy(update={"dim": 16})
    patient = PARAMS.model_copy(update={"checkpoint_seconds": 60.0})
    assert fingerprint_of(features, splits, other) != first
    assert fingerprint_of(features, splits, patient) == first


def test_every_model_of_the_plan_trains_and_ranks(world: World, tmp_path: Path) -> None:
    for model in VIEWS:
        state = run(world, tmp_path / f"{model}.pt", model)
        scores, _ = state.final_scores()
        assert np.isfinite(scores.fan.numpy()).all()
