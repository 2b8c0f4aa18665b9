"""The stage `evaluate` from models and a split to `build/evaluation`."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from mmga.fans import FanModel
from mmga.splits.split import make_split
from mmga.stages import evaluate as stage
from mmga.tables import write_table
from tests.evaluation.worlds import PARAMS
from tests.splits.test_split import world

SECTION = """
evaluate:
  {seed: 7, resamples: 100, svd_ranks: [4, 8], pagerank_restarts: [0.2, 0.5], tuning_follows: 50}
"""


def random_model(users: list[str], seed: int) -> FanModel:
    random = np.random.default_rng(seed)
    fan, account, vectors = random.normal(size=(3, len(users), 4)).astype(np.float32)
    bias = np.zeros(len(users), np.float32)
    return FanModel(users, fan, account, bias, bias, vectors)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project up to `pretrain`, with a model and one rival that know nothing."""
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text(SECTION)
    build = tmp_path / "build"
    users, follows = world(80, 700)
    write_table(build / "clean", "users", users.assign(bio=None))
    said = [f"word{number % 7} word{number % 11}" for number in range(80)]
    posts = pd.DataFrame(
        {"post_id": users["user_id"], "user_id": users["user_id"], "caption": said}
    )
    write_table(build / "clean", "posts", posts.assign(created_at=None))
    split = make_split(users, follows, PARAMS)
    split.write(build / "splits")
    random_model(split.user_ids, 0).write(build / "model")
    random_model(split.user_ids, 1).write(build / "rivals" / "late_fusion")
    (build / "model" / "config.json").write_text('{"fingerprint": "f1"}')
    history = pd.DataFrame({"step": ["warm_up"] * 2, "epoch": [1, 2], "link": [2.0, 1.0]})
    history.to_csv(build / "model" / "history.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_model_and_baseline_is_judged_and_written_down(project):
    stage.main()
    folder = project / "build" / "evaluation"
    report = json.loads((folder / "report.json").read_text())
    assert {row["baseline"] for row in report["comparisons"]} == {
        "late_fusion",
        "popularity",
        "reciprocity",
        "common_neighbours",
        "jaccard",
        "adamic_adar",
        "resource_allocation",
        "three_steps",
        "four_steps",
        "five_steps",
        "pagerank",
        "svd",
        "ridge",
        "text_profile",
    }
    assert report["fingerprint"] == "f1"
    assert report["svd_rank"] in (4, 8)
    assert report["pagerank"]["restart"] in (0.2, 0.5)
    embeddings = pq.read_table(folder / "embeddings.parquet")
    assert embeddings.column_names == ["user_id", "vector"]
    assert str(embeddings.schema.field("vector").type).startswith("fixed_size_list<element: float")
    assert {file.name for file in folder.iterdir()} == {
        "report.json",
        "metrics.json",
        "primary.csv",
        "results.csv",
        "comparison.csv",
        "comparison.md",
        "comparison.png",
        "losses.png",
        "embeddings.parquet",
    }


def test_a_model_of_other_users_is_refused(project, capsys):
    random_model(["somebody"], 0).write(project / "build" / "model")
    with pytest.raises(SystemExit):
        stage.main()
    assert "dvc repro" in capsys.readouterr().err
