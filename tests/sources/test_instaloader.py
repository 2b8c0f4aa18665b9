"""What Instaloader leaves on disk arrives, and what is no record of a post is told apart."""

import json
import lzma
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources.instaloader import Instaloader
from mmga.sources.instaloader.files import BOOKKEEPING, ID, TITLE, sorted_out, stretches
from mmga.sources.loading.load import load
from mmga.sources.pictures import PictureError
from mmga.sources.source import Edge, Picture, Post, Unusable, User
from mmga.tables import read_images, read_table
from tests.sources.trees.instaloader import (
    ANN,
    base_of,
    post_node,
    records,
    write_json,
    write_post,
    write_profile,
    write_tree,
)
from tests.sources.trees.reading import of
from tests.sources.trees.shapes import ANY
from tests.sources.trees.world import START, items_of, jpeg


def test_a_whole_tree_arrives_with_its_pictures_dates_topics_and_edges(tmp_path):
    profiles, edges = write_tree(tmp_path / "raw", 120)
    report = load(
        Instaloader(profiles, edges), tmp_path / "data", everyone=True, makers=("follow",)
    )
    world = list(items_of(120))
    assert report.dropped == {}
    posts = read_table(tmp_path / "data", "posts").set_index("post_id")
    assert len(posts) == 120
    for item in world:
        assert posts.loc[item.code, "caption"] == item.caption
        assert posts.loc[item.code, "user_id"] == item.owner
        assert posts.loc[item.code, "created_at"] == datetime.fromtimestamp(item.when, UTC)
    pictures = [row for _, _, b in read_images(tmp_path / "data") for row in b.to_pylist()]
    expected = {
        (item.code, place): jpeg(item.number * 2 + place)
        for item in world
        for place in range(item.pictures)
    }
    assert {(p["post_id"], p["position"]): p["bytes"] for p in pictures} == expected
    users = read_table(tmp_path / "data", "users")
    assert users.topic.dropna().unique().tolist() == ["Food", "Travel"]
    assert users.bio.tolist() == [f"I am {name} ☕️" for name in users.user_id]


def test_mentions_and_tags_are_edges_of_their_own_kinds_dated_by_the_first_post(tmp_path):
    profiles, edges = write_tree(tmp_path, 200)
    found = of(Edge, records(profiles))
    assert {edge.kind for edge in found} == {"mention", "tag"}
    first = {}
    for item in items_of(200):
        for kind, others in (("mention", item.mentions), ("tag", item.tags)):
            for other in others:
                if other != item.owner:
                    first.setdefault((item.owner, other, kind), item.when)
    assert {
        (e.follower_id, e.followee_id, e.kind): e.followed_at.timestamp() for e in found
    } == first
    assert Counter(e.kind for e in of(Edge, records(profiles, edges)))["follow"] > 0


def test_tags_that_only_the_answer_for_the_app_has_are_edges_too(ann):
    def tagged(name):
        return {"usertags": {"in": [{"user": {"username": name}, "position": [0.5, 0.5]}]}}

    told = {"pk": 1, **tagged("Bob"), "carousel_media": [tagged("cat"), {"usertags": None}]}
    write_post(ann, replace(ANN, caption="", tags=[]), iphone_struct=told)
    ends = [(e.follower_id, e.followee_id, e.kind) for e in of(Edge, records(ann))]
    assert ends == [("ann", "bob", "tag"), ("ann", "cat", "tag")]


def test_a_user_may_be_called_like_the_state_of_a_download(tmp_path):
    folder = write_profile(tmp_path / "iterator_x", "iterator_x", 12)
    write_json(folder / "iterator_AbCd_123", {"remaining_data": {}}, "FrozenNodeIterator")
    found = records(tmp_path)
    assert [(u.user_id, u.bio) for u in of(User, found)] == [("iterator_x", "I am iterator_x ☕️")]
    assert of(Unusable, found) == []


