"""What a data team has becomes the canonical layout, and what was left out is told."""

import csv
import json
import os
import struct
import uuid
import zlib

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmga.errors import InputError
from mmga.sources.loading.description import About
from mmga.sources.loading.dropped import dropped_file_of
from mmga.sources.loading.load import load
from mmga.tables import IMAGES, TABLES, read_description, read_images, read_table


def images_of(folder):
    return [row for _, _, batch in read_images(folder) for row in batch.to_pylist()]


def dropped_of(folder):
    file = dropped_file_of(folder)
    return list(csv.DictReader(file.read_text().splitlines()))


def bomb(png):
    """A PNG whose header claims 20,000 x 20,000 pixels."""
    header = b"IHDR" + struct.pack(">II", 20_000, 20_000) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def test_a_whole_delivery_arrives_whole(desk):
    report = desk.take(desk.out)
    assert report.written == {"users": 3, "posts": 2, "follows": 3, "images": 2}
    assert report.dropped == {}
    assert not dropped_file_of(desk.out).exists()
    for name, schema in TABLES.items():
        assert pq.read_schema(desk.out / f"{name}.parquet").names == schema.names
        assert pq.read_schema(desk.out / f"{name}.parquet").types == schema.types
    assert pq.read_schema(desk.out / "images" / "part-00000.parquet") == IMAGES
    posts = read_table(desk.out, "posts")
    assert posts.caption.tolist()[0] == "two\nlines"
    assert posts.created_at[0] == pd.Timestamp("2023-11-14 22:13:20", tz="UTC")
    assert posts.created_at.isna().tolist() == [False, True]
    assert read_table(desk.out, "follows").kind.tolist() == ["follow"] * 3


def test_pictures_keep_their_bytes_and_count_their_position_in_the_post(desk, picture):
    desk.take(desk.out)
    found = images_of(desk.out)
    assert [(i["image_id"], i["position"]) for i in found] == [("p1_0", 0), ("p1_1", 1)]
    assert found[0]["bytes"] == picture()


def test_what_is_read_is_written_or_dropped_and_nothing_else(desk):
    desk.put("users", "user_id\na\nb\n\na\n c \n")
    desk.put("posts", "post_id,user_id\np1,a\np1,b\n,a\np2,nobody\np3,c\n")
    desk.put("follows", "follower_id,followee_id\na,b\na,b\na,a\na,x\ny,a\n,a\nc,b\n")
    report = desk.take(desk.out)
    for name in report.read:
        dropped = sum(report.dropped.get(name, {}).values())
        assert report.read[name] == report.written[name] + dropped
    assert report.dropped == {
        "users": {"the user_id came before": 1},
        "posts": {
            "post_id is missing": 1,
            "the post_id came before": 1,
            "user_id is not in users": 1,
        },
        "follows": {
            "follower_id is missing": 1,
            "the user follows itself": 1,
            "the follower_id and followee_id and kind came before": 1,
            "followee_id is not in users": 1,
            "follower_id is not in users": 1,
        },
    }


def test_each_dropped_record_is_listed_with_its_row_its_key_and_its_reason(desk):
    desk.put("follows", "follower_id,followee_id\na,b\na,ghost\na\nc,b\n")
    desk.take(desk.out)
    assert dropped_of(desk.out) == [
        {
            "table": "follows",
            "where": "follows.csv record 3",
            "record": "",
            "reason": "the record has 1 values where the header has 2",
        },
        {
            "table": "follows",
            "where": "follows.csv record 2",
            "record": "a ghost",
            "reason": "followee_id is not in users",
        },
    ]


def test_a_list_of_an_earlier_import_goes_away_when_nothing_is_dropped(desk):
    good = desk.files["follows"].read_text()
    desk.put("follows", good + "a,ghost\n")
    desk.take(desk.out)
    assert dropped_file_of(desk.out).exists()
    desk.put("follows", good)
    desk.take(desk.out, replace=True)
    assert not dropped_file_of(desk.out).exists()


def test_follows_alone_are_enough_and_make_the_users(desk):
    desk.files = {"follows": desk.files["follows"]}
    report = desk.take(desk.out)
    assert report.written == {"users": 3, "posts": 0, "follows": 3, "images": 0}
    assert (report.read, report.only_named) == ({"follows": 3}, {"users": 3})
    assert read_description(desk.out)["deliveries"][0]["only_named"] == {"users": 3}
    assert read_table(desk.out, "users").user_id.tolist() == ["a", "b", "c"]


def test_without_users_whoever_posts_is_a_user_too(desk):
    del desk.files["users"]
    desk.put("posts", "post_id,user_id\np1,hermit\n")
    desk.take(desk.out)
    assert "hermit" in read_table(desk.out, "users").user_id.tolist()


