"""One model's training, epoch by epoch, through the phases of its plan."""

import copy
import hashlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmga.alignment.adapters import MARK
from mmga.alignment.checkpoint import Checkpoint
from mmga.alignment.plan import Phase, plan, views_of
from mmga.alignment.selection import validation_mrr
from mmga.alignment.state import State
from mmga.alignment.steps import Batch
from mmga.alignment.world import World, batches, paired_batches

History = list[dict[str, Any]]
"""One row an epoch: `step`, `epoch`, the mean of each loss, and `validation_mrr` where it ranks."""

WARM_UP_SHARE = 0.1
"""Share of a phase's steps in which the learning rate rises from 0."""

Report = Callable[[dict[str, Any]], None]


def train(
    world: World, model: str, checkpoint: Checkpoint, report: Report
) -> tuple[State, History]:
    """Train one model.

    Args:
        world: What is known before training.
        model: `mmga` or a rival (see `plan`).
        checkpoint: Where an interrupted training is found again.
        report: Told of every epoch's row of the history.

    Returns:
        The model as it was after its best epoch by validation (or its last, see
        `PretrainParams.keep`), and the history of all epochs.
    """
    torch.manual_seed(_seed(world, model, "weights"))
    told = world.features.told
    views = views_of(model, told)
    state = State(world, views, distils=model == "mmga", blind=model == "congrat")
    phases = plan(model, world.params, told)
    progress: dict[str, Any] = {"phase": 0, "epoch": 0, "history": [], "best": -1.0, "kept": {}}
    optimiser_state = None
    if (restored := checkpoint.restore(state)) is not None:
        optimiser_state, progress = restored
        for row in progress["history"]:
            report(row)
    for number in range(progress["phase"], len(phases)):
        phase = phases[number]
        optimiser = _optimiser(state, phase)
        if optimiser_state is not None:
            optimiser.load_state_dict(optimiser_state)
            optimiser_state = None
        if progress["epoch"] == 0:
            if number == 0 or phases[number - 1].content:
                state.refresh()
            if all(done.name.startswith("0") for done in phases[:number]):
                _set_anchor(state)
        for epoch in range(progress["epoch"], phase.epochs):
            seed = _seed(world, model, f"{number}/{epoch}")
            row = _run_epoch(state, phase, epoch, optimiser, seed)
            row = {"step": phase.name, "epoch": len(progress["history"]) + 1, **row}
            if phase.ranks:
                row["validation_mrr"] = validation_mrr(state)
                if row["validation_mrr"] > progress["best"]:
                    progress["best"] = row["validation_mrr"]
                    progress["kept"] = copy.deepcopy(state.network.state_dict())
            progress["history"].append(row)
            progress["phase"], progress["epoch"] = number, epoch + 1
            checkpoint.save(state, optimiser, progress)
            report(row)
        progress["epoch"] = 0
    if progress["kept"] and world.params.keep == "best":
        state.network.load_state_dict(progress["kept"])
    state.refresh()
    return state, progress["history"]


def _set_anchor(state: State) -> None:
    """Remember what step 0 made of the posts, which step 1 must not forget."""
    with torch.no_grad():
        state.anchor = {
            name: state.network.project(name, state.bank[name]) for name in state.content_views
        }


def _run_epoch(
    state: State, phase: Phase, epoch: int, optimiser: torch.optim.Optimizer, seed: int
) -> dict[str, float]:
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    network = state.network
    network.train()
    if not phase.content:
        network.content.eval()
    sums: dict[str, float] = {}
    made = list(epoch_batches(state.world, phase, chance))
    for place, batch in enumerate(made):
        done = (epoch + place / len(made)) / phase.epochs
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * phase.pace * _schedule(done)
        losses = phase.step(state, batch)
        total: Tensor = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            worst = {name: float(value) for name, value in losses.items()}
            raise FloatingPointError(f"step {phase.name}, epoch {epoch + 1}: loss is {worst}")
        if total.requires_grad:
            network.zero_grad(set_to_none=True)  # of what rests, too: it has a part in the clipping
            total.backward()  # type: ignore[no-untyped-call]
            for part in network.parts:  # together the text's gradients would shrink the images'
                torch.nn.utils.clip_grad_norm_(part, 1.0)
            optimiser.step()
        if "graph" in phase.moves:
            state.follow_teacher()
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
    return {name: value / len(made) for name, value in sums.items()}


def epoch_batches(world: World, phase: Phase, chance: np.random.Generator) -> Iterator[Batch]:
    """The batches of one epoch: passes over users (content moves) or over follows (it rests)."""
    follows, params = len(world.graph), world.params
    most = max(1, int(follows * params.supervision))
    size = min(params.edges_per_batch, most)
    if not phase.content:
        size = min(max(size, -(-follows // params.steps_per_pass)), most)
        nothing = torch.zeros(0, dtype=torch.long)
        for predicted in batches(follows, size, chance):
            yield Batch(None, torch.from_numpy(predicted), nothing, chance)
        return
    for users in paired_batches(world.graph, _users_at_once(world), chance):
        member = torch.zeros(world.users, dtype=torch.bool)
        member[users] = True
        among = member[world.graph.edges].all(dim=0).nonzero().squeeze(1).numpy()
        within = chance.permutation(among)[:size]
        anywhere = chance.permutation(follows)[:size]
        yield Batch(users, torch.from_numpy(anywhere), torch.from_numpy(within), chance)


def _users_at_once(world: World) -> int:
    params = world.params
    most = params.most_users_per_batch or params.users_per_batch
    wanted = -(-world.users // params.steps_per_pass)
    return max(params.users_per_batch, min(wanted, most))


def _optimiser(state: State, phase: Phase) -> torch.optim.Optimizer:
    """AdamW over the parts that move; pretrained backbones at a rate of their own."""
    params = state.world.params
    pretrained: list[Tensor] = []
    fresh: list[Tensor] = []
    for name, parameter in state.network.named_parameters():
        moves = any(name == part or name.startswith(part + ".") for part in phase.moves)
        modality = name.split(".")[1] if name.startswith("content.") else ""
        own_weights = ".backbone." in name and state.pretrained[modality]
        if own_weights and params.lora.rank:
            moves &= MARK in name
        parameter.requires_grad_(moves)
        if moves:
            (pretrained if own_weights else fresh).append(parameter)
    rate = params.lora.learning_rate if params.lora.rank else params.backbone_learning_rate
    groups = [
        {"params": fresh, "initial_lr": params.learning_rate},
        {"params": pretrained, "initial_lr": rate},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=0.0, weight_decay=params.weight_decay
    )


def _schedule(done: float) -> float:
    """Linear warm-up, then half a cosine; `done` is the share of the phase that is over."""
    if done < WARM_UP_SHARE:
        return (done + 0.01) / (WARM_UP_SHARE + 0.01)
    return 0.05 + 0.95 * (1 + math.cos(math.pi * (done - WARM_UP_SHARE) / (1 - WARM_UP_SHARE))) / 2


def _seed(world: World, model: str, what: str) -> int:
    key = f"{world.params.seed}/{model}/{what}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "big")