def test_a_mention_of_somebody_outside_makes_no_user_and_is_told(tmp_path, ann):
    write_post(ann, replace(ANN, caption="with @stranger and @Bob"))
    write_profile(tmp_path / "profiles" / "bob", "bob", 2)
    source = Instaloader(tmp_path / "profiles")
    report = load(source, tmp_path / "data", everyone=True, makers=("follow",))
    assert read_table(tmp_path / "data", "users").user_id.tolist() == ["ann", "bob"]
    assert read_table(tmp_path / "data", "follows").followee_id.tolist() == ["bob"]
    assert report.dropped == {"follows": {"followee_id is not in users": 1}}


@pytest.mark.parametrize("shape", ["packed", "plain", "version 3", "packed by name alone"])
def test_a_post_is_read_from_each_of_its_forms(ann, shape):
    if shape in ("packed", "plain"):
        write_post(ann, ANN, packed=shape == "packed")
    else:
        node = post_node(ANN)
        node["caption"] = node.pop("edge_media_to_caption")["edges"][0]["node"]["text"]
        node["date"] = node.pop("taken_at_timestamp")
        name = f"{base_of(START)}.json" + (".xz" if shape == "packed by name alone" else "")
        (ann / name).write_text(json.dumps(node))
    (post,) = of(Post, records(ann))
    assert (post.post_id, post.user_id, post.caption) == (ANN.code, "ann", "hello")
    assert post.created_at.timestamp() == START


def test_without_metadata_a_post_is_read_from_its_name_its_text_and_its_pictures(ann):
    base = base_of(START)
    (ann / f"{base}.txt").write_bytes("Grüße\n".encode())
    (ann / f"{base}_1.jpg").write_bytes(jpeg(1))
    (ann / f"{base}_2.webp").write_bytes(jpeg(2))
    found = records(ann)
    (post,) = of(Post, found)
    assert (post.caption, post.user_id, post.created_at.timestamp()) == ("Grüße", "ann", START)
    assert [(p.position, p.place) for p in of(Picture, found)] == [
        (0, f"{base}_1.jpg"),
        (1, f"{base}_2.webp"),
    ]


def test_the_text_stands_in_for_a_caption_that_the_json_does_not_have(ann):
    write_post(ann, ANN, edge_media_to_caption={"edges": []})
    assert of(Post, records(ann))[0].caption == "hello"


def test_a_picture_that_is_there_twice_is_taken_once_and_the_other_is_told(ann):
    write_post(ann, ANN)
    (ann / f"{base_of(START)}.webp").write_bytes(jpeg(9))
    found = records(ann)
    assert [p.place for p in of(Picture, found)] == [f"{base_of(START)}.jpg"]
    assert [u.reason for u in of(Unusable, found)] == ["the picture is here in another format"]


def test_a_post_that_is_there_in_two_files_is_read_once_and_the_other_is_told(ann):
    write_post(ann, ANN)
    write_post(ann, replace(ANN, caption="the same"), packed=False)
    (ann / "ann_1.json").write_bytes((ann / "ann_1.json.xz").read_bytes())
    found = records(ann)
    assert len(of(Post, found)) == len(of(User, found)) == 1
    assert [(u.table, u.record, u.reason) for u in of(Unusable, found)] == [
        ("posts", f"{base_of(START)}.json.xz", "the post is here in another file"),
        ("users", "ann_1.json.xz", "the profile is here in another file"),
    ]


def test_videos_make_one_post_where_nothing_else_is_there_of_it(ann):
    write_post(ann, ANN)
    alone, both = base_of(START + 60), base_of(START + 120)
    for name in (f"{base_of(START)}.mp4", f"{base_of(START)}_2.mp4", f"{alone}_1.mp4",
                 f"{alone}_2.MP4", f"{both}.mp4", f"{both}.jpg", "holiday.mp4"):  # fmt: skip
        (ann / name).write_bytes(jpeg(1))
    found = records(ann)
    posts = {p.post_id: (p.where, p.user_id, p.created_at.timestamp()) for p in of(Post, found)}
    assert posts == {
        ANN.code: (f"{base_of(START)}.json.xz", "ann", START),
        f"1_{alone}": (f"{alone}_1.mp4", "ann", START + 60),
        f"1_{both}": (f"{both}.jpg", "ann", START + 120),
    }
    assert len(of(Picture, found)) == 2
    assert of(Unusable, found) == []


