"""`mmga forget` in a project with a champion, caches and leftovers."""

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmga.cli import run
from mmga.modalities.encodings import EncodingStore
from mmga.privacy.encodings import content_keys
from mmga.privacy.erasure import survey
from mmga.privacy.forget import forget
from mmga.privacy.next_steps import next_steps
from mmga.privacy.search import Search
from mmga.privacy.traces import PURGE, Trace, artifacts_of, traces
from mmga.project import Project
from mmga.registry.promotion import promote
from mmga.registry.registration import register
from mmga.registry.revoked import REVOKED
from mmga.registry.versions import CHAMPION, MODEL, find, folder_of
from mmga.sources.identities.key_file import make_key
from mmga.sources.identities.numbers import Identities
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.instaloader import Instaloader
from mmga.sources.loading.load import load
from mmga.sources.source import Edge, Post, User
from mmga.tables import ImageWriter, read_table, write_description, write_table
from mmga.tracking import connect
from mmga.versions import dvc_hash
from tests.conftest import copy_of, train, use_stores, with_stores
from tests.sources.made import Made
from tests.sources.trees.instaloader import write_profile
from tests.tiny import picture

Mmga = Callable[..., Any]


@pytest.fixture(scope="module")
def template(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """See `known`: to be copied, as registering takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        made = with_stores(tmp_path_factory.mktemp("template") / "project", empty_store, patch)
        fill(made)
        train(made, "one")
        register(made)
        promote(made)
        train(made, "two")
        register(made)
        leave(made)
    return made


@pytest.fixture
def known(template: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Version 1 is champion, 2 challenger; both, and all stores, know u007, whom others mention."""
    made = copy_of(template, tmp_path / "project")
    use_stores(made, monkeypatch)
    return made


@pytest.fixture
def filled(project: Project) -> Project:
    """Data alone: nothing was trained."""
    fill(project)
    return project


def fill(project: Project, names: Pseudonyms | None = None) -> None:
    """A data set of the users of `build/`, of whom two have posts."""
    clean, data = project.build / "clean", project.data

    def of(user: str) -> str:
        return names.of(user) if names else user

    users, follows = read_table(clean, "users"), read_table(clean, "follows")
    write_table(data, "users", users.assign(user_id=users["user_id"].map(of)))
    ends = {end: follows[end].map(of) for end in ("follower_id", "followee_id")}
    write_table(data, "follows", follows.assign(**ends))
    posts = pd.DataFrame(
        {
            "post_id": ["p1", "p2", "p3"],
            "user_id": [of("u007"), of("u007"), of("u008")],
            "created_at": pd.Series(pd.NaT, index=range(3), dtype="datetime64[us, UTC]"),
            "caption": ["mine", "mine, too", f"with @{of('u007')}"],
        }
    )
    write_table(data, "posts", posts)
    write_table(clean, "posts", posts)
    with ImageWriter(data) as writer:
        for number, post in enumerate(posts["post_id"]):
            writer.add(f"{post}_0", post, 0, picture(number, 0))
    made = {"pseudonyms": {"key_id": names.key_id, "texts": True}} if names else {}
    write_description(data, {"name": "toy", "licence": "CC0-1.0", **made})


def leave(project: Project) -> None:
    """What runs, imports and trainings leave behind."""
    stores = project.stores
    store = EncodingStore(stores / "encodings" / "image" / "revision")
    keys = sorted(content_keys(project.data))
    for first in (0, 3):
        part = keys[first : first + 3]
        store.add(part, np.array([[int(key[:4], 16)] for key in part], np.float32))
    (stores / "checkpoints" / "abc").mkdir(parents=True)
    (stores / "checkpoints" / "abc" / "mmga.pt").write_bytes(b"weights")
    for name, user in (("main-1", "u007"), ("main-2", "u008")):
        folder = stores / "study" / name / "build" / "model"
        folder.mkdir(parents=True)
        pd.DataFrame({"user_id": [user]}).to_parquet(folder / "users.parquet")
    (stores / "runs" / "r1").mkdir(parents=True)
    (stores / "runs" / "r1" / "quality.md").write_text("| posts | p1 of u007 |")
    (stores / "runs" / "r1" / "quality.json").write_text('{"post_id": "p1"}')
    (stores / "runs" / "r1" / "card.md").write_text("nobody")
    for listed in ("data.dropped.csv", "data.dropped-00002.csv"):
        (project.root / listed).write_text(
            "table,where,record,reason\nposts,row 1,p1,x\nposts,row 2,u0071,x\n"
            "follows,row 3,u009 u007,x\nimages,row 4,p2 u1.jpg,x\nimages,row 5,p3 p1,x\n"
            "posts.caption,row 6,p1,x\nusers,row 7,p1,x\n"
        )
    staged = project.root / ".data.import" / "records"
    staged.mkdir(parents=True)
    pd.DataFrame({"user_id": ["u007"]}).to_parquet(staged / "users.parquet")
    client = connect(project)
    version = find(client, CHAMPION)
    assert version is not None
    for name, content in (("page.html", "<p>u007</p>"), ("users.json", '{"user_id": "u007"}')):
        (project.root / name).write_text(content)
        client.log_artifact(version.run_id, str(project.root / name), "quality")
        (project.root / name).unlink()


@pytest.fixture
def mmga(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mmga:
    """Runs a command in a project: what it printed, as JSON where it is; or the error."""

    def command(project: Project, *arguments: str, status: int = 0) -> Any:
        monkeypatch.chdir(project.root)
        capsys.readouterr()
        assert run(list(arguments)) == status, capsys.readouterr().err
        said = capsys.readouterr()
        if "--json" in arguments and not status:
            return json.loads(said.out)
        return said.err if status else said.out

    return command


def tree(project: Project) -> dict[str, str]:
    """Every file but locks and the database, which SQLite may touch."""
    return {
        str(file.relative_to(project.root)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in project.root.rglob("*")
        if file.is_file() and ".lock" not in file.name and "mlflow.db" not in file.name
    }


def places(said: dict[str, Any], *states: str) -> set[str]:
    return {trace["place"] for trace in said["traces"] if trace["state"] in states}


def test_a_dry_run_says_everything_and_changes_nothing(known: Project, mmga: Mmga):
    before = tree(known)
    said = mmga(known, "forget", "u007", "--dry-run", "--purge", "--json")
    assert tree(known) == before
    assert said["dry_run"] is True
    assert said["gone"]["posts"] == 2
    assert said["gone"]["images"] == 2
    assert said["texts"] == 1
    assert {
        *("mmga-fans version 1 (champion)", "mmga-fans version 2 (challenger)"),
        *("build/clean", "build/model", "stores/encodings", "stores/study", "stores/runs"),
        *("data.dropped.csv", "data.dropped-00002.csv"),
    } <= places(said, "knows")
    assert {"stores/checkpoints", ".data.import", "DVC's remote"} <= places(said, "may know")
    assert "build/report" in places(said, "clean")
    assert all(trace["todo"] for trace in said["traces"] if trace["state"] != "clean")
    text = mmga(known, "forget", "u007", "--dry-run")
    assert "nothing was changed" in text


def test_a_user_is_taken_out_and_every_version_that_knows_them_says_so(known: Project, mmga: Mmga):
    said = mmga(known, "forget", "u007", "--json")
    assert "u007" not in set(read_table(known.data, "users")["user_id"])
    assert read_table(known.data, "posts")["caption"].tolist() == ["with [forgotten]"]
    assert said["rewritten"] == [
        *("follows.parquet", "images/part-00000.parquet", "posts.parquet", "users.parquet")
    ]
    client = connect(known)
    for number in "12":
        assert REVOKED in client.get_model_version(MODEL, number).tags
    assert "stores/encodings" in places(said, "knows")
    again = mmga(known, "forget", "u007", "--json")
    assert again["before"] is True
    assert again["gone"]["users"] == 0


def test_purging_takes_what_is_no_loss_and_leaves_what_is_anothers(known: Project, mmga: Mmga):
    mine = content_keys(known.data)
    said = mmga(known, "forget", "u007", "--purge", "--json")
    assert places(said, "knows") == {
        *("mmga-fans version 1 (champion)", "build/clean", "build/model", "build/splits")
    }
    stores = known.stores
    assert "deleted mmga-fans version 2 (challenger)" in said["purged"]
    client = connect(known)
    assert find(client, "2") is None
    champion = find(client, CHAMPION)
    assert champion is not None
    assert not list((stores / "checkpoints").glob("*"))
    assert [path.name for path in (stores / "study").glob("*")] == ["main-2"]
    kept = [path.name for path in sorted((stores / "runs" / "r1").glob("*"))]
    assert kept == ["card.md", "quality.md"], "a word may mean something else"
    assert "stores/runs" in places(said, "may know")
    for listed in ("data.dropped.csv", "data.dropped-00002.csv"):
        with (known.root / listed).open(newline="") as file:
            assert [row[2] for row in csv.reader(file)] == ["record", "u0071", "p3 p1", "p1"]
    assert not (known.root / ".data.import").exists()
    artifacts = {file.path for file in client.list_artifacts(champion.run_id, "quality")}
    assert "quality/users.json" not in artifacts
    assert {"quality/report.json", "quality/page.html"} <= artifacts

    keys = content_keys(known.data)
    store = EncodingStore(stores / "encodings" / "image" / "revision")
    kept = {key for key in mine if key in store}
    assert kept == mine & keys
    assert len(kept) == 1, "one picture; the caption of another has changed"
    store.write(sorted(kept), known.root / "rows.npy", np.zeros(1, np.float32))
    rows = np.load(known.root / "rows.npy")
    (known.root / "rows.npy").unlink()
    assert rows.ravel().tolist() == [int(key[:4], 16) for key in sorted(kept)]

    before = tree(known)
    assert mmga(known, "forget", "u007", "--purge", "--json")["purged"] == []
    assert tree(known) == before


def test_purging_takes_a_version_without_files_and_leaves_what_a_promotion_judges_by(
    known: Project, mmga: Mmga
):
    client = connect(known)
    challenger = client.get_model_version(MODEL, "2")
    shutil.rmtree(folder_of(client, challenger, known))
    evidence = artifacts_of(known) / "run" / "artifacts" / "evaluation" / "metrics.json"
    evidence.parent.mkdir(parents=True)
    evidence.write_text('{"a number that is an id, too": "u007"}')
    said = mmga(known, "forget", "u007", "--purge", "--json")
    assert "deleted mmga-fans version 2 (challenger)" in said["purged"]
    assert evidence.is_file()


@pytest.mark.parametrize("user", ["14", "fans"])
def test_an_id_that_is_a_number_or_a_word_takes_away_nothing_that_does_not_know_the_user(
    project: Project, mmga: Mmga, monkeypatch: pytest.MonkeyPatch, user: str
):
    fill(project)
    data, stores = project.data, project.stores
    for name in ("users", "follows"):
        write_table(data, name, read_table(data, name).replace("u007", user))
    for folder in ("study/seed-14", "study/seed-15", "runs/r1", "models/fans-14"):
        (stores / folder).mkdir(parents=True)
    tables = {"seed-14": ("task", "fans"), "seed-15": ("user_id", user)}
    for name, (column, value) in tables.items():
        pd.DataFrame({column: [value]}).to_parquet(stores / "study" / name / "users.parquet")
    (stores / "runs" / "r1" / "1.json").write_text('{"task": "fans", "run_id": "14"}')
    (stores / "runs" / "r1" / "2.json").write_text(json.dumps({"user_id": user}))
    listed = project.root / "data.dropped.csv"
    rows = ["table,where,record,reason", "posts,row 14,14,x", "posts,fans,fans,x"]
    listed.write_text("\n".join([*rows, f"users,row 1,{user},x", ""]))
    said = mmga(project, "forget", user, "--purge", "--json")
    left = {path.name for path in stores.glob("*/**/*")}
    assert {"seed-14", "1.json", "fans-14"} <= left
    assert not {"seed-15", "2.json"} & left
    assert listed.read_text().replace('"', "").splitlines() == rows
    assert {"data.dropped.csv", "stores/study", "stores/runs"} <= places(said, "may know")
    assert not {"data.dropped.csv", "stores/study", "stores/runs"} & places(said, "knows")


def test_further_columns_and_files_of_the_data_are_searched(filled: Project, mmga: Mmga):
    place = "further columns and files in data/"
    assert place in places(mmga(filled, "forget", "u006", "--json"), "clean")
    (filled.data / "note.txt").write_text("of u007")
    (filled.data / "of u007.csv").write_text("nothing")
    users = pd.read_parquet(filled.data / "users.parquet")
    users["known_as"] = "nobody", *users["user_id"][1:]
    users["by"] = [{"post_id": n} for n in range(len(users))]
    users.to_parquet(filled.data / "users.parquet", index=False)
    for option in ("--dry-run", "--purge"):
        said = mmga(filled, "forget", "u007", option, "--json")
        found = [trace["found"] for trace in said["traces"] if trace["place"] == place]
        assert found == ["note.txt, of u007.csv"], "who has gone has no further columns"
    users = pd.read_parquet(filled.data / "users.parquet")
    users.assign(known_as="u008 and u009").to_parquet(filled.data / "users.parquet")
    said = mmga(filled, "forget", "u008", "--json")
    found = [trace["found"] for trace in said["traces"] if trace["place"] == place]
    assert found == ["users.parquet"]


def test_posts_of_who_was_forgotten_before_are_known_from_older_versions(
    filled: Project, mmga: Mmga
):
    cached = filled.root / ".dvc" / "cache" / "files" / "md5"
    listed = json.dumps([{"md5": "f" * 32, "relpath": "posts.parquet"}]).encode()
    posts = (filled.data / "posts.parquet").read_bytes()
    for name, content in (("0123456789abcdef.dir", listed), ("f" * 32, posts)):
        (cached / name[:2]).mkdir(parents=True)
        (cached / name[:2] / name[2:]).write_bytes(content)
    mmga(filled, "forget", "u007")
    shutil.rmtree(filled.build)
    record = filled.stores / "runs" / "r.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"process": {"pid": 0}, "outcome": "failed", "host": "", "post_id": "p1"}')
    mmga(filled, "forget", "u007", "--purge")
    assert not record.exists()


def test_what_a_later_delivery_says_of_an_id_that_is_no_handle_goes_by_forgetting_it_again(
    filled: Project, mmga: Mmga
):
    users = read_table(filled.data, "users").replace("u006", "my-name")
    write_table(filled.data, "users", users)
    mmga(filled, "forget", "my-name")
    posts = read_table(filled.data, "posts").assign(caption="with instagram.com/my-name")
    write_table(filled.data, "posts", posts)
    said = mmga(filled, "forget", "my-name", "--json")
    assert (said["before"], said["texts"]) == (True, 3)
    assert set(read_table(filled.data, "posts")["caption"]) == {"with instagram.com/[forgotten]"}


def test_loose_files_and_experiments_are_told(filled: Project, mmga: Mmga):
    (filled.build / "kept.csv").write_text("u007")
    (filled.root / ".dvc" / "tmp" / "exps" / "a").mkdir(parents=True)
    shutil.copy(filled.data / "users.parquet", filled.root / ".dvc" / "tmp" / "exps" / "a")
    said = mmga(filled, "forget", "u007", "--json")
    assert {"build", ".dvc/tmp/exps"} <= places(said, "may know")


def test_ids_that_are_numbers_are_taken_as_words(filled: Project):
    users = read_table(filled.data, "users").replace("u006", "6")
    write_table(filled.data, "users", users)
    assert forget(filled, [6], dry_run=True).users == ["6"]  # type: ignore[list-item]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_forgetting_that_was_killed_is_done_again_and_leaves_nothing(
    filled: Project, mmga: Mmga, when: str
):
    code = f"""
import os, signal
from pathlib import Path
from mmga.privacy import erasure
put = erasure.put_in_place
def killed(*where):
    {"put(*where)" if when == "after" else ""}
    os.kill(os.getpid(), signal.SIGKILL)
erasure.put_in_place = killed
data = Path({str(filled.data)!r})
erasure.erase(data, erasure.survey(data, ["u007"], None))
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    said = mmga(filled, "forget", "u007", "--json")
    assert said["before"] is (when == "after")
    if when == "after":
        assert ".data.import" in places(said, "may know"), "the data as they were"
        mmga(filled, *said["next_steps"][-1].split()[1:])
    assert "u007" not in set(read_table(filled.data, "users")["user_id"])
    assert not (filled.root / ".data.import").exists()


def test_a_version_that_cannot_be_read_is_not_deleted(known: Project, mmga: Mmga):
    client = connect(known)
    folder = folder_of(client, client.get_model_version(MODEL, "2"), known)
    (folder / "users.parquet").write_bytes(b"damaged")
    said = mmga(known, "forget", "u007", "--purge", "--json")
    assert find(client, "2") is not None
    assert "mmga-fans version 2 (challenger)" in places(said, "may know")


def add(project: Project) -> None:
    """As `dvc add data` does."""
    files = [file for file in project.data.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    text = f"outs:\n- md5: {dvc_hash(project.data, files)}\n  size: {size}\n"
    text += f"  nfiles: {len(files)}\n  path: data\n"
    (project.root / "data.dvc").write_text(text)


def test_what_comes_next_is_what_was_not_done_yet_and_is_said_once(known: Project, mmga: Mmga):
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@x")
    add_it, push = "dvc add data", "dvc push data.dvc"
    commit = "git add data.dvc && git commit -m 'Forget users' data.dvc"
    retrain, purge = "python -m flows.retrain", "mmga forget u007 --purge"
    assert mmga(known, "forget", "u007", "--dry-run", "--json")["next_steps"] == []
    steps = mmga(known, "forget", "u007", "--json")["next_steps"]
    assert steps == [add_it, push, retrain, purge], "nothing is committed without git"
    subprocess.run([*git, "init", "--quiet"], cwd=known.root, check=True)
    steps = mmga(known, "forget", "u007", "--json")["next_steps"]
    assert steps == [add_it, commit, push, retrain, purge]
    add(known)
    steps = mmga(known, "forget", "u007", "--json")["next_steps"]
    assert steps == [commit, push, retrain, purge]
    for command in (("add", "data.dvc"), ("commit", "--quiet", "-m", "Forget users")):
        subprocess.run([*git, *command], cwd=known.root, check=True)
    said = mmga(known, "forget", "u007", "--purge")
    assert said.endswith(f"Next:\n  {retrain}\n  {purge}\n"), "of the champion of now"
    assert said.count("python -m flows.retrain, or dvc repro") == 1
    client = connect(known)
    client.delete_registered_model_alias(MODEL, CHAMPION)
    shutil.rmtree(known.build)
    said = mmga(known, "forget", "u007", "--purge")
    assert "deleted mmga-fans version 1" in said
    assert "Next:" not in said


def test_an_id_that_begins_with_a_dash_is_no_option_of_what_comes_next(tmp_path):
    found = [Trace("a list", "knows", "", PURGE)]
    steps = next_steps(Project(tmp_path), found, ["-x", "a b"])
    assert steps[-1] == "mmga forget --purge -- -x 'a b'"


def test_several_users_go_at_once_and_one_unfilled_stops_all(filled: Project, mmga: Mmga):
    before = tree(filled)
    error = mmga(filled, "forget", "u007", "u00x", status=1)
    assert "no user 'u00x' among the 120 users of the data set; did you mean 'u" in error
    assert len(error.splitlines()) <= 3
    assert tree(filled) == before
    assert mmga(filled, "forget", "u007", "u009", "--json")["gone"]["users"] == 2


def test_a_handle_is_enough_where_the_key_is_and_the_key_is_asked_for_where_it_is_not(
    project: Project, mmga: Mmga, key: Path
):
    names = Pseudonyms(make_key(key))
    fill(project, names)
    said = mmga(project, "forget", "@U007", "--json")
    assert said["users"] == [names.of("u007")]
    assert said["texts"] == 1
    assert mmga(project, "forget", "u007", "--json")["before"] is True
    key.unlink()
    error = mmga(project, "forget", "u008", status=1)
    assert f"their key ({names.key_id}) is not here" in error
    assert mmga(project, "forget", names.of("u008"), "--json")["gone"]["posts"] == 1


def test_nothing_changes_while_a_stage_reads_the_data(filled: Project, mmga: Mmga):
    lock = filled.root / ".dvc" / "tmp" / "rwlock"
    lock.parent.mkdir(parents=True)
    held = {"read": {str(filled.data): [{"pid": os.getpid(), "cmd": "dvc repro"}]}, "write": {}}
    lock.write_text(json.dumps(held))
    before = tree(filled)
    assert "is at work" in mmga(filled, "forget", "u007", status=1)
    assert tree(filled) == before
    mmga(filled, "forget", "u007", "--dry-run")
    lock.write_text("{}")
    mmga(filled, "forget", "u007")


def test_commits_and_old_versions_of_the_data_that_name_the_user_are_told(
    filled: Project, mmga: Mmga
):
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@x")
    subprocess.run([*git, "init", "--quiet"], cwd=filled.root, check=True)
    (filled.root / "notes.txt").write_text("ask u007; u0080 is another\n")
    cached = filled.root / ".dvc" / "cache" / "files" / "md5"
    md5 = "0123456789abcdef.dir"  # what `data.dvc` names
    for name, content in (
        (md5, json.dumps([{"md5": "f" * 32, "relpath": "users.parquet"}]).encode()),
        ("f" * 32, (filled.data / "users.parquet").read_bytes()),
    ):
        (cached / name[:2]).mkdir(parents=True)
        (cached / name[:2] / name[2:]).write_bytes(content)
    for command in (("add", "notes.txt", "data.dvc"), ("commit", "--quiet", "-m", "notes")):
        subprocess.run([*git, *command], cwd=filled.root, check=True)
    said = mmga(filled, "forget", "u007", "--json")
    assert ".dvc/cache" in places(said, "knows")
    assert "git history" in places(said, "may know"), "the word may mean something else"
    said = mmga(filled, "forget", "u008", "--json")
    assert "git history" in places(said, "clean")
    assert ".dvc/cache" in places(said, "knows")
    remote = filled.root / "remote" / "files" / "md5" / "ff"
    remote.mkdir(parents=True)
    (remote / ("f" * 30)).write_bytes((filled.data / "users.parquet").read_bytes())
    for command in (("add", "remote"), ("commit", "--quiet", "-m", "a remote in here")):
        subprocess.run([*git, *command], cwd=filled.root, check=True)
    said = mmga(filled, "forget", "u009", "--json")
    told = [trace["found"] for trace in said["traces"] if trace["place"] == "git history"]
    assert told == ["", f"1 binary files, such as remote/files/md5/ff/{'f' * 30}"]
    empty = ("commit", "--quiet", "--allow-empty", "-m", "without u010")
    subprocess.run([*git, *empty], cwd=filled.root, check=True)
    said = mmga(filled, "forget", "u010", "--json")
    assert "git history" in places(said, "may know")
    (filled.root / "of u011").mkdir()
    (filled.root / "of u011" / "ö.txt").write_text("a note")
    for command in (("add", "of u011"), ("commit", "--quiet", "-m", "a note")):
        subprocess.run([*git, *command], cwd=filled.root, check=True)
    said = mmga(filled, "forget", "u011", "--json")
    assert "git history" in places(said, "may know")
    assert "files called of u011/ö.txt" in [trace["found"] for trace in said["traces"]]
    many = Search([f"user-{number:030}" for number in range(6_000)])
    found = {
        (trace.place, trace.state) for trace in traces(filled, many, survey(filled.data, (), None))
    }
    assert ("git history", "clean") in found, "the command would be too long"


def test_a_project_without_a_registry_or_a_build_is_no_obstacle(
    tmp_path: Path, mmga: Mmga, five: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).touch()
    five()
    said = mmga(Project(tmp_path), "forget", "ann", "--purge", "--json")
    assert places(said, "clean") == {"further columns and files in data/", "stores/encodings"}
    assert len(said["traces"]) == 2
    assert not (tmp_path / "stores").exists()


def test_nothing_changes_where_the_registry_does_not_answer(
    filled: Project, mmga: Mmga, monkeypatch: pytest.MonkeyPatch
):
    broken = filled.root / "broken.db"
    broken.write_text("this is no database, however long one looks at it" * 50)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{broken}")
    before = tree(filled)
    error = mmga(filled, "forget", "u007", status=1)
    assert "MLflow's store does not answer" in error
    assert len(error.splitlines()) <= 3
    assert tree(filled) == before


def test_nothing_changes_where_data_dvc_cannot_be_read(filled: Project, mmga: Mmga):
    (filled.root / "data.dvc").write_text("<<<<<<< HEAD\nouts:\n=======\n")
    before = tree(filled)
    assert "git checkout data.dvc" in mmga(filled, "forget", "u007", status=1)
    assert tree(filled) == before


def test_without_data_it_says_where_to_get_them(tmp_path: Path, mmga: Mmga):
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).touch()
    assert "`dvc pull` fetches it" in mmga(Project(tmp_path), "forget", "ann", status=1)


def delivered(root: Path, names: Pseudonyms | None) -> Project:
    """A data set that was imported: its ids have capital letters, and its texts name them."""
    root.mkdir()
    for name in ("dvc.yaml", "params.yaml"):
        (root / name).touch()
    records = [
        User("w", "Ann"),
        *(Post("w", f"p{n}", "Bob", None, text) for n, text in enumerate(("by @ANN", "@bob"))),
        *(Edge("w", *pair) for pair in (("Ann", "Bob"), ("Bob", "Cem"), ("Cem", "Ann"))),
    ]
    load(Made([records]), root / "data", everyone=True, pseudonyms=names)
    return Project(root)


@pytest.mark.parametrize("texts", [True, False])
def test_a_user_with_a_capital_letter_is_not_named_in_texts_of_now_and_of_later(
    tmp_path: Path, mmga: Mmga, key: Path, texts: bool
):
    names = Pseudonyms(make_key(key), texts=texts)
    made = delivered(tmp_path / "project", names)
    assert mmga(made, "forget", "Ann", "--json")["texts"] == 1
    assert read_table(made.data, "posts")["caption"][0] == "by [forgotten]"
    later = Made([[Post("w", "p9", "Bob", None, "with @ann"), Edge("w", "Cem", "ann")]])
    load(later, made.data, append=True, everyone=True, pseudonyms=names)
    assert read_table(made.data, "posts")["caption"].tolist()[-1] == "with [forgotten]"
    assert names.of("ann") in set(read_table(made.data, "follows")["followee_id"])


@pytest.mark.parametrize("texts", [True, False])
def test_texts_that_could_not_be_checked_are_not_called_clean(
    tmp_path: Path, mmga: Mmga, key: Path, texts: bool
):
    names = Pseudonyms(make_key(key), texts=texts)
    made = delivered(tmp_path / "project", names)
    key.rename(key.with_name("away"))
    said = mmga(made, "forget", names.of("Ann"), "--json")
    assert "captions and bios in data/" in places(said, "may know")
    assert "may know  captions and bios" in mmga(made, "forget", names.of("Ann"))
    key.with_name("away").rename(key)
    assert "captions and bios in data/" in places(
        mmga(made, "forget", names.of("Ann"), "--json"), "may know"
    )
    said = mmga(made, "forget", "Ann", "--json")
    assert said["texts"] == 1
    assert "captions and bios in data/" not in places(said, "may know")


def test_who_was_forgotten_by_the_pseudonym_goes_out_of_the_texts_by_the_handle(
    tmp_path: Path, mmga: Mmga, key: Path
):
    names = Pseudonyms(make_key(key))
    made = delivered(tmp_path / "project", names)
    assert mmga(made, "forget", names.of("Ann"), "--json")["texts"] == 0
    assert "1 captions and bios of others named them still" in mmga(made, "forget", "@Ann")
    assert names.of("ann") not in "".join(read_table(made.data, "posts")["caption"])
    assert mmga(made, "forget", "Ann", "--json")["rewritten"] == []


def renamed(root: Path, names: Pseudonyms | None) -> Project:
    """Ann (1) became Anna, and another (3) took her name over; edges told of her by number, too."""
    root.mkdir()
    for name in ("dvc.yaml", "params.yaml"):
        (root / name).touch()
    first = [Edge("w", *pair.split("-")) for pair in ("ann-bob", "1-cem", "bob-cem", "cem-dot")]
    second = [Post("w", "p1", "anna", None, "one"), Post("w", "p2", "bob", None, "@anna, @ann")]
    second += [Post("w", "p3", "ann", None, "three")]
    options = {"everyone": True, "pseudonyms": names}
    load(Made([first], numbers={"ann": "1", "bob": "2"}), root / "data", **options)
    load(Made([second], numbers={"anna": "1", "ann": "3"}), root / "data", append=True, **options)
    return Project(root)


@pytest.mark.parametrize("kept", [True, False], ids=["kept ids", "pseudonyms"])
def test_who_changed_the_name_is_forgotten_by_the_new_one(
    tmp_path: Path, mmga: Mmga, key: Path, kept: bool
):
    names = None if kept else Pseudonyms(make_key(key))
    ann, one, three = (names.of(n) if names else n for n in ("ann", "1", "3"))
    made = renamed(tmp_path / "project", names)
    before = tree(made)
    error = mmga(made, "forget", "ann", status=1)
    assert f"the last is the first of {three}, {ann}" in error
    assert len(error.splitlines()) <= 3
    assert tree(made) == before
    said = mmga(made, "forget", "@Anna", "--json")
    assert said["users"] == [ann, one], "known by the number alone, too"
    assert said["gone"] == {"users": 2, "posts": 1, "follows": 2, "images": 0}
    assert {"identities.parquet", "identities-00001.parquet"} <= set(said["rewritten"])
    assert said["texts"] == 1
    assert "captions and bios in data/" not in places(said, "may know")
    left = {(line.user_id, line.number) for line in Identities.read(made.data).lines}
    two = names.of("2") if names else "2"
    assert left == {(names.of("bob") if names else "bob", two), (three, three)}
    assert "further name of a user who was forgotten" in mmga(made, "forget", "anna", status=1)
    # The name is that of one who was forgotten, and of one who is there.
    assert f"the last is the first of {three}, {ann}" in mmga(made, "forget", "ann", status=1)
    assert mmga(made, "forget", "3", "--json")["users"] == [three]
    assert mmga(made, "forget", ann, "--json")["before"] is True
    assert set(Identities.read(made.data).numbers) == {two}


def test_who_changed_the_name_within_a_delivery_is_forgotten_by_either(
    tmp_path: Path, mmga: Mmga, key: Path
):
    names = Pseudonyms(make_key(key))
    made = Project(tmp_path / "project")
    for name, number in (("ann", 1), ("anna", 1), ("bob", 2)):
        write_profile(tmp_path / "profiles" / name, name, number)
    edges = tmp_path / "edges.csv"
    edges.write_text("follower,followee\nbob,ann\nbob,cem\n")
    made.root.mkdir()
    for name in ("dvc.yaml", "params.yaml"):
        (made.root / name).touch()
    source = Instaloader(tmp_path / "profiles", edges)
    load(source, made.data, everyone=True, makers=("follow",), pseudonyms=names)
    for name in ("ann", "anna", "1"):
        said = mmga(made, "forget", name, "--dry-run", "--json")
        assert said["users"] == [names.of("anna")]
    assert mmga(made, "forget", "ann", "--json")["gone"]["follows"] == 1
    assert list(Identities.read(made.data).names) == [names.of("bob")]


def test_the_next_command_names_who_was_forgotten_by_another_name(
    tmp_path: Path, mmga: Mmga, key: Path
):
    names = Pseudonyms(make_key(key))
    made = renamed(tmp_path / "project", names)
    leftover = made.stores / "runs" / "r1"
    leftover.mkdir(parents=True)
    (leftover / "quality.md").write_text(f"of {names.of('ann')}")
    said = mmga(made, "forget", "bob", "anna", "--json")
    ids = " ".join(map(names.of, ("ann", "1")))
    assert said["next_steps"][-1] == f"mmga forget bob {ids} --purge"
    mmga(made, *said["next_steps"][-1].split()[1:])
    assert not list(leftover.glob("*"))
