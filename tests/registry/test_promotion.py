"""Aliases move on evidence alone, every decision leaves its reason, and one step goes back."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient

from mmga.errors import InputError
from mmga.project import Project
from mmga.registry.promotion import promote, rollback
from mmga.registry.registration import register
from mmga.registry.versions import CHALLENGER, CHAMPION, MODEL, PREVIOUS, find
from mmga.tracking import connect


def aliases(project: Project) -> dict[str, int]:
    client = connect(project)
    found = {alias: find(client, alias) for alias in (CHALLENGER, CHAMPION, PREVIOUS)}
    return {alias: int(version.version) for alias, version in found.items() if version}


def add(project: Project, world: SimpleNamespace, name: str, **quality: float) -> None:
    world.train(project, name, **quality)
    register(project)


def test_without_a_challenger_nothing_happens(project: Project) -> None:
    decision = promote(project)
    assert not decision.promoted
    assert "mmga register" in str(decision)


def test_a_dry_run_leaves_what_a_killed_promotion_left(
    project: Project, world: SimpleNamespace
) -> None:
    add(project, world, "one", noise=1.0)
    promote(project)
    connect(project).set_registered_model_alias(MODEL, CHALLENGER, "1")
    assert not promote(project, dry_run=True).promoted
    assert aliases(project) == {CHALLENGER: 1, CHAMPION: 1}
    promote(project)
    assert aliases(project) == {CHAMPION: 1}


def test_a_life_of_promotions(project: Project, world: SimpleNamespace) -> None:
    add(project, world, "one", noise=1.0)
    assert aliases(project) == {CHALLENGER: 1}
    planned = promote(project, dry_run=True)
    assert planned.promoted
    assert aliases(project) == {CHALLENGER: 1}, "a dry run moves nothing"
    assert "mmga.decision" not in connect(project).get_model_version(MODEL, "1").tags
    assert promote(project).reason == planned.reason
    assert aliases(project) == {CHAMPION: 1}

    add(project, world, "worse", noise=3.0)
    lost = promote(project)
    assert not lost.promoted
    assert aliases(project) == {CHALLENGER: 2, CHAMPION: 1}
    version = connect(project).get_model_version(MODEL, "2")
    assert version.tags["mmga.decision"] == "kept back"
    assert version.tags["mmga.reason"] == lost.reason
    assert lost.reason in version.description
    parts = json.loads(version.tags["mmga.evidence"])
    assert any(part.get("name") == "warm" for part in parts)

    add(project, world, "better", noise=0.1)
    won = promote(project)
    assert won.promoted, won.reason
    assert str(won).startswith("version 3 is promoted to champion, against version 1\n")
    assert aliases(project) == {CHAMPION: 3, PREVIOUS: 1}
    assert not promote(project).promoted, "the champion is not its own challenger"

    back = rollback(project, "a complaint")
    assert aliases(project) == {CHAMPION: 1, PREVIOUS: 3}
    for number in "13":
        tags = connect(project).get_model_version(MODEL, number).tags
        assert tags["mmga.decision"] == "rolled back"
        assert tags["mmga.reason"] == back.reason
    assert "a complaint" in back.reason
    assert not register(project).new
    assert aliases(project) == {CHAMPION: 1, PREVIOUS: 3}, "a person's rollback is not undone"
    rollback(project)
    assert aliases(project) == {CHAMPION: 3, PREVIOUS: 1}


def test_a_first_model_no_better_than_a_baseline_is_kept_back(
    project: Project, world: SimpleNamespace
) -> None:
    add(project, world, "one", edge=0.005)
    decision = promote(project)
    assert not decision.promoted
    assert "does not beat popularity" in decision.reason
    assert aliases(project) == {CHALLENGER: 1}


def test_a_model_against_itself_is_not_promoted(project: Project, world: SimpleNamespace) -> None:
    add(project, world, "one", noise=0.3)
    promote(project)
    add(project, world, "same", noise=0.3)
    assert not promote(project).promoted


def test_there_is_no_rollback_without_a_previous_champion(
    project: Project, world: SimpleNamespace
) -> None:
    with pytest.raises(InputError, match="two promotions"):
        rollback(project)
    add(project, world, "one")
    promote(project)
    with pytest.raises(InputError, match="two promotions"):
        rollback(project)


@pytest.mark.parametrize("call", [0, 1, 2])
def test_a_promotion_killed_at_any_call_is_finished_by_the_next(
    project: Project, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    add(project, world, "one", noise=1.0)
    promote(project)
    add(project, world, "better", noise=0.1)
    client = connect(project)
    calls = ["set_registered_model_alias", "delete_registered_model_alias"]
    done: list[str] = []

    def until_killed(name: str) -> Callable[..., Any]:
        original = getattr(MlflowClient, name)

        def made(self: MlflowClient, *given: Any) -> Any:
            if len(done) == call:
                raise KeyboardInterrupt
            done.append(name)
            return original(self, *given)

        return made

    with monkeypatch.context() as patch:
        for name in calls:
            patch.setattr(MlflowClient, name, until_killed(name))
        with pytest.raises(KeyboardInterrupt):
            promote(project)
    assert find(client, CHAMPION) is not None, "one is served at any moment"
    if call == 1:
        with pytest.raises(InputError, match="no previous champion"):
            rollback(project)
    promote(project)
    assert aliases(project) == {CHAMPION: 2, PREVIOUS: 1}
    assert not promote(project).promoted
