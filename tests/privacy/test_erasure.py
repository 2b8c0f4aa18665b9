"""A data set without a user: nothing of them is left, and nothing of the others is lost."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.privacy.encodings import content_keys
from mmga.privacy.erasure import KEYS, Erasure, erase, silenced, survey, users_of
from mmga.privacy.search import Search
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.handles import mentions
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.tables import image_parts, read_description, read_table, write_table

Five = Callable[..., Path]
NAMES = Pseudonyms(b"k" * 32)


def _hashes(data: Path) -> dict[str, str]:
    return {
        file.relative_to(data).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in data.rglob("*")
        if file.is_file()
    }


def _strings(data: Path) -> str:
    """Everything that a data set says, pictures apart."""
    said = [(data / "dataset.json").read_text()]
    for file in data.rglob("*.parquet"):
        said.append(pq.read_table(file).to_pandas().drop(columns="bytes", errors="ignore").to_csv())
    return "\n".join(said)


def test_what_is_taken_out_is_counted_before_anything_changes(five: Five):
    data = five()
    before = _hashes(data)
    found = survey(data, {"ann"}, None)
    assert found.gone() == {"users": 1, "posts": 2, "follows": 4, "images": 2}
    assert found.left() == {"users": 4, "posts": 8, "follows": 6, "images": 8}
    assert found.texts() == 5, "four captions and a bio"
    assert [part.file.name for part in found.changed()] == [
        *("follows.parquet", "part-00000.parquet", "posts.parquet", "users.parquet")
    ]
    assert _hashes(data) == before


@pytest.mark.parametrize("names", [None, NAMES])
def test_nothing_is_left_of_the_user_and_all_of_the_others(five: Five, names: Pseudonyms | None):
    data = five(names)
    ann = names.of("ann") if names else "ann"
    tables = {name: read_table(data, name) for name in ("users", "posts", "follows")}
    erase(data, survey(data, {ann}, names))
    assert ann not in _strings(data).lower()
    users, posts = read_table(data, "users"), read_table(data, "posts")
    assert users["user_id"].tolist() == [u for u in tables["users"]["user_id"] if u != ann]
    left = tables["posts"][tables["posts"]["user_id"] != ann].reset_index(drop=True)
    pd.testing.assert_frame_equal(posts.drop(columns="caption"), left.drop(columns="caption"))
    mentions = [f"@{ann}", "@Ann"]
    for mention in mentions:
        left["caption"] = left["caption"].str.replace(mention, "[forgotten]")
    assert posts["caption"].tolist() == left["caption"].tolist()
    assert users["bio"].dropna().tolist() == ["friend of [forgotten]"]
    edges = tables["follows"]
    kept = edges[(edges["follower_id"] != ann) & (edges["followee_id"] != ann)]
    pd.testing.assert_frame_equal(read_table(data, "follows"), kept.reset_index(drop=True))


def test_parts_that_do_not_know_the_user_keep_their_bytes_and_no_part_its_number(five: Five):
    data = five()
    before = _hashes(data)
    changed = erase(data, survey(data, {"ann"}, None))
    after = _hashes(data)
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == {*changed, "dataset.json"}
    assert pq.read_metadata(image_parts(data)[0]).num_rows == 0
    assert [pq.read_metadata(part).num_rows for part in image_parts(data)] == [0, 2, 6]


def test_the_description_counts_what_is_left_and_knows_the_user_again(five: Five):
    data = five()
    for user in ("ann", "bob"):
        erase(data, survey(data, {user}, None))
    described = read_description(data)
    assert described["counts"] == {"users": 3, "posts": 6, "follows": 3, "images": 6}
    assert described["name"] == "five"
    forgotten = Forgotten.read(described)
    assert [user in forgotten for user in ("ann", "bob", "cem")] == [True, True, False]


def test_a_file_that_is_linked_to_a_read_only_cache_is_not_written(five: Five, tmp_path: Path):
    data = five()
    cache = tmp_path / "cache"
    cache.mkdir()
    hard, soft = data / "posts.parquet", data / "users.parquet"
    os.link(hard, cache / "posts")
    soft.rename(cache / "users")
    soft.symlink_to(cache / "users")
    other = data / "images" / "part-00001.parquet"
    other.rename(cache / "part")
    other.symlink_to(cache / "part")
    for file in cache.iterdir():
        file.chmod(0o444)
    before = {file.name: file.read_bytes() for file in cache.iterdir()}
    erase(data, survey(data, {"ann"}, None))
    assert {file.name: file.read_bytes() for file in cache.iterdir()} == before
    assert other.is_symlink()
    assert not soft.is_symlink()
    assert "ann" not in users_of(data)


def test_whoever_only_follows_or_posts_is_known_too(five: Five):
    data = five()
    write_table(data, "users", read_table(data, "users").iloc[1:])
    assert "ann" in users_of(data)
    assert survey(data, {"ann"}, None).gone()["follows"] == 4


def test_a_handle_that_stands_in_a_text_is_found_by_the_key_alone(five: Five):
    data = five()
    posts = read_table(data, "posts")
    users = read_table(data, "users").assign(user_id=[NAMES.of(u) for u in "abcde"])
    write_table(data, "users", users)
    write_table(data, "posts", posts.assign(user_id=NAMES.of("b"), caption="by @A and @b"))
    found = survey(data, {NAMES.of("a")}, NAMES)
    assert found.texts() == 10
    assert survey(data, {NAMES.of("a")}, None).texts() == 0


def test_an_id_that_is_no_handle_is_not_named_either(five: Five):
    data = five()
    users, posts = read_table(data, "users"), read_table(data, "posts")
    write_table(data, "users", users.assign(user_id=["my-name", *users["user_id"][1:]]))
    write_table(data, "posts", posts.assign(user_id="bob", caption="by @My-Name, @my-names"))
    erase(data, survey(data, {"my-name"}, None))
    assert set(read_table(data, "posts")["caption"]) == {"by [forgotten], @my-names"}


AROUND = ("@{}", "%40{}", "&#64;{}", "&#x40;{}", "\uff20{}", "@\u200b{}", "@.{}", "ig.me/m/{}",
          "instagram.com/{}", "instagram.com/_u/{}", "https://www.instagram.com/{}/")  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("user", ["ann", "my-name", "jör<g", "x" * 40])
def test_whoever_is_named_in_another_way_goes_as_well(five: Five, around: str, user: str):
    data = five()
    users, posts = read_table(data, "users"), read_table(data, "posts")
    write_table(data, "users", users.assign(user_id=[user, *users["user_id"][1:]]))
    longer = around.format(f"{user}-er")
    said = [f"by {around.format(user.upper())}! {longer}", f"by {around.format(user)}"]
    if user == "ann":
        said[0] = said[0].replace(longer, around.format("ann.er"))
    write_table(data, "posts", posts.assign(user_id="bob", caption=said * 5))
    search, file = Search({user}), data / "posts.parquet"
    assert search.in_file(file) == "knows"
    erase(data, survey(data, {user}, None))
    assert search.in_file(file) == "clean"
    for old, new in zip(said, read_table(data, "posts")["caption"], strict=False):
        assert user not in new.replace(f"{user}-er", "").replace("ann.er", "").lower()
        assert "[forgotten]" in new
        assert old.endswith("er") is new.endswith("er"), "another one stays"


def test_a_text_that_names_others_stays_as_it_is_byte_for_byte():
    found = Erasure(frozenset({"ann"}), frozenset(), [], None)
    for text in ("[forgotten] and jo\u0308rg with @bob", "ann, @annö and @ann-"):
        assert silenced(text, found) in (text, "ann, @annö and [forgotten]-")


def test_ids_that_are_numbers_in_the_tables_are_taken_out_all_the_same(five: Five):
    data = five()
    numbers = {user: number for number, user in enumerate(("ann", "bob", "cem", "dot", "eve"))}
    for name in ("users", "posts", "follows"):
        table = read_table(data, name)
        ids = [column for column in table if column in KEYS[name]]
        table[ids] = table[ids].replace(numbers).astype(int)
        table.to_parquet(data / f"{name}.parquet", index=False)
    assert users_of(data) == set("01234")
    found = survey(data, {"0"}, None)
    assert found.gone() == {"users": 1, "posts": 2, "follows": 4, "images": 2}
    erase(data, found)
    assert users_of(data) == set("1234")
    assert content_keys(data) == content_keys(data, found)


def test_links_to_the_users_posts_go_as_well(five: Five):
    data = five()
    posts = read_table(data, "posts")
    posts.loc[9, "caption"] = "see instagram.com/p/ann-1 and instagram.com/p/bob-1"
    write_table(data, "posts", posts)
    erase(data, survey(data, {"ann"}, None))
    said = read_table(data, "posts")["caption"].iloc[-1]
    assert said == "see instagram.com/p/[forgotten] and instagram.com/p/bob-1"


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(alphabet="aNn@._-/ \n\u0301", max_size=40))
def test_no_text_mentions_the_user_afterwards_and_the_others_stay_mentioned(text: str):
    found = Erasure(frozenset({"ann"}), frozenset(), [], None)
    left = mentions(silenced(text, found))
    assert "ann" not in left
    still = iter(left)
    assert all(name in still for name in mentions(text) if name != "ann"), "in the same order"


def test_a_data_set_of_which_nothing_would_be_left_is_not_touched(five: Five):
    data = five()
    before = _hashes(data)
    with pytest.raises(InputError, match="no record of follows would be left"):
        erase(data, survey(data, {"ann", "cem", "dot", "eve"}, None))
    assert _hashes(data) == before
    assert [path.name for path in data.parent.iterdir() if path.name.startswith(".")] == []


def test_a_part_that_cannot_be_read_stops_it(five: Five):
    data = five()
    part = image_parts(data)[2]
    part.write_bytes(part.read_bytes()[:200])
    with pytest.raises(InputError, match="cannot be read"):
        survey(data, {"ann"}, None)
    with pytest.raises(InputError, match="no data set"):
        users_of(data / "images")


def test_a_file_of_no_table_stops_it(five: Five):
    data = five()
    pd.DataFrame({"x": np.arange(3)}).to_parquet(data / "more.parquet")
    with pytest.raises(InputError, match="columns of no table"):
        users_of(data)
