"""Any source becomes a data set: all that was read is written or listed, in its order."""

import csv
import datetime as dt

import pyarrow as pa
import pytest

from mmga.errors import InputError
from mmga.sources.loading.description import About
from mmga.sources.loading.dropped import dropped_file_of
from mmga.sources.loading.load import load
from mmga.sources.source import Batch, Edge, Picture, Post, Unusable, User
from mmga.tables import read_description, read_images, read_table
from tests.sources.made import Made, contents

DAY = dt.datetime(2024, 1, 2, tzinfo=dt.UTC)


def listed(out):
    return [tuple(row) for row in csv.reader(dropped_file_of(out).read_text().splitlines())][1:]


def test_records_of_many_units_keep_their_order(tmp_path):
    parts = [[User(f"{u}:{i}", f"u{(7 * u + i) % 50}") for i in range(5)] for u in range(10)]
    parts.append([Edge("e", "u1", "u2")])
    load(Made(parts), tmp_path / "data")
    came = [record.user_id for part in parts[:-1] for record in part]
    assert read_table(tmp_path / "data", "users").user_id.tolist() == list(dict.fromkeys(came))


def test_everyone_who_posts_or_follows_is_a_user_behind_those_that_are_named(tmp_path):
    records = [
        User("here", "z", "food", "hello"),
        Post("here", "p1", "poster", DAY, "words"),
        Edge("here", "fan", "star"),
        Edge("here", "alone", "alone"),
    ]
    load(Made([records]), tmp_path / "data", everyone=True)
    users = read_table(tmp_path / "data", "users")
    assert users.user_id.tolist() == ["z", "fan", "poster", "star"]
    assert users.topic.tolist()[0] == "food"
    assert read_table(tmp_path / "data", "posts").created_at[0] == DAY


def test_a_batch_of_columns_means_the_same_as_its_records_one_by_one(tmp_path):
    one_by_one = [
        User("w", "a"),
        User("w", "b", "pet"),
        Post("w", "p", "a", DAY, "hi"),
        Edge("w", "a", "b"),
        Picture("w", "p", "1"),
        Unusable("w", "posts", "x", "broken"),
    ]
    columns = [
        Batch(
            "users", pa.table({"where": ["w", "w"], "user_id": ["a", "b"], "topic": [None, "pet"]})
        ),
        Batch(
            "posts",
            pa.table(
                {
                    "where": ["w"],
                    "post_id": ["p"],
                    "user_id": ["a"],
                    "created_at": [DAY],
                    "caption": ["hi"],
                }
            ),
        ),
        Batch("follows", pa.table({"where": ["w"], "follower_id": ["a"], "followee_id": ["b"]})),
        Batch("images", pa.table({"where": ["w"], "post_id": ["p"], "place": ["1"]})),
        Batch(
            "unusable",
            pa.table({"where": ["w"], "table": ["posts"], "record": ["x"], "reason": ["broken"]}),
        ),
    ]
    reports = [
        load(Made([records]), tmp_path / name)
        for name, records in {"one": one_by_one, "many": columns}.items()
    ]
    assert contents(tmp_path / "one") == contents(tmp_path / "many")
    assert reports[0].read == reports[1].read == {"users": 2, "posts": 2, "follows": 1, "images": 1}
    assert listed(tmp_path / "one") == listed(tmp_path / "many")


def test_a_good_record_is_not_kept_out_by_a_bad_one_of_the_same_key(tmp_path):
    records = [User("", "a"), User("", "b"), Edge("", "a", "b")]
    records += [Post("first", "p", "nobody"), Post("second", "p", "a"), Post("third", "p", "b")]
    load(Made([records]), tmp_path / "data")
    assert read_table(tmp_path / "data", "posts").user_id.tolist() == ["a"]
    assert listed(tmp_path / "data") == [
        ("posts", "first", "p", "user_id is not in users"),
        ("posts", "third", "p", "the post_id came before"),
    ]


def test_only_pictures_of_accepted_posts_are_read(tmp_path, picture):
    records = [Edge("", "a", "b"), Post("", "p", "a"), Picture("", "p", "1"), Picture("", "q", "2")]
    source = Made([records], {"1": picture()})
    report = load(source, tmp_path / "data", everyone=True)
    assert source.read == ["0", "1"]
    assert report.dropped == {"images": {"post_id is not in posts": 1}}


def test_a_picture_that_fails_leaves_a_gap_in_the_positions(tmp_path, picture):
    pictures = [Picture("", "p", place) for place in ("1", "none", "2")]
    records = [Edge("", "a", "b"), Post("", "p", "a"), *pictures]
    load(Made([records], {"1": picture(), "2": picture()}), tmp_path / "data", everyone=True)
    images = next(batch for _, _, batch in read_images(tmp_path / "data"))
    assert images["image_id"].to_pylist() == ["p_0", "p_2"]
    assert images["position"].to_pylist() == [0, 2]
    assert listed(tmp_path / "data") == [("images", "", "p none", "the picture does not exist")]


