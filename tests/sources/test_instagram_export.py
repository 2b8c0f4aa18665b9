"""Exports of Instagram in each of their shapes: dated follows, posts, and whose they are."""

import io
import json
import shutil
import tarfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources.instagram_export import InstagramExport
from mmga.sources.instagram_export.exports import Export
from mmga.sources.instagram_export.mojibake import repaired
from mmga.sources.instagram_export.owner import owner_of
from mmga.sources.jsons import words
from mmga.sources.loading.load import load
from mmga.sources.pictures import PictureError
from mmga.sources.source import Edge, Picture, Post, Unusable, User
from mmga.tables import read_images, read_table
from tests.sources.trees.instagram_export import (
    dumped,
    entry,
    mojibake,
    personal,
    post,
    write_files,
    write_tree,
    write_zip,
)
from tests.sources.trees.reading import of, records_of
from tests.sources.trees.shapes import ANY
from tests.sources.trees.world import START, Item, follows_of, items_of, jpeg

ANN = Item(1, "ann", 1, START, "Grüße ☕️ an @Bob", ["bob"], [], 1)
LISTS = "connections/followers_and_following"
INFO = "personal_information/personal_information/personal_information.json"
POSTS = "your_instagram_activity/media/posts_1.json"


@pytest.fixture
def export(tmp_path):
    """Makes an export of ann's out of names and values, and answers its folder."""

    def make(files, name="instagram-ann-2026-06-13-x", folder=None):
        contents = ((n, v if isinstance(v, bytes) else dumped(v)) for n, v in files.items())
        return write_files((folder or tmp_path / "exports") / name, contents)

    return make


def records(root, owners=None):
    return records_of(InstagramExport(root, owners))


def ties(found):
    return [(e.follower_id, e.followee_id, e.followed_at and int(e.followed_at.timestamp()), e.kind)
            for e in of(Edge, found)]  # fmt: skip


def test_whole_exports_arrive_with_dated_follows_captions_and_pictures(tmp_path):
    root = write_tree(tmp_path / "raw", 150)
    load(InstagramExport(root), tmp_path / "data", everyone=True, makers=("follow",))
    world = list(items_of(150))
    posts = read_table(tmp_path / "data", "posts")
    assert sorted(posts.caption) == sorted(item.caption for item in world)
    assert sorted(when.timestamp() for when in posts.created_at) == [item.when for item in world]
    follows = read_table(tmp_path / "data", "follows").query("kind == 'follow'")
    found = {
        (f.follower_id, f.followee_id, int(f.followed_at.timestamp())) for f in follows.itertuples()
    }
    assert found == set(follows_of(150))
    pictures = [row["bytes"] for _, _, b in read_images(tmp_path / "data") for row in b.to_pylist()]
    expected = [jpeg(i.number * 2 + place) for i in world for place in range(i.pictures)]
    assert sorted(pictures) == sorted(expected)
    assert set(read_table(tmp_path / "data", "users").bio) == {"I drink ☕️"}


