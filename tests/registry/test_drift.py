"""The data in front of us against those of a registered model, through the real registry."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from mmga.cli import run
from mmga.errors import InputError
from mmga.project import Project
from mmga.quality.profile import Missing, Profile
from mmga.registry.drift import drift, stops
from mmga.registry.registration import register
from mmga.registry.versions import CHAMPION, MODEL, find, folder_of
from mmga.tracking import connect


def profile(project: Project, without: int) -> Path:
    """The new data: a thousand posts, so many of them without a caption."""
    part = Missing(missing=without, records=1000, owners=1000)
    file = project.build / "quality" / "profile.json"
    Profile(
        version=1,
        counts={"posts": 1000},
        missing={"posts.caption": part},
        shares={},
        numbers={},
        top={},
    ).write(file)
    return file


def crown(project: Project, world: SimpleNamespace, name: str) -> None:
    world.train(project, name)
    made = register(project)
    connect(project).set_registered_model_alias(MODEL, CHAMPION, str(made.version))


def written(project: Project) -> dict:
    return json.loads((project.build / "drift" / "drift.json").read_text())


def test_without_a_champion_nothing_is_compared_and_that_is_said(project, capsys, monkeypatch):
    profile(project, 10)
    monkeypatch.chdir(project.root)
    assert run(["quality", "drift"]) == 0
    assert "has no champion yet" in capsys.readouterr().out
    assert written(project)["level"] is None
    assert "has no champion yet" in (project.build / "drift" / "index.html").read_text()


def test_a_champion_carries_the_profile_of_its_data_and_later_ones_are_held_against_it(
    project, world, capsys, monkeypatch
):
    monkeypatch.chdir(project.root)
    first = profile(project, 10).read_bytes()
    crown(project, world, "one")
    client = connect(project)
    kept = folder_of(client, find(client, CHAMPION), project) / "profile.json"
    assert kept.read_bytes() == first
    assert run(["quality", "drift"]) == 0
    assert capsys.readouterr().out.startswith("drift: none\nThe data are like those of")
    profile(project, 400)
    assert run(["quality", "drift", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == written(project)
    assert (answer["level"], answer["against"]) == ("strong", f"{MODEL} 1")
    assert "more posts without a caption: 1% before, 40% now" in answer["sentence"]


def test_a_champion_without_a_profile_is_told_but_asked_for_by_number_an_error(project, world):
    crown(project, world, "one")
    profile(project, 10)
    compared = drift(project)
    assert (compared.level, compared.drift) == (None, None)
    assert "was registered without a profile" in compared.sentence
    with pytest.raises(
        InputError, match=r"--against 1: .*without a profile.*\nName another version"
    ):
        drift(project, "1")


def test_a_champion_that_lost_its_files_is_not_said_to_be_without_a_profile(project, world):
    profile(project, 10)
    crown(project, world, "one")
    client = connect(project)
    shutil.rmtree(folder_of(client, find(client, CHAMPION), project))
    compared = drift(project)
    assert compared.level is None
    assert f"{MODEL} version 1 has lost its files" in compared.sentence
    with pytest.raises(InputError, match=r"--against 1: .*has lost its files"):
        drift(project, "1")


def test_a_profile_that_cannot_be_read_fails_no_run(project, world):
    profile(project, 10)
    crown(project, world, "one")
    client = connect(project)
    (folder_of(client, find(client, CHAMPION), project) / "profile.json").write_text("{}")
    assert "has a profile that cannot be read" in drift(project).sentence


@pytest.mark.parametrize("against", ["7", "-1", str(10**30), "9" * 5000, "x" * 300, "\u0663", ""])
def test_what_is_neither_a_file_nor_a_version_is_refused(project, against):
    profile(project, 10)
    with pytest.raises(InputError, match="neither a file nor a version"):
        drift(project, against)


def test_without_validated_data_the_way_out_is_told(project):
    with pytest.raises(InputError, match=r"profile\.json is missing; `dvc repro` makes it"):
        drift(project)


def test_of_data_that_did_not_pass_the_ways_out_are_those_of_their_report(project):
    ways = ["Mend the source and import it again.", "Or accept the loss."]
    report = project.build / "quality" / "report.json"
    report.write_text(json.dumps({"verdict": "fail", "ways_out": ways}))
    with pytest.raises(InputError, match="their validation stopped") as raised:
        drift(project)
    assert str(raised.value).splitlines()[1] == " ".join(ways)
    assert "dvc repro" not in str(raised.value)


@pytest.mark.parametrize("content", ["{", "[]", "{}", "\x00"])
def test_a_file_that_holds_no_profile_is_named_with_what_may_be_given(content, project):
    profile(project, 10)
    file = project.root / "other.json"
    file.write_text(content)
    with pytest.raises(InputError) as raised:
        drift(project, str(file))
    first, second = str(raised.value).splitlines()
    assert first.startswith(f"--against {file}: the file must hold a profile, ")
    assert second.startswith("Name the profile.json of another validation")
    assert "dvc repro" not in first


def test_the_data_of_a_file_are_not_said_to_have_trained_anything(project):
    file = profile(project, 10)
    file.rename(project.root / "other.json")
    profile(project, 10)
    other = str(project.root / "other.json")
    assert drift(project, other).sentence == f"The data are like those of {other}."


@pytest.mark.parametrize(("stop", "status"), [(None, 0), ("slight", 1), ("strong", 1)])
def test_only_a_limit_in_the_parameters_makes_drift_an_error(
    stop, status, project, capsys, monkeypatch
):
    monkeypatch.chdir(project.root)
    old = profile(project, 10).rename(project.root / "old.json")
    profile(project, 400)
    params = yaml.safe_load((project.root / "params.yaml").read_text())
    params["drift"]["stop"] = stop
    (project.root / "params.yaml").write_text(yaml.safe_dump(params))
    assert run(["quality", "drift", "--against", str(old)]) == status
    assert ("error: the data have drifted (strong)" in capsys.readouterr().err) == bool(status)
    compared = drift(project, str(old))
    assert stops(project, compared) == bool(status)
    profile(project, 10)
    assert not stops(project, drift(project, str(old)))
