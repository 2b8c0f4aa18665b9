"""A model that knows a user who was forgotten does not stay, whatever it is worth."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from mmga.errors import InputError
from mmga.fans import FanModel
from mmga.project import Project
from mmga.registry.promotion import promote, rollback
from mmga.registry.registration import register
from mmga.registry.revoked import every, forgotten_by, known_forgotten, users_of
from mmga.registry.versions import CHALLENGER, CHAMPION, MODEL, PREVIOUS, find, folder_of
from mmga.tables import read_description, write_description
from mmga.tracking import connect
from tests.conftest import USERS
from tests.registry.test_promotion import add, aliases


def forget(project: Project, user: str) -> None:
    """What `mmga forget` leaves in the data set."""
    described = read_description(project.data)
    record = forgotten_by(project).including(user).described()
    write_description(project.data, described | {"forgotten": record})


def without(project: Project, user: str) -> None:
    """Take a user out of the model in `build/`, as a training without them would."""
    model = FanModel.read(project.build / "model")
    keep = [number for number, name in enumerate(model.user_ids) if name != user]
    replace(
        model,
        user_ids=[model.user_ids[number] for number in keep],
        fan=model.fan[keep],
        account=model.account[keep],
        fan_bias=model.fan_bias[keep],
        account_bias=model.account_bias[keep],
        vectors=model.vectors[keep],
    ).write(project.build / "model")


def promoted_twice(project: Project, world: SimpleNamespace) -> None:
    """Version 2 is champion, and version 1 `previous`."""
    add(project, world, "one", noise=1.0)
    promote(project)
    add(project, world, "two", noise=0.1)
    assert promote(project).promoted
    assert aliases(project) == {CHAMPION: 2, PREVIOUS: 1}


def test_a_version_is_known_by_whom_it_knows(project: Project, world: SimpleNamespace) -> None:
    add(project, world, "one")
    client = connect(project)
    (version,) = every(client)
    assert len(users_of(client, version, project)) == USERS
    assert known_forgotten(client, version, project) == 0
    forget(project, "u007")
    forget(project, "u008")
    forget(project, "not in the model")
    assert known_forgotten(client, version, project) == 2


def test_a_worse_challenger_replaces_a_champion_that_knows_too_much(
    project: Project, world: SimpleNamespace
) -> None:
    add(project, world, "one", noise=0.1)
    promote(project)
    forget(project, "u007")
    world.train(project, "two", noise=3.0)
    without(project, "u007")
    register(project)
    planned = promote(project, dry_run=True)
    assert aliases(project) == {CHAMPION: 1, CHALLENGER: 2}
    decision = promote(project)
    assert decision == planned
    assert decision.promoted
    assert decision.reason == (
        "version 1 knows 1 user who was forgotten and has to go; version 2 replaces it whatever the"
        " metric"
    )
    assert aliases(project) == {CHAMPION: 2}
    version = connect(project).get_model_version(MODEL, "2")
    assert version.tags["mmga.reason"] == decision.reason
    with pytest.raises(InputError, match="no previous champion"):
        rollback(project)


def test_a_build_that_knows_a_forgotten_user_is_not_registered(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    forget(project, "u007")
    with pytest.raises(InputError, match="knows 1 user who was forgotten"):
        register(project)
    assert not list(every(connect(project)))


def test_a_challenger_that_knows_a_forgotten_user_never_becomes_champion(
    project: Project, world: SimpleNamespace
) -> None:
    add(project, world, "one", noise=1.0)
    forget(project, "u007")
    decision = promote(project)
    assert not decision.promoted
    assert "retrain" in decision.reason
    assert aliases(project) == {CHALLENGER: 1}


def test_nobody_goes_back_to_a_version_that_knows_a_forgotten_user(
    project: Project, world: SimpleNamespace
) -> None:
    promoted_twice(project, world)
    forget(project, "u007")
    with pytest.raises(InputError, match="version 1 knows 1 user who was forgotten"):
        rollback(project)
    assert aliases(project) == {CHAMPION: 2, PREVIOUS: 1}


def test_a_rollback_keeps_no_version_that_knows_a_forgotten_user(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one", noise=1.0)
    without(project, "u007")
    register(project)
    promote(project)
    add(project, world, "two", noise=0.1)
    client = connect(project)
    for alias, number in ((CHAMPION, "2"), (PREVIOUS, "1")):
        client.set_registered_model_alias(MODEL, alias, number)
    client.delete_registered_model_alias(MODEL, CHALLENGER)
    forget(project, "u007")
    rollback(project)
    assert aliases(project) == {CHAMPION: 1}


def test_there_is_no_rollback_to_a_version_that_lost_its_files(
    project: Project, world: SimpleNamespace
) -> None:
    promoted_twice(project, world)
    client = connect(project)
    shutil.rmtree(folder_of(client, client.get_model_version(MODEL, "1"), project))
    with pytest.raises(InputError, match="version 1 has lost its files"):
        rollback(project)
    assert aliases(project) == {CHAMPION: 2, PREVIOUS: 1}


@pytest.mark.parametrize("through_mlflow", [False, True])
def test_a_champion_that_lost_its_files_gives_way_and_is_not_kept(
    project: Project, world: SimpleNamespace, through_mlflow: bool
) -> None:
    promoted_twice(project, world)
    client = connect(project)
    champion = client.get_model_version(MODEL, "2")
    shutil.rmtree(folder_of(client, champion, project))
    if through_mlflow:
        client.delete_logged_model(str(champion.source).removeprefix("models:/"))
    add(project, world, "three", noise=3.0)
    decision = promote(project)
    assert decision.promoted
    assert decision.reason.startswith("version 2 has lost its files (")
    assert decision.reason.endswith(") and has to go; version 3 replaces it whatever the metric")
    assert aliases(project) == {CHAMPION: 3}


def test_a_rollback_keeps_no_version_that_lost_its_files(
    project: Project, world: SimpleNamespace
) -> None:
    promoted_twice(project, world)
    client = connect(project)
    shutil.rmtree(folder_of(client, client.get_model_version(MODEL, "2"), project))
    rollback(project)
    assert aliases(project) == {CHAMPION: 1}


def test_a_version_that_lost_its_files_is_told(project: Project, world: SimpleNamespace) -> None:
    add(project, world, "one")
    client = connect(project)
    version = find(client, CHALLENGER)
    assert version
    shutil.rmtree(folder_of(client, version, project))
    forget(project, "u007")
    with pytest.raises(InputError, match="has lost its files"):
        promote(project)
