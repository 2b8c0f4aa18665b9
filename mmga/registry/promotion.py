"""Challenger against champion: deciding, recording the decision, and taking it back."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from mmga.errors import InputError
from mmga.project import Project, read_json
from mmga.registry.contenders import contender
from mmga.registry.contest import contest
from mmga.registry.decisions import (
    DECISION,
    Decision,
    PromoteParams,
    against_baselines,
    against_champion,
)
from mmga.registry.revoked import known_forgotten, told
from mmga.registry.versions import (
    CHALLENGER,
    CHAMPION,
    MODEL,
    PREVIOUS,
    find,
    folder_of,
    lost,
    refuse_lost,
)
from mmga.splits.split import Split
from mmga.tables import read_table
from mmga.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

REASON = "mmga.reason"
"""The tag with the reason of the last decision about a version."""

LONGEST = 5000
"""Characters that MLflow takes as a tag or a description."""


def promote(project: Project, dry_run: bool = False) -> Decision:
    """Decide whether the challenger replaces the champion, and let it.

    On promotion `previous` becomes the old champion, `champion` the challenger, and there is no
    challenger until the next registration. A challenger that lost stays challenger. The decision
    and its reason are written on the challenger's version.

    A version that knows a user who was forgotten (`mmga forget`), or whose files are gone, becomes
    neither champion nor `previous`; as champion it gives way to a challenger that is neither,
    whatever the metric.

    Args:
        project: Whose registry and whose current split.
        dry_run: Decide, and change nothing.

    Raises:
        InputError: If the split or the report that the rule needs is missing, or the challenger's
            files are.
    """
    params = project.params("promote", PromoteParams)
    client = connect(project)
    with FileLock(project.stores / "registry.lock"):
        challenger, champion = find(client, CHALLENGER), find(client, CHAMPION)
        if challenger and champion and challenger.version == champion.version:
            # A promotion was killed before its last call.
            if not dry_run:
                client.delete_registered_model_alias(MODEL, CHALLENGER)
            challenger = None
        if challenger is None:
            return Decision(False, "there is no challenger; `mmga register` makes one")
        decision = _decided(client, challenger, champion, params, project)
        if not dry_run:
            if decision.promoted:
                _crown(client, challenger, champion, project)
            _write_down(client, challenger, decision)
    return decision


def rollback(project: Project, reason: str = "rolled back by hand") -> Decision:
    """Make the previous champion champion again, and the present one `previous`.

    Raises:
        InputError: If there is no previous champion, it knows a user who was forgotten, or its
            files are gone.
    """
    client = connect(project)
    with FileLock(project.stores / "registry.lock"):
        champion, previous = find(client, CHAMPION), find(client, PREVIOUS)
        if champion is None or previous is None or champion.version == previous.version:
            raise InputError(
                f"{MODEL} has no previous champion to go back to: it takes two promotions,"
                "\nand a version that knows a forgotten user or has no files is not kept as one"
            )
        refuse_lost(client, previous)
        if users := known_forgotten(client, previous, project):
            raise InputError(
                f"{MODEL} version {previous.version} knows {told(users)}; it cannot come back"
            )
        client.set_registered_model_alias(MODEL, CHAMPION, previous.version)
        _keep_as_previous(client, champion, project)
        text = f"{reason}: version {previous.version} is champion instead of {champion.version}"
        back = Decision(True, text, int(previous.version), int(champion.version))
        for version in (champion, previous):
            _write_down(client, version, back, "rolled back")
    return back


def _decided(
    client: "MlflowClient",
    challenger: "ModelVersion",
    champion: "ModelVersion | None",
    params: PromoteParams,
    project: Project,
) -> Decision:
    """Whom they know comes first: no metric outweighs a user who asked to be forgotten."""
    number, old = challenger.version, champion.version if champion else None
    versions = int(number), int(old) if old else None
    refuse_lost(client, challenger)
    if users := known_forgotten(client, challenger, project):
        reason = f"version {number} knows {told(users)}; retrain: python -m flows.retrain"
        return Decision(False, reason, *versions)
    if champion is None:
        return _first(client, challenger, params, project)
    if why := _has_to_go(client, champion, project):
        reason = f"{why} and has to go; version {number} replaces it whatever the metric"
        return Decision(True, reason, *versions)
    return _contested(client, challenger, champion, params, project)


def _has_to_go(client: "MlflowClient", version: "ModelVersion", project: Project) -> str:
    """Why a version can be champion no longer; empty if it can."""
    if told_lost := lost(client, version):
        return told_lost
    users = known_forgotten(client, version, project)
    return f"version {version.version} knows {told(users)}" if users else ""


def _first(
    client: "MlflowClient", challenger: "ModelVersion", params: PromoteParams, project: Project
) -> Decision:
    """A model without a champion against the baselines of its own evaluation."""
    with tempfile.TemporaryDirectory() as scratch:
        file = client.download_artifacts(str(challenger.run_id), "evaluation/report.json", scratch)
        won, reason, evidence = against_baselines(read_json(Path(file)), params)
    return Decision(won, reason, int(challenger.version), evidence=evidence)


def _contested(
    client: "MlflowClient",
    challenger: "ModelVersion",
    champion: "ModelVersion",
    params: PromoteParams,
    project: Project,
) -> Decision:
    """Both models on the current test split."""
    split = Split.read(project.build / "splits")
    found = contest(
        contender(folder_of(client, challenger, project), split, project),
        contender(folder_of(client, champion, project), split, project),
        split,
        read_table(project.build / "clean", "users")["topic"].astype(object).fillna("").tolist(),
        params,
    )
    won, reason = against_champion(found.parts, found.costs, params)
    if found.left_out:
        reason += f"; {found.left_out:,} test follows that one of them had seen were left out"
    numbers = int(challenger.version), int(champion.version)
    return Decision(won, reason, *numbers, evidence=found.as_list())


def _crown(
    client: "MlflowClient",
    challenger: "ModelVersion",
    champion: "ModelVersion | None",
    project: Project,
) -> None:
    """Move the aliases; at any moment one version is champion.

    Killed in between, `previous` or `challenger` is the champion as well: the first means nothing,
    the next `promote` does the rest of either.
    """
    if champion is not None:
        _keep_as_previous(client, champion, project)
    client.set_registered_model_alias(MODEL, CHAMPION, challenger.version)
    client.delete_registered_model_alias(MODEL, CHALLENGER)


def _keep_as_previous(client: "MlflowClient", champion: "ModelVersion", project: Project) -> None:
    """Nobody can go back to one that knows a user who was forgotten, or whose files are gone."""
    if _has_to_go(client, champion, project):
        client.delete_registered_model_alias(MODEL, PREVIOUS)
    else:
        client.set_registered_model_alias(MODEL, PREVIOUS, champion.version)


def _write_down(
    client: "MlflowClient",
    version: "ModelVersion",
    decision: Decision,
    verdict: str | None = None,
) -> None:
    """Leave the decision on a version: tags for machines, a line of its description for people."""
    verdict = verdict or ("promoted" if decision.promoted else "kept back")
    day = datetime.now(UTC).isoformat(timespec="seconds")
    tags = {DECISION: verdict, REASON: decision.reason, "mmga.decided_at": day}
    tags["mmga.evidence"] = json.dumps(decision.evidence)
    for name, value in tags.items():
        client.set_model_version_tag(MODEL, version.version, name, value[:LONGEST])
    line = f"\n**{day}, {verdict}**: {decision.reason}\n"
    card = client.get_model_version(MODEL, version.version).description or ""
    client.update_model_version(MODEL, version.version, (card + line)[-LONGEST:])
