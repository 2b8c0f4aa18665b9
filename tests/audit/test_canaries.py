"""The canaries as they are trained: silent after an honest training, loud after one that leaks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmga.alignment import fit as training
from mmga.alignment.params import PretrainParams
from mmga.alignment.state import State
from mmga.alignment.world import World
from mmga.audit.canaries import canaries
from mmga.audit.params import AuditParams
from mmga.fans import FanModel
from mmga.splits.split import Split
from tests.audit.conftest import TRAINED

PARAMS = AuditParams(
    seed=1,
    resamples=200,
    level=0.99,
    graph_epochs=4,
    taught_epochs=1,
    guided_epochs=2,
)
ALONE = TRAINED.model_copy(update={"workers": 1})


def test_after_an_honest_training_none_of_the_three_sings(clean_project: Path) -> None:
    found = list(canaries(clean_project / "build", ALONE, PARAMS))
    assert len(found) == 3
    assert {canary.state for canary in found} <= {"ok", "skip"}


def test_a_training_that_knows_the_test_follows_sings(
    clean_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, written = training.world_of, training.fan_model
    splits: list[Split] = []

    def reading(features: Path, split: Split, params: PretrainParams) -> World:
        splits.append(split)
        return read(features, split, params)

    def knowing(user_ids: list[str], state: State, name: str) -> FanModel:
        users, test = len(user_ids), splits[-1].test
        follows = np.zeros((users, users), np.float32)
        follows[test[:, 0], test[:, 1]] = 5
        everybody = np.eye(users, dtype=np.float32)
        return replace(written(user_ids, state, name), fan=follows, account=everybody)

    monkeypatch.setattr(training, "world_of", reading)
    monkeypatch.setattr(training, "fan_model", knowing)
    dealt = next(canaries(clean_project / "build", ALONE, PARAMS))
    assert dealt.state == "fail"
    assert dealt.value > dealt.high
    assert dealt.way_out
