"""The file of follows beside Instaloader's folders, however it is written."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources.instaloader import Instaloader
from mmga.sources.loading.load import load
from mmga.sources.source import Edge, Unusable, User
from tests.sources.trees.instaloader import (
    ANN,
    records,
    write_post,
    write_profile,
)
from tests.sources.trees.reading import of


def edges_of(tmp_path, ann, content):
    file = tmp_path / "edges.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    write_profile(tmp_path / "profiles" / "bob", "bob", 2)
    return [r for r in records(tmp_path / "profiles", file) if not isinstance(r, User)]


@pytest.mark.parametrize(
    "content",
    [
        "bob,ann,1577836800\n",
        "follower,followee,timestamp\nbob,ann,1577836800",
        "\ufefffollowee\tfollowed_at\tfollower\r\n@Ann\t2020-01-01T00:00:00Z\tBOB\r\n",
        "2;1;1577836800000\n",
        '"bob", "1" ,2020-01-01\n\n',
        "follower,followee,date\n2.0,1.0,2020-01-01 00:00:00 UTC\n",
        "\n \r\nfollowee,follower,date\nann,bob,2020-01-01",
    ],
)
def test_an_edge_file_is_read_however_it_is_written(tmp_path, ann, content):
    (edge,) = edges_of(tmp_path, ann, content)
    assert (edge.follower_id, edge.followee_id, edge.kind) == ("bob", "ann", "follow")
    assert edge.followed_at == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "header",
    [
        "user_id,follower_id",
        "User ID;Followed ID",
        "who,follower",
        "id_a\tid_b",
        "account,fan_1,date",
    ],
)
def test_a_header_that_does_not_tell_who_follows_whom_is_refused(tmp_path, ann, header):
    with pytest.raises(InputError, match="which column is the follower") as refused:
        edges_of(tmp_path, ann, f"\ufeff{header}\n1,2\n")
    assert repr(header) in str(refused.value)


def test_a_user_who_is_called_like_a_column_is_no_header(tmp_path, ann):
    write_profile(tmp_path / "profiles" / "target", "target", 3)
    (edge,) = edges_of(tmp_path, ann, "ann,Target\n")
    assert (edge.follower_id, edge.followee_id) == ("ann", "target")
    (edge,) = edges_of(tmp_path, ann, "follower,followee\nann,id\n")
    assert (edge.follower_id, edge.followee_id) == ("ann", "id")


def test_a_line_that_names_no_two_users_is_told(tmp_path, ann):
    content = (
        b"bob,ann\nbob\nbob,\n,ann\nbob,two words\nb\xffb,ann\n" + b"x" * 100_000 + b"\nann,bob"
    )
    found = edges_of(tmp_path, ann, content)
    assert [(e.follower_id, e.followee_id) for e in of(Edge, found)] == [
        ("bob", "ann"),
        ("ann", "bob"),
    ]
    assert Counter(u.reason for u in of(Unusable, found)) == {
        "the line names no two users": 1,
        "the line holds what is no username and no id": 3,
        "the line is no UTF-8, or too long": 2,
    }
    assert of(Unusable, found)[0].where == "edges.csv, line 2"


def test_who_is_called_like_a_number_with_a_point_is_meant_by_it(tmp_path, ann):
    write_profile(tmp_path / "profiles" / "1.0", "1.0", 5)
    (edge,) = edges_of(tmp_path, ann, "1.0,7.0\n")
    assert (edge.follower_id, edge.followee_id) == ("1.0", "7")


def test_a_number_that_is_an_id_and_a_name_is_told_not_guessed(tmp_path, ann):
    write_profile(tmp_path / "profiles" / "1", "1", 3)
    (found,) = edges_of(tmp_path, ann, "bob,1\n")
    assert found.reason == "the line is the id of one user and the name of another"


def test_follows_of_oneself_repeated_and_of_nobody_known_are_told(tmp_path, ann):
    write_post(ann, ANN)
    (tmp_path / "edges.csv").write_text("bob,ann\nbob,ann\nann,ann\n")
    source = Instaloader(tmp_path / "profiles", tmp_path / "edges.csv")
    report = load(source, tmp_path / "data", everyone=True, makers=("follow",))
    assert report.written == {"users": 2, "posts": 1, "follows": 1, "images": 1}
    assert report.dropped == {
        "follows": {
            "the user follows itself": 1,
            "the follower_id and followee_id and kind came before": 1,
        }
    }


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n\x85\u2028"), max_size=30), max_size=8)
)
def test_each_line_of_an_edge_file_is_an_edge_or_is_told(tmp_path_factory, lines):
    folder = write_profile(tmp_path_factory.mktemp("edges") / "ann", "ann", 1)
    write_post(folder, ANN)
    content = "a,b\n" + "".join(f"{line}\n" for line in lines)
    file = folder.parent / "edges.csv"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    found = records(folder, file)
    told = [u for u in of(Unusable, found) if u.table == "follows"]
    assert len(of(Edge, found)) + len(told) == sum(bool(line.strip()) for line in lines) + 1


def test_a_date_that_is_none_is_told_and_its_follow_is_kept(tmp_path, ann):
    told, edge = edges_of(tmp_path, ann, "bob,ann,01/02/2020\n")
    assert (edge.follower_id, edge.followed_at) == ("bob", None)
    assert (told.where, told.table, told.record, told.reason) == (
        "edges.csv, line 1",
        "follows.followed_at",
        "bob ann",
        "followed_at is no time: it is left empty",
    )
