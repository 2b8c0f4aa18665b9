"""A finished run of forty users, judged for real, for the report to be made of."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.report import EvaluateParams, judge, write_report
from mmga.fans import FanModel
from mmga.project import Project
from mmga.report.params import ReportParams
from mmga.report.run import Run
from mmga.splits.params import SplitParams
from mmga.splits.split import Split, make_split
from mmga.tables import read_table, write_table
from tests.tiny import write_clean

PARAMS = ReportParams(
    seed=7, points=30, neighbours=4, examples=2, ranked=40, listed=3, pictures=2, captions=2,
    min_queries=3,
)  # fmt: skip

Change = Callable[[Path], None]


def model_of(split: Split, name: str, knows: float) -> FanModel:
    """A model that has seen that share of what it will be asked, and guesses the rest."""
    random = np.random.default_rng(len(name))
    users = len(split.user_ids)
    truth = np.zeros((users, users))
    truth[split.test[:, 0], split.test[:, 1]] = knows * random.random(len(split.test))
    left, values, right = np.linalg.svd(truth + 0.5 * random.normal(size=truth.shape))
    fan, account = (left * values).astype(np.float32), right.T.astype(np.float32)
    vectors = fan / np.linalg.norm(fan, axis=1, keepdims=True)
    zeros = np.zeros(users, np.float32)
    return FanModel(split.user_ids, fan, account, zeros, zeros, vectors, name=name)


def finish(root: Path, change: Change | None = None) -> Project:
    """Leave in `root` what the stages up to `evaluate` leave, after `change` to the clean data."""
    write_clean(root)
    build = root / "build"
    users = read_table(build / "clean", "users")
    topics = np.array(["food", "pet", "travel"])[np.arange(len(users)) % 3]
    write_table(build / "clean", "users", users.assign(topic=topics))
    if change:
        change(root)
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / "params.yaml").write_text(f"report: {PARAMS.model_dump_json()}\n")
    (root / "data" / "dataset.json").write_text('{"name": "toy", "licence": "CC0-1.0"}')
    (build / "quality").mkdir()
    (build / "quality" / "report.json").write_text('{"verdict": "pass"}')
    users, follows = (read_table(build / "clean", name) for name in ("users", "follows"))
    params = SplitParams(seed=1, validation=0.1, test=0.3, cold=0.1, negatives=9, max_queries=999)
    split = make_split(users, follows, params)
    split.write(build / "splits")
    model = model_of(split, "mmga", 1.0)
    model.write(build / "model")
    rivals = {"late_fusion": 0.5, "graph_only": 0.1, "mmga_without_paths": 1.5}
    others = [model_of(split, name, knows) for name, knows in rivals.items()]
    for other in others:
        other.write(build / "rivals" / other.name)
    (build / "model" / "config.json").write_text(
        json.dumps({"fingerprint": "f1", "params": {"dim": 8, "refine": {"epochs": 2}}})
    )
    steps = ["0 graph", "0 graph", "1 graph to content, round 1", "1 graph to content, round 2"]
    history = pd.DataFrame({"step": steps, "epoch": [1, 2, 3, 4], "link": [2.0, 1.0, np.nan, 0.5]})
    history.assign(validation_mrr=[0.1, 0.2, np.nan, 0.3]).to_csv(
        build / "model" / "history.csv", index=False
    )
    history.assign(validation_mrr=0.1).to_csv(build / "rivals/late_fusion/history.csv", index=False)
    every = [*others, *baselines(split, (4,), (0.5,), Validation(split, 50), 7)]
    judging = EvaluateParams(
        seed=7, resamples=100, svd_ranks=(4,), pagerank_restarts=(0.5,), tuning_follows=50
    )
    report = judge(model, every, split, users["topic"].fillna("").tolist(), judging)
    write_report(report | {"fingerprint": "f1"}, "mmga", build / "evaluation")
    return Project(root)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run in which nothing is missing; to be read."""
    return finish(tmp_path_factory.mktemp("finished") / "project")


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """The same, to be changed."""
    shutil.copytree(finished.root, tmp_path / "project")
    return Project(tmp_path / "project")


@pytest.fixture
def run(finished: Project) -> Run:
    """The same, read."""
    return Run.read(finished)


LURES = [
    "<img src='https://evil.example/i.png' onerror='alert(1)'>",
    "</p></main><script>fetch('https://evil.example/x')</script>",
    '"><svg onload=alert(2)><style>@import url(https://evil.example/a.css)</style>',
    "W" * 3000,
    "{{ 7 * 7 }} {% raw %} $\\frac{1}{$ | # [a](https://evil.example) `x` <!-- \x00\x1b[31m",
    "safe \u202etxt.exe\u202c, שלום, 宠物, 🐾",
]
"""What a caption, a topic or an id may hold when it wants to do more than be read."""


def hostile(root: Path) -> None:
    """Every text of the data set wants to do more than be read."""
    clean = root / "build" / "clean"
    users, posts, follows = (read_table(clean, name) for name in ("users", "posts", "follows"))
    lure = [LURES[number % len(LURES)] for number in range(max(len(users), len(posts)))]
    write_table(
        clean, "posts", posts.assign(user_id="<s>" + posts["user_id"], caption=lure[: len(posts)])
    )
    ends = {side: "<s>" + follows[side] for side in ("follower_id", "followee_id")}
    write_table(clean, "follows", follows.assign(**ends))
    ids = "<s>" + users["user_id"]
    write_table(clean, "users", users.assign(user_id=ids, topic=lure[: len(users)]))
