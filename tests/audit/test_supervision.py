"""What is to be predicted is not among the messages; a step that forgets that is seen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mmga.alignment.fit import world_of
from mmga.alignment.world import World
from mmga.audit.supervision import look_at_steps
from mmga.modalities.graph import Messages, TrainGraph
from mmga.splits.split import Split
from tests.audit.conftest import TRAINED, broken, read_split

TOLD = "no follow that is to be predicted, and no reverse of one, is among the messages"
TRAIN = "a message is a train follow"


@pytest.fixture
def split(clean_project: Path) -> Split:
    return read_split(clean_project / "build")


@pytest.fixture
def world(clean_project: Path, split: Split) -> World:
    return world_of(clean_project / "build" / "features", split, TRAINED)


def test_no_step_tells_what_it_asks(world: World, split: Split) -> None:
    found = list(look_at_steps(world, split))
    assert broken(found) == []
    assert [finding.subject for finding in found] == [
        "batches of link_only, follows",
        "batches of content_to_graph, follows",
        "batches of refine, users",
        "batches of link_only, users",
        "batches of every step",
    ]


def test_every_train_follow_is_asked_for_in_a_pass_over_the_follows(
    world: World, split: Split
) -> None:
    found = next(iter(look_at_steps(world, split)))
    assert f"{len(split.train):,} follows to predict" in found.found


def _everything(self: TrainGraph, *rows: torch.Tensor) -> Messages:
    return self.messages()


def _but_for_reverses(self: TrainGraph, *rows: torch.Tensor) -> Messages:
    kept = torch.ones(len(self), dtype=torch.bool)
    for some in rows:
        kept[some] = False
    return self.messages(kept)


def _first_rows_alone(self: TrainGraph, *rows: torch.Tensor) -> Messages:
    kept = torch.ones(len(self), dtype=torch.bool)
    for row in (rows[0], self._reverse[rows[0]]):
        kept[row] = False
    return self.messages(kept)


def _one_end_alone(self: TrainGraph, *rows: torch.Tensor) -> Messages:
    """The followee's fans are hidden, the follower's followees are not."""
    honest = WITHOUT(self, *rows)
    return replace(honest, out_weight=torch.ones_like(honest.out_weight))


WITHOUT = TrainGraph.without


@pytest.mark.parametrize(
    ("fault", "steps"),
    [(_everything, 4), (_but_for_reverses, 4), (_one_end_alone, 4), (_first_rows_alone, 2)],
)
def test_a_graph_that_hides_too_little_is_seen(
    world: World, split: Split, monkeypatch: pytest.MonkeyPatch, fault: Callable, steps: int
) -> None:
    monkeypatch.setattr(TrainGraph, "without", fault)
    assert broken(look_at_steps(world, split)) == [TOLD] * steps


def test_a_test_follow_in_the_message_graph_is_seen(world: World, split: Split) -> None:
    leaked = TrainGraph.of(np.concatenate([split.train, split.test[:1]]), world.users)
    assert broken(look_at_steps(replace(world, graph=leaked), split)) == [TRAIN]
