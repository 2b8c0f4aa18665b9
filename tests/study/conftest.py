"""A tiny project that can be studied within seconds."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from mmga.modalities.extract import extract
from mmga.project import Project
from mmga.splits.withheld import nothing, write_withheld
from mmga.tables import read_table
from tests.alignment.conftest import PARAMS
from tests.evaluation.worlds import few_steps
from tests.tiny import EXTRACT, write_clean

ROOT = Path(__file__).parent.parent.parent
STUDY = {
    "seeds": [1, 2],
    "ablation_seeds": 1,
    "control_seeds": 1,
    "robustness_seeds": 1,
    "revealed": [0, 1],
    "max_queries": 4000,
    "trials": 1,
    "resamples": 100,
    "seed": 1,
    "min_queries": 5,
    "control_level": 0.99,
}


@pytest.fixture
def studied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """See `make_studied`; baselines are trained as shortly as may be."""
    few_steps(monkeypatch)
    return make_studied(tmp_path)


def make_studied(root: Path) -> Project:
    """With `build/clean` and `build/features`, and small numbers in its `params.yaml`.

    One user has no topic.
    """
    write_clean(root)
    project = Project(root)
    users = read_table(project.build / "clean", "users")
    users.loc[0, "topic"] = None
    users.to_parquet(project.build / "clean" / "users.parquet", index=False)
    extract(
        project.build / "clean",
        project.data,
        EXTRACT,
        project.build / "features",
        project.stores / "encodings",
    )
    (project.build / "splits").mkdir()
    write_withheld(nothing(), project.build / "splits")
    numbers = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    numbers["pretrain"] = PARAMS.model_dump(mode="json")
    numbers["split"] |= {"negatives": 9, "hard": 5, "max_queries": 99}
    numbers["evaluate"] |= {"resamples": 100, "svd_ranks": [4]}
    numbers["study"] = STUDY
    (root / "params.yaml").write_text(yaml.safe_dump(numbers), encoding="utf-8")
    (root / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
    return project


def without_pictures(project: Project) -> None:
    """Nobody has a picture, neither in `build/clean` nor among the features."""
    pictures = project.build / "clean" / "images.parquet"
    pd.read_parquet(pictures).iloc[:0].to_parquet(pictures, index=False)
    posts = project.build / "features" / "posts.parquet"
    pd.read_parquet(posts).assign(image=-1, pictures=0).to_parquet(posts)