def test_what_a_download_leaves_beside_the_posts_is_no_record(ann):
    base = base_of(START)
    write_post(ann, ANN)
    for name in (f"{base}.mp4", f"{base}_comments.json", f"{base}_location.txt", ".DS_Store",
                 f"{base}_old_01.txt", "iterator_ab12.json.xz", f"{base}_cover.jpg"):  # fmt: skip
        (ann / name).write_bytes(b"anything")
    assert of(Unusable, records(ann)) == []


def test_a_story_and_a_file_that_is_not_understood_are_told(ann):
    write_json(ann / base_of(START), {"id": "5"}, "StoryItem")
    (ann / f"{base_of(START)}.jpg").write_bytes(jpeg(1))
    (ann / "notes.pdf").write_bytes(b"%PDF")
    told = {(u.record, u.reason) for u in of(Unusable, records(ann))}
    assert told == {
        (base_of(START), "the record is a story, not a post"),
        (f"{base_of(START)}.jpg", "the picture belongs to no post"),
        ("notes.pdf", "the file is none that Instaloader writes"),
    }


def test_no_folder_is_lost_without_a_word(tmp_path):
    root = tmp_path / "profiles"
    for name in ("webby", "idle", ".dotty", "else"):
        (root / name).mkdir(parents=True)
    (root / "webby" / f"{base_of(START)}.webp").write_bytes(jpeg(1))
    (root / "webby" / f"{base_of(START + 60)}.png").write_bytes(jpeg(2))
    (root / "idle" / "id").write_text("2\n")
    write_post(root / ".dotty", ANN)
    (root / "else" / "notes.pdf").write_bytes(b"x")
    (root / "else" / f"._{base_of(START)}.jpg").write_bytes(b"x")
    (tmp_path / "linked").mkdir()
    (root / "linked").symlink_to(tmp_path / "linked")
    (root / "edges.csv").write_text("idle,webby\n")
    found = records(root, root / "edges.csv")
    assert [post.user_id for post in of(Post, found)] == ["webby", "webby"]
    assert len(of(Picture, found)) == 2
    assert [user.user_id for user in of(User, found)] == ["idle"]
    hidden, foreign = "the name begins with a dot: it is not looked into", "the file is none that"
    assert {(u.where, u.reason) for u in of(Unusable, found)} == {
        (".dotty", hidden),
        ("linked", f"{foreign} Instaloader writes"),
        ("else/notes.pdf", f"{foreign} Instaloader writes"),
        (f"else/._{base_of(START)}.jpg", hidden),
    }


def test_the_picture_of_a_story_and_a_caption_without_end_are_told(ann):
    write_json(ann / base_of(START), {"id": "5", "owner": {"username": "ann"}}, "StoryItem")
    (ann / f"{base_of(START)}.jpg").write_bytes(jpeg(1))
    (ann / f"{base_of(START + 60)}.txt").write_bytes(b"a" * (2**20 + 1))
    found = records(ann)
    assert [post.caption for post in of(Post, found)] == [None]
    assert {(u.table, u.record, u.reason) for u in of(Unusable, found)} == {
        ("posts", base_of(START), "the record is a story, not a post"),
        ("images", f"{base_of(START)}.jpg", "the picture belongs to no post"),
        ("posts", f"{base_of(START + 60)}.txt", "the file of the caption is larger than 1 MiB"),
    }


def test_a_picture_beside_what_is_no_post_is_told(ann):
    write_post(ann, ANN)
    (ann / "ann_1.jpg").write_bytes(jpeg(1))
    (told,) = of(Unusable, records(ann))
    assert (told.record, told.reason) == ("ann_1.jpg", "the picture belongs to no post")


