"""A picture that a cold and a trained user share is seen, unless it is withheld."""

from pathlib import Path

import pandas as pd
import pytest

from mmga.audit.pictures import look_at_pictures
from mmga.errors import InputError
from mmga.tables import read_table
from tests.audit.conftest import read_split


def look(build: Path):
    return look_at_pictures(build, read_split(build))


def pictures_of(build: Path, *, cold: bool) -> pd.DataFrame:
    """The pictures of the cold users, or of the others."""
    split = read_split(build)
    images = pd.read_parquet(build / "clean" / "images.parquet")
    owner = read_table(build / "clean", "posts").set_index("post_id")["user_id"]
    side = images["post_id"].map(owner).map(dict(zip(split.user_ids, split.cold, strict=True)))
    return images[side == cold]


def duplicate(build: Path, one: pd.DataFrame, other: pd.DataFrame) -> str:
    """Make the first picture of `one` a copy of the first of `other`; its id."""
    file = build / "clean" / "images.parquet"
    images = pd.read_parquet(file)
    name = str(one["image_id"].iloc[0])
    images.loc[images["image_id"] == name, "sha256"] = other["sha256"].iloc[0]
    images.to_parquet(file)
    return name


def test_pictures_of_ones_own_are_no_leak(build: Path) -> None:
    assert look(build).state == "ok"
    warm = pictures_of(build, cold=False)
    duplicate(build, warm, warm.iloc[1:])
    assert look(build).state == "ok"


def test_a_picture_of_a_cold_user_that_a_trained_user_has_too_is_seen(build: Path) -> None:
    cold, warm = pictures_of(build, cold=True), pictures_of(build, cold=False)
    name = duplicate(build, cold, warm)
    found = look(build)
    assert found.state == "fail"
    assert "1 on both sides" in found.found
    assert repr(name) in found.found
    assert repr(warm["image_id"].iloc[0]) in found.found
    assert "withheld.parquet" in found.way_out


def test_a_withheld_picture_is_no_leak(build: Path) -> None:
    name = duplicate(build, pictures_of(build, cold=True), pictures_of(build, cold=False))
    withheld = build / "splits" / "withheld.parquet"
    pd.DataFrame({"image_id": [name]}).to_parquet(withheld)
    assert look(build).state == "ok"
    pd.DataFrame({"picture": [name]}).to_parquet(withheld)
    with pytest.raises(InputError, match="must have a column 'image_id'"):
        look(build)


def test_a_data_set_without_pictures_has_nothing_to_look_at(build: Path) -> None:
    file = build / "clean" / "images.parquet"
    pd.read_parquet(file).iloc[:0].to_parquet(file)
    assert look(build).state == "skip"
