"""An evaluation of another split, or with another popularity, is seen."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmga.audit.report import look_at_report
from mmga.evaluation.baselines.degrees import Popularity
from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.report import EvaluateParams, judge, write_report
from tests.audit.conftest import broken, read_split

SAME = "the evaluation is of this split"
POPULAR = "popularity is the number of train follows"


@pytest.fixture
def evaluated(build: Path) -> Path:
    """A project with an evaluation of popularity."""
    evaluate(build, read_split(build).train)
    return build


def evaluate(build: Path, counted: np.ndarray) -> None:
    """Judge popularity as it is among the follows `counted`."""
    split = read_split(build)
    follows = train_follows(replace(split, train=counted))
    params = EvaluateParams(
        seed=1, resamples=100, svd_ranks=(2,), pagerank_restarts=(0.5,), tuning_follows=10
    )
    report = judge(Popularity(follows), [], split, [None] * len(split.user_ids), params)
    write_report(report, "popularity", build / "evaluation")


def look(build: Path):
    return list(look_at_report(build, read_split(build)))


def test_an_evaluation_of_this_split_breaks_no_rule(evaluated: Path) -> None:
    assert [finding.state for finding in look(evaluated)] == ["ok", "ok", "ok"]


def test_an_evaluation_of_another_split_is_seen(evaluated: Path) -> None:
    file = evaluated / "evaluation" / "report.json"
    report = json.loads(file.read_text())
    report["split"]["sha256"]["test"] = "0" * 64
    file.write_text(json.dumps(report))
    assert broken(look(evaluated)) == [SAME]


def test_popularity_counted_on_all_follows_is_seen(build: Path) -> None:
    split = read_split(build)
    evaluate(build, np.concatenate([split.train, split.test, split.validation]))
    assert set(broken(look(build))) == {POPULAR}


def test_before_an_evaluation_there_is_nothing_to_look_at(clean_project: Path) -> None:
    assert [finding.state for finding in look(clean_project / "build")] == ["skip"]
