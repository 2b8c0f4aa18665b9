"""`mmga quality show`: the verdict in the terminal, as the report has it."""

import json
import os
import shutil
import time

import pytest
import yaml

from mmga.cli import run
from mmga.errors import InputError
from mmga.quality.validate import validate
from mmga.versions import dvc_hash
from tests.quality.conftest import DRIFT, PARAMS, ROOT, make_world


@pytest.fixture(scope="module")
def validated(tmp_path_factory):
    """A project of which one post has no user, a caption is garbled and an edge of a wrong kind."""
    root = tmp_path_factory.mktemp("project")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, root)
    world = make_world()
    world.posts.loc[0, "user_id"] = "nobody"
    world.posts.loc[1, "caption"] = "cafÃ©"
    world.follows.loc[:3, "kind"] = ["like", "tag", "mention", "mention"]
    world.follows.loc[2, "followee_id"] = world.follows.loc[2, "follower_id"]
    build = root / "build"
    with pytest.raises(InputError):
        validate(world.write(root / "data"), build / "clean", build / "quality", PARAMS)
    return root


@pytest.fixture
def shown(validated, monkeypatch, capsys):
    def show(*arguments):
        monkeypatch.chdir(validated)
        assert run(["quality", "show", *arguments]) == 0
        return capsys.readouterr().out

    return show


def test_the_verdict_is_first_then_counts_what_failed_and_what_was_rejected(shown):
    text = shown()
    assert text.startswith("Data quality: stopped. The run stops: 1 critical rule is broken.\n")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    order = [
        "Mend the source and import it again.",
        "Or go on without those records: in params.yaml set validate.tolerate to 0.0063 or more.",
        "posts 160 1 159",
        "2 of kind mention left out, 1 of them to oneself (validate.kinds)",
        "1 of kind tag left out (validate.kinds)",
        "✗ critical Every user_id of posts is in users.parquet. (stops the run)",
        "posts.known_user: 1 of 160",
        "! warning Captions were read with the right encoding.",
        "posts known_user 1",
        "follows known_kind 1",
        "Drift: not compared; `mmga quality drift` does it.",
    ]
    assert [line for line in lines if line in order] == order


def test_a_machine_gets_the_same(shown, validated):
    answer = json.loads(shown("--json"))
    report = json.loads((validated / "build" / "quality" / "report.json").read_text())
    assert answer["verdict"] == "fail"
    assert answer["tables"] == report["tables"]
    assert answer["ways_out"] == report["ways_out"]
    broken = {rule["name"] for rule in answer["broken"]}
    assert {"known_user", "caption_encoding", "known_kind"} <= broken
    assert answer["drift"]["level"] is None


def test_the_drift_of_these_data_is_told_and_that_of_others_is_not(shown, validated):
    from mmga.project import sha256_of
    from mmga.quality.drift import compare
    from mmga.quality.drift_report import Compared, write_drift
    from mmga.quality.profile import Profile

    one = Profile(version=1, counts={"posts": 9}, missing={}, shares={}, numbers={}, top={})
    file = validated / "build" / "quality" / "profile.json"
    one.write(file)
    old = one.model_copy(update={"counts": {"posts": 90}})
    found = Compared(one, sha256_of(file), "mmga-fans 2", old, compare(old, one, DRIFT))
    write_drift(found, validated / "build" / "drift", validated / "build" / "quality")
    found = "strong. Against the data of mmga-fans 2: fewer posts: 90"
    assert f"Drift, when it was last compared: {found}" in shown()
    old.write(file)
    assert "Drift: what was compared last were other data" in shown()


OTHER = "This report is of other data than data/ holds: `dvc repro validate` makes it anew.\n"


def test_data_that_were_written_since_are_told(shown, validated):
    file = validated / "data" / "users.parquet"
    before = file.stat()
    assert json.loads(shown("--json"))["data_changed"] is False
    os.utime(file, (before.st_atime, time.time() + 60))
    assert shown().startswith(OTHER)
    assert json.loads(shown("--json"))["data_changed"] is True
    os.utime(file, (before.st_atime, before.st_mtime))
    assert OTHER not in shown()


def test_where_dvc_validated_the_content_of_the_data_counts_and_no_time(shown, validated):
    def md5(folder):
        files = [file for file in folder.rglob("*") if file.is_file()]
        return {"path": str(folder.relative_to(validated)), "md5": dvc_hash(folder, files)}

    stage = {"deps": [md5(validated / "data")], "outs": [md5(validated / "build" / "quality")]}
    (validated / "dvc.lock").write_text(yaml.safe_dump({"stages": {"validate": stage}}))
    added = validated / "data" / "users-00001.parquet"
    users = validated / "data" / "users.parquet"
    os.utime(users, (time.time(), time.time() + 60))
    assert OTHER not in shown()
    added.write_bytes(users.read_bytes())
    os.utime(added, (0, 0))
    assert shown().startswith(OTHER)
    added.unlink()


def test_before_the_first_validation_the_way_out_is_told(tmp_path, monkeypatch, capsys):
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["quality", "show"]) == 1
    assert "report.json is missing; `dvc repro` makes it" in capsys.readouterr().err
