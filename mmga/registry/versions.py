"""Finding a registered model by its alias or number, and reading it as a `FanModel`."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

from mmga.errors import InputError, nearest
from mmga.fans import FanModel
from mmga.project import Project
from mmga.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

MODEL = "mmga-fans"
"""The name of the registered model."""

CHALLENGER, CHAMPION, PREVIOUS = "challenger", "champion", "previous"
"""Aliases: the newest version that passed its gates; the one served; the one served before."""

FOLDER = "artifacts/model"
"""Where the files of a `FanModel` lie within a registered model."""

NEEDED = {"fans.safetensors", "users.parquet"}
"""Files of that folder without which it is no model."""

LOCAL = ("", "file")
"""Schemes of addresses on this machine."""


def find(client: "MlflowClient", which: str) -> "ModelVersion | None":
    """The version with an alias or a number; None where there is none."""
    from mlflow.exceptions import MlflowException

    try:
        if which.isdecimal():  # a number that is longer fits into no database
            return client.get_model_version(MODEL, which) if len(which) < 10 else None
        return client.get_model_version_by_alias(MODEL, which)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def folder_of(client: "MlflowClient", version: "ModelVersion", project: Project) -> Path:
    """The local folder of a version's files, downloaded once where the store is elsewhere."""
    address = urlparse(location_of(client, version))
    if address.scheme in LOCAL:
        return Path(url2pathname(address.path)) / FOLDER
    kept = download_of(version, project)
    if not kept.is_dir():
        _download(f"models:/{MODEL}/{version.version}", kept)
    return kept / FOLDER


def location_of(client: "MlflowClient", version: "ModelVersion") -> str:
    """The address of a version's files in MLflow's store."""
    location = str(client.get_model_version_download_uri(MODEL, version.version))
    if location.startswith("models:/"):  # a registered model that is a logged model
        logged = client.get_logged_model(location.removeprefix("models:/"))
        location = str(logged.artifact_location)
    return location


def lost(client: "MlflowClient", version: "ModelVersion") -> str:
    """That the files of a version are gone from MLflow's store, as a sentence; empty if not.

    Whoever deletes them there leaves the version.
    """
    from mlflow.artifacts import list_artifacts
    from mlflow.exceptions import MlflowException

    try:
        location = location_of(client, version)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        location = str(version.source)
    else:
        there = list_artifacts(artifact_uri=f"{location}/{FOLDER}")
        if NEEDED.issubset(Path(file.path).name for file in there):
            return ""
    return f"version {version.version} has lost its files ({location})"


def refuse_lost(client: "MlflowClient", version: "ModelVersion") -> None:
    """A version without files cannot answer.

    Raises:
        InputError: If they are gone.
    """
    if told := lost(client, version):
        raise InputError(
            f"{MODEL} {told}.\nBring them back from a backup, or make another version:"
            " `dvc repro`, `mmga register`, `mmga promote`."
        )


def is_local(client: "MlflowClient", version: "ModelVersion") -> bool:
    """Whether a version's files lie on this machine."""
    return urlparse(location_of(client, version)).scheme in LOCAL


def download_of(version: "ModelVersion", project: Project) -> Path:
    """Where a version of a store elsewhere is kept once it was downloaded."""
    return project.stores / "models" / f"{version.name}-{version.version}-{version.run_id}"


def load(project: Project, which: str = CHAMPION) -> FanModel:
    """A registered model, ready to answer.

    Args:
        project: Whose registry.
        which: `champion`, `challenger`, `previous` or a version's number.

    Raises:
        InputError: If there is no such version, or its files are gone.
    """
    client = connect(project)
    version = _existing(client, which)
    return FanModel.read(folder_of(client, version, project), name=f"{MODEL} {version.version}")


def address_of(project: Project, which: str) -> str:
    """How MLflow calls a version, as in `models:/mmga-fans@champion` or `models:/mmga-fans/3`.

    Raises:
        InputError: If there is no such version, or its files are gone.
    """
    _existing(connect(project), which)
    return f"models:/{MODEL}{'/' if which.isdecimal() else '@'}{which}"


def _existing(client: "MlflowClient", which: str) -> "ModelVersion":
    version = find(client, which)
    if version is None:
        aliases = [CHALLENGER, CHAMPION, PREVIOUS]
        end = "." if which in aliases else nearest(which, aliases) or "."
        raise InputError(
            f"{MODEL} has no version {which!r}{end}"
            "\n`mmga register` makes a challenger, `mmga promote` a champion;"
            " `dvc repro` the model that `--model build` reads."
        )
    refuse_lost(client, version)
    return version


def _download(model: str, kept: Path) -> None:
    """All or nothing: a download that is cut off leaves no half a model."""
    from mlflow.artifacts import download_artifacts

    kept.parent.mkdir(parents=True, exist_ok=True)
    part = tempfile.mkdtemp(dir=kept.parent)
    download_artifacts(artifact_uri=model, dst_path=part)
    try:
        os.rename(part, kept)
    except OSError:  # another process was first
        shutil.rmtree(part)
