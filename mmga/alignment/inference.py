"""A trained model looks at data it was not trained on: new users, new posts, new follows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from mmga.alignment.fit import STRUCTURE, fan_model
from mmga.alignment.params import PretrainParams
from mmga.alignment.plan import views_of
from mmga.alignment.state import State
from mmga.alignment.world import World
from mmga.fans import FanModel
from mmga.modalities.extract import extract
from mmga.modalities.features import MODALITIES, Features
from mmga.modalities.graph import TrainGraph
from mmga.modalities.params import ExtractParams
from mmga.project import checked
from mmga.tables import read_table


def embed(
    model: Path,
    clean: Path,
    data: Path,
    train: NDArray[np.integer],
    work: Path,
    store: Path,
    withheld: pd.DataFrame | None = None,
) -> FanModel:
    """Embed the users of a data set with a model trained on another version of it.

    Posts are read as that model read them (its tokenizer, its picture size); the follows are those
    of today. All parts are inductive, so nothing is trained.

    Args:
        model: The folder of a trained model: `config.json`, `network.safetensors`, backbones.
        clean: Validated tables of today.
        data: The data set that holds the pictures.
        train: Follows that may be seen, as user numbers of `clean`, shape (follows, 2).
        work: A folder for the features; it must not exist.
        store: Where encodings are kept from run to run.
        withheld: Posts and pictures that are no inputs; none by default.

    Raises:
        InputError: If the model was trained with parameters that this version does not know.
    """
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    reading = checked(ExtractParams, config["extract"], f"{model.name}: extract")
    params = checked(PretrainParams, config["params"], f"{model.name}: pretrain")
    extract(clean, data, reading, work, store, backbones_of=model, withheld=withheld)
    user_ids = read_table(clean, "users")["user_id"].tolist()
    return embed_features(model, params, work, user_ids, train)


def embed_features(
    model: Path,
    params: PretrainParams,
    features: Path,
    user_ids: list[str],
    train: NDArray[np.integer],
) -> FanModel:
    """The same of posts that are extracted already.

    Args:
        model: The folder of a trained model.
        params: What it was trained with.
        features: What the extract stage made for it.
        user_ids: The user of each number.
        train: Follows that may be seen, as user numbers, shape (follows, 2).
    """
    state = trained_state(model, params, features, user_ids, train)
    return fan_model(user_ids, state, "champion")


def trained_state(
    model: Path,
    params: PretrainParams,
    features: Path,
    user_ids: list[str],
    train: NDArray[np.integer],
) -> State:
    """A trained network before some users, posts and follows.

    Args:
        model: The folder of a trained model.
        params: What it was trained with.
        features: What the extract stage made for it.
        user_ids: The user of each number.
        train: Follows that may be seen, as user numbers, shape (follows, 2).
    """
    users = len(user_ids)
    world = World(
        features=Features.read(features, users),
        graph=TrainGraph.of(train, users),
        validation=np.empty((0, 2), dtype=np.int64),
        params=params,
        known_structure=_known_structure(model, user_ids),
    )
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    told = frozenset(config.get("told", MODALITIES))  # a model of before it was kept knows both
    state = State(world, views_of("mmga", told), distils=True)
    weights = load_file(model / "network.safetensors")
    _load(state, weights)
    state.refresh()
    return state


def _load(state: State, weights: dict[str, Tensor]) -> None:
    """Weights as they were kept; without a second stage, or a whole one, none is used.

    A model of before content views voted knows no votes.
    """
    weights = {"votes": torch.zeros(()), **weights}
    neutral = {
        f"second_stage.{name}": value
        for name, value in state.network.second_stage.state_dict().items()
    }
    kept = {name: weights.get(name, value) for name, value in neutral.items()}
    whole = all(kept[name].shape == value.shape for name, value in neutral.items())
    state.network.load_state_dict({**weights, **(kept if whole else neutral)})


def _known_structure(model: Path, user_ids: list[str]) -> tuple[Tensor, Tensor] | None:
    """The singular vectors that a network was trained with, in the order of `user_ids`."""
    if not (model / STRUCTURE).is_file():  # a model of before they were kept
        return None
    kept = load_file(model / STRUCTURE)
    theirs = pd.read_parquet(model / "users.parquet")["user_id"]
    rows = torch.from_numpy(pd.Index(theirs).get_indexer(pd.Index(user_ids)))
    known = (rows >= 0).unsqueeze(1)
    left, right = (torch.where(known, kept[side][rows], 0.0) for side in ("left", "right"))
    return left, right
