"""A tiny project whose posts have been extracted and whose follows have been split."""

from pathlib import Path

import numpy as np
import pytest

from mmga.alignment.params import PretrainParams
from mmga.alignment.world import World
from mmga.modalities.extract import extract
from mmga.modalities.features import Features
from mmga.modalities.graph import TrainGraph
from mmga.splits.split import Split, SplitParams, make_split
from mmga.tables import read_table
from tests.tiny import EXTRACT, write_clean

PARAMS = PretrainParams.model_validate(
    {
        "seed": 3,
        "dim": 8,
        "posts_per_user": 2,
        "users_per_batch": 16,
        "edges_per_batch": 64,
        "supervision": 0.3,
        "candidates": 1000,
        "structure": 4,
        "neighbours": 5,
        "content_votes": 0.5,
        "learning_rate": 0.01,
        "backbone_learning_rate": 0.001,
        "weight_decay": 0.01,
        "checkpoint_seconds": 0,
        "workers": 1,
        "threads": 1,
        "rivals": ["late_fusion", "image_only", "text_only", "graph_only"],
        "warm_up": {"content_epochs": 1, "graph_epochs": 2},
        "graph_to_content": {
            "epochs": 1,
            "alpha": 0.2,
            "align": 1.0,
            "neighbours": 1.0,
            "relational": 0.5,
            "image_text": 0.5,
            "anchor": 0.1,
        },
        "content_to_graph": {"epochs": 1, "masked": 0.4, "align": 0.5, "relational": 0.5},
        "refine": {
            "rounds": 2,
            "epochs": 1,
            "settle_epochs": 1,
            "pace": 1.0,
            "modality_dropout": 0.2,
            "graph_dropout": 0.2,
            "align": 0.5,
            "distil": 0.5,
        },
        "second_stage": {"follows": 100, "candidates": 30, "popularity": 0.25, "rank": 6},
    }
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with `build/clean`, `build/features` and `build/splits`."""
    folder = tmp_path_factory.mktemp("aligned")
    write_clean(folder)
    build = folder / "build"
    extract(build / "clean", folder / "data", EXTRACT, build / "features", folder / "store")
    params = SplitParams(seed=1, validation=0.1, test=0.1, cold=0.1, negatives=9, max_queries=99)
    users, follows = (read_table(build / "clean", name) for name in ("users", "follows"))
    make_split(users, follows, params).write(build / "splits")
    return folder


@pytest.fixture
def world(folder: Path) -> World:
    """What a training reads."""
    return make_world(folder, PARAMS)


def make_world(folder: Path, params: PretrainParams) -> World:
    split = Split.read(folder / "build/splits")
    users = len(split.user_ids)
    return World(
        Features.read(folder / "build/features", users),
        TrainGraph.of(split.train, users),
        split.validation.astype(np.int64),
        params,
    )