def packed(content, **options):
    return lzma.compress(content, **options)


BROKEN = {
    "cut off": (packed(b'{"shortcode": "x"}')[:-20], "truncated"),
    "damaged": (packed(b'{"shortcode": "x"}')[:30] + b"\0" * 40, "damaged"),
    "empty": (b"", "is empty"),
    "empty inside": (packed(b""), "is empty"),
    "no JSON": (packed(b'{"shortcode": '), "no valid JSON"),
    "nested deeply": (packed(b"[" * 100_000), "nested too deeply"),
    "a list": (packed(b"[1, 2]"), "nothing that Instaloader writes"),
    "of another kind": (packed(b'{"node": {}, "instaloader": {"node_type": "Reel"}}'), "nothing"),
    "without a shortcode": (
        packed(b'{"node": {"id": 1}, "instaloader": {"node_type": "Post"}}'),
        "has no shortcode",
    ),
    "a bomb": (packed(b" " * (17 * 2**20)), "unpacks to more than 16 MiB"),
    "hungry": (
        packed(b"{}", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**28}]),
        "too much memory",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_told_with_its_pictures_and_the_others_are_read(ann, kind):
    write_post(ann, replace(ANN, number=7, when=START + 60))
    base = base_of(START)
    (ann / f"{base}.json.xz").write_bytes(BROKEN[kind][0])
    (ann / f"{base}.jpg").write_bytes(jpeg(1))
    found = records(ann)
    assert len(of(Post, found)) == 1
    post, image = of(Unusable, found)
    assert (post.table, post.where) == ("posts", f"{base}.json.xz")
    assert BROKEN[kind][1] in post.reason
    assert (image.table, image.reason) == ("images", "the file of its post is unusable")


def test_a_pipe_is_not_waited_for_and_a_name_that_is_no_utf8_is_told(tmp_path, ann):
    write_post(ann, replace(ANN, number=2, when=START + 60))
    os.mkfifo(ann / f"{base_of(START)}.json")
    for name in (b"2020-02-02_00-00-00_UTC\xff.jpg", b"2020-02-02_00-00-00_UTC\xfe.json"):
        with open(os.path.join(os.fsencode(ann), name), "wb") as stream:
            stream.write(b"x")
    (tmp_path / "edges.csv").write_text("bob,ann\n")
    source = Instaloader(ann, tmp_path / "edges.csv")
    report = load(source, tmp_path / "data", everyone=True, makers=("follow",))
    assert report.written == {"users": 2, "posts": 1, "follows": 1, "images": 1}
    assert report.dropped["posts"]["the file is no ordinary file"] == 1
    assert sum(sum(reasons.values()) for reasons in report.dropped.values()) == 4


NAMES = st.from_regex(
    r"(2020-01-0[12]_00-00-00_UTC|ann|x)(_[0-9]|_comments|_old_01)?\.(jpg|JPG|webp|txt|json|json\.xz|mp4|pdf)",
    fullmatch=True,
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.sets(NAMES | st.text(min_size=1, max_size=8), max_size=14))
def test_each_file_of_a_folder_has_one_place(names):
    found = sorted_out(sorted(names))
    placed = [*found.others, *found.twice]
    for post in found.posts:
        placed += [name for name in (post.json, post.text, *post.pictures.values()) if name]
    aside = [n for n in names if BOOKKEEPING.fullmatch(n) or ID.fullmatch(n) or TITLE.fullmatch(n)]
    assert sorted(placed) == sorted(set(names) - set(aside))