def test_a_friendship_is_a_follow_both_ways_however_often_it_is_told(desk):
    desk.put(
        "follows", "follower_id,followee_id,followed_at\na,b,2024-01-01\nb,a,2025-01-01\na,c,\n"
    )
    report = desk.take(desk.out, undirected=True)
    follows = read_table(desk.out, "follows")
    pairs = set(zip(follows.follower_id, follows.followee_id, strict=True))
    assert pairs == {("a", "b"), ("b", "a"), ("a", "c"), ("c", "a")}
    assert len(follows) == 4
    assert sum(report.dropped["follows"].values()) == 1
    assert follows.followed_at.notna().sum() == 2


def test_other_names_are_mapped_and_other_columns_ignored(desk):
    desk.put("follows", "src;dst;weight\na;b;3\nb;c;1\n")
    maps = ("follows.follower_id=src", "follows.followee_id=dst")
    desk.take(desk.out, *maps, constants=("follows.kind=mention",))
    assert read_table(desk.out, "follows").kind.tolist() == ["mention", "mention"]


def test_columns_are_found_in_any_case_of_letters_and_with_space_around_them(desk):
    desk.put("users", "USER_ID, Topic \n a,x\nb,y\nc,\n")
    desk.take(desk.out)
    assert read_table(desk.out, "users").topic.dropna().tolist() == ["x", "y"]


def test_bars_between_values_are_told_from_the_header(desk):
    desk.put("users", "user_id|topic\na|x,y\nb|\nc|\n")
    desk.take(desk.out)
    assert read_table(desk.out, "users").topic.dropna().tolist() == ["x,y"]


def test_lines_of_json_are_refused_by_their_name(desk):
    file = desk.put("users", '{"user_id": "a"}\n{"user_id": "b"}\n')
    with pytest.raises(InputError, match=f"{file} holds JSON; write it as CSV or Parquet"):
        desk.take(desk.out)


def test_tags_become_hashtags_behind_the_caption(desk):
    desk.put(
        "posts",
        "post_id,user_id,caption,tags\np1,a,Yum,soft tofu|spicy\np2,b,,raw\np3,c,x,\np4,c,,\n",
    )
    desk.take(desk.out)
    captions = read_table(desk.out, "posts").caption
    assert captions.tolist()[:3] == ["Yum #softtofu #spicy", "#raw", "x"]
    assert captions.isna().tolist() == [False, False, False, True]


def test_parquet_with_numbers_as_ids_means_the_same_as_csv(desk):
    pq.write_table(pa.table({"user_id": [1.0, 2.0, None, 3.0]}), desk.folder / "u.parquet")
    desk.files = {"users": desk.folder / "u.parquet"}
    desk.put("follows", "follower_id,followee_id\n1,2\n3,1\n")
    report = desk.take(desk.out)
    assert read_table(desk.out, "users").user_id.tolist() == ["1", "2", "3"]
    assert report.dropped == {"users": {"user_id is missing": 1}}


@pytest.mark.parametrize(
    "kind", [pa.dictionary(pa.int8(), pa.string()), pa.large_binary(), pa.string_view()]
)
def test_an_empty_text_of_parquet_is_none_whatever_its_type(desk, kind):
    topics = pa.array(["x", "", None]).cast(getattr(kind, "value_type", kind))
    topics = topics.dictionary_encode() if pa.types.is_dictionary(kind) else topics
    pq.write_table(pa.table({"user_id": ["a", "b", "c"], "topic": topics}), desk.files["users"])
    assert desk.take(desk.out).dropped.get("users") is None
    assert read_table(desk.out, "users").topic.isna().tolist() == [False, True, True]


@pytest.mark.parametrize("kind", [pa.binary(16), pa.uuid()])
def test_the_bytes_of_a_uuid_in_parquet_mean_the_same_as_its_text_in_csv(desk, kind):
    ids = [uuid.uuid5(uuid.NAMESPACE_URL, name) for name in "abc"]
    stored = pa.array([one.bytes for one in ids], pa.binary(16))
    if kind != stored.type:
        stored = pa.ExtensionArray.from_storage(kind, stored)
    pq.write_table(pa.table({"user_id": stored}), desk.folder / "u.parquet")
    desk.files = {"users": desk.folder / "u.parquet"}
    desk.put("follows", f"follower_id,followee_id\n{ids[0]},{ids[1]}\n{ids[2]},{ids[0]}\n")
    report = desk.take()
    assert report.dropped == {}
    assert read_table(desk.out, "users").user_id.tolist() == [str(one) for one in ids]


def test_pictures_in_a_column_arrive_as_those_in_a_folder(desk):
    desk.take(desk.out)
    contents = [row["bytes"] for row in images_of(desk.out)]
    pq.write_table(
        pa.table({"post_id": ["p1", "p1"], "bytes": contents}), desk.folder / "i.parquet"
    )
    desk.files["images"] = desk.folder / "i.parquet"
    other = desk.folder / "other"
    desk.take(other)
    assert images_of(other) == images_of(desk.out)


