"""Follower counts beside the users change no feature; a stage that reads them is seen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmga.audit import counts
from mmga.audit.counts import COUNTS, look_at_counts
from mmga.modalities import extract as stage
from mmga.tables import read_table
from tests.audit.conftest import broken
from tests.tiny import EXTRACT

SAME = "features are the same bytes whatever a platform counts of its users"
NOTHING_ELSE = "features are pictures, words and whose they are, and nothing else"


def look(root: Path):
    build = root / "build"
    return list(look_at_counts(build / "clean", root / "data", build, EXTRACT))


def test_the_stage_as_it_is_reads_no_count(clean_project: Path) -> None:
    found = look(clean_project)
    assert broken(found) == []
    assert "40 users" in found[1].found


def test_the_two_readings_differ_in_every_count_and_in_nothing_else(
    clean_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def spy(clean: Path, *others) -> None:
        read.append(pd.read_parquet(clean / "users.parquet"))
        stage.extract(clean, *others)

    monkeypatch.setattr(counts, "extract", spy)
    look(clean_project)
    one, other = read
    assert all((one[name] != other[name]).any() for name in COUNTS)
    assert one.drop(columns=[*COUNTS]).equals(other.drop(columns=[*COUNTS]))
    users = read_table(clean_project / "build" / "clean", "users")
    assert one["user_id"].tolist() == users["user_id"].tolist()


@pytest.mark.parametrize("name", COUNTS)
def test_a_stage_that_reads_a_count_is_seen(
    clean_project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    honest = stage.read_table

    def leaky(folder: Path, table: str) -> pd.DataFrame:
        frame = honest(folder, table)
        if table == "users":
            counted = pd.read_parquet(folder / "users.parquet")[name]
            frame["bio"] = counted.astype(str) + " people"
        return frame

    monkeypatch.setattr(stage, "read_table", leaky)
    found = look(clean_project)
    assert broken(found) == [SAME]
    assert "text/values.npy" in found[1].found


def test_a_count_among_the_features_is_seen(root: Path) -> None:
    file = root / "build" / "features" / "posts.parquet"
    pd.read_parquet(file).assign(followers=7).to_parquet(file)
    assert broken(look(root)) == [NOTHING_ELSE]


def test_a_number_beside_the_words_is_seen(root: Path) -> None:
    file = root / "build" / "features" / "text" / "values.npy"
    np.save(file, np.load(file)[:, None])
    assert broken(look(root)) == [NOTHING_ELSE]


def test_a_data_set_without_pictures_is_read_as_well(root: Path) -> None:
    (root / "data" / "images" / "part-00000.parquet").unlink()
    file = root / "build" / "clean" / "images.parquet"
    pd.read_parquet(file).iloc[:0].to_parquet(file)
    assert broken(look(root)) == []
