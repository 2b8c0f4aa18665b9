"""A delivery is added to a data set: what was there stays byte for byte."""

import os
import shutil
import stat

import pandas as pd
import pytest

from mmga.errors import InputError
from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.loading.load import load
from mmga.sources.loading.relate import USER_IN_SET
from mmga.sources.source import Edge, Picture, Post, User
from mmga.tables import image_parts, read_description, read_table, table_files
from tests.sources.made import Made, PowerCut, contents, files_of


@pytest.fixture
def first(picture):
    records = [User("", "a", "food"), User("", "b"), Post("", "p1", "a", None, "one")]
    records += [Picture("", "p1", "1"), Edge("", "a", "b")]
    return Made([records], {"1": picture()})


@pytest.fixture
def second(picture):
    records = [User("", "b", "pet"), User("", "c"), Post("", "p2", "a"), Post("", "p1", "b")]
    records += [Picture("", "p2", "2"), Picture("", "p1", "1"), Picture("", "p1", "3", 7)]
    records += [Edge("", "a", "b"), Edge("", "c", "a"), Edge("", "a", "b", None, "mention")]
    return Made([records], {"1": picture(), "2": picture(), "3": picture()})


@pytest.fixture
def out(tmp_path, first):
    load(first, tmp_path / "data")
    return tmp_path / "data"


def test_new_records_go_to_new_files_and_the_old_ones_keep_their_bytes(out, second):
    before = files_of(out)
    report = load(second, out, append=True)
    after = files_of(out)
    assert {name: after[name] for name in before if name != "dataset.json"} == {
        name: content for name, content in before.items() if name != "dataset.json"
    }
    assert set(after) - set(before) == {
        *("users-00001.parquet", "posts-00001.parquet", "follows-00001.parquet"),
        *("images/part-00001.parquet", "data.dropped-00001.csv"),
    }
    assert read_table(out, "users").user_id.tolist() == ["a", "b", "c"]
    assert read_table(out, "posts").post_id.tolist() == ["p1", "p2"]
    assert report.written == {"users": 1, "posts": 1, "follows": 2, "images": 2}
    assert report.dropped == {
        "users": {USER_IN_SET: 1},
        "posts": {"the post is in the data set already": 1},
        "follows": {"the edge is in the data set already": 1},
        "images": {"the image_id (post and position) is in the data set already": 1},
    }
    assert read_description(out)["counts"] == {"users": 3, "posts": 2, "follows": 3, "images": 3}


def test_the_same_delivery_twice_adds_nothing_and_touches_nothing(out, first):
    before = files_of(out)
    report = load(first, out, append=True)
    assert not any(report.written.values())
    after = files_of(out)
    assert after.pop("data.dropped-00001.csv")
    assert after == before


def test_a_user_who_came_without_a_profile_keeps_none_and_that_is_told(tmp_path):
    out = tmp_path / "data"
    load(Made([[Edge("", "a", "b")]]), out, everyone=True)
    report = load(Made([[User("", "b", "pet", "I am b"), User("", "c")]]), out, append=True)
    assert report.dropped == {
        "users": {"the user is in the data set already: topic and bio stay as they are there": 1}
    }
    assert read_table(out, "users").topic.isna().all()
    load(Made([[User("", "b", "pet"), Edge("", "a", "b")]]), out, replace=True, everyone=True)
    assert read_table(out, "users").topic.dropna().tolist() == ["pet"]


def test_a_third_delivery_gets_the_next_number_and_empty_tables_no_file(out, second):
    load(second, out, append=True)
    load(Made([[Edge("", "b", "a")]]), out, append=True, everyone=True)
    assert [file.name for file in table_files(out, "follows")] == [
        *("follows.parquet", "follows-00001.parquet", "follows-00002.parquet")
    ]
    assert len(table_files(out, "users")) == 2
    assert len(read_description(out)["deliveries"]) == 3


