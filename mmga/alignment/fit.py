"""MMGA and its rivals, trained side by side from what the earlier stages made."""

import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file
from tqdm import tqdm

from mmga.alignment.checkpoint import Checkpoint
from mmga.alignment.params import PretrainParams
from mmga.alignment.plan import plan
from mmga.alignment.second_stage import fit_second_stage
from mmga.alignment.state import State
from mmga.alignment.training import History, train
from mmga.alignment.world import World
from mmga.fans import FanModel
from mmga.modalities.features import MODALITIES, Features, told_in
from mmga.modalities.graph import TrainGraph
from mmga.project import sha256_of
from mmga.splits.split import Split, hash_of

Message = tuple[str, dict[str, Any]]
"""A model and the row of its history."""

SECOND_STAGE = ("mmga", "late_fusion", "graph_only")
"""Models that are written with a second stage and without it."""

STRUCTURE = "structure.safetensors"
"""The singular vectors that a network was trained with, `left` and `right`."""

CONTENT_EFFORT = 10
"""About how much longer a pass over the users takes than one over the follows (for the bar)."""

BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed} so far, {remaining} left{postfix}"


@dataclass(frozen=True)
class Job:
    """One model to train; small, as it travels to another process."""

    model: str
    features: Path
    splits: Path
    params: PretrainParams
    build: Path
    checkpoints: Path
    fingerprint: str
    told: frozenset[str]
    """The modalities in which somebody has a post."""

    def folder(self, model: str) -> Path:
        """Where a model is written: a training makes one without a second stage as well."""
        return self.build / "model" if model == "mmga" else self.build / "rivals" / model


def fit(
    features: Path,
    splits: Path,
    params: PretrainParams,
    build: Path,
    stores: Path,
    revision: str | None = None,
    models: Sequence[str] | None = None,
) -> None:
    """Train MMGA into `build/model` and its rivals into `build/rivals/NAME`.

    The second stage is MMGA's; what it alone does is told by MMGA without it and by rivals with it,
    which are rivals as well: `mmga_without_paths`, `late_fusion_with_paths`, ...

    Args:
        features: What the extract stage made.
        splits: What the split stage made.
        params: Sizes, steps, rivals.
        build: Where the models go.
        stores: Where checkpoints lie while a training runs, and what it cost afterwards.
        revision: Of the code, for that record.
        models: Which of them to train; all by default.
    """
    fingerprint = fingerprint_of(features, splits, params)
    (build / "rivals").mkdir(parents=True, exist_ok=True)
    checkpoints = stores / "checkpoints" / fingerprint
    told = told_in(features)
    jobs = [
        Job(name, features, splits, params, build, checkpoints, fingerprint, told)
        for name in models or ("mmga", *params.rivals)
    ]
    training = {"revision": revision, **dict(_side_by_side(jobs, params.workers))}
    record = stores / "trainings" / f"{fingerprint}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(training, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(checkpoints, ignore_errors=True)


def fingerprint_of(features: Path, splits: Path, params: PretrainParams) -> str:
    """Names a training by everything it depends on: parameters, inputs and code.

    Returns:
        A SHA-256 in hexadecimal; a checkpoint or a run of another fingerprint is never taken up.
    """
    package = Path(__file__).parent.parent
    code = [
        f for part in ("alignment", "modalities") for f in sorted((package / part).glob("*.py"))
    ]
    code += [package / "paths.py", package / "svd.py"]
    inputs = [features / "posts.parquet", splits / "split.json"]
    inputs += [features / name / "features.json" for name in MODALITIES]
    # How many models are trained at once, or how often a checkpoint is written, changes no result.
    numbers = params.model_dump_json(exclude={"checkpoint_seconds", "workers"})
    return hashlib.sha256((sha256_of(*code, *inputs) + numbers).encode()).hexdigest()


def _side_by_side(jobs: list[Job], workers: int) -> Iterable[tuple[str, dict[str, float]]]:
    with Progress(jobs) as progress:
        if workers == 1:
            for job in jobs:
                yield job.model, _run(job, progress.show)
            return
        context = multiprocessing.get_context("spawn")
        queue: Queue[Message | None] = context.Queue()
        listener = Thread(target=progress.listen, args=(queue,), daemon=True)
        listener.start()
        with ProcessPoolExecutor(workers, context, _begin_worker, (queue,)) as pool:
            for job, cost in zip(jobs, pool.map(_run_in_worker, jobs), strict=True):
                yield job.model, cost
        queue.put(None)
        listener.join()


class Progress:
    """One bar over all models: the time left on a terminal, a line an epoch elsewhere."""

    def __init__(self, jobs: list[Job]) -> None:
        self._efforts = {
            job.model: [
                CONTENT_EFFORT if phase.content else 1
                for phase in plan(job.model, job.params, job.told)
                for _ in range(phase.epochs)
            ]
            for job in jobs
        }
        self._total = sum(sum(efforts) for efforts in self._efforts.values())
        self._done = 0
        self._began = time.monotonic()
        self._bar = tqdm(total=self._total, desc="pretrain", disable=None, bar_format=BAR)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, message: Message) -> None:
        """Tell of one epoch of one model."""
        model, row = message
        effort = self._efforts[model][row["epoch"] - 1]
        self._done += effort
        if self._bar.disable:
            rest = {key: value for key, value in row.items() if key not in ("step", "epoch")}
            losses = ", ".join(f"{key} {value:.4g}" for key, value in rest.items())
            spent = time.monotonic() - self._began
            left = tqdm.format_interval(spent * (self._total / self._done - 1))
            place = f"{model}, epoch {row['epoch']} ({row['step']})"
            print(f"{place}: {losses}; {left} left for all models", flush=True)
        self._bar.set_postfix_str(f"{model}: {row['step']}")
        self._bar.update(effort)

    def listen(self, queue: "Queue[Message | None]") -> None:
        """Show what other processes tell, until there is no more."""
        while (message := queue.get()) is not None:
            self.show(message)


