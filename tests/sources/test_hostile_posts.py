"""The hostile list, through each importer that reads posts: kept, or told with a reason."""

import csv
import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from mmga.sources.loading.load import load
from mmga.tables import read_images, read_table
from tests.sources.trees.hostile import PICTURES, TREES, Odd
from tests.sources.trees.world import START


@pytest.fixture(params=TREES)
def imported(request, tmp_path):
    """Imports posts of ann's; answers the report, her posts in order, and the pictures."""

    def work(*odd):
        source = TREES[request.param](tmp_path, list(odd))
        out = tmp_path / "data"
        report = load(source, out, everyone=True, makers=("follow",))
        posts = read_table(out, "posts")
        pictures = [row for _, _, batch in read_images(out) for row in batch.to_pylist()]
        return report, posts[posts.user_id == "ann"], pictures

    return work


def test_each_odd_picture_is_stored_usable_or_listed_with_its_reason(imported):
    report, posts, pictures = imported(*(Odd(picture=content) for content, _ in PICTURES.values()))
    assert len(posts) == len(PICTURES)
    good = [name for name, (_, reason) in PICTURES.items() if reason is None]
    assert len(pictures) == len(good)
    for found in pictures:
        with Image.open(io.BytesIO(found["bytes"])) as image:
            assert image.format in ("JPEG", "PNG", "WEBP")
            assert not image.getexif()
            assert image.size == (
                (16, 24) if found == pictures[good.index("turned by EXIF")] else (24, 16)
            )
    with report.dropped_file.open(newline="") as stream:
        reasons = [row["reason"] for row in csv.DictReader(stream) if row["table"] == "images"]
    assert sorted(reasons) == sorted(reason for _, reason in PICTURES.values() if reason)


def test_captions_of_any_script_and_length_arrive_as_they_are(imported):
    captions = [
        "été 🌊👩‍👩‍👧 #пляж",
        "שלום \u202eעולם مرحبا",
        "x" * 100_000,
        "a\tb\x07c\r\nd",
        "#" * 500,
    ]
    _, posts, _ = imported(*(Odd(caption) for caption in captions))
    assert sorted(posts.caption) == sorted(captions)


def test_a_caption_of_broken_characters_loses_these_alone(imported):
    _, posts, _ = imported(Odd("half \ud83d of it"), Odd("nul \0 byte"))
    assert sorted(posts.caption) == ["half \ufffd of it", "nul  byte"]


@pytest.mark.parametrize("caption", [None, "", "  \n", 12, [], {"edges": []}, {"text": None}])
def test_a_caption_that_is_none_is_missing_and_the_post_is_kept(imported, caption):
    report, posts, _ = imported(Odd(caption))
    assert posts.caption.isna().tolist() == [True]
    assert report.dropped == {}


def test_a_time_in_milliseconds_is_understood_and_one_in_the_future_left_to_the_quality_gate(
    imported,
):
    _, posts, _ = imported(
        Odd(when=START * 1000), Odd(when=str(START + 1)), Odd(when=4_000_000_000)
    )
    years = sorted(when.year for when in posts.created_at)
    assert years == [2020, 2020, 2096]
    assert datetime.fromtimestamp(START, UTC) in set(posts.created_at)


@pytest.mark.parametrize("when", [-1, 10**30, "soon", [], {}, True, 1e400])
def test_a_time_that_is_none_costs_no_post(imported, when):
    report, posts, _ = imported(Odd(when=when))
    assert len(posts) == 1
    assert "posts" not in report.dropped


def test_what_is_read_is_written_or_dropped(imported):
    report, _, _ = imported(*(Odd(picture=content) for content, _ in PICTURES.values()))
    for table in ("posts", "images", "follows"):
        dropped = sum(report.dropped.get(table, {}).values())
        assert report.read[table] == report.written[table] + dropped
