"""Whether the graph encoder is shown a follow, or its reverse, while it has to predict it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmga.alignment.fit import world_of
from mmga.alignment.params import PretrainParams
from mmga.alignment.plan import Phase, plan, views_of
from mmga.alignment.state import Live, Scores, State
from mmga.alignment.steps import Batch, Step
from mmga.alignment.training import epoch_batches
from mmga.alignment.world import Draw, Ints, World
from mmga.audit.finding import Finding, judged
from mmga.modalities.features import MODALITIES
from mmga.modalities.graph import Messages
from mmga.splits.split import Split

WAY_OUT = "The code is at fault: see TrainGraph.without and mmga/alignment/steps.py."


class Watched(State):
    """A state whose encoders rest: what a step would show to the graph encoder is looked at."""

    def __init__(self, world: World) -> None:
        super().__init__(world, views_of("mmga", world.features.told), distils=True)
        self.seen: list[Messages] = []
        self.anchor = dict(self.bank)

    def encode(self, users: Ints, chance: np.random.Generator) -> Live:
        """Vectors of the right shape, of no post."""
        nothing = np.zeros(0, dtype=np.int64)
        draw = Draw(
            rows=dict.fromkeys(MODALITIES, nothing),
            owner=dict.fromkeys(MODALITIES, torch.from_numpy(nothing)),
            post=dict.fromkeys(MODALITIES, nothing),
        )
        dim = self.world.params.dim
        vectors = {name: torch.zeros(len(users), dim) for name in self.content_views}
        return Live(users, vectors, {name: torch.zeros(0, dim) for name in vectors}, draw)

    def graph(self, content: Mapping[str, Tensor], messages: Messages) -> Tensor:
        """Look at the messages; vectors of the right shape."""
        self.seen.append(messages)
        return torch.zeros_like(content["image"])

    def scores(
        self, content: Mapping[str, Tensor], graph: Tensor, messages: Messages, cold: Tensor
    ) -> Scores:
        """Look at the messages, whose degrees are part of the scores."""
        self.seen.append(messages)
        return super().scores(content, graph, messages, cold)

    def teach(self, hidden: Tensor) -> Tensor:
        """The teacher predicts nothing; vectors of the right shape."""
        return torch.zeros_like(self.bank["image"])


def look_at_supervision(build: Path, params: PretrainParams, split: Split) -> Iterator[Finding]:
    """Make the batches of an epoch of every step and look at the messages that go with them.

    Args:
        build: The folder of all stages.
        params: What the model was trained with.
        split: Whose train follows it learned from.
    """
    world = world_of(build / "features", split, params)
    yield from look_at_steps(world, split)


def look_at_steps(world: World, split: Split) -> Iterator[Finding]:
    """The same for a world: `split` says what its graph should be."""
    state, train = Watched(world), _keys(split.train.T, world.users)
    strangers = 0
    for phase in _distinct_phases(world.params, world.features.told):
        batches = predicted = told = 0
        for batch in epoch_batches(world, phase, np.random.default_rng(world.params.seed)):
            state.seen.clear()
            with torch.no_grad():
                phase.step(state, batch)
            messages = [_keys(ends, world.users) for m in state.seen for ends in _ends(m)]
            if messages:
                hidden = _predicted(world, batch)
                batches, predicted = batches + 1, predicted + hidden.shape[1]
                answers = _keys(np.concatenate([hidden, hidden[::-1]], axis=1), world.users)
                told += max(int(np.isin(keys, answers).sum()) for keys in messages)
                strangers += max(int((~np.isin(keys, train)).sum()) for keys in messages)
        if batches:
            yield judged(
                f"batches of {phase.step.__name__}, {'users' if phase.content else 'follows'}",
                "no follow that is to be predicted, and no reverse of one, is among the messages",
                not told,
                f"{batches:,} batches, {predicted:,} follows to predict; {told:,} are told",
                WAY_OUT,
            )
    yield judged(
        "batches of every step",
        "a message is a train follow",
        not strangers,
        f"{strangers:,} messages are none",
        WAY_OUT,
    )


def _distinct_phases(params: PretrainParams, told: frozenset[str]) -> list[Phase]:
    """One phase of each step and kind of batch, of MMGA and its rivals."""
    found: dict[tuple[Step, bool], Phase] = {}
    for model in ("mmga", *params.rivals):
        for phase in plan(model, params, told):
            found.setdefault((phase.step, phase.content), phase)
    return list(found.values())


def _predicted(world: World, batch: Batch) -> NDArray[np.int64]:
    """The follows that a batch is to predict, shape (2, follows)."""
    rows = torch.cat([batch.predicted, batch.within])
    return world.graph.edges[:, rows].numpy()


def _ends(messages: Messages) -> Iterator[NDArray[np.int64]]:
    """The (follower, followee) of all messages, shape (2, messages), as either end gathers them."""
    by_follower = messages.by_follower.as_tensor()[:, messages.out_weight > 0]
    by_followee = messages.by_followee.as_tensor()[:, messages.in_weight > 0]
    yield by_follower.numpy()
    yield by_followee.numpy()[::-1]


def _keys(edges: NDArray[np.integer], users: int) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = edges[0].astype(np.int64) * users + edges[1]
    return keys