_messages: "Queue[Message | None]"


def _begin_worker(queue: "Queue[Message | None]") -> None:
    global _messages
    _messages = queue
    end_with_parent()


def end_with_parent() -> None:
    """A killed stage must leave nobody at work: two trainings must not share a checkpoint."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run_in_worker(job: Job) -> dict[str, float]:
    return _run(job, _send)


def _send(message: Message) -> None:
    _messages.put(message)


def _run(job: Job, report: Callable[[Message], None]) -> dict[str, float]:
    """Train one model and write it.

    Returns:
        What it cost: `seconds`, and `peak_memory_mb` of the process, which may have trained another
        model before.
    """
    torch.set_num_threads(job.params.threads)
    torch.use_deterministic_algorithms(True)
    warnings.filterwarnings("ignore", message="Sparse (CSR tensor support|invariant checks)")
    split = Split.read(job.splits)
    world = world_of(job.features, split, job.params)
    checkpoint = Checkpoint(job.checkpoints / f"{job.model}.pt", job.params.checkpoint_seconds)
    if checkpoint.file.is_file():
        print(f"{job.model} goes on from its checkpoint", flush=True)
    state, history = train(world, job.model, checkpoint, lambda row: report((job.model, row)))
    _write(job, split.user_ids, state, history)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": round(checkpoint.spent, 1),
        "peak_memory_mb": round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1),
    }


def world_of(features: Path, split: Split, params: PretrainParams) -> World:
    """All that a training is told: features, train follows, and the follows that choose."""
    return World(
        features=Features.read(features, len(split.user_ids)),
        graph=TrainGraph.of(split.train, len(split.user_ids)),
        validation=split.validation.astype(np.int64),
        params=params,
    )


def _write(job: Job, user_ids: list[str], state: State, history: History) -> None:
    models = {job.model: fan_model(user_ids, state, job.model)}
    if job.model in SECOND_STAGE and job.params.second_stage.follows:
        first = models[job.model]
        fit_second_stage(state)
        second = fan_model(user_ids, state, job.model)
        models = (
            {"mmga": second, "mmga_without_paths": first}
            if job.model == "mmga"
            else {job.model: first, f"{job.model}_with_paths": second}
        )
    known_by = {"fingerprint": job.fingerprint, "follows": follows_of(user_ids, state.world)}
    for name, model in models.items():
        model.write(job.folder(name))
        _write_json(known_by, job.folder(name) / "config.json")
    _table(history).to_csv(job.folder(job.model) / "history.csv", index=False)
    if job.model == "mmga":
        _write_network(job, state, known_by)


def follows_of(user_ids: list[str], world: World) -> dict[str, str]:
    """The follows that a training was made of, each set as its `hash_of`.

    Taken from the world and not from the split's own record: messages, singular vectors, soft
    neighbours, degrees and paths are all made of `graph`; `chosen_by` chose the epoch and taught
    the second stage.
    """
    return {
        "graph": hash_of(user_ids, world.graph.edges.T.numpy()),
        "chosen_by": hash_of(user_ids, world.validation),
    }


def _write_network(job: Job, state: State, known_by: dict[str, Any]) -> None:
    """What is needed to encode posts anew, and what the model is known by."""
    out, network = job.folder("mmga"), state.network
    # Roles that share their weights share memory, which the format does not allow.
    weights = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
    save_file(weights, out / "network.safetensors")
    left, right = state.world.factors
    save_file({"left": left.contiguous(), "right": right.contiguous()}, out / STRUCTURE)
    for name in MODALITIES:
        shutil.copytree(job.features / name / "backbone", out / name, dirs_exist_ok=True)
    config = {
        **known_by,
        "params": job.params.model_dump(mode="json"),
        "told": sorted(job.told),
        "extract": json.loads((job.features / "extract.json").read_text(encoding="utf-8")),
        "revisions": {name: state.world.features.modalities[name].revision for name in MODALITIES},
    }
    _write_json(config, out / "config.json")


def _write_json(content: dict[str, Any], file: Path) -> None:
    text = json.dumps(content, indent=2, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")


def fan_model(user_ids: list[str], state: State, name: str) -> FanModel:
    """What a trained state says of all users, as the object that is evaluated and served."""
    scores, graph = state.final_scores()
    views = [state.bank[name] for name in MODALITIES] + [graph]
    vectors = torch.cat([torch.nn.functional.normalize(view, dim=-1) for view in views], dim=1)
    arrays = {
        "fan": scores.fan,
        "account": scores.account,
        "fan_bias": scores.fan_bias,
        "account_bias": scores.account_bias,
        "vectors": torch.nn.functional.normalize(vectors, dim=-1),
    }
    weights = state.network.second_stage.weights.detach()
    if weights[:, 2:].any():
        arrays |= {
            "follows": state.world.graph.edges.T.int(),
            "second_stage": weights,
            "cold_candidates": state.network.second_stage.cold.detach(),
            "low_rank": state.world.low_rank,
        }
    return FanModel(user_ids, **{key: value.numpy() for key, value in arrays.items()}, name=name)


def _table(history: History) -> pd.DataFrame:
    """The history with `step` and `epoch` first, the same columns in the same order every time."""
    table = pd.DataFrame(history)
    first = [name for name in ("step", "epoch", "validation_mrr") if name in table]
    return table[first + sorted(set(table.columns) - set(first))]
