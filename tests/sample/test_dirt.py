"""The planted defects: exactly those that are reported, found by plain definitions."""

import hashlib
import io
import warnings
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from mmga.sample.dirt import DEFECTS
from mmga.sample.people import END, TOPICS
from mmga.sample.world import make_world, planted, write_sample
from mmga.tables import read_images, read_table

ARGUMENTS = {"users": 220, "posts_per_user": 2, "seed": 4}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder: Path = tmp_path_factory.mktemp("dirty")
    write_sample(folder, **ARGUMENTS, dirty=True)
    images = [row for _, _, batch in read_images(folder) for row in batch.to_pylist()]
    named = {name: read_table(folder, name) for name in ("users", "posts", "follows")}
    return {**named, "images": pd.DataFrame(images)}


@pytest.fixture(scope="module")
def reported() -> pd.DataFrame:
    return planted(make_world(**ARGUMENTS))


def records(reported: pd.DataFrame, table: str, defect: str) -> list[str]:
    chosen = reported[(reported["table"] == table) & (reported["defect"] == defect)]
    return sorted(chosen["record"])


def test_every_kind_of_defect_is_planted_in_at_least_one_record(reported: pd.DataFrame):
    found = Counter(zip(reported["table"], reported["defect"], strict=True))
    assert set(found) == {(table, kind) for table, kinds in DEFECTS.items() for kind in kinds}
    assert not reported.duplicated(["table", "record"]).any()


def test_the_user_defects_are_those_reported(tables, reported):
    users = tables["users"]
    twice = users.loc[users["user_id"].duplicated(), "user_id"]
    assert sorted(twice) == records(reported, "users", "duplicate id")
    broken = {
        "misspelt topic": users["topic"].notna() & ~users["topic"].isin(TOPICS),
        "id in capitals": users["user_id"] != users["user_id"].str.lower(),
        "id with unseen characters": users["user_id"].str.contains("\u200b"),
        "wrong encoding": users["bio"].str.contains("\u00c3", na=False),
    }
    for kind, rows in broken.items():
        assert sorted(users.loc[rows, "user_id"]) == records(reported, "users", kind), kind


def test_the_post_defects_are_those_reported(tables, reported):
    posts, caption = tables["posts"], tables["posts"]["caption"]
    broken = {
        "duplicate id": posts["post_id"].duplicated(),
        "unknown user": ~posts["user_id"].isin(tables["users"]["user_id"]),
        "future time": posts["created_at"] >= END + pd.Timedelta(days=2),
        "clock never set": posts["created_at"].dt.year == 2008,
        "wrong encoding": caption.str.contains("\u00c3", na=False),
        "endless caption": caption.str.len() > 5_000,
        "spam": caption.duplicated(keep=False) & (caption.str.len() > 50),
        "time 1970": posts["created_at"].dt.year == 1970,
        "blank caption": caption.notna() & (caption.str.strip() == ""),
        "control characters": caption.str.contains("[\x00\x07\x1b]", regex=True, na=False),
    }
    for kind, rows in broken.items():
        assert sorted(posts.loc[rows, "post_id"]) == records(reported, "posts", kind), kind


def test_the_follow_defects_are_those_reported(tables, reported):
    follows, known = tables["follows"], tables["users"]["user_id"]
    key = follows["follower_id"] + " " + follows["followee_id"]
    ends = follows["follower_id"].isin(known) & follows["followee_id"].isin(known)
    broken = {
        "duplicate follow": key.duplicated(),
        "unknown user": ~ends,
        "self-follow": follows["follower_id"] == follows["followee_id"],
        "future time": follows["followed_at"] >= END + pd.Timedelta(days=2),
        "clock never set": follows["followed_at"].dt.year == 2008,
        "unknown kind": follows["kind"] == "like",
        "time 1970": follows["followed_at"].dt.year == 1970,
    }
    for kind, rows in broken.items():
        assert sorted(key[rows]) == records(reported, "follows", kind), kind


def test_the_picture_defects_are_those_reported(tables, reported):
    images = tables["images"]
    first = images.drop_duplicates("image_id")
    said = first["bytes"].map(lambda content: hashlib.sha256(content).hexdigest())
    state = first["bytes"].map(condition)
    broken = {
        "unknown post": ~first["post_id"].isin(tables["posts"]["post_id"]),
        "truncated": state == "truncated",
        "no picture": state == "no picture",
        "tiny": state == "tiny",
        "strip": state == "strip",
        "single colour": state == "single colour",
        "tells the place": state == "tells the place",
        "copied from another post": first["bytes"].duplicated() & (state != "no picture"),
        "wrong sha256": said != first["sha256"],
        "negative position": first["position"] < 0,
    }
    for kind, rows in broken.items():
        assert sorted(first.loc[rows, "image_id"]) == records(reported, "images", kind), kind
    twice = images.loc[images["image_id"].duplicated(), "image_id"]
    assert sorted(twice) == records(reported, "images", "duplicate id")


def condition(content: bytes) -> str:
    if not content.startswith(b"\xff\xd8"):
        return "no picture"
    with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as picture:
        try:
            picture.load()
        except OSError:
            return "truncated"
        darkest, brightest = zip(*picture.getextrema(), strict=True)
        traits = {
            "tiny": min(picture.size) < 16,
            "strip": max(picture.size) > 8 * min(picture.size),
            "single colour": max(b - a for a, b in zip(darkest, brightest, strict=True)) < 4,
            "tells the place": bool(picture.getexif().get_ifd(0x8825)),
        }
        return next((name for name, has in traits.items() if has), "sound")


def test_a_clean_sample_is_the_same_world_without_the_defects(tables, reported):
    clean = make_world(**ARGUMENTS).tables()
    for name, key in (("users", "user_id"), ("posts", "post_id")):
        hurt = records_of(reported, name)
        dirty = tables[name][~tables[name][key].isin(hurt)].reset_index(drop=True)
        sound = clean[name][~clean[name][key].isin(hurt)].reset_index(drop=True)
        pd.testing.assert_frame_equal(dirty, sound, check_dtype=False)


def records_of(reported: pd.DataFrame, table: str) -> set[str]:
    return set(reported.loc[reported["table"] == table, "record"])
