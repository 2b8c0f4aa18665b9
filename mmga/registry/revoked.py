"""Versions that know a user who was forgotten: they may answer no longer than they must."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mmga.errors import InputError
from mmga.project import Project
from mmga.registry.versions import FOLDER, MODEL, folder_of, is_local
from mmga.sources.identities.forgotten import Forgotten
from mmga.tables import read_description, read_parquet

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

REVOKED = "mmga.revoked"
"""The tag of a version that knows a forgotten user: since when, and what must happen to it."""

USERS = "users.parquet"
"""The file of a model that names its users."""


def forgotten_by(project: Project) -> Forgotten:
    """The users whom the data set of today has forgotten."""
    return Forgotten.read(read_description(project.data))


def users_of(client: "MlflowClient", version: "ModelVersion", project: Project) -> list[str]:
    """The users whom a version knows; without its arrays, where the store is elsewhere.

    Raises:
        InputError: If its files are gone or cannot be read.
    """
    if is_local(client, version):
        file = folder_of(client, version, project) / USERS
        if not file.is_file():
            raise InputError(f"{MODEL} version {version.version} has lost its files: {file}")
        return _ids(file)
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as scratch:
        address = f"models:/{MODEL}/{version.version}/{FOLDER}/{USERS}"
        try:
            return _ids(Path(download_artifacts(artifact_uri=address, dst_path=scratch)))
        except (MlflowException, OSError) as error:
            raise InputError(f"{address} cannot be fetched: {error}") from None


def known_forgotten(client: "MlflowClient", version: "ModelVersion", project: Project) -> int:
    """How many of the users whom the data set of today has forgotten a version knows.

    Raises:
        InputError: If somebody was forgotten and the version's files are gone or cannot be read.
    """
    forgotten = forgotten_by(project)
    if not forgotten:
        return 0
    return sum(user in forgotten for user in users_of(client, version, project))


def refuse_forgotten(project: Project) -> None:
    """A model in `build/` that knows a forgotten user must not be registered.

    Raises:
        InputError: If it does, since `build/` was made from an older data set.
    """
    forgotten = forgotten_by(project)
    known = forgotten and sum(u in forgotten for u in _ids(project.build / "model" / USERS))
    if known:
        raise InputError(
            f"not registered: the model in build/ knows {told(known)}."
            "\n`dvc repro` makes one from the data set of today."
        )


def every(client: "MlflowClient") -> Iterator["ModelVersion"]:
    """All versions, the oldest first, with their aliases."""
    found = client.search_model_versions(f"name = '{MODEL}'")
    for version in sorted(found, key=lambda version: int(version.version)):
        yield client.get_model_version(MODEL, version.version)


def told(users: int) -> str:
    """As in `1 user who was forgotten`."""
    return "1 user who was forgotten" if users == 1 else f"{users:,} users who were forgotten"


def _ids(file: Path) -> list[str]:
    ids: list[str] = read_parquet(file, ["user_id"])["user_id"].to_pylist()
    return ids
