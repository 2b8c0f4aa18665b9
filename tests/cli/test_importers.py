"""The importers of raw formats, as a data engineer types them."""

import datetime as dt
import json

import pandas as pd
import pytest

from mmga.cli import run
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.tables import read_table
from tests.sources.trees import influencers, instagram_export, instaloader

MAKERS = {
    "instaloader": instaloader.write_tree,
    "instagram-export": instagram_export.write_tree,
    "influencers": influencers.write_tree,
}

COMMANDS = {
    "instaloader": ["instaloader", "raw/profiles", "--edges", "raw/edges.csv"],
    "instagram-export": ["instagram-export", "raw/exports"],
    "influencers": ["influencers", "raw/influencers"],
}


@pytest.fixture(params=COMMANDS)
def importer(request, tmp_path, monkeypatch):
    """The name of an importer whose delivery of 60 posts lies in `raw`, here."""
    monkeypatch.chdir(tmp_path)
    MAKERS[request.param](tmp_path / "raw", 60)
    return request.param


def test_one_command_imports_and_says_what_comes_next(importer, tmp_path, capsys):
    assert run(["import", *COMMANDS[importer], "--out", "data"]) == 0
    assert "dvc add data" in capsys.readouterr().out
    assert len(read_table(tmp_path / "data", "posts")) == 60
    assert len(read_table(tmp_path / "data", "users")) == 3


def test_a_machine_reads_the_report_as_json(importer, capsys):
    assert run(["import", *COMMANDS[importer], "--out", "data", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["written"]["posts"], report["written"]["images"]) == (60, 66)


def test_the_description_says_who_made_the_data_set(importer, tmp_path):
    run(["import", *COMMANDS[importer], "--out", "data", "--licence", "on request"])
    said = json.loads((tmp_path / "data" / "dataset.json").read_text())
    assert said["licence"] == "on request"
    assert importer in said["made_by"]


def test_the_day_of_collection_is_today_if_it_is_not_given(importer, tmp_path):
    before = dt.datetime.now(dt.UTC).date()
    for options in ([], ["--collected-on", "2021-03-04"]):
        assert run(["import", *COMMANDS[importer], "--out", "data", "--force", *options]) == 0
        said = json.loads((tmp_path / "data" / "dataset.json").read_text())["collected_on"]
        after = dt.datetime.now(dt.UTC).date()
        assert said == "2021-03-04" if options else before.isoformat() <= said <= after.isoformat()


@pytest.mark.parametrize("day", ["2999-01-01", "9999-12-31", "0026-11-30", "2003-12-31"])
def test_a_day_of_collection_that_cannot_be_is_refused(day, importer, tmp_path, capsys):
    command = ["import", *COMMANDS[importer], "--out", "data", "--collected-on", day]
    assert run(command) == 1
    assert f"between 2004-01-01 and today, got {day}" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_later_delivery_is_added_and_the_files_of_before_stay(importer, tmp_path):
    assert run(["import", *COMMANDS[importer], "--out", "data"]) == 0
    before = {file: file.read_bytes() for file in (tmp_path / "data").rglob("*.parquet")}
    (tmp_path / "raw").rename(tmp_path / "first")
    MAKERS[importer](tmp_path / "raw", 90)
    assert run(["import", *COMMANDS[importer], "--out", "data", "--append"]) == 0
    assert {file: file.read_bytes() for file in before} == before
    assert len(read_table(tmp_path / "data", "posts")) > 60


def test_with_ids_kept_the_list_has_the_same_lines_and_the_files(importer, tmp_path, capsys):
    for profile in (tmp_path / "raw").glob("profiles/*/"):
        (profile / "notes.doc").touch()
    assert run(["import", *COMMANDS[importer], "--out", "data"]) == 0
    said = capsys.readouterr().out
    assert run(["import", *COMMANDS[importer], "--out", "plain", "--keep-ids"]) == 0
    assert "places are pseudonyms" not in capsys.readouterr().out
    names = Pseudonyms.of_user()
    assert names is not None
    lists = [pd.read_csv(tmp_path / f"{name}.dropped.csv") for name in ("data", "plain")]
    hidden, plain = lists
    assert "places are pseudonyms" in said
    assert hidden[["table", "reason"]].equals(plain[["table", "reason"]])
    assert hidden["where"].tolist() == [names.of(where, "place") for where in plain["where"]]


def test_nothing_is_called_there_already_that_was_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["import", "tables", "--keep-ids", "--out", "data", "--follows", "edges.csv"]
    for edges, said in (
        ("a,b\nb,a\n", "dvc add data"),
        (
            "a,b\na,b\n",
            "Nothing was added: data has a record of each id already, which stays as it is.",
        ),
        ("a,b\nc,c\n", "what data does not have already was left out, for the reasons above."),
    ):
        (tmp_path / "edges.csv").write_text("follower_id,followee_id\n" + edges)
        assert run([*command, *(["--append"] if (tmp_path / "data").exists() else [])]) == 0
        assert said in " ".join(capsys.readouterr().out.split())


def test_a_data_set_is_not_made_inside_what_is_read(importer, tmp_path, capsys):
    place = COMMANDS[importer][1]
    assert run(["import", *COMMANDS[importer], "--out", f"{place}/data"]) == 1
    assert "which is read; name another folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_shows_an_example(name, capsys):
    assert run(["import", name, "--help"]) == 0
    assert f"mmga import {name}" in capsys.readouterr().out


def test_what_instaloader_cannot_know_is_asked_for_in_words(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    profiles, _ = instaloader.write_tree(tmp_path / "raw", 60)
    one = str(min(profiles.iterdir()))
    command = ["import", "instaloader", one, "--out", "data"]
    assert run(command) == 1
    said = capsys.readouterr().err
    assert f"{one} is the folder of one profile" in said
    assert f"name the folder that holds them: {profiles}" in said
    assert "Give them with --edges FILE" in said
    assert run([*command, "--edges", "raw/edges.csv"]) == 0
    assert "--edges" not in capsys.readouterr().err
    (tmp_path / "data").rename(tmp_path / "one")
    assert run(["import", *COMMANDS["instaloader"], "--out", "data"]) == 0
    assert capsys.readouterr().err == ""


def test_an_export_that_does_not_say_whose_it_is_is_named_by_a_person(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    follower = instagram_export.entry("bob", 1_600_000_000)
    name = "connections/followers_and_following/followers_1.json"
    files = iter([(name, instagram_export.dumped([follower]))])
    instagram_export.write_files(tmp_path / "my data", files)
    assert run(["import", "instagram-export", "my data", "--out", "data"]) == 1
    assert "name the person with --owner" in capsys.readouterr().err
    command = ["import", "instagram-export", "my data", "--out", "data", "--owner", "ann"]
    command.append("--keep-ids")
    assert run(command) == 0
    assert read_table(tmp_path / "data", "follows").followee_id.tolist() == ["ann"]
