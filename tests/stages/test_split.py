"""The stage `split` from the files of `build/clean` to those of `build/splits`."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from mmga.splits.split import Split
from mmga.stages import split as stage
from mmga.tables import write_table

PARAMS = (
    "split: {seed: 7, validation: 0.1, test: 0.1, cold: 0.1, negatives: 20, hard: 9,"
    " max_queries: 500}\n"
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose clean tables hold 60 users."""
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text(PARAMS)
    ids = np.array([f"user-{number:02d}" for number in range(60)])
    edges = np.argwhere(np.random.default_rng(0).random((60, 60)) < 0.1)
    edges = edges[edges[:, 0] != edges[:, 1]]
    clean = tmp_path / "build" / "clean"
    write_table(clean, "users", pd.DataFrame({"user_id": ids, "topic": "pet", "bio": None}))
    follows = {"follower_id": ids[edges[:, 0]], "followee_id": ids[edges[:, 1]]}
    write_table(clean, "follows", pd.DataFrame({**follows, "followed_at": None, "kind": "follow"}))
    posts = {"post_id": [f"p{number}" for number in range(60)], "user_id": ids}
    captions = [f"word{number % 7}" for number in range(60)]
    posts = pd.DataFrame(posts).assign(created_at=None, caption=captions)
    write_table(clean, "posts", posts)
    seen = {"image_id": ["i0", "i1"], "post_id": ["p0", "p1"]}
    seen = pd.DataFrame(seen).assign(phash="00ff" * 4, colours="80" * 27)
    seen.to_parquet(clean / "images.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_clean_tables_become_a_split(project):
    stage.main()
    split = Split.read(project / "build" / "splits")
    assert len(split.user_ids) == 60
    assert split.drawn_cold == 6
    assert split.negatives.of("fans")["C3"].shape == (len(split.negatives.ranked), 9)


def test_pictures_that_were_never_looked_at_are_refused(project, capsys):
    pictures = pd.DataFrame({"image_id": ["i0"], "post_id": ["p0"]})
    pictures.to_parquet(project / "build" / "clean" / "images.parquet")
    with pytest.raises(SystemExit):
        stage.main()
    assert "images.parquet" in capsys.readouterr().err


def test_a_misspelt_parameter_is_explained_without_a_traceback(project):
    (project / "params.yaml").write_text(PARAMS.replace("cold", "clod"))
    run = [sys.executable, "-m", "mmga.stages.split"]
    result = subprocess.run(run, capture_output=True, text=True, cwd=project)
    assert result.returncode == 1
    assert "did you mean 'cold'" in result.stderr
    assert "Traceback" not in result.stderr