def test_hostile_pictures_are_left_out_each_with_its_reason(desk, picture):
    photos = desk.folder / "photos"
    (desk.folder / "secret.jpg").write_bytes(picture())
    (photos / "link.jpg").symlink_to(desk.folder / "secret.jpg")
    (photos / "loop.jpg").symlink_to(photos / "loop.jpg")
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "words.jpg").write_text("not a picture")
    (photos / "half.jpg").write_bytes(picture(size=(200, 200))[:-300])
    (photos / "bomb.png").write_bytes(bomb(picture("PNG")))
    os.mkfifo(photos / "pipe.jpg")
    names = ["../secret.jpg", str(desk.folder / "secret.jpg"), "link.jpg", "loop.jpg", "empty.jpg"]
    names += ["words.jpg", "half.jpg", "bomb.png", "pipe.jpg", "none.jpg", ".", "", "1.jpg"]
    desk.put("images", "post_id,file\n" + "".join(f"p1,{name}\n" for name in names))
    report = desk.take(desk.out, image_folder=photos)
    assert report.written["images"] == 1
    assert report.dropped["images"] == {
        "file is missing": 1,
        "the picture lies outside the image folder": 3,
        "the picture cannot be read": 1,
        "the picture is empty": 1,
        "the picture cannot be decoded": 2,
        "the picture has too many pixels": 1,
        "the picture does not exist": 3,
    }


def test_the_same_delivery_gives_the_same_bytes(desk):
    other = desk.folder / "again" / "data"
    for out in (desk.out, other):
        desk.take(out)
    for file in sorted(f for f in desk.out.rglob("*") if f.is_file()):
        assert file.read_bytes() == (other / file.relative_to(desk.out)).read_bytes()


def test_dataset_json_says_what_it_is_and_that_ids_are_as_they_were(desk):
    desk.take(desk.out, about=About("ours", "the app", "internal"))
    said = read_description(desk.out)
    assert (said["name"], said["source"], said["licence"]) == ("ours", "the app", "internal")
    assert said["ids"] == "not pseudonymised by this importer"
    assert said["counts"] == {"users": 3, "posts": 2, "follows": 3, "images": 2}
    assert json.loads((desk.out / "dataset.json").read_text()) == said


def test_ids_of_two_kinds_are_refused_with_an_example_of_both(desk):
    desk.put("follows", "follower_id,followee_id\n1.0,2.0\n")
    with pytest.raises(InputError, match=r"not one follower_id .* '1' is none of 'a', 'b', 'c'"):
        desk.take(desk.out)


def test_nothing_left_is_refused_with_the_reasons(desk):
    desk.put("follows", "follower_id,followee_id\na,a\nb,b\n")
    listed = dropped_file_of(desk.out)
    said = f"no record of follows is left: 2 x the user follows itself\n.* listed in {listed}: mend"
    with pytest.raises(InputError, match=said):
        desk.take(desk.out)
    assert not desk.out.exists()
    assert [row["record"] for row in dropped_of(desk.out)] == ["a a", "b b"]


def test_a_refused_replacement_leaves_the_data_set_that_is_there_its_lists(desk):
    good = desk.files["follows"].read_text()
    desk.put("follows", good + "a,ghost\n")
    desk.take(desk.out)
    desk.put("follows", "follower_id,followee_id\na,a\n")
    with pytest.raises(InputError, match=str(dropped_file_of(desk.out, 1))):
        desk.take(desk.out, replace=True)
    assert [row["record"] for row in dropped_of(desk.out)] == ["a ghost"]
    desk.put("follows", good)
    desk.take(desk.out, replace=True)
    assert not list(desk.out.parent.glob("*.csv"))


@pytest.mark.parametrize("parquet", [False, True])
def test_a_null_of_a_database_is_no_value_and_nobodys_id(desk, parquet):
    desk.put("users", "user_id,topic\na,\\N\nb,NULL\n\\N,pet\nNULL,NULL\n")
    desk.put("posts", "post_id,user_id,caption,created_at\np1,a,\\N,2024-01-01\np2,b,x,NULL\n")
    desk.put("follows", "follower_id,followee_id\na,b\n\\N,a\nNULL,a\n")
    if parquet:
        frame = pd.read_csv(desk.files["users"], keep_default_na=False)
        desk.files["users"] = desk.folder / "u.parquet"
        frame.astype("category").to_parquet(desk.files["users"])
    source = desk.delivery()
    report = load(source, desk.out)
    assert report.dropped["users"] == {"user_id is missing": 1}
    assert read_table(desk.out, "users").topic.fillna("").tolist() == ["", "NULL", "NULL"]
    assert set(source.nulls.hints()) >= {
        "users.topic has 2 x NULL, taken for values; --null NULL makes them none",
        r"users.topic has 1 x \N, taken for none",
    }
    source = desk.delivery(null_words=("NULL",))
    report = load(source, desk.out, replace=True)
    assert report.dropped == {
        "users": {"user_id is missing": 2},
        "follows": {"follower_id is missing": 2},
    }
    assert read_table(desk.out, "users").topic.isna().all()
    assert not any("NULL" in hint for hint in source.nulls.hints())


