"""The commands around a registered model, as a person types them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from mmga.cli import run
from mmga.fans import FanModel
from mmga.project import Project
from mmga.sources.identities.pseudonyms import Pseudonyms

Mmga = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mmga(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Mmga:
    """Runs a command line in the project: status, stdout, stderr."""
    monkeypatch.chdir(project.root)

    def command(*arguments: str) -> tuple[int, str, str]:
        status = run(list(arguments))
        return status, *capsys.readouterr()

    return command


def test_from_a_training_to_the_fans_of_an_account(
    mmga: Mmga, project: Project, world: SimpleNamespace, tmp_path: Path
) -> None:
    world.train(project, "one")
    status, said, _ = mmga("fans", "u003", "--model", "build", "-k", "3")
    assert status == 0
    assert len(said.splitlines()) == 4
    status, _, error = mmga("fans", "u003")
    assert status == 1
    assert "no version 'champion'" in error
    assert len(error.splitlines()) <= 3

    assert mmga("register")[1] == "registered mmga-fans version 1 as challenger\n"
    status, said, _ = mmga("promote", "--dry-run")
    assert status == 0
    assert "version 1 is promoted" in said
    assert "nothing was changed" in said
    assert json.loads(mmga("promote", "--json")[1])["promoted"] is True

    status, said, _ = mmga("fans", "u003", "-k", "2", "--json")
    found = json.loads(said)
    assert found["fans"] == "u003"
    lines = mmga("fans", "u003", "-k", "2", "--model", "1")[1].splitlines()[1:]
    assert [user["user_id"] for user in found["users"]] == [line.split()[1] for line in lines]
    assert "rank  user" in mmga("followees", "u003")[1]
    assert "rank  user" in mmga("lookalike", "u003")[1]

    status, said, error = mmga("fans", "nobody")
    assert (status, said) == (1, "")
    assert error == "error: no user 'nobody' among the 120 users of mmga-fans 1\n"

    out = tmp_path / "vectors.parquet"
    wanted = tmp_path / "users.txt"
    wanted.write_text("u007\nu002\n")
    status, said, _ = mmga("embed", "--out", str(out), "--users", str(wanted), "--json")
    assert status == 0
    assert json.loads(said)["users"] == 2
    vectors = pd.read_parquet(out)
    assert vectors["user_id"].tolist() == ["u007", "u002"]
    assert vectors["vector"][0] == pytest.approx(world.fan_model(0.3).vectors[7])

    status, _, error = mmga("rollback")
    assert status == 1
    assert "two promotions" in error


def test_there_is_nothing_to_serve_before_a_promotion(mmga: Mmga) -> None:
    status, _, error = mmga("serve")
    assert status == 1
    assert "mmga promote" in error


def test_a_challenger_that_is_missing_is_no_failure(mmga: Mmga) -> None:
    assert mmga("promote")[:2] == (0, "there is no challenger; `mmga register` makes one\n")


@pytest.mark.parametrize(
    "name",
    ["register", "promote", "rollback", "fans", "followees", "lookalike", "embed", "serve"],
)
def test_each_help_shows_an_example(mmga: Mmga, name: str) -> None:
    status, said, _ = mmga(name, "--help")
    assert status == 0
    assert f"mmga {name}" in said.split("Example:")[1]


def test_a_user_is_found_by_the_handle_where_the_key_is(
    mmga: Mmga, project: Project, world: SimpleNamespace, tmp_path: Path
) -> None:
    names = Pseudonyms.of_user()
    assert names is not None
    world.train(project, "one")
    model = FanModel.read(project.build / "model")
    replace(model, user_ids=[names.of(user) for user in model.user_ids]).write(
        project.build / "model"
    )
    wanted = names.of("u003")
    for spelling in ("u003", "@u003", "@U003", wanted):
        status, said, error = mmga("lookalike", spelling, "--model", "build", "--json")
        assert (status, error) == (0, "")
        assert json.loads(said)["lookalike"] == wanted
    (tmp_path / "users.txt").write_text(f"u003\n{names.of('u004')}\n")
    out = tmp_path / "vectors.parquet"
    asked = ["--users", str(tmp_path / "users.txt"), "--model", "build", "--out", str(out)]
    assert mmga("embed", *asked)[0] == 0
    assert pd.read_parquet(out)["user_id"].tolist() == [wanted, names.of("u004")]
    assert mmga("fans", "nobody", "--model", "build")[0] == 1