@pytest.mark.parametrize("shape", ["value", "title", "href"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_name_is_found_in_each_of_its_places(export, shape, wrapped):
    followers: object = [entry("bob", START, shape)]
    following: object = [entry("Cat.1", START + 5, shape)]
    if wrapped:
        followers = {"relationships_followers": followers}
        following = {"relationships_following": following}
    found = records(export({
        f"{LISTS}/followers_1.json": followers,
        f"{LISTS}/following.json": following,
    }))  # fmt: skip
    assert ties(found) == [("bob", "ann", START, "follow"), ("ann", "cat.1", START + 5, "follow")]
    assert of(Unusable, found) == []


def test_several_files_of_followers_and_labels_instead_of_lists_are_read(export):
    labels = {"timestamp": START, "label_values": [{"label": "Username", "value": "dan"}]}
    found = records(export({
        f"{LISTS}/followers_1.json": [entry("bob", START)],
        f"{LISTS}/followers_2.json": {"title": "x", "relationships_followers": [entry("cat", 0)]},
        f"{LISTS}/following.json": [labels],
        f"{LISTS}/close_friends.json": [entry("eve", START)],
        f"{LISTS}/blocked_profiles.json": [entry("mallory", START)],
    }))  # fmt: skip
    assert ties(found) == [
        ("bob", "ann", START, "follow"),
        ("cat", "ann", None, "follow"),
        ("ann", "dan", START, "follow"),
    ]


def test_all_lists_of_a_file_are_read_and_what_is_behind_them_is_told(export):
    bob, cat, dan = (entry(name, START) for name in ("bob", "cat", "dan"))
    found = records(export({
        f"{LISTS}/followers_1.json": {"relationships_followers": [bob], "followers_more": [cat]},
        f"{LISTS}/followers_2.json": dumped([dan]) + b" " + dumped([bob]),
        f"{LISTS}/following.json": {"unrelated": [], "relationships_following": [bob, cat]},
    }))  # fmt: skip
    fans = [(fan, "ann", START, "follow") for fan in ("bob", "cat", "dan")]
    assert ties(found) == [*fans, *[("ann", a, START, "follow") for a in ("bob", "cat")]]
    (told,) = of(Unusable, found)
    assert (told.where.rpartition("/")[2], told.reason) == (
        "followers_2.json",
        "the file goes on behind its end",
    )


def test_lists_of_threads_and_subscriptions_are_not_taken_for_those_of_instagram(export):
    fans = {"text_post_app_text_post_app_followers": [entry("tina", START)]}
    paid = {"subscriptions_reels": [{"title": "x", "string_map_data": {}}]}
    found = records(export({
        f"{LISTS}/followers_1.json": [entry("bob", START)],
        f"{ACTIVITY}/threads/followers.json": fans,
        f"{ACTIVITY}/threads/following.json": {"a": [entry("tom", START)]},
        f"{ACTIVITY}/subscriptions/reels.json": paid,
    }))  # fmt: skip
    assert ties(found) == [("bob", "ann", START, "follow")]
    told = [(u.table, u.reason) for u in of(Unusable, found)]
    assert told == [("follows", "the file is of Threads, not of Instagram")] * 2


def test_pictures_are_found_in_an_unpacked_part_that_holds_nothing_else(export, tmp_path):
    uri = post(ANN)["media"][0]["uri"]
    export({f"{LISTS}/following.json": [], POSTS: [post(ANN)]})
    export({uri: jpeg(7)}, "instagram-ann-2026-06-13-y (1)")
    source = InstagramExport(tmp_path / "exports")
    found = records_of(source)
    assert of(Unusable, found) == []
    assert [source.picture(p.place) for p in of(Picture, found)] == [jpeg(7)]


ACTIVITY = "your_instagram_activity"


@pytest.mark.parametrize(
    "place", ["content", "media", f"{ACTIVITY}/content", f"{ACTIVITY}/media", f"{ACTIVITY}/posts"]
)
@pytest.mark.parametrize("top", ["", "instagram-ann-2026-06-13-x/"])
def test_posts_and_pictures_are_found_wherever_an_export_has_them(tmp_path, place, top):
    item = replace(ANN, pictures=2)
    files = {f"{top}{place}/posts_1.json": dumped([post(item)])}
    for number, media in enumerate(post(item)["media"]):
        files[top + media["uri"]] = jpeg(number)
    files[f"{top}{LISTS}/following.json"] = dumped([entry("bob", START)])
    file = write_zip(tmp_path / "exports" / "instagram-ann-2026-06-13-x.zip", iter(files.items()))
    source = InstagramExport(file)
    found = records_of(source)
    (made,) = of(Post, found)
    assert (made.user_id, made.caption, made.created_at.timestamp()) == ("ann", ANN.caption, START)
    assert [source.picture(p.place) for p in of(Picture, found)] == [jpeg(0), jpeg(1)]
    assert ("ann", "bob", START, "mention") in ties(found)


def test_newer_posts_with_labels_reels_and_videos_are_read(export):
    labels = [{"label": "Caption", "value": mojibake("Schöner Tag")}, {"label": "URL", "value": ""}]
    media = [{"uri": "media/posts/a.mp4", "creation_timestamp": START},
             {"uri": "media/posts/a.webp", "creation_timestamp": START}]  # fmt: skip
    reel = {
        "media": [{"uri": "media/reels/r.mp4", "creation_timestamp": START + 9, "title": "reel"}]
    }
    found = records(export({
        "your_instagram_activity/media/posts_1.json": [
            {"timestamp": START, "media": media, "label_values": labels}
        ],
        "your_instagram_activity/media/reels.json": {"ig_reels_media": [reel]},
        "your_instagram_activity/media/stories.json": {"ig_stories": []},
        "media/posts/202001/a.webp": jpeg(1),
    }))  # fmt: skip
    assert [p.caption for p in of(Post, found)] == ["Schöner Tag", "reel"]
    assert [(p.position, p.place.rpartition("/")[2]) for p in of(Picture, found)] == [(0, "a.webp")]
    assert [u.reason for u in of(Unusable, found)] == [
        "the file holds what is no post, or is one no more"
    ]


def test_the_same_post_in_a_later_export_and_a_part_of_its_own_comes_once(export, tmp_path):
    uri = post(ANN)["media"][0]["uri"]
    ann = {INFO: personal("ann"), f"{LISTS}/following.json": [entry("bob", START)]}
    export({**ann, POSTS: [post(ANN)]}, "a")
    other = replace(ANN, number=2, when=START + 60)
    export({**ann, POSTS: [post(ANN), post(other)]}, "b")
    write_zip(tmp_path / "exports" / "instagram-ann-2026-06-13-p2.zip", iter([(uri, jpeg(1))]))
    source = InstagramExport(tmp_path / "exports")
    assert [unit.name for unit in source.units()] == ["person ann"]
    report = load(source, tmp_path / "data", everyone=True, makers=("follow",))
    assert report.written == {"users": 2, "posts": 2, "follows": 2, "images": 1}
    assert report.dropped["posts"] == {"the post_id came before": 1}


def test_two_posts_of_one_second_are_two_posts(export):
    found = records(export({POSTS: [post(ANN), post(ANN)]}))
    assert len({p.post_id for p in of(Post, found)}) == 2


def test_two_posts_of_one_second_in_two_parts_are_two_posts_and_come_once(export, tmp_path):
    other = replace(ANN, number=2, caption="another")
    second = POSTS.replace("posts_1", "posts_2")
    for name in ("a-1", "b-1"):
        export({INFO: personal("ann"), POSTS: [post(ANN)]}, name)
    export({INFO: personal("ann"), second: [post(other)]}, "a-2")
    top = "instagram-ann-2026-06-13-x"
    files = {f"{top}/{second}": dumped([post(other)])}
    write_zip(tmp_path / "exports" / f"{top}.zip", iter(files.items()))
    found = of(Post, records(tmp_path / "exports"))
    ids = {post.caption: post.post_id for post in found}
    assert len(found) == 4
    assert len({post.post_id for post in found}) == len(ids) == 2
    assert ids[ANN.caption] == of(Post, records(tmp_path / "exports" / "b-1"))[0].post_id


PORTUGUESE = {
    "profile_user": [{"string_map_data": {mojibake("Nome de usuário"): {"value": "ann"}}}]
}


@pytest.mark.parametrize(
    ("name", "info", "given_owner", "owner"),
    [
        ("export", personal("Ann"), {}, "ann"),
        ("instagram-wrong-2026-06-13-x", personal("ann"), {}, "ann"),
        ("instagram-ann.b-2026-06-13-AbC1", None, {}, "ann.b"),
        ("ann_b_20200101_part_2", None, {}, "ann_b"),
        ("my data", personal("ann"), {"my data": "eve"}, "eve"),
        ("my data", None, {"": "@Eve"}, "eve"),
        ("my data", None, {}, None),
        ("x", PORTUGUESE, {}, "ann"),
        ("x", {"profile_user": "broken"}, {}, None),
    ],
)  # fmt: skip
def test_an_export_says_whose_it_is_or_a_person_does(
    export, tmp_path, name, info, given_owner, owner
):
    export({INFO: info} if info else {f"{LISTS}/following.json": []}, name)
    found = owner_of(Export((tmp_path / "exports").resolve(), name), "exports", given_owner)
    assert (found and found.name) == owner


def test_an_export_that_is_nobodys_is_told_and_the_others_are_read(export, tmp_path):
    export({f"{LISTS}/following.json": [entry("bob", START)]})
    export({f"{LISTS}/following.json": [entry("bob", START)]}, "my data")
    (tmp_path / "exports" / "cut.zip").write_bytes(b"PK\x03\x04 cut off")
    found = records(tmp_path / "exports")
    assert [u.user_id for u in of(User, found)] == ["ann"]
    assert {(u.where, u.reason) for u in of(Unusable, found)} == {
        ("my data", "the export does not say whose it is: name the person with --owner"),
        ("cut.zip", "the archive is damaged or truncated, or parts of it are missing"),
    }
    assert len(of(User, records(tmp_path / "exports", {"my data": "eve"}))) == 2


def test_an_export_that_was_unpacked_among_others_is_one_of_them(export, tmp_path):
    files = {INFO: personal("ann"), f"{LISTS}/following.json": [entry("eve", START)]}
    export(files, ".")
    export({f"{LISTS}/following.json": [entry("fay", START)]}, "instagram-bob-2026-06-13-x")
    export({INFO: personal("cem"), f"{LISTS}/following.json": [entry("gus", START)]}, "his")
    found = records(tmp_path / "exports")
    assert {u.user_id for u in of(User, found)} == {"ann", "bob", "cem"}
    assert {e[:2] for e in ties(found)} == {("ann", "eve"), ("bob", "fay"), ("cem", "gus")}
    assert of(Unusable, found) == []


def test_what_is_not_looked_into_beside_exports_is_told(export, tmp_path):
    export(WHOLE)
    export(WHOLE, ".instagram-bob-2026-06-13-x")
    for name in ("a.7z", "b.RAR", ".c.zip", ".DS_Store", "notes.txt"):
        (tmp_path / "exports" / name).write_bytes(b"?")
    found = records(tmp_path / "exports")
    assert [u.user_id for u in of(User, found)] == ["ann"]
    closed = "the archive is of a kind that is not read: unpack it, or pack it as zip"
    hidden = "the name begins with a dot: it is not looked into"
    assert {(u.where, u.reason) for u in of(Unusable, found) if u.table == "users"} == {
        *((name, closed) for name in ("a.7z", "b.RAR")),
        *((name, hidden) for name in (".instagram-bob-2026-06-13-x", ".c.zip")),
    }


def test_what_is_no_export_is_refused_in_words(tmp_path, export):
    with pytest.raises(InputError, match="does not exist"):
        InstagramExport(tmp_path / "nowhere").units()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no export"):
        InstagramExport(tmp_path / "empty").units()
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(InputError, match="truncated"):
        InstagramExport(tmp_path / "cut.zip").units()
    export({INFO: personal("ann")}, "a")
    export({INFO: personal("bob")}, "b")
    with pytest.raises(InputError, match="there are 2 exports"):
        InstagramExport(tmp_path / "exports", {"": "eve"}).units()
    with pytest.raises(InputError, match="no export is called 'c'"):
        InstagramExport(tmp_path / "exports", {"c": "eve"}).units()


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("../../../../etc/passwd.jpg", "the picture lies outside the export"),
        ("/etc/passwd.jpg", "the picture lies outside the export"),
        ("media/posts/../../../secret.jpg", "the picture lies outside the export"),
        ("https://example.invalid/x.jpg", "the picture is not in the export"),
        ("media/posts/gone.jpg", "the picture is not in the export"),
    ],
)
def test_a_picture_that_is_elsewhere_is_told_not_read(export, uri, reason):
    broken = {"media": [{"uri": uri, "creation_timestamp": START, "title": "x"}]}
    found = records(export({POSTS: [broken]}))
    assert len(of(Post, found)) == 1
    assert [(u.table, u.reason) for u in of(Unusable, found)] == [("images", reason)]


