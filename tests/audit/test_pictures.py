"""A picture that a cold and a trained user share is seen, unless it is withheld from the inputs."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from mmga.audit.pictures import look_at_pictures
from mmga.modalities.extract import extract
from mmga.splits.withheld import DOUBLE, LATE
from mmga.tables import read_table
from tests.audit.conftest import broken, change_split, read_split
from tests.tiny import EXTRACT

SHARED = "no picture of a cold user is also a picture of a user with train follows"
ALIKE = "no picture of a user with train follows nearly duplicates one of a cold user"
WITHHELD = "nothing that is withheld is among the features"


def look(build: Path):
    return list(look_at_pictures(build, read_split(build)))


def pictures_of(build: Path, *, cold: bool) -> pd.DataFrame:
    """The pictures of the cold users, or of the others."""
    split = read_split(build)
    images = pd.read_parquet(build / "clean" / "images.parquet")
    owner = read_table(build / "clean", "posts").set_index("post_id")["user_id"]
    side = images["post_id"].map(owner).map(dict(zip(split.user_ids, split.cold, strict=True)))
    return images[side == cold]


def duplicate(build: Path, one: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Make the first picture of `one` a copy of the first of `other`; the former's row."""
    file = build / "clean" / "images.parquet"
    images = pd.read_parquet(file)
    row = one.iloc[0]
    images.loc[images["image_id"] == row["image_id"], "sha256"] = other["sha256"].iloc[0]
    images.to_parquet(file)
    return row


def with_looks(build: Path, near: tuple[str, str] | None = None) -> None:
    """Give every picture a perceptual hash of its own, but for one that has two bits of another."""
    file = build / "clean" / "images.parquet"
    images = pd.read_parquet(file)
    hashes = np.random.default_rng(0).integers(0, 2**63, len(images), dtype=np.uint64)
    looks = dict(zip(images["image_id"], hashes.tolist(), strict=True))
    if near:
        looks[near[1]] = looks[near[0]] ^ 0b11
    images["phash"] = [f"{looks[name]:016x}" for name in images["image_id"]]
    images["colours"] = "80" * 27
    images.to_parquet(file)


def withhold(build: Path, post: str, image: str | None, reason: str) -> None:
    row = pd.DataFrame({"post_id": [post], "image_id": [image], "reason": [reason]})
    change_split(build, lambda split: {"withheld": pd.concat([split.withheld, row])})


def extract_again(root: Path) -> None:
    split = read_split(root / "build")
    clean, features = root / "build" / "clean", root / "build" / "features"
    shutil.rmtree(features)
    extract(clean, root / "data", EXTRACT, features, root / "again", withheld=split.withheld)


def test_pictures_of_ones_own_are_no_leak(build: Path) -> None:
    assert [finding.state for finding in look(build)] == ["ok", "ok", "ok"]
    warm = pictures_of(build, cold=False)
    duplicate(build, warm, warm.iloc[1:])
    assert broken(look(build)) == []


def test_a_picture_of_a_cold_user_that_a_trained_user_has_too_is_seen(build: Path) -> None:
    cold, warm = pictures_of(build, cold=True), pictures_of(build, cold=False)
    row = duplicate(build, cold, warm)
    found = look(build)
    assert broken(found) == [SHARED]
    assert "1 on both sides" in found[0].found
    assert f"{warm['image_id'].iloc[0]!r} (trained user)" in found[0].found
    assert f"{row['image_id']!r} (cold user)" in found[0].found


def test_a_picture_that_is_withheld_and_not_read_is_no_leak(root: Path) -> None:
    build = root / "build"
    cold, warm = pictures_of(build, cold=True), pictures_of(build, cold=False)
    row = duplicate(build, warm, cold)
    withhold(build, row["post_id"], row["image_id"], DOUBLE)
    assert broken(look(build)) == [WITHHELD]
    extract_again(root)
    assert broken(look(build)) == []


def test_a_withheld_post_among_the_features_is_seen(root: Path) -> None:
    build = root / "build"
    post = read_table(build / "clean", "posts")["post_id"].iloc[0]
    withhold(build, post, None, LATE)
    assert broken(look(build)) == [WITHHELD]
    extract_again(root)
    assert broken(look(build)) == []


def test_a_picture_of_a_trained_user_that_is_like_a_cold_one_s_is_seen(build: Path) -> None:
    with_looks(build)
    assert [finding.state for finding in look(build)] == ["ok", "ok", "ok"]
    cold, warm = (pictures_of(build, cold=side)["image_id"].iloc[0] for side in (True, False))
    with_looks(build, near=(cold, warm))
    assert broken(look(build)) == [ALIKE]


def test_a_data_set_without_pictures_has_nothing_to_look_at(root: Path) -> None:
    build = root / "build"
    file = build / "clean" / "images.parquet"
    pd.read_parquet(file).iloc[:0].to_parquet(file)
    extract_again(root)
    assert [finding.state for finding in look(build)] == ["skip", "ok"]
