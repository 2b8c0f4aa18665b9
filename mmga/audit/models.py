"""Whether all that a model knows of the graph was made of the train follows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.alignment.inference import embed_features
from mmga.alignment.params import PretrainParams
from mmga.audit.finding import Finding, judged
from mmga.fans import FanModel
from mmga.modalities.graph import TrainGraph
from mmga.project import checked
from mmga.splits.split import Split, hash_of

Floats = NDArray[np.floating[Any]]

TRAIN_AGAIN = "Run `dvc repro`; if it stays, the stage `pretrain` is at fault."

CLOSE = 1e-3
"""Largest difference, as a share of the largest value, that rounding may leave."""

PROBED = 256
"""Users whose likeness to all others is computed again; memory stays flat."""


def look_at_models(build: Path, split: Split) -> Iterator[Finding]:
    """Hold the model and every rival against the train follows; make the model's vectors again."""
    for folder in (build / "model", *sorted((build / "rivals").glob("*/"))):
        model = FanModel.read(folder, folder.name)
        yield _record(folder, split)
        same = list(model.user_ids) == split.user_ids
        yield judged(
            _name(folder / "users.parquet"),
            "a model's users are those of the split",
            same,
            f"{len(model.user_ids):,} users; the split has {len(split.user_ids):,}",
            TRAIN_AGAIN,
        )
        if not same:
            continue
        yield from _structure(folder, model, split)
        if folder.name == "model":
            yield _made_again(build, model, split)


def _record(folder: Path, split: Split) -> Finding:
    file = folder / "config.json"
    content = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    told = content.get("follows", {})
    graph, chosen_by = told.get("graph"), told.get("chosen_by")
    hashes = split.hashes
    return judged(
        _name(file),
        "the training's graph is the train follows, and validation follows chose its epoch",
        graph == hashes["train"] and chosen_by == hashes["validation"],
        f"graph of {_origin(graph, hashes)}, chosen by {_origin(chosen_by, hashes)}",
        TRAIN_AGAIN,
    )


def _origin(sha256: str | None, hashes: dict[str, str]) -> str:
    """What a recorded hash is of, in words."""
    if sha256 is None:
        return "follows that were not recorded"
    for part, known in hashes.items():
        if sha256 == known:
            return f"the {part} follows ({sha256[:12]})"
    return f"follows of no part ({sha256[:12]})"


def _structure(folder: Path, model: FanModel, split: Split) -> Iterator[Finding]:
    subject = _name(folder / "fans.safetensors")
    if model.follows is not None:
        found = hash_of(model.user_ids, model.follows)
        yield judged(
            subject,
            "the follows whose paths count are the train follows",
            found == split.hashes["train"],
            f"{len(model.follows):,} follows: {_origin(found, split.hashes)}",
            TRAIN_AGAIN,
        )
    biases = np.stack([model.fan_bias, model.account_bias])
    spread = max(_spread_within_degrees(bias, split, side) for side, bias in enumerate(biases))
    yield judged(
        subject,
        "a bias depends on nothing but the user's train degree",
        spread <= CLOSE * max(1.0, float(np.abs(biases).max())),
        f"users of one train degree differ by up to {spread:.2g}"
        f" where all lie between {biases.min():.2f} and {biases.max():.2f}",
        TRAIN_AGAIN,
    )
    if model.low_rank is not None and model.low_rank.size:
        yield _low_rank(subject, model.low_rank, split)


def _spread_within_degrees(bias: Floats, split: Split, side: int) -> float:
    """The largest difference between the biases of two users of the same train degree."""
    degree = np.bincount(split.train[:, side], minlength=len(bias))
    by_degree = pd.Series(bias.astype(float)).groupby([degree, split.cold])
    return float((by_degree.max() - by_degree.min()).max())


def _low_rank(subject: str, stored: Floats, split: Split) -> Finding:
    """Compare products: singular vectors themselves may turn where singular values are equal."""
    graph = TrainGraph.of(split.train, len(split.user_ids))
    again = graph.low_rank(stored.shape[2]).numpy()
    some = np.linspace(0, graph.users - 1, min(PROBED, graph.users)).astype(int)
    theirs, ours = (fan[some] @ account.T for fan, account in (stored, again))
    gap = _gap(theirs, ours)
    return judged(
        subject,
        "the low-rank adjacency is that of the train follows",
        gap <= CLOSE,
        f"made again, it differs by {gap:.2g} of its largest entry",
        TRAIN_AGAIN,
    )


def _made_again(build: Path, model: FanModel, split: Split) -> Finding:
    """Whatever else the network was shown of a graph would show in what it makes of this one."""
    config = json.loads((build / "model" / "config.json").read_text(encoding="utf-8"))
    params = checked(PretrainParams, config["params"], "build/model/config.json: params")
    again = embed_features(build / "model", params, build / "features", split.user_ids, split.train)
    names = ("fan", "account", "fan_bias", "account_bias", "vectors")
    gaps = {name: _gap(getattr(model, name), getattr(again, name)) for name in names}
    worst = max(gaps, key=lambda name: gaps[name])
    return judged(
        "build/model/fans.safetensors",
        "the model's vectors are what its network makes of the posts and the train follows",
        gaps[worst] <= CLOSE,
        f"made again, they differ by up to {gaps[worst]:.2g} of the largest value ({worst})",
        TRAIN_AGAIN,
    )


def _gap(one: Floats, other: Floats) -> float:
    """The largest difference, as a share of the largest value."""
    if one.shape != other.shape:
        return np.inf
    return float(np.abs(one - other).max() / max(np.abs(other).max(), 1e-12))


def _name(file: Path) -> str:
    """A file of a model as a person names it, from `build` on."""
    place = file.parts.index("build", -4) if "build" in file.parts[-4:] else -2
    return "/".join(file.parts[place:])
