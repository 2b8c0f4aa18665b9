"""A table in many files, as engines write it, means the same as in one."""

import csv
import gzip
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmga.errors import InputError
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.loading.dropped import dropped_file_of
from mmga.sources.loading.load import load
from mmga.tables import read_images, read_table

LOST = "followed_at is no time: it is left empty"


def images_of(folder):
    return [row for _, _, batch in read_images(folder) for row in batch.to_pylist()]


@pytest.fixture
def follows(desk):
    """A folder for the edges, with what engines leave in it."""
    folder = desk.folder / "edges"
    (folder / "_temporary" / "0").mkdir(parents=True)
    (folder / "_temporary" / "0" / "part-00000.csv").write_text("follower_id,followee_id\nx,y\n")
    for name in ("_SUCCESS", ".part-00000.csv.crc", "part-00001.csv"):
        (folder / name).touch()
    desk.files["follows"] = folder
    return folder


def test_a_table_in_many_files_means_the_same_as_in_one(desk, follows):
    del desk.files["users"]
    (follows / "day=2").mkdir()
    (follows / "part-00000.csv").write_text("follower_id,followee_id\na,b\n")
    (follows / "part-00002.csv.gz").write_bytes(gzip.compress(b"followee_id;follower_id\na;b\n"))
    pq.write_table(
        pa.table({"follower_id": ["c"], "followee_id": ["a"]}), follows / "day=2" / "0.parquet"
    )
    report = desk.take()
    assert (report.read["follows"], report.dropped) == (3, {})
    desk.put("follows", "follower_id,followee_id\na,b\nb,a\nc,a\n")
    desk.take(desk.folder / "one")
    assert read_table(desk.out, "follows").equals(read_table(desk.folder / "one", "follows"))


def test_times_are_told_from_all_files_together(desk, follows):
    """One file alone would say that `soon` is like most of its times, or that 20240102 is a day."""
    heads, seconds = "follower_id,followee_id,followed_at\n", 1_700_000_000
    rows = [f"{a},{b},{seconds + i}\n" for i, (a, b) in enumerate(("ab", "ba", "ca", "cb", "ac"))]
    for number, text in enumerate(("".join(rows), "b,c,soon\n")):
        (follows / f"part-{number:05}.csv").write_text(heads + text)
    assert desk.take().dropped == {"follows.followed_at": {LOST: 1}}
    assert read_table(desk.out, "follows")["followed_at"].isna().tolist() == [False] * 5 + [True]
    (follows / "part-00001.csv").write_text(f"{heads}b,c,20240102\n")
    desk.take(desk.folder / "two")
    (follows / "part-00001.csv").unlink()
    (follows / "part-00000.csv").write_text("".join([heads, *rows, "b,c,20240102\n"]))
    desk.take(desk.folder / "one")
    one, two = (read_table(desk.folder / name, "follows") for name in ("one", "two"))
    assert one.equals(two)


def test_a_look_at_the_times_tells_how_far_it_is(desk, monkeypatch, capsys):
    monkeypatch.setattr("mmga.progress.DELAY", 0)
    monkeypatch.setattr("mmga.progress.PAUSE", 0)
    desk.take()
    said = capsys.readouterr().err
    assert "looking at the times of posts: 2 records" in said
    assert said.index("looking at the times") < said.index("relating users")


def test_a_partition_by_an_underscored_column_is_read_and_a_packed_nothing_is_not(desk, follows):
    for name, edge in (("_day=1", "a,b"), ("_day=2", "b,a")):
        (follows / name).mkdir()
        (follows / name / "p.csv").write_text(f"follower_id,followee_id\n{edge}\n")
    (follows / "part-00003.csv.gz").write_bytes(gzip.compress(b""))
    report = desk.take()
    assert (report.written["follows"], report.dropped) == (2, {})


def test_a_file_whose_name_is_no_text_is_refused_in_words(desk, follows):
    (follows / os.fsdecode(b"b\xff.csv")).write_text("follower_id,followee_id\na,b\n")
    with pytest.raises(InputError, match=r"b\\udcff\.csv': the name is no UTF-8; rename it"):
        desk.take()


def test_what_is_left_out_is_listed_with_its_file(desk, follows):
    for number, name in ((2, "b"), (3, "nobody")):
        text = f"follower_id,followee_id\na,{name}\n"
        (follows / f"part-{number:05}.csv").write_text(text)
    desk.take()
    rows = csv.DictReader(dropped_file_of(desk.out).read_text().splitlines())
    assert [(row["table"], row["where"]) for row in rows] == [
        ("follows", "edges/part-00003.csv record 1")
    ]


def test_a_folder_that_is_called_after_a_person_names_nobody_in_the_list(desk, follows):
    (follows / "author=secret").mkdir()
    (follows / "author=secret" / "0.csv").write_text("follower_id,followee_id\na,b\na,x\n")
    source = desk.delivery()
    names = Pseudonyms(b"k" * 32)
    load(source, desk.out, pseudonyms=names)
    (row,) = csv.DictReader(dropped_file_of(desk.out).read_text().splitlines())
    assert source.private_places
    assert row["where"] == names.of("edges/author=secret/0.csv record 2", "place")
    del desk.files["follows"]
    assert not desk.delivery().private_places


def test_pictures_in_a_column_of_many_files_go_to_their_posts(desk, picture):
    folder = desk.folder / "pictures"
    folder.mkdir()
    sizes = [(20 + number, 30) for number in range(60)]
    posts = [f"p{1 + number % 2}" for number in range(60)]
    for start, size in ((0, 25), (25, 1), (26, 34)):
        part = slice(start, start + size)
        contents = [picture(size=size) for size in sizes[part]]
        table = pa.table({"post_id": posts[part], "bytes": contents})
        pq.write_table(table, folder / f"{start:03}.parquet", row_group_size=7)
    desk.files["images"] = folder
    desk.take()
    found = {(row["post_id"], row["position"]): row["bytes"] for row in images_of(desk.out)}
    assert found == {
        (post, number // 2): picture(size=size)
        for number, (post, size) in enumerate(zip(posts, sizes, strict=True))
    }


def test_a_column_that_one_file_lacks_is_refused_rather_than_lost(desk, follows):
    (follows / "part-00002.csv").write_text("follower_id,followee_id\na,b\n")
    (follows / "part-00003.csv").write_text("follower_id,followee_id,followed_at\nb,a,\n")
    with pytest.raises(InputError, match=r"00002.csv has no column 'followed_at', which .*00003"):
        desk.take()


def test_a_folder_without_a_table_is_refused(desk, follows):
    with pytest.raises(InputError, match="edges holds no file of a table"):
        desk.take()


def test_what_is_made_may_not_lie_in_a_table(desk, follows):
    (follows / "part-00002.csv").write_text("follower_id,followee_id\na,b\n")
    with pytest.raises(InputError, match="which is read; name another folder"):
        desk.take(follows / "data")
