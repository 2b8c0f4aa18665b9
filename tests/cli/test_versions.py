"""`mmga data log`: which version of the data trained which model."""

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mmga.cli import run
from mmga.project import Project
from mmga.registry.promotion import promote
from mmga.registry.registration import register
from mmga.versions import dvc_hash

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@x")


def log(capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert run(["data", "log", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def version(project: Project, md5: str, message: str | None) -> None:
    (project.root / "data.dvc").write_text(
        f"outs:\n- md5: {md5}.dir\n  size: 2097152\n  nfiles: 5\n  path: data\n"
    )
    if message:
        for command in (("add", "data.dvc"), ("commit", "--quiet", "-m", message)):
            subprocess.run([*GIT, *command], cwd=project.root, check=True, capture_output=True)


def cache(project: Project, md5: str, users: int) -> None:
    """What DVC keeps of a version."""
    home = project.root / ".dvc" / "cache" / "files" / "md5"
    described = "d" * 32
    for name, text in (
        (f"{md5}.dir", json.dumps([{"md5": described, "relpath": "dataset.json"}])),
        (described, json.dumps({"counts": {"users": users}})),
    ):
        file = home / name[:2] / name[2:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_every_version_has_its_commit_its_counts_and_its_models(
    project: Project,
    world: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(project.root)
    subprocess.run([*GIT, "init", "--quiet"], check=True)
    version(project, "a" * 32, "the first")
    cache(project, "a" * 32, 100)
    world.train(project, "one")
    register(project)
    promote(project)
    version(project, "b" * 32, "the second")
    world.train(project, "two")
    register(project)
    version(project, "c" * 32, None)

    third, second, first = log(capsys)
    assert [entry["data"]["md5"][0] for entry in (third, second, first)] == ["c", "b", "a"]
    assert [entry["here"] for entry in (third, second, first)] == [True, False, False]
    assert first["data"]["subject"] == "the first"
    assert len(first["data"]["commit"]) == 40
    assert first["counts"] == {"users": 100}
    assert second["counts"] == {}
    assert third["data"]["commit"] is None
    (model,) = first["models"]
    assert (model["version"], model["aliases"], model["decision"]) == (1, ["champion"], "promoted")
    assert model["metric"] == "fans C0 mrr"
    assert [model["version"] for model in second["models"]] == [2]
    assert third["models"] == []

    assert run(["data", "log"]) == 0
    said = capsys.readouterr().out
    assert "mmga-fans 1 (champion): fans C0 mrr 0.2000, promoted" in said
    assert "100 users; 5 files, 2.0 MiB" in said
    assert "in no commit  <- data.dvc, but not data/" in said


def test_the_same_version_committed_twice_is_one(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(project.root)
    subprocess.run([*GIT, "init", "--quiet"], check=True)
    for letter in "aba":
        version(project, letter * 32, f"version {letter}")
    assert [(e["data"]["md5"][0], e["here"]) for e in log(capsys)] == [("b", False), ("a", True)]


def test_versions_of_other_branches_and_of_merged_ones_are_known(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(project.root)

    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")  # what came first is no date

    def git(*arguments: str) -> None:
        subprocess.run([*GIT, *arguments, "--quiet"], check=True, capture_output=True)

    git("init", "--initial-branch=main")
    version(project, "a" * 32, "a line\u2028that breaks")
    git("checkout", "-b", "tried")
    version(project, "b" * 32, "tried")
    version(project, "a" * 32, "taken back")
    git("checkout", "main")
    git("merge", "--no-ff", "-m", "nothing is left of it", "tried")
    git("branch", "-D", "tried")
    git("checkout", "-b", "other")
    git("rm", "data.dvc")
    git("commit", "-m", "no data")
    version(project, "d" * 32, "elsewhere")
    git("checkout", "main")
    subjects = {entry["data"]["md5"][0]: entry["data"]["subject"] for entry in log(capsys)}
    assert subjects == {"a": "a line\u2028that breaks", "b": "tried", "d": "elsewhere"}


@pytest.fixture
def file(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that `data/` holds, in a git repository without a commit."""
    monkeypatch.chdir(project.root)
    subprocess.run([*GIT, "init", "--quiet"], check=True)
    shutil.rmtree(project.data, ignore_errors=True)
    project.data.mkdir()
    content = project.data / "dataset.json"
    content.write_text(json.dumps({"counts": {"users": 3}}))
    return content


def test_data_that_changed_since_they_were_added_are_told_with_both_ways_out(
    project: Project,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    md5 = dvc_hash(project.data, [file])
    text = f"outs:\n- md5: {md5}\n  size: {file.stat().st_size}\n  nfiles: 1\n  path: data\n"
    (project.root / "data.dvc").write_text(text)

    def seen() -> tuple[bool, dict[str, int], str]:
        (entry,) = log(capsys)
        assert run(["data", "log"]) == 0
        return entry["changed"], entry["counts"], capsys.readouterr().out

    changed, counts, said = seen()
    assert (changed, counts) == (False, {"users": 3})
    assert said.splitlines()[0].endswith("<- here")
    for users in (4, 44):  # of the same size, and of another
        file.write_text(json.dumps({"counts": {"users": users}}))
        changed, counts, said = seen()
        assert (changed, counts) == (True, {})
        assert said.startswith("data/ holds something else than data.dvc names. New data: dvc add")
        assert "By accident: dvc checkout data.dvc." in said
        assert "<- here" not in said
    monkeypatch.setattr("mmga.versions.HASHED", 1)
    assert seen()[0], "the size alone tells"


def test_data_of_an_older_version_are_told_as_that_one_and_nobodys_work_is_overwritten(
    project: Project, file: Path, capsys: pytest.CaptureFixture[str]
):
    old = dvc_hash(project.data, [file]).removesuffix(".dir")
    version(project, old, "mine")
    version(project, "b" * 32, "a colleague's")

    theirs, mine = log(capsys)
    assert (theirs["here"], theirs["changed"], theirs["held"]) == (True, True, False)
    assert (mine["here"], mine["held"], mine["counts"]) == (False, True, {"users": 3})
    assert run(["data", "log"]) == 0
    told, *lines = capsys.readouterr().out.splitlines()
    assert told.startswith(f"data/ holds version {old[:12]}")
    assert "dvc checkout data.dvc" in told
    assert "dvc add" not in told
    assert [line.partition("  <- ")[2] for line in lines if "  <- " in line] == [
        "data.dvc, but not data/",
        "here",
    ]


def test_large_data_are_nothing_known_where_data_dvc_says_no_size(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(project.root)
    project.data.mkdir(exist_ok=True)
    (project.data / "dataset.json").write_text("{}")
    (project.root / "data.dvc").write_text(f"outs:\n- md5: {'a' * 32}.dir\n  path: data\n")
    monkeypatch.setattr("mmga.versions.HASHED", 1)
    (entry,) = log(capsys)
    assert (entry["here"], entry["changed"], entry["held"]) == (True, False, False)
    assert run(["data", "log"]) == 0
    assert capsys.readouterr().out.endswith("in no commit  <- data.dvc\n")


def test_a_size_is_told_only_with_the_number_of_files(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(project.root)
    for text in ("size: 2097152", "nfiles: 5"):
        (project.root / "data.dvc").write_text(f"outs:\n- md5: {'a' * 32}.dir\n  {text}\n")
        assert run(["data", "log"]) == 0
        assert "MiB" not in capsys.readouterr().out


def test_without_git_without_models_and_without_data_it_says_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).touch()
    assert log(capsys) == []
    assert run(["data", "log"]) == 0
    assert "dvc add data" in capsys.readouterr().out
    version(Project(tmp_path), "a" * 32, None)
    (entry,) = log(capsys)
    assert entry["here"] is True
    assert entry["data"]["date"] is None
    assert not (tmp_path / "stores").exists()


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"outs: []",
            b"outs:\n- path: data\n",
            b"<<<<<<< HEAD\n: [",
            b"outs:\n- md5: \xff\n",
        ),
        *(b"outs:\n- md5: 1.dir\n  size: lots\n", b"outs:\n- md5: 1.dir\n  nfiles: true\n"),
        *(b"outs:\n- md5: 1.dir\n  size: 2026-99-99\n", b"outs:\n- md5: [1]\n"),
    ],
)
def test_a_version_that_cannot_be_read_is_said_with_the_way_out(
    content: bytes,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(project.root)
    subprocess.run([*GIT, "init", "--quiet"], check=True)
    version(project, "a" * 32, "the first")
    (project.root / "data.dvc").write_bytes(content)
    assert run(["data", "log"]) == 1
    assert "git checkout data.dvc" in capsys.readouterr().err
    subprocess.run([*GIT, "commit", "--quiet", "-am", "a bad merge"], check=True)
    version(project, "a" * 32, None)
    assert [entry["data"]["subject"] for entry in log(capsys)] == ["the first"]
