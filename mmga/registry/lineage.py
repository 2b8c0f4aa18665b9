"""Which version of the data trained which version of the model."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mmga.project import Project
from mmga.registry.decisions import DECISION
from mmga.registry.revoked import REVOKED, every
from mmga.tables import read_description
from mmga.tracking import connect, has_store
from mmga.versions import DataVersion, counts_of, data_versions, held

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion


@dataclass(frozen=True)
class Trained:
    """A version of the model."""

    version: int
    aliases: list[str]
    date: str
    """When it was registered."""
    metric: str
    value: float | None
    decision: str
    """What was decided last: promoted, kept back, rolled back, or nothing yet."""
    revoked: bool
    """Whether it knows a user who was forgotten."""
    code: str


@dataclass(frozen=True)
class Lineage:
    """A version of the data and the models that were trained on it."""

    data: DataVersion
    here: bool
    """Whether it is the one that `data.dvc` names now."""
    changed: bool
    """Whether `data.dvc` names it and `data/` holds something else."""
    held: bool
    """Whether `data/` holds it."""
    counts: dict[str, int]
    """Records by table; empty where the version is neither here nor in DVC's cache."""
    models: list[Trained]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def lineage(project: Project) -> list[Lineage]:
    """Every version of the data, the oldest first, with its models.

    A version that a model names and git does not (it was never committed, or elsewhere) comes last.
    """
    models = _models(project)
    versions = {version.md5: version for version in data_versions(project)}
    for md5 in models:
        versions.setdefault(md5, DataVersion(md5))
    named = project.named_data()
    here = named.md5 if named else None
    content = held(project) if project.data.is_dir() else None
    fits = {md5: content.fits(version) for md5, version in versions.items()} if content else {}
    there = next((md5 for md5 in (here, *reversed(versions)) if md5 and fits.get(md5)), None)
    return [
        Lineage(
            version,
            md5 == here,
            md5 == here and fits.get(md5) is False,
            md5 == there,
            counts_of(project, md5) or _counts(project, md5 == there),
            models.get(md5, []),
        )
        for md5, version in versions.items()
    ]


def _models(project: Project) -> dict[str, list[Trained]]:
    found: dict[str, list[Trained]] = {}
    if has_store(project):
        for version in every(connect(project)):
            md5 = version.tags.get("mmga.data_version", "unknown")
            found.setdefault(md5, []).append(_trained(version))
    return found


def _trained(version: "ModelVersion") -> Trained:
    tags = version.tags
    made = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    return Trained(
        int(version.version),
        sorted(version.aliases),
        made.isoformat(timespec="seconds"),
        tags.get("mmga.metric", ""),
        float(tags["mmga.value"]) if "mmga.value" in tags else None,
        tags.get(DECISION, ""),
        REVOKED in tags,
        tags.get("mmga.code", ""),
    )


def _counts(project: Project, here: bool) -> dict[str, int]:
    counts = read_description(project.data).get("counts", {}) if here else {}
    return {str(name): int(count) for name, count in counts.items()}
