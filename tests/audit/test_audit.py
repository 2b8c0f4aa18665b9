"""`mmga audit`, as a person types it: silent where nothing leaks, loud and clear where it does."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flows.commands import failure
from mmga.cli import run
from mmga.fans import FanModel
from mmga.splits.negatives import Drawn, Negatives, draw_matched
from tests.audit.conftest import change_split, read_split, with_follow
from tests.audit.test_pictures import duplicate, pictures_of


def a_test_follow_in_the_message_graph(build: Path) -> None:
    change_split(build, lambda split: {"train": with_follow(split.train, *split.test[0])})


def degrees_of_all_follows(build: Path) -> None:
    split = read_split(build)
    every = np.concatenate([split.train, split.validation, split.test])
    ranked = split.test[split.negatives.ranked]
    turned = (part[:, ::-1] for part in (every, every, ranked))
    fans = draw_matched(*turned, len(split.user_ids), 2000, seed=5)
    drawn = Drawn(fans, split.negatives.kinds["C2"].followees)
    kinds = split.negatives.kinds | {"C2": drawn}
    replace(split, negatives=Negatives(split.negatives.ranked, kinds)).write(build / "splits")


def a_picture_across_the_split(build: Path) -> None:
    duplicate(build, pictures_of(build, cold=True), pictures_of(build, cold=False))


def a_train_follow_of_a_cold_user(build: Path) -> None:
    cold, *_, warm = np.argsort(~read_split(build).cold)
    change_split(build, lambda split: {"train": with_follow(split.train, cold, warm)})


def a_reversed_pair_across_parts(build: Path) -> None:
    def both(split):
        keys = {tuple(edge) for edge in split.train.tolist()}
        alone = next(edge for edge in split.train.tolist() if tuple(edge[::-1]) not in keys)
        return {"test": with_follow(split.test, *alone[::-1])}

    change_split(build, both)


def another_follow_whose_paths_count(build: Path) -> None:
    model = FanModel.read(build / "model")
    assert model.follows is not None
    replace(model, follows=np.roll(model.follows, 1, axis=1)).write(build / "model")


LEAKS = {
    a_test_follow_in_the_message_graph: "both directions of a pair of users are in one part",
    degrees_of_all_follows: "negatives are drawn in proportion to train degree",
    a_picture_across_the_split: "no picture of a cold user is also a picture of a user with train",
    a_train_follow_of_a_cold_user: "the cold users are those without a follow in training",
    a_reversed_pair_across_parts: "both directions of a pair of users are in one part",
    another_follow_whose_paths_count: "the follows whose paths count are the train follows",
}


@pytest.fixture
def audit(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the command in the project; its status and what it printed."""
    monkeypatch.chdir(root)
    monkeypatch.delenv("DVC_ROOT", raising=False)

    def command(*options: str) -> tuple[int, str]:
        status = run(["audit", *options])
        return status, capsys.readouterr().out

    return command


def test_a_project_without_a_leak_passes_and_stays_as_it_is(audit, root: Path) -> None:
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    status, said = audit()
    assert status == 0
    assert "\n  ok    build/splits/train.parquet: " in said
    assert "\n  skip  build/evaluation/report.json: there is no evaluation yet" in said
    assert "  fail  " not in said
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_told_with_the_way_out(audit, build: Path, leak: Callable) -> None:
    leak(build)
    status, said = audit("--json")
    assert status == 1
    broken = [finding for finding in json.loads(said) if finding["state"] == "fail"]
    assert any(finding["rule"].startswith(LEAKS[leak]) for finding in broken)
    assert all(finding["subject"] and finding["found"] and finding["way_out"] for finding in broken)


def test_a_person_reads_rule_subject_value_and_way_out(audit, build: Path) -> None:
    a_picture_across_the_split(build)
    status, said = audit()
    assert status == 1
    lines = said.splitlines()
    place = lines.index("no picture of a cold user is also a picture of a user with train follows")
    assert lines[place + 1].startswith("  fail  build/clean/images.parquet: ")
    assert "1 on both sides" in lines[place + 1]
    assert "withholds one of each" in lines[place + 2]


def test_the_last_word_is_the_reason_for_whoever_ran_it(
    build: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_picture_across_the_split(build)
    monkeypatch.chdir(root)
    assert run(["audit"]) == 1
    lines = capsys.readouterr().err.splitlines()
    reason = str(failure(lines, 1))
    assert reason.startswith("a rule is broken; build/clean/images.parquet: no picture of a cold")
    assert "withholds one of each" in reason.splitlines()[1]
    assert failure(lines, 1).lasting


def test_a_test_part_that_was_cut_ends_the_audit(audit, build: Path) -> None:
    file = build / "splits" / "test.parquet"
    pd.read_parquet(file).iloc[:3].to_parquet(file, index=False)
    status, said = audit("--json")
    assert status == 1
    assert "the ranked follows are rows of the test part" in said
    assert "the evaluation is of this split" not in said


def test_without_a_training_there_is_nothing_to_audit(
    audit, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (build / "model" / "fans.safetensors").unlink()
    assert run(["audit"]) == 1
    assert "`dvc repro` makes one" in capsys.readouterr().err