def test_ids_that_a_spreadsheet_has_rounded_are_listed_with_the_way_out(desk):
    desk.put("users", 'user_id\na\nb\nc\n1.23457E+17\n"1,23E+17"\n1.188E18\n1E+5\n1E17\n')
    report = desk.take(desk.out)
    said = "user_id is a rounded number (as 1.23E+17): export the ids as text"
    assert report.dropped["users"] == {said: 3}
    assert {"1E+5", "1E17"} < set(read_table(desk.out, "users").user_id)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_number_that_an_empty_cell_gave_a_point_is_the_same_id(desk, parts):
    """As pandas writes a column of numbers that has one."""
    desk.put("users", "user_id\n1\n2\n30\n")
    desk.put("follows", "follower_id,followee_id\n1,2\n2,1\n30,1.0\n")
    desk.files["posts"] = desk.folder / "posts"
    desk.files["posts"].mkdir()
    lines = ["7,1.0\n", "8,\n9,30.0\n"]
    for part in range(parts):
        text = "post_id,user_id\n" + ("".join(lines) if parts == 1 else lines[part])
        (desk.files["posts"] / f"{part}.csv").write_text(text)
    del desk.files["images"]
    report = desk.take(desk.out)
    assert read_table(desk.out, "posts").user_id.tolist() == ["1", "30"]
    assert report.dropped == {
        "posts": {"user_id is missing": 1},
        "follows": {"followee_id is not in users": 1},  # of ids with and without it are some others
    }


def test_paths_of_pictures_may_have_the_slashes_of_windows_and_lead_no_further(desk):
    desk.put("images", "post_id,file\np1,photos\\1.jpg\np1,photos\\..\\..\\1.jpg\n")
    report = desk.take(desk.out)
    assert report.written["images"] == 1
    assert report.dropped["images"] == {"the picture lies outside the image folder": 1}


def test_a_quote_that_never_ends_is_refused_rather_than_swallowing_the_file(desk):
    desk.files = {}
    desk.put("follows", 'follower_id,followee_id\n"a,b\nc,d\n')
    with pytest.raises(InputError, match="a quote that opens in record 1 is not closed"):
        desk.take(desk.out)


def test_invalid_utf8_and_nul_bytes_cost_the_record_and_are_listed(desk):
    desk.put("posts", b"post_id,user_id,caption\np1,a,\xff\np2,b,x\np3,c,a\x00b\n")
    desk.take(desk.out)
    assert read_table(desk.out, "posts").post_id.tolist() == ["p2"]
    assert [row["record"] for row in dropped_of(desk.out) if row["table"] == "posts"] == [
        "p1",
        "p3",
    ]


@pytest.mark.parametrize("table", ["users", "posts", "follows"])
def test_a_table_without_records_goes_through_unless_nothing_is_left(desk, table):
    desk.put(table, desk.files[table].read_text().splitlines()[0] + "\n")
    if table == "posts":
        assert desk.take(desk.out).written["images"] == 0
    else:
        with pytest.raises(InputError, match="no record of"):
            desk.take(desk.out)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("images", "give the table of posts too"),
        ("follows", "--follows is missing: .*\\n.* columns follower_id and followee_id"),
    ],
)
def test_tables_that_need_one_another_are_asked_for(desk, broken, said):
    if broken == "images":
        del desk.files["posts"]
    else:
        del desk.files["follows"]
    with pytest.raises(InputError, match=said):
        desk.take(desk.out)


def test_what_is_imported_may_not_lie_in_what_is_made(desk):
    with pytest.raises(InputError, match="which is what is made"):
        desk.take(desk.folder)


def test_a_map_for_a_file_that_is_not_given_is_refused(desk):
    del desk.files["users"]
    with pytest.raises(InputError, match="mapped for users, but there is no such file"):
        desk.take(desk.out, "users.topic=community")


def test_pictures_need_exactly_one_of_path_and_bytes(desk):
    desk.put("images", "post_id,alt\np1,x\n")
    with pytest.raises(InputError, match="one of the two"):
        desk.take(desk.out)
    desk.put("images", "post_id,bytes\np1,x\n")
    with pytest.raises(InputError, match="a CSV cannot hold the bytes"):
        desk.take(desk.out)
