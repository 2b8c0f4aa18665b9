"""What a model knows of the graph is of the train follows; a model that peeked is found out."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmga.alignment.fit import fit
from mmga.audit.models import look_at_models
from mmga.fans import FanModel
from mmga.modalities.graph import TrainGraph
from mmga.splits.split import Split
from tests.audit.conftest import TRAINED, broken, change_split, read_split

RECORD = "the training's graph is the train follows, and validation follows chose its epoch"
PATHS = "the follows whose paths count are the train follows"
BIAS = "a bias depends on nothing but the user's train degree"
LOW_RANK = "the low-rank adjacency is that of the train follows"
VECTORS = "the model's vectors are what its network makes of the posts and the train follows"
USERS = "a model's users are those of the split"


def look(build: Path) -> list[str]:
    return broken(look_at_models(build, read_split(build)))


def change_model(build: Path, name: str, change: Callable[[FanModel], dict[str, Any]]) -> None:
    model = FanModel.read(build / name)
    replace(model, **change(model)).write(build / name)


def all_follows(split: Split) -> np.ndarray:
    return np.concatenate([split.train, split.validation, split.test])


def test_models_that_were_trained_by_the_stage_break_no_rule(clean_project: Path) -> None:
    build = clean_project / "build"
    found = list(look_at_models(build, read_split(build)))
    assert broken(found) == []
    assert {PATHS, LOW_RANK, VECTORS} <= {finding.rule for finding in found}


def test_a_changed_follow_whose_paths_count_is_seen(build: Path) -> None:
    split = read_split(build)

    def exchange(model):
        assert model.follows is not None
        return {"follows": np.concatenate([model.follows[1:], split.test[:1]])}

    change_model(build, "model", exchange)
    assert look(build) == [PATHS]


@pytest.mark.parametrize("side", ["fan_bias", "account_bias"])
@pytest.mark.parametrize("name", ["model", "rivals/image_only"])
def test_a_bias_by_the_degrees_of_all_follows_is_seen(build: Path, name: str, side: str) -> None:
    follows = all_follows(read_split(build))
    degree = np.bincount(follows[:, 0 if side == "fan_bias" else 1], minlength=40)
    change_model(build, name, lambda _: {side: np.log1p(degree).astype(np.float32)})
    assert BIAS in look(build)


def test_a_low_rank_adjacency_of_all_follows_is_seen(build: Path) -> None:
    split = read_split(build)
    leaked = TrainGraph.of(all_follows(split), len(split.user_ids))
    rank = TRAINED.second_stage.rank
    change_model(build, "model", lambda _: {"low_rank": leaked.low_rank(rank).numpy()})
    assert look(build) == [LOW_RANK]


@pytest.mark.parametrize("forged", [False, True])
def test_a_model_trained_with_test_follows_in_its_graph_is_found_out(
    root: Path, forged: bool
) -> None:
    build = root / "build"
    honest = read_split(build)
    change_split(build, lambda split: {"train": np.unique(all_follows(split), axis=0)})
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    fit(build / "features", build / "splits", TRAINED, build, root / "stores", models=["mmga"])
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)
    honest.write(build / "splits")
    if not forged:
        assert {RECORD, PATHS, BIAS, LOW_RANK, VECTORS} <= set(look(build))
        return
    # Somebody lies about the hash and tidies what can be tidied: the vectors still tell.
    for folder in (build / "model", build / "rivals" / "mmga_without_paths"):
        config = json.loads((folder / "config.json").read_text())
        hashes = {"graph": honest.hashes["train"], "chosen_by": honest.hashes["validation"]}
        (folder / "config.json").write_text(json.dumps(config | {"follows": hashes}))
    no_bias = np.zeros(len(honest.user_ids), np.float32)
    tidied = {"follows": None, "second_stage": None, "low_rank": None}
    tidied |= {"fan_bias": no_bias, "account_bias": no_bias}
    for name in ("model", "rivals/mmga_without_paths"):
        change_model(build, name, lambda _: tidied)
    assert look(build) == [VECTORS]


def test_a_training_that_recorded_nothing_cannot_be_trusted(build: Path) -> None:
    (build / "rivals" / "graph_only" / "config.json").unlink()
    assert look(build) == [RECORD]


def test_a_model_of_other_users_is_seen(build: Path) -> None:
    change_model(build, "rivals/graph_only", lambda model: {"user_ids": model.user_ids[::-1]})
    assert look(build) == [USERS]
