"""Which versions know a user, and taking one out of the registry with its files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mmga.errors import InputError
from mmga.project import Project
from mmga.registry.revoked import REVOKED, every, users_of
from mmga.registry.versions import CHAMPION, MODEL, location_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion


@dataclass(frozen=True)
class Known:
    """A version, and how many of some users it knows."""

    version: "ModelVersion"
    users: int | None
    """None where its files are gone or cannot be read."""
    found: str

    @property
    def name(self) -> str:
        """As in `mmga-fans version 3 (champion)`."""
        aliases = ", ".join(sorted(self.version.aliases))
        return f"{MODEL} version {self.version.version}" + (f" ({aliases})" if aliases else "")

    @property
    def is_champion(self) -> bool:
        """It is served, so it stays until another is."""
        return CHAMPION in self.version.aliases


def look(client: "MlflowClient", project: Project, users: Collection[str]) -> Iterator[Known]:
    """Every version, by its own list of its users."""
    for version in every(client):
        try:
            known = users_of(client, version, project)
        except InputError as error:
            yield Known(version, None, str(error))
            continue
        count = sum(user in users for user in known)
        told = f"{count:,} of its {len(known):,} users, with vectors and follows"
        yield Known(version, count, told)


def revoke(client: "MlflowClient", version: "ModelVersion") -> None:
    """Say on a version that it knows a user who was forgotten; `promote` looks for itself."""
    if REVOKED not in version.tags:
        day = datetime.now(UTC).isoformat(timespec="seconds")
        text = f"since {day}: it knows a user who was forgotten"
        client.set_model_version_tag(MODEL, version.version, REVOKED, text)


def remove(client: "MlflowClient", version: "ModelVersion") -> None:
    """Delete a version, its logged model and its files; what is gone already is no matter.

    Raises:
        ValueError: If it is the champion.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    if CHAMPION in client.get_model_version(MODEL, version.version).aliases:
        raise ValueError(f"{MODEL} version {version.version} is served")
    location = location_of(client, version)
    try:
        get_artifact_repository(location).delete_artifacts()  # type: ignore[no-untyped-call]
    except (OSError, MlflowException) as error:
        if not isinstance(error, FileNotFoundError):
            raise InputError(f"{location} cannot be deleted: {error}") from None
    source = str(version.source or "")
    if source.startswith("models:/"):
        client.delete_logged_model(source.removeprefix("models:/"))
    client.delete_model_version(MODEL, version.version)