def test_links_to_a_cache_stay_links_and_what_they_lead_to_is_not_written(out, second, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    for number, file in enumerate(sorted(f for f in out.rglob("*") if f.is_file())):
        cached = cache / str(number)
        shutil.move(file, cached)
        cached.chmod(0o444)
        if number % 2:
            file.symlink_to(cached)
        else:
            os.link(cached, file)
    before = {
        file.name: (file.read_bytes(), stat.S_IMODE(file.stat().st_mode))
        for file in cache.iterdir()
    }
    load(second, out, append=True)
    assert before == {
        file.name: (file.read_bytes(), stat.S_IMODE(file.stat().st_mode))
        for file in cache.iterdir()
    }
    assert (out / "follows.parquet").samefile(cache / "1")
    assert len(read_table(out, "follows")) == 3


def test_a_friendship_adds_only_the_way_that_is_not_there(out):
    report = load(
        Made([[Edge("x", "b", "a"), Edge("y", "a", "b")]]), out, append=True, undirected=True
    )
    follows = read_table(out, "follows")
    assert sorted(zip(follows.follower_id, follows.followee_id, strict=True)) == [
        *(("a", "b"), ("b", "a"))
    ]
    assert report.read == {"follows": 2}
    assert report.written["follows"] == 1


def test_what_is_unknown_to_the_delivery_may_be_known_to_the_data_set(out):
    records = [Post("", "p3", "a"), Edge("", "b", "a"), Post("", "p4", "stranger")]
    report = load(Made([records]), out, append=True)
    assert report.written == {"users": 0, "posts": 1, "follows": 1, "images": 0}
    assert report.dropped == {"posts": {"user_id is not in users": 1}}


@pytest.mark.parametrize("fault", ["picture", "landing"])
def test_whatever_goes_wrong_leaves_the_data_set_as_it_was(out, second, fault, monkeypatch):
    before = files_of(out)
    if fault == "picture":
        second.fails_at = "2"
    else:
        monkeypatch.setattr("mmga.sources.loading.load.put_in_place", lambda *_: 1 / 0)
    with pytest.raises((PowerCut, ZeroDivisionError)):
        load(second, out, append=True)
    after = files_of(out)
    after.pop("data.dropped-00001.csv", None)
    assert after == before


def test_a_data_set_that_was_moved_aside_by_a_kill_is_put_back(out, second):
    aside = out.with_name(".data.import")
    aside.mkdir()
    out.rename(aside / "replaced")
    load(second, out, append=True)
    assert len(read_table(out, "posts")) == 2


def test_without_the_exchange_of_folders_it_lands_as_well(out, second, monkeypatch):
    monkeypatch.setattr("mmga.sources.loading.landing._exchanged", lambda *_: False)
    load(second, out, append=True)
    assert sorted(path.name for path in out.parent.iterdir()) == ["data", "data.dropped-00001.csv"]
    assert len(image_parts(out)) == 2


def test_a_data_set_of_another_maker_counts_as_the_first_delivery(out, second):
    (out / "dataset.json").write_text('{"name": "old", "licence": "CC0", "counts": {"users": 2}}')
    load(second, out, append=True)
    said = read_description(out)
    assert [d["importer"] for d in said["deliveries"]] == ["not stated", "made"]
    assert said["name"] == "old"
    assert said["licence"] == "CC0; not stated"


def test_nothing_can_be_added_to_no_data_set_or_to_a_broken_one(out, second, tmp_path):
    with pytest.raises(InputError, match="leave out --append"):
        load(second, tmp_path / "none", append=True)
    with pytest.raises(InputError, match="drop one of them"):
        load(second, out, append=True, replace=True)
    whole = (out / "posts.parquet").read_bytes()
    (out / "posts.parquet").write_bytes(whole[:-20])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        load(second, out, append=True)
    pd.DataFrame({"post": ["p1"]}).to_parquet(out / "posts.parquet")
    with pytest.raises(InputError, match="column 'post_id' is missing\nFetch the data again"):
        load(second, out, append=True)


def lists(out):
    """The keys that each list has, by its delivery."""
    return {
        number: [line.split(",")[2].strip('"') for line in file.read_text().splitlines()[1:]]
        for number, file in dropped_files_of(out).items()
    }


def test_each_delivery_keeps_the_list_of_what_it_lost(tmp_path):
    out = tmp_path / "data"
    deliveries = [[Edge("", "a", "b"), Edge("", fan, fan)] for fan in ("x", "y", "z")]
    load(Made([deliveries[0]]), out, everyone=True)
    load(Made([[Edge("", "c", "d")]]), out, append=True, everyone=True)
    report = load(Made([[*deliveries[1], Edge("", "a", "c")]]), out, append=True, everyone=True)
    assert lists(out) == {0: ["x x"], 2: ["a b", "y y"]}
    assert report.dropped_file == tmp_path / "data.dropped-00002.csv"
    assert len(read_description(out)["deliveries"]) == 3
    # What adds nothing is no delivery: its list makes room for the next.
    load(Made([deliveries[2]]), out, append=True, everyone=True)
    assert lists(out)[3] == ["a b", "z z"]
    load(Made([[Edge("", "z", "a"), Edge("", "a", "b")]]), out, append=True, everyone=True)
    assert lists(out) == {0: ["x x"], 2: ["a b", "y y"], 3: ["a b"]}
    load(Made([deliveries[2]]), out, replace=True, everyone=True)
    assert lists(out) == {0: ["z z"]}


def test_the_list_of_a_delivery_that_was_interrupted_while_it_landed_is_there_once(
    out, second, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr("mmga.sources.loading.load.put_in_place", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load(second, out, append=True)
    load(second, out, append=True)
    assert list(dropped_files_of(out)) == [1]
    assert lists(out) == {1: ["b", "p1", "a b", "p1 1"]}


def test_all_of_it_reads_as_one_data_set(out, second):
    load(second, out, append=True)
    assert [row[0] for row in contents(out)["images"]] == ["p1_0", "p1_7", "p2_0"]
