"""The record of trainings: one MLflow run a training, found again by the training's fingerprint.

The stages write files and know nothing of MLflow; what is recorded here is read from those files.
"""

import contextlib
import logging
import math
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml
from filelock import FileLock

from mmga.errors import InputError
from mmga.project import Project, read_json, sha256_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "mmga"
"""Every run of the project is in this MLflow experiment."""

FINGERPRINT = "mmga.fingerprint"
"""The tag by which a run is found: a training's parameters, inputs and code as one hash."""

RECORDED = "mmga.recorded"
"""The tag that holds the hash of the files recorded, so that nothing is uploaded twice."""

STAGES = ("validate", "split", "extract", "pretrain", "evaluate")
"""The sections of `params.yaml` that make a training what it is."""

PLACES = (
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""Where MLflow's database names the files of a run, a model and a version."""

REPORTS = (".json", ".csv", ".md", ".png", ".svg", ".html")
"""The kinds of files of `build/evaluation` that are kept with a run."""


def connect(project: Project) -> "MlflowClient":
    """A client of the project's MLflow store, which is made where there is none.

    The store is the SQLite database under `stores/`, or what `MLFLOW_TRACKING_URI` names. Only one
    process at a time gets past here, since two that open a missing database at once both fail.

    Raises:
        InputError: If `stores/` cannot be written to.
        ConnectionError: If the store does not answer or cannot be opened, which may pass.
    """
    try:
        project.anchor_stores()
        alone = FileLock(project.stores / "mlflow.lock").acquire()
    except OSError as error:
        raise InputError(
            f"{project.stores} must be a folder that can be written to: {error.strerror}."
            "\nLook at its rights, and at the space that is left."
        ) from None
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with alone:
        from mlflow import MlflowClient

        for chatty in ("mlflow.store.db.utils", "mlflow.pyfunc", "alembic"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        try:
            with _asked_in_seconds():
                client = MlflowClient()
                place, experiment = _artifacts(project), client.get_experiment_by_name(EXPERIMENT)
                if experiment is None:
                    client.create_experiment(EXPERIMENT, artifact_location=place)
                elif place:
                    _bring_along(project, str(experiment.artifact_location), place)
        except Exception as error:  # MLflow's, and those of the database or its missing driver
            said = (str(error).strip().splitlines() or [type(error).__name__])[0]
            uri = os.environ["MLFLOW_TRACKING_URI"]
            told = (
                f"MLflow's store at {uri} cannot be used: {said[:300]}"
                "\nLook at what MLFLOW_TRACKING_URI names; `mmga doctor` looks, too."
            )
            raise ConnectionError(re.sub(r"//[^/@\s]*@", "//", told)) from None  # no password
    return client


@contextlib.contextmanager
def _asked_in_seconds() -> Iterator[None]:
    """A dead server is told in seconds: by itself MLflow would ask each time for minutes."""
    limits = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
    ours = {name: limit for name, limit in limits.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]


def has_store(project: Project) -> bool:
    """Whether there is an MLflow store to look into; `connect` would make one."""
    named = os.environ.get("MLFLOW_TRACKING_URI")
    database = _database(project)
    return database.is_file() if named in (None, f"sqlite:///{database}") else True


def record(project: Project) -> str:
    """Record the training in `build/` and its evaluation; the id of its run.

    A training recorded before keeps its run: what changed since is added, nothing is doubled.
    MLflow never changes a parameter, so those of the first recording stay.

    Raises:
        InputError: If a stage has not run yet.
    """
    tags, history, finals = facts(project), list(_history(project)), dict(_finals(project))
    files = dict(_reports(project))
    tags[RECORDED] = sha256_of(*files)
    client = connect(project)
    with FileLock(project.stores / "tracking.lock"):
        run_id = _find_or_make(client, project, tags[FINGERPRINT])
        run = client.get_run(run_id)
        _log_params(client, run, project)
        if run.data.tags.get(RECORDED) != tags[RECORDED]:
            _log_numbers(client, run_id, history, finals, run.info.start_time)
            for file, folder in files.items():
                client.log_artifact(run_id, str(file), folder)
            client.set_terminated(run_id)
            for tag, value in tags.items():  # `RECORDED` comes last: all else was done
                client.set_tag(run_id, tag, value)
    return run_id


def facts(project: Project) -> dict[str, str]:
    """The tags of a run and a model version: which data, split and code, and what quality said.

    The code is that of the training where it was trained here; a model that came out of DVC's cache
    bears the present revision.
    """
    split = project.build / "splits" / "split.json"
    read_json(split)
    revision = _training(project).get("revision") or project.code_revision()
    return {
        FINGERPRINT: _fingerprint(project),
        "mmga.data_version": project.data_version() or "unknown",
        "mmga.split": sha256_of(split),
        "mmga.code": revision or "unknown",
        "mmga.quality": str(read_json(project.build / "quality" / "report.json")["verdict"]),
    }


def flat(values: Mapping[str, Any], separator: str) -> dict[str, Any]:
    """Nested mappings as one, keys joined.

    >>> flat({"fans": {"C0": {"mrr": 0.1}}, "users": 3}, "/")
    {'fans/C0/mrr': 0.1, 'users': 3}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            inner = flat(value, separator).items()
            found |= {f"{key}{separator}{name}": below for name, below in inner}
        else:
            found[str(key)] = value
    return found


def _artifacts(project: Project) -> str | None:
    """Where runs keep their files: beside the database; a server has a place of its own."""
    if os.environ["MLFLOW_TRACKING_URI"].startswith(("http", "databricks")):
        return None
    return (project.stores / "mlflow" / "artifacts").resolve().as_uri()


def _bring_along(project: Project, before: str, now: str) -> None:
    """Name the files by where they are, in a project that was moved or copied with its stores.

    MLflow notes whole paths, and a copy would go on to read and write the files of the original.
    """
    ours = os.environ["MLFLOW_TRACKING_URI"] == f"sqlite:///{_database(project)}"
    if not ours or before == now or not before.endswith("/stores/mlflow/artifacts"):
        return
    with contextlib.closing(sqlite3.connect(_database(project))) as store, store:
        for table, column in PLACES:
            store.execute(
                f"update {table} set {column} = ? || substr({column}, ?)"
                f" where substr({column}, 1, ?) = ?",
                (now, len(before) + 1, len(before) + 1, before + "/"),
            )
        store.execute(
            "update experiments set artifact_location = ? where artifact_location = ?",
            (now, before),
        )


def _database(project: Project) -> Path:
    return project.stores / "mlflow" / "mlflow.db"


def _find_or_make(client: "MlflowClient", project: Project, fingerprint: str) -> str:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None, "connect() makes it"
    where = f"tags.`{FINGERPRINT}` = '{fingerprint}'"
    found = client.search_runs([experiment.experiment_id], where, max_results=1)
    if found:
        return str(found[0].info.run_id)
    run = client.create_run(
        experiment.experiment_id,
        tags={FINGERPRINT: fingerprint},
        run_name=f"training-{fingerprint[:8]}",
    )
    return str(run.info.run_id)


def _log_params(client: "MlflowClient", run: "Run", project: Project) -> None:
    """Those that the run has not yet: it may have been killed before it got them."""
    from mlflow.entities import Param

    there = run.data.params
    params = yaml.safe_load((project.root / "params.yaml").read_text(encoding="utf-8"))
    wanted = flat({name: params[name] for name in STAGES if name in params}, ".")
    every = [Param(key, str(value)[:6000]) for key, value in wanted.items() if key not in there]
    for first in range(0, len(every), 100):  # the most that one request may carry
        client.log_batch(run.info.run_id, params=every[first : first + 100])


def _log_numbers(
    client: "MlflowClient",
    run_id: str,
    history: Sequence[tuple[str, float, int]],
    finals: Mapping[str, float],
    began: int,
) -> None:
    """The metrics; the history is stamped with the run's start, so that none of it doubles."""
    from mlflow.entities import Metric

    now = time.time_ns() // 1_000_000
    every = [Metric(name, value, began, step) for name, value, step in history]
    every += [Metric(name, value, now, 0) for name, value in finals.items()]
    for first in range(0, len(every), 1000):  # the most that one request may carry
        client.log_batch(run_id, metrics=every[first : first + 1000])


def _history(project: Project) -> Iterator[tuple[str, float, int]]:
    """Name, value and epoch of what was measured while training."""
    file = project.build / "model" / "history.csv"
    if not file.is_file():
        raise InputError(f"{file} is missing; `dvc repro` makes it")
    history = pd.read_csv(file)
    for column in history.select_dtypes("number").columns.drop("epoch"):
        for epoch, value in zip(history["epoch"], history[column], strict=True):
            if math.isfinite(value):
                yield f"training/{column}", float(value), int(epoch)


def _finals(project: Project) -> Iterator[tuple[str, float]]:
    """Name and value of what came out: the evaluation, and what the training cost."""
    finals = {"evaluation": read_json(project.build / "evaluation" / "metrics.json")}
    finals["cost"] = _training(project)
    for name, value in flat(finals, "/").items():
        if isinstance(value, int | float) and math.isfinite(value):
            yield name.replace("@", "_at_"), float(value)  # MLflow takes no @ in a name


def _fingerprint(project: Project) -> str:
    return str(read_json(project.build / "model" / "config.json")["fingerprint"])


def _training(project: Project) -> dict[str, Any]:
    """What a training left beside its outputs: each model's cost and the revision of the code."""
    file = project.stores / "trainings" / f"{_fingerprint(project)}.json"
    return read_json(file) if file.is_file() else {}


def _reports(project: Project) -> Iterator[tuple[Path, str]]:
    """The files that are kept with a run, and the artifact folder of each."""
    build = project.build
    yield build / "model" / "history.csv", "training"
    yield build / "splits" / "split.json", "split"
    yield build / "quality" / "report.json", "quality"
    if (build / "quality" / "profile.json").is_file():
        yield build / "quality" / "profile.json", "quality"
    # Pages stay here: they show what users posted, and a run is kept for good.
    if (build / "report" / "model-card.md").is_file():
        yield build / "report" / "model-card.md", "report"
    for file in sorted((build / "evaluation").rglob("*")):
        if file.suffix in REPORTS:
            yield file, file.parent.relative_to(build).as_posix()