def test_texts_that_no_file_can_hold_cost_the_record_and_are_listed(tmp_path):
    half = "\ud83d"
    records = [
        Edge("", "a", "b"),
        Post("1", "p1", "a", None, f"half a smile {half}"),
        Post("2", "p2", "a", None, "nul\0byte"),
        Post("3", "  ", "a"),
        Post(f"4{half}", f"p{half}", "a"),
        Post("5", " p5 ", "a", None, "tab\tand\x07bell \u202eright to left \U0001f600"),
    ]
    report = load(Made([records]), tmp_path / "data", everyone=True)
    posts = read_table(tmp_path / "data", "posts")
    assert posts.post_id.tolist() == ["p5"]
    assert posts.caption.tolist() == ["tab\tand\x07bell \u202eright to left \U0001f600"]
    assert report.read["posts"] == 5
    assert [(where[0], reason) for _, where, _, reason in listed(tmp_path / "data")] == [
        ("1", "caption is no text (it is no Unicode)"),
        ("2", "caption is no text (it has a NUL byte)"),
        ("3", "post_id is missing"),
        ("4", "post_id is no text (it is no Unicode)"),
    ]


def test_each_step_tells_where_it_stands_also_in_a_log(tmp_path, picture, monkeypatch, capsys):
    monkeypatch.setattr("mmga.progress.DELAY", 0)
    monkeypatch.setattr("mmga.progress.PAUSE", 0)
    records = [User("", "a"), Edge("", "a", "b"), Post("", "p", "a"), Picture("", "p", "1")]
    load(Made([records], {"1": picture()}), tmp_path / "data", everyone=True)
    said = capsys.readouterr().err
    steps = ("users (1 of 6)", "ids (2", "posts (3", "follows (4", "pictures (5", "answers (6")
    told = ["records:", *(f"relating {step}" for step in steps), "pictures: 100%"]
    told += [f"writing {table}: 100%" for table in ("users", "posts", "follows")]
    places = [said.index(name) for name in (*told, "listing pictures: 100%")]
    assert places == sorted(places)


@pytest.mark.parametrize("everyone", [False, True])
def test_no_record_at_all_is_refused_and_leaves_nothing(tmp_path, everyone):
    with pytest.raises(InputError, match="no record of follows is left: the table is empty"):
        load(Made([[]]), tmp_path / "data", everyone=everyone)
    assert list(tmp_path.iterdir()) == []


class Reversed:
    """Pseudonyms that a person can read."""

    key_id = "k1"
    texts = True

    def of(self, id, kind="user"):
        return f"{kind}:{id[::-1]}"

    def in_text(self, text):
        return text.replace("@berta", "@" + self.of("berta"))


def test_with_pseudonyms_no_id_is_written_anywhere(tmp_path, picture):
    records = [
        User("berta/profile", "berta", "food", "I am @berta"),
        User("berta/profile", "berta"),
        Post("berta/1", "bertapost", "berta", DAY, "by @berta"),
        Picture("berta/1.jpg", "bertapost", "berta/1.jpg", 0, "bertaimage"),
        Picture("berta/2.jpg", "bertapost", "berta/2.jpg", 1),
        Edge("follows", "berta", "bert"),
        Unusable("berta/2", "posts", "bertabroken", "broken"),
    ]
    source = Made([records], {"berta/1.jpg": picture()}, private_places=True)
    load(source, tmp_path / "data", everyone=True, pseudonyms=Reversed())
    found = contents(tmp_path / "data")
    assert found["users"] == [
        ("user:atreb", "food", "I am @user:atreb"),
        ("user:treb", None, None),
    ]
    assert [row[:2] for row in found["images"]] == [("image:egamiatreb", "post:tsopatreb")]
    assert len(listed(tmp_path / "data")) == 3
    said = read_description(tmp_path / "data")
    assert said["pseudonyms"] == {"key_id": "k1", "texts": True}
    assert "k1" in said["ids"]


def test_a_delivery_with_other_pseudonyms_is_not_added(tmp_path):
    edges = Made([[Edge("", "a", "b")]])
    load(edges, tmp_path / "data", everyone=True, pseudonyms=Reversed())
    with pytest.raises(InputError, match="one user would become two"):
        load(edges, tmp_path / "data", append=True, everyone=True)
    other = Reversed()
    other.key_id = "k2"
    with pytest.raises(InputError, match=r"key k1.*\n?.*key k2"):
        load(edges, tmp_path / "data", append=True, everyone=True, pseudonyms=other)


def test_the_data_were_collected_on_the_last_day_of_all_deliveries(tmp_path):
    edges = (Made([[Edge("", "a", name)]]) for name in "bcd")
    data = tmp_path / "data"
    first, later = dt.date(2026, 1, 31), dt.date(2026, 11, 30)
    for day, options in ((later, {}), (first, {"append": True})):
        load(next(edges), data, About(collected_on=day), everyone=True, **options)
        assert read_description(data)["collected_on"] == "2026-11-30"
    load(next(edges), data, append=True, everyone=True)
    said = read_description(data)
    assert "collected_on" not in said
    days = [delivery.get("collected_on") for delivery in said["deliveries"]]
    assert days == ["2026-11-30", "2026-01-31", None]


def test_what_is_said_of_the_deliveries_is_kept_apart_and_told_together(tmp_path):
    load(
        Made([[Edge("", "a", "b")]]), tmp_path / "data", About("ours", "app", "MIT"), everyone=True
    )
    second = Made([[Edge("", "a", "b"), Edge("", "b", "a")]])
    load(second, tmp_path / "data", About(source="web"), append=True, everyone=True)
    said = read_description(tmp_path / "data")
    assert (said["name"], said["source"], said["licence"]) == (
        "ours",
        "app; web",
        "MIT; not stated",
    )
    assert said["counts"] == {"users": 2, "posts": 0, "follows": 2, "images": 0}
    assert [d["counts"]["follows"] for d in said["deliveries"]] == [1, 1]
    assert said["deliveries"][1]["dropped"] == {
        "follows": {"the edge is in the data set already": 1}
    }
