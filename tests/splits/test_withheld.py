"""What is withheld is no input: whole posts, or a picture alone."""

import pandas as pd
import pytest

from mmga.errors import InputError
from mmga.splits.withheld import (
    late_posts,
    nothing,
    read_withheld,
    spared_pictures,
    spared_posts,
    write_withheld,
)

WITHHELD = pd.DataFrame(
    [("p2", None, "after-cut"), ("p1", "i1", "near-duplicate")],
    columns=["post_id", "image_id", "reason"],
)
POSTS = pd.DataFrame({"post_id": ["p1", "p2", "p3"]})
PICTURES = pd.DataFrame({"image_id": ["i1", "i2", "i3", "i4"], "post_id": ["p1", "p1", "p2", "p3"]})


def test_a_post_goes_with_its_pictures_and_stays_when_a_picture_goes():
    assert spared_posts(WITHHELD, POSTS)["post_id"].tolist() == ["p1", "p3"]
    assert spared_pictures(WITHHELD, PICTURES)["image_id"].tolist() == ["i2", "i4"]


def test_where_nothing_is_withheld_everything_stays():
    pd.testing.assert_frame_equal(spared_posts(nothing(), POSTS), POSTS)
    pd.testing.assert_frame_equal(spared_pictures(nothing(), PICTURES), PICTURES)


def test_a_post_of_the_very_moment_of_the_cut_is_late():
    cut = pd.Timestamp("2025-06-01", tz="UTC")
    when = [cut - pd.Timedelta(microseconds=1), cut, pd.NaT]
    late = late_posts(POSTS.assign(created_at=when), cut)
    assert list(zip(late["post_id"], late["reason"], strict=True)) == [
        ("p2", "after-cut"),
        ("p3", "undated"),
    ]
    assert late_posts(None, cut).empty


@pytest.mark.parametrize("withheld", [WITHHELD, nothing()])
def test_what_is_written_is_read_back_sorted(withheld, tmp_path):
    write_withheld(withheld, tmp_path)
    again = read_withheld(tmp_path)
    rows = [row.where(row.notna(), None).tolist() for _, row in again.astype(object).iterrows()]
    assert rows == sorted(withheld.to_numpy(object).tolist(), key=lambda row: row[0])


def test_a_folder_without_the_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="dvc repro split"):
        read_withheld(tmp_path)