def test_links_out_of_the_folder_are_not_followed(tmp_path, ann):
    secret = write_post(write_profile(tmp_path / "secret", "eve", 9), replace(ANN, owner="eve"))
    (ann / f"{base_of(START)}.json.xz").symlink_to(secret)
    write_post(ann, replace(ANN, number=2, when=START + 60))
    (ann / f"{base_of(START + 60)}.jpg").unlink()
    (ann / f"{base_of(START + 60)}.jpg").symlink_to(secret.with_name(f"{base_of(START)}.jpg"))
    (ann / "below").symlink_to(tmp_path / "secret")
    found = records(ann)
    assert [p.user_id for p in of(Post, found)] == ["ann"]
    assert {(u.record, u.reason) for u in of(Unusable, found)} == {
        (base_of(START), "the file lies outside the folder"),
        ("below", "the file is none that Instaloader writes"),
    }
    (picture,) = of(Picture, found)
    with pytest.raises(PictureError, match="outside"):
        Instaloader(ann).picture(picture.place)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(ANY, st.sampled_from(["Post", "Profile", "StoryItem", "Hashtag", "FrozenNodeIterator"]))
def test_json_of_any_shape_is_a_record_or_is_told(tmp_path_factory, value, node_type):
    folder = write_profile(tmp_path_factory.mktemp("any") / "ann", "ann", 1)
    write_post(folder, replace(ANN, when=START + 60))
    for name, content in (
        ("x", value),
        ("y", {"node": value, "instaloader": {"node_type": node_type}}),
        ("z", {"node": {"shortcode": "zz", "owner": value, "caption": value, "date": value}}),
        ("bob_2", {"node": {"username": value, "biography": value, "id": value}}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(content))
    posts = [post.post_id for post in of(Post, records(folder))]
    assert ANN.code in posts


def test_a_folder_that_cannot_be_read_is_listed(tmp_path, ann):
    """Not for want of rights, which root has: its path is longer than the system takes."""
    write_post(ann, replace(ANN, when=START + 60))
    here = os.open(ann, os.O_RDONLY)
    names = ["deep" * 60] * (4096 // 240 + 1)
    try:
        for name in names:
            os.mkdir(name, dir_fd=here)
            below = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    found = records(ann.parent)
    assert [post.post_id for post in of(Post, found)] == [ANN.code]
    (told,) = [record for record in of(Unusable, found) if "folder" in record.reason]
    assert told.reason == "the folder cannot be read"
    assert told.record.startswith("ann/deepdeep")


def test_the_folder_of_one_profile_is_told_from_one_of_many(tmp_path, ann):
    write_post(ann, replace(ANN, when=START + 60))
    assert Instaloader(ann).is_one_profile
    assert not Instaloader(ann.parent).is_one_profile
    write_profile(ann, "bob", 2)
    assert not Instaloader(ann).is_one_profile
    assert not Instaloader(tmp_path / "nowhere").is_one_profile


def test_what_is_no_tree_of_instaloader_is_refused_in_words(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds nothing that Instaloader writes"):
        Instaloader(tmp_path / "empty").units()
    with pytest.raises(InputError, match="is no folder"):
        Instaloader(tmp_path / "nowhere").units()
    write_profile(tmp_path / "ann", "ann", 1)
    with pytest.raises(InputError, match=r"edges\.csv cannot be read"):
        Instaloader(tmp_path, tmp_path / "edges.csv").units()


def test_a_folder_is_sorted_out_some_names_at_a_time_with_the_same_records(tmp_path, monkeypatch):
    profiles, _ = write_tree(tmp_path / "raw", 150, flaws=True)
    folder = next(profiles.iterdir())
    for name in ("odd.bin", f"{base_of(START)}_9.png", "x_1.jpg", f"late_{base_of(START)}_2.webp"):
        (folder / name).write_bytes(jpeg(1))
    write_json(folder / "x", post_node(ANN), "Post")
    whole = records(profiles)
    monkeypatch.setattr("mmga.sources.instaloader.files.MOST", 10)
    names = sorted(os.listdir(folder))
    parts = list(stretches(names))
    assert len(parts) > 5
    assert sorted(name for part in parts for name in part) == names
    assert Counter(map(repr, records(profiles))) == Counter(map(repr, whole))
