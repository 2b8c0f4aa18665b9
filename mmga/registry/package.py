"""What a registered model holds: everything it needs to answer and to be judged again later."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.fans import FanModel
from mmga.project import Project
from mmga.quality.profile import FILE
from mmga.tables import read_parquet, read_table

SEEN = "seen.parquet"
"""The pairs that a model was trained or chosen on: columns `follower`, `followee`, user numbers."""


def trained(project: Project) -> FanModel:
    """The model of `build/`, told which follows exist, so that none is predicted again."""
    model = FanModel.read(project.build / "model")
    return replace(model, known=_follows(project, list(model.user_ids)))


def pack(project: Project, folder: Path) -> None:
    """Write the trained model as `folder`: `build/model`, the known follows, the pairs seen.

    With it goes the profile of its data, where there is one: a few kilobytes by which later data
    are compared with those that it was made of.
    """
    shutil.copytree(project.build / "model", folder)
    trained(project).write(folder)
    splits = project.build / "splits"
    parts = [read_parquet(splits / f"{part}.parquet") for part in ("train", "validation")]
    pairs = pd.concat([part.to_pandas()[["follower", "followee"]] for part in parts])
    pairs.astype(np.int32).to_parquet(folder / SEEN, index=False)
    profile = project.build / "quality" / FILE
    if profile.is_file():
        shutil.copy(profile, folder)


def size_of(folder: Path) -> int:
    """Bytes of everything in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def fingerprint_of(folder: Path) -> str:
    """The training's fingerprint, from the `config.json` of a model's folder."""
    return str(json.loads((folder / "config.json").read_text(encoding="utf-8"))["fingerprint"])


def _follows(project: Project, user_ids: list[str]) -> NDArray[np.int32]:
    """The follows of `build/clean` as user numbers, shape (follows, 2)."""
    follows = read_table(project.build / "clean", "follows")
    users = pd.Index(user_ids)
    sides = [
        users.get_indexer(pd.Index(follows[f"{side}_id"])) for side in ("follower", "followee")
    ]
    numbers = np.stack(sides, axis=1)
    return numbers[(numbers >= 0).all(axis=1)].astype(np.int32)