@pytest.mark.parametrize("uri", ["media/posts/202401/pic.jpg", "photos/pic.jpg", "pic.jpg"])
@pytest.mark.parametrize("top", ["", "instagram-ann-2026-06-13-x/"])
@pytest.mark.parametrize("private", ["messages/inbox/bob_1", "media/stories/202401"])
def test_a_picture_of_messages_or_stories_is_never_that_of_a_post(tmp_path, uri, top, private):
    files = {
        f"{top}{POSTS}": dumped([{"media": [{"uri": uri, "creation_timestamp": START}]}]),
        f"{top}{ACTIVITY}/{private}/photos/pic.jpg": jpeg(1),
    }
    file = write_zip(tmp_path / "instagram-ann-2026-06-13-x.zip", iter(files.items()))
    found = records(file)
    assert of(Picture, found) == []
    assert [u.reason for u in of(Unusable, found)] == ["the picture is not in the export"]


def test_a_link_out_of_an_export_is_not_followed(export, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(jpeg(1))
    (tmp_path / "secret.json").write_bytes(dumped([entry("eve", START)]))
    uri = post(ANN)["media"][0]["uri"]
    folder = export({POSTS: [post(ANN)], uri: b"", f"{LISTS}/following.json": []})
    for name, to in ((uri, "secret.jpg"), (f"{LISTS}/following.json", "secret.json")):
        (folder / name).unlink()
        (folder / name).symlink_to(tmp_path / to)
    source = InstagramExport(folder)
    found = records_of(source)
    assert "eve" not in {e.followee_id for e in of(Edge, found)}
    assert [u.reason for u in of(Unusable, found)] == ["the file lies outside the folder"]
    (picture,) = of(Picture, found)
    with pytest.raises(PictureError, match="outside"):
        source.picture(picture.place)


def test_a_list_that_breaks_off_gives_what_comes_before_and_says_so(export):
    whole = dumped([entry("bob", START), entry("cat", START)])
    found = records(export({f"{LISTS}/followers_1.json": whole[: len(whole) * 3 // 4]}))
    assert ties(found) == [("bob", "ann", START, "follow")]
    assert "the file ends too early" in of(Unusable, found)[0].reason


def test_html_and_entries_without_a_name_are_told(export):
    found = records(export({
        f"{LISTS}/followers_1.html": b"<html></html>",
        "your_instagram_activity/media/posts_1.html": b"<html></html>",
        f"{LISTS}/following.json": [{}, "text", entry("two words", START, "value") | {"title": ""}],
        POSTS: [{"title": "neither date nor picture"}],
    }))  # fmt: skip
    reasons = [(u.table, u.reason) for u in of(Unusable, found)]
    assert reasons.count(("follows", "the entry names nobody")) == 3
    assert ("follows", "the file is HTML: ask Instagram for JSON") in reasons
    assert ("posts", "the file is HTML: ask Instagram for JSON") in reasons
    assert ("posts", "the entry has neither a date nor a picture") in reasons


WHOLE = {
    INFO: dumped(personal("ann")),
    f"{LISTS}/followers_1.json": dumped([entry("bob", START)]),
    f"{LISTS}/following.json": dumped([entry("cat", START)]),
    POSTS: dumped([post(ANN)]),
}
NAMED = "instagram-ann-2026-06-13-x"


def told_of(found):
    return [(u.table, u.where, u.reason) for u in of(Unusable, found)]


def test_an_archive_that_cannot_be_listed_to_its_end_is_told(tmp_path):
    file = tmp_path / f"{NAMED}.tar"
    with tarfile.open(file, "w") as archive:
        for name in (INFO, f"{LISTS}/followers_1.json"):
            header = tarfile.TarInfo(name)
            header.size = len(WHOLE[name])
            archive.addfile(header, io.BytesIO(WHOLE[name]))
        end = archive.offset
    file.write_bytes(file.read_bytes()[:end] + b"a header that breaks off")
    found = records(file)
    assert ties(found) == [("bob", "ann", START, "follow")]
    assert told_of(found) == [
        ("users", ".", "the archive ends too early: it is truncated"),
    ]


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_zip_with_a_damaged_list_of_files_is_told(tmp_path, pieces):
    file = write_zip(tmp_path / f"{NAMED}.zip", iter(WHOLE.items()))
    content = file.read_bytes()
    entries = content.rindex(b"PK\x01\x02")
    content = content[:entries] + b"XXXX" + content[entries + 4 :]
    file.write_bytes(content)
    if pieces > 1:
        file.unlink()
        size = len(content) // pieces + 1
        for n in range(pieces):
            piece = file.with_name(f"{file.name}.{n + 1:03d}")
            piece.write_bytes(content[n * size : (n + 1) * size])
    found = records(tmp_path)
    assert len(ties(found)) == 2
    (told,) = told_of(found)
    assert told[2] == "the archive is damaged: its list of files ends too early"


def test_of_files_called_alike_in_a_zip_the_first_is_read_and_the_others_are_told(tmp_path):
    uri = post(ANN)["media"][0]["uri"]
    other = dumped([entry("zoe", START)])
    files = [*WHOLE.items(), (uri, jpeg(1)), (f"{LISTS}/followers_1.json", other), (uri, b"other")]
    with pytest.warns(UserWarning, match="Duplicate name"):
        file = write_zip(tmp_path / f"{NAMED}.zip", iter(files))
    source = InstagramExport(file)
    found = records_of(source)
    assert [e[0] for e in ties(found) if e[1] == "ann"] == ["bob"]
    assert [source.picture(p.place) for p in of(Picture, found)] == [jpeg(1)]
    reason = "the file has a name that another file has"
    assert told_of(found) == [
        ("follows", f".: {LISTS}/followers_1.json", reason),
        ("images", f".: {uri}", reason),
    ]


def test_links_to_exports_and_to_folders_in_them_are_told_not_followed(export, tmp_path):
    export(WHOLE)
    outside = tmp_path / "outside"
    zipped = write_zip(outside / "instagram-bob-2026-06-13-x.zip", iter(WHOLE.items()))
    folder = export(WHOLE, "instagram-eve-2026-06-13-x", outside)
    exports = tmp_path / "exports"
    gone = tmp_path / "instagram-fay-2026-06-13-x"
    for linked in (zipped, folder, gone):
        (exports / linked.name).symlink_to(linked)
    (exports / NAMED / "media").symlink_to(outside)
    found = records(exports)
    assert [u.user_id for u in of(User, found)] == ["ann"]
    linked = "the export is a link, which is not followed: put what it leads to in its place"
    assert [(u.where, u.reason) for u in of(Unusable, found) if u.table != "images"] == [
        (f"{NAMED}: media", "the file is a link, which is not followed"),
        (zipped.name, linked),
        (folder.name, linked),
        (gone.name, linked),
    ]
    shutil.rmtree(exports / NAMED)
    with pytest.raises(InputError, match="is a link"):
        records(exports)


def test_archives_in_exports_are_told_and_name_nobody(export, tmp_path):
    inner = write_zip(tmp_path / "instagram-bob-2026-06-13-x.zip", iter(WHOLE.items()))
    packed = {inner.name: inner.read_bytes()}
    write_zip(tmp_path / "exports" / f"{NAMED}.zip", iter([*WHOLE.items(), *packed.items()]))
    write_zip(tmp_path / "exports" / "all.zip", iter(packed.items()))
    export({f"deep/{inner.name}": inner.read_bytes(), **WHOLE}, "loose")
    found = records(tmp_path / "exports")
    assert {u.user_id for u in of(User, found)} == {"ann"}
    reason = "the file is an archive in an export, which is not looked into: unpack it"
    told = [(where, why) for table, where, why in told_of(found) if table == "users"]
    assert told == [
        (f"{NAMED}.zip: {inner.name}", reason),
        (f"loose: deep/{inner.name}", reason),
        ("all.zip", reason),
    ]
    with pytest.raises(InputError, match=r"all\.zip: .* unpack it"):
        records(tmp_path / "exports" / "all.zip")


def test_exports_of_several_people_in_one_zip_are_not_taken_for_one_persons(tmp_path):
    tops = (NAMED, "instagram-bob-2026-06-13-y")
    files = {f"{top}/{name}": content for top in tops for name, content in WHOLE.items()}
    with pytest.raises(InputError, match="is of several people"):
        records(write_zip(tmp_path / "all.zip", iter(files.items())))
    loose = {n: c for n, c in files.items() if not n.startswith(NAMED)} | WHOLE
    with pytest.raises(InputError, match="is of several people"):
        records(write_zip(tmp_path / "all.zip", iter(loose.items())))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{broken", "the file is no valid JSON"),
        (b"[]", "the file says nothing of the person"),
        (b"", "the file is empty"),
    ],
)
def test_personal_information_that_cannot_be_read_is_told(export, content, reason):
    found = records(export({**WHOLE, INFO: content}))
    assert [(u.user_id, u.bio) for u in of(User, found)] == [("ann", None)]
    assert ("users", f".: {INFO}", reason) in told_of(found)


@pytest.mark.parametrize("how", ["folder", "zip"])
def test_the_oldest_format_is_told(export, tmp_path, how):
    files = {name: b"{}" for name in ("connections.json", "media.json", "profile.json")}
    if how == "zip":
        found = records(write_zip(tmp_path / "ann_20190101.zip", iter(files.items())))
    else:
        found = records(export(files, "ann_20190101"))
    reason = "the file is of the oldest format, which is not read: ask Instagram for a new export"
    assert told_of(found) == [
        (table, f".: {name}", reason)
        for table, name in zip(("follows", "posts", "users"), files, strict=True)
    ]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text())
def test_mojibake_is_undone_and_nothing_else_is_lost(text):
    assert repaired(mojibake(text)) == words(text)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(ANY)
def test_json_of_any_shape_is_records_or_is_told(tmp_path_factory, value):
    root = tmp_path_factory.mktemp("any") / "instagram-ann-2026-06-13-x"
    files = {
        INFO: {"profile_user": value},
        f"{LISTS}/followers_1.json": value,
        f"{LISTS}/followers_2.json": [value, {"string_list_data": value}, {"title": value}],
        f"{LISTS}/following.json": [{"string_list_data": [{"value": value, "timestamp": value}]}],
        POSTS: [value, {"media": value}, {"media": [value, {"uri": value, "title": value}]}],
    }
    write_files(root, ((name, json.dumps(content).encode()) for name, content in files.items()))
    write_files(root, iter([(f"{LISTS}/followers_3.json", dumped([entry("bob", START)]))]))
    found = records(root)
    assert ("bob", "ann", START, "follow") in ties(found) or of(User, found)[0].user_id != "ann"
    now = datetime.now(UTC)
    assert all(e.followed_at is None or e.followed_at.tzinfo == now.tzinfo for e in of(Edge, found))


def test_a_picture_of_posts_that_no_post_names_is_told_once_in_each_export(export, tmp_path):
    media = "media/posts/202001"
    files = {INFO: personal("ann"), POSTS: [post(ANN)], f"{media}/{ANN.media_id}_0.jpg": jpeg(1)}
    export(files | {f"{media}/lost.JPG": jpeg(2), f"{media}/film.mp4": b"", "media/x.jpg": jpeg(3)})
    top = "instagram-ann-2026-07-13-y"  # in which all is there again, one folder below
    later = (
        (f"{top}/{name}", v if isinstance(v, bytes) else dumped(v)) for name, v in files.items()
    )
    write_zip(tmp_path / "exports" / f"{top}.zip", later)
    found = records(tmp_path / "exports")
    assert [(r.table, r.record, r.reason) for r in of(Unusable, found)] == [
        ("images", f"{media}/lost.JPG", "no post names the picture")
    ]
    assert len(of(Picture, found)) == 2
