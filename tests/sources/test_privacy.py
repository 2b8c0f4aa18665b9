"""What an import does to ids and handles, and that whoever was forgotten does not come back."""

from functools import partial
from pathlib import Path

import pyarrow.csv as pa_csv
import pytest

from mmga.errors import InputError
from mmga.privacy.erasure import erase, survey
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.loading.load import Report, load
from mmga.tables import read_description, read_images, read_table
from tests.sources.conftest import Desk

NAMES = Pseudonyms(b"k" * 32)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Users a, b and c who mention one another; some records cannot be used."""
    desk.put("users", "user_id,topic,bio\na,food,by @A\nb,pet,\nc,,friend of @a and a@x.org\n")
    desk.put(
        "posts",
        "post_id,user_id,caption\np1,a,mine\np2,b,with @A and @c\np3,b,\np1,b,again\np9,zed,who\n",
    )
    desk.put("follows", "follower_id,followee_id\na,b\nb,a\nc,a\nb,c\n")
    return desk


def take(desk: Desk, names: Pseudonyms | None = None, **options: bool) -> Report:
    source = desk.delivery(complete=not options.get("append"))
    return load(source, desk.out, everyone=source.everyone, pseudonyms=names, **options)


def words(folder: Path) -> str:
    """Everything that an import wrote, pictures apart."""
    tables = [read_table(folder, name).to_csv() for name in ("users", "posts", "follows")]
    tables.append((folder / "dataset.json").read_text())
    lists = dropped_files_of(folder).values()
    return "\n".join([*tables, *(listed.read_text() for listed in lists)])


def test_ids_become_pseudonyms_everywhere_and_mentions_still_name_users(desk: Desk):
    take(desk, NAMES)
    users, posts = read_table(desk.out, "users"), read_table(desk.out, "posts")
    a, b, c = map(NAMES.of, "abc")
    assert users["user_id"].tolist() == [a, b, c]
    assert users["bio"].tolist()[2] == f"friend of @{a} and [email]"
    assert posts["post_id"].tolist() == [NAMES.of(p, "post") for p in ("p1", "p2", "p3")]
    assert posts["caption"].tolist()[1] == f"with @{a} and @{c}"
    assert set(read_table(desk.out, "follows")["follower_id"]) == {a, b, c}
    images = [row for *_, batch in read_images(desk.out, ["image_id", "post_id"])
              for row in batch.to_pylist()]  # fmt: skip
    assert {row["post_id"] for row in images} == {NAMES.of("p1", "post")}
    assert read_description(desk.out)["pseudonyms"] == {"key_id": NAMES.key_id, "texts": True}


def test_the_list_of_what_was_dropped_names_nobody(desk: Desk):
    take(desk, NAMES)
    listed = pa_csv.read_csv(desk.out.with_name("data.dropped.csv")).to_pandas()
    assert listed["reason"].tolist() == ["the post_id came before", "user_id is not in users"]
    assert listed["record"].tolist() == [NAMES.of("p1", "post"), NAMES.of("p9", "post")]


def test_handles_stay_in_texts_where_one_wants_them(desk: Desk):
    take(desk, Pseudonyms(b"k" * 32, texts=False))
    assert read_table(desk.out, "posts")["caption"].tolist()[1] == "with @A and @c"
    assert read_table(desk.out, "users")["user_id"].tolist()[0] == NAMES.of("a")


@pytest.mark.parametrize("other", [None, Pseudonyms(b"l" * 32), Pseudonyms(b"k" * 32, texts=False)])
def test_nothing_is_added_under_other_pseudonyms(desk: Desk, other: Pseudonyms | None):
    take(desk, NAMES)
    with pytest.raises(InputError, match="one user would become two"):
        take(desk, other, append=True)


@pytest.mark.parametrize(
    ("names", "others"), [(None, NAMES), (NAMES, None), (NAMES, Pseudonyms(b"l" * 32))]
)
def test_nobody_who_was_forgotten_comes_back_under_other_ids(
    desk: Desk, names: Pseudonyms | None, others: Pseudonyms | None
):
    take(desk, names)
    erase(desk.out, survey(desk.out, {names.of("a") if names else "a"}, names))
    before = words(desk.out)
    with pytest.raises(InputError, match="has forgotten users") as error:
        take(desk, others, replace=True)
    assert len(str(error.value).splitlines()) <= 3
    assert words(desk.out) == before


def test_other_ids_may_replace_a_data_set_that_has_forgotten_nobody(desk: Desk):
    take(desk, None)
    take(desk, NAMES, replace=True)
    erase(desk.out, survey(desk.out, {NAMES.of("a")}, NAMES))
    take(desk, Pseudonyms(b"k" * 32, texts=False), replace=True)
    assert NAMES.of("a") not in set(read_table(desk.out, "users")["user_id"])
    assert "@A" not in words(desk.out)


@pytest.mark.parametrize("names", [None, NAMES])
@pytest.mark.parametrize("how", ["append", "replace"])
def test_whoever_was_forgotten_does_not_come_back(desk: Desk, names: Pseudonyms | None, how: str):
    take(desk, names)
    a = names.of("a") if names else "a"
    erase(desk.out, survey(desk.out, {a}, names))
    for listed in dropped_files_of(desk.out).values():  # of before: `forget --purge` cleans it
        listed.unlink()
    desk.put("posts", "post_id,user_id,caption\np7,a,new\np8,b,new with @A\np1,a,mine\n")
    desk.put("images", "post_id,file\np7,photos/1.jpg\np8,photos/2.png\n")
    report = take(desk, names, **{how: True})
    gone = "the user was forgotten"
    assert report.dropped["posts"][gone] == 2
    assert report.dropped["images"] == {gone: 1}
    assert report.dropped["users"][gone] == 1
    assert report.dropped["follows"][gone] == 3
    everything = words(desk.out)
    for secret in ("p7", "p1", "@A", *map(partial(NAMES.of, kind="post"), ("p1", "p7"))):
        assert secret not in everything
    assert not read_table(desk.out, "users")["user_id"].isin([a]).any()
    assert read_table(desk.out, "posts")["caption"].tolist()[-1] == "new with [forgotten]"
    counts = read_description(desk.out)["counts"]
    for table in ("users", "posts", "follows"):
        assert counts[table] == len(read_table(desk.out, table))
    desk.put("follows", "follower_id,followee_id\na,b\n")
    with pytest.raises(InputError, match="no record of follows is left: 1 x the user was forgo"):
        take(desk, names, replace=True)
