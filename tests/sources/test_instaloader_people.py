"""Who is who in folders of Instaloader: nobody is two users, and no two are one."""

from dataclasses import replace

from mmga.sources.source import Edge, Post, Unusable, User
from tests.sources.trees.instaloader import (
    ANN,
    profile_node,
    records,
    write_json,
    write_post,
    write_profile,
)
from tests.sources.trees.reading import of
from tests.sources.trees.world import START, jpeg


def users(found):
    return [user.user_id for user in of(User, found)]


def test_a_user_who_changed_the_name_is_one_user_by_the_one_in_use(tmp_path):
    # Instaloader renamed the folder; the JSON of before and posts of before are still in it.
    folder = write_profile(tmp_path / "new.name", "new.name", 1)
    write_json(folder / "old.name_1", profile_node("old.name", 1, biography="before"), "Profile")
    write_post(folder, replace(ANN, owner="old.name", owner_id=1))
    bob = write_profile(tmp_path / "bob", "bob", 2)
    write_post(bob, replace(ANN, number=3, owner="bob", owner_id=2, caption="@Old.Name, @new.name"))
    found = records(tmp_path)
    assert users(found) == ["bob", "new.name"]
    assert [p.user_id for p in of(Post, found)] == ["bob", "new.name"]
    assert [(e.follower_id, e.followee_id) for e in of(Edge, found)] == [("bob", "new.name")]
    assert [(u.table, u.reason) for u in of(Unusable, found)] == [
        ("users", "the name is an earlier one of another user here")
    ]


def test_two_folders_of_one_id_are_one_user_by_the_newer_one(tmp_path):
    for name, number, when in (("aaa", 1, START + 600), ("zzz", 2, START)):
        folder = write_profile(tmp_path / name, name, 1)
        write_post(folder, replace(ANN, number=number, owner=name, when=when))
    found = records(tmp_path)
    assert users(found) == ["aaa"]
    assert {p.user_id for p in of(Post, found)} == {"aaa"}
    reason = "the name is an earlier one of another user here"
    assert {(u.where, u.reason) for u in of(Unusable, found)} == {
        ("zzz", reason),
        ("zzz/zzz_1.json.xz", reason),
    }


def test_a_post_without_metadata_has_the_same_id_under_another_name(tmp_path):
    for name in ("old", "new"):
        folder = write_profile(tmp_path / name / name, name, 1)
        write_post(folder, replace(ANN, owner=name)).unlink()
    old, new = (of(Post, records(tmp_path / name)) for name in ("old", "new"))
    assert [p.user_id for p in (*old, *new)] == ["old", "new"]
    assert [p.post_id for p in old] == [p.post_id for p in new]


def test_the_biography_of_before_is_that_of_the_user_under_the_new_name(tmp_path):
    folder = write_profile(tmp_path / "old", "old", 1)
    folder.rename(tmp_path / "new")
    (user,) = of(User, records(tmp_path / "new"))
    assert (user.user_id, user.bio) == ("new", "I am old ☕️")


def test_a_name_that_another_took_over_does_not_mix_two_users(tmp_path, ann):
    write_post(ann, ANN)
    write_post(ann, replace(ANN, number=5, when=START + 60, owner_id=77))
    found = records(ann)
    assert [p.post_id for p in of(Post, found)] == [ANN.code]
    assert of(Unusable, found)[0].reason == (
        "the file has an owner whose name is now that of another user"
    )


def test_usernames_differ_by_more_than_case_and_shortcodes_by_case_alone(tmp_path, ann):
    write_post(ann, replace(ANN, owner="Ann"), shortcode="AbC")
    write_post(ann, replace(ANN, number=2, when=START + 60), shortcode="abc")
    found = records(ann)
    assert {p.user_id for p in of(Post, found)} == {"ann"}
    assert [p.post_id for p in of(Post, found)] == ["AbC", "abc"]


def test_posts_of_others_in_the_folder_of_a_hashtag_are_theirs(tmp_path):
    folder = tmp_path / "#food"
    folder.mkdir()
    write_json(folder / "#food", {"name": "food"}, "Hashtag")
    write_post(folder, replace(ANN, owner="bob", owner_id=2))
    write_post(folder, replace(ANN, number=2, when=START + 60), owner={"id": "345"})
    write_post(folder, replace(ANN, number=3, when=START + 120), owner=None)
    found = records(tmp_path)
    assert [p.user_id for p in of(Post, found)] == ["bob", "345"]
    assert of(Unusable, found)[0].reason == "the file does not say whose it is"


def test_a_folder_of_highlights_is_no_user(tmp_path, ann):
    write_post(ann, ANN)
    (ann / "travel").mkdir()
    (ann / "travel" / "2024-02-07_10-00-00_UTC.jpg").write_bytes(jpeg(1))
    found = records(tmp_path / "profiles")
    assert {p.user_id for p in of(Post, found)} == {"ann"}
    assert [u.reason for u in of(Unusable, found)] == [
        "the file does not say whose it is",
        "the file of its post is unusable",
    ]
