"""A name that changes between two deliveries: nobody is two users, and no two are one."""

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmga.errors import InputError
from mmga.privacy.erasure import erase, survey
from mmga.quality.delivery import read_delivery
from mmga.sources.identities.numbers import Identities, identity_files
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.instaloader import Instaloader
from mmga.sources.loading.load import Report, load
from mmga.sources.source import Edge, Post
from mmga.tables import read_description, read_table
from tests.sources.made import Made, contents, files_of
from tests.sources.test_resumed_importers import Interrupted
from tests.sources.trees.instaloader import ANN, profile_node, write_json, write_post, write_profile

NAMES = Pseudonyms(b"k" * 32)

FIRST, SECOND = "first", "second"


class Crawls:
    """Deliveries of Instaloader that are added to one data set."""

    def __init__(self, folder: Path, names: Pseudonyms | None) -> None:
        self.folder, self.names = folder, names
        self.out = folder / "made" / "data"

    def of(self, name: str) -> str:
        """What the data set calls whoever is known by a name alone, or by a number alone."""
        return self.names.of(name) if self.names else name

    def tree(self, crawl: str, edges: str = "ann,bob\nbob,ann\n", **said: tuple[int, str]) -> Path:
        """A profile for each name, with its number and a post that says something."""
        root = self.folder / crawl
        for name, (number, text) in said.items():
            first = {FIRST: 0, SECOND: 100}.get(crawl, 200)
            item = replace(ANN, number=first + number, when=ANN.when + first, caption=text)
            profile = write_profile(root / name, name, number)
            write_post(profile, replace(item, owner=name, owner_id=number))
        (self.folder / f"{crawl}.csv").write_text(f"follower,followee\n{edges}")
        return root

    def source(self, crawl: str) -> Instaloader:
        return Instaloader(self.folder / crawl, self.folder / f"{crawl}.csv")

    def take(self, crawl: str, **said: tuple[int, str]) -> Report:
        """Import a crawl, added to those before."""
        self.tree(crawl, **said)
        return self.load(self.source(crawl))

    def load(self, source: Instaloader | Made | Interrupted) -> Report:
        options = {"everyone": True, "makers": ("follow",), "append": self.out.exists()}
        return load(source, self.out, pseudonyms=self.names, **options)

    def users(self) -> list[str]:
        return sorted(read_table(self.out, "users")["user_id"])

    def owners(self) -> dict[str, str]:
        """What a post says -> whose it is."""
        posts = read_table(self.out, "posts")
        return dict(zip(posts["caption"], posts["user_id"], strict=True))

    def mentions(self) -> set[tuple[str, str]]:
        edges = read_table(self.out, "follows")
        edges = edges[edges["kind"] == "mention"]
        return set(zip(edges["follower_id"], edges["followee_id"], strict=True))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> dict[Pseudonyms | None, Path]:
    """Ann (1) and Bob (2) were crawled once; with ids as they came, and with pseudonyms."""
    made: dict[Pseudonyms | None, Path] = {}
    for names in (None, NAMES):
        made[names] = tmp_path_factory.mktemp("begun")
        Crawls(made[names], names).take(FIRST, ann=(1, "I am one"), bob=(2, "I am two"))
    return made


@pytest.fixture(params=[None, NAMES], ids=["kept ids", "pseudonyms"])
def crawls(
    request: pytest.FixtureRequest, begun: dict[Pseudonyms | None, Path], tmp_path: Path
) -> Crawls:
    """A copy of it, with ids as they came and with pseudonyms."""
    shutil.copytree(begun[request.param], tmp_path, dirs_exist_ok=True)
    return Crawls(tmp_path, request.param)


@pytest.fixture
def coded(begun: dict[Pseudonyms | None, Path], tmp_path: Path) -> Crawls:
    """A copy with pseudonyms."""
    shutil.copytree(begun[NAMES], tmp_path, dirs_exist_ok=True)
    return Crawls(tmp_path, NAMES)


def test_who_changed_the_name_is_the_same_user_in_records_and_texts(crawls: Crawls):
    ann, bob = map(crawls.of, ("ann", "bob"))
    before = files_of(crawls.out)
    crawls.take(SECOND, anna=(1, "still one"), bob=(2, "with @Anna and @bob"))
    assert crawls.users() == sorted([ann, bob])
    assert crawls.owners() == {
        "I am one": ann,
        "I am two": bob,
        "still one": ann,
        f"with @{ann} and @{bob}": bob,
    }
    assert crawls.mentions() == {(bob, ann)}
    after = files_of(crawls.out)
    assert {n: c for n, c in after.items() if n in before and n != "dataset.json"} == {
        n: c for n, c in before.items() if n != "dataset.json"
    }
    assert Identities.read(crawls.out).lines[-1] == (ann, crawls.of("anna"), crawls.of("1"))
    assert [len(pq.read_table(file)) for file in identity_files(crawls.out)] == [2, 1]


def test_a_name_that_somebody_else_took_over_is_another_user(crawls: Crawls):
    ann, bob, new = map(crawls.of, ("ann", "bob", "3"))
    crawls.take(SECOND, ann=(3, "I am three"), bob=(2, "with @ann"))
    assert crawls.users() == sorted([ann, bob, new])
    assert crawls.owners()["I am three"] == new
    assert crawls.owners()[f"with @{new}"] == bob
    assert crawls.mentions() == {(bob, new)}


def test_two_who_swapped_names_stay_who_they_were(crawls: Crawls):
    ann, bob = map(crawls.of, ("ann", "bob"))
    crawls.take(SECOND, ann=(2, "two, with @bob"), bob=(1, "one"))
    assert crawls.users() == sorted([ann, bob])
    assert crawls.owners()["one"] == ann
    assert crawls.owners()[f"two, with @{ann}"] == bob
    assert crawls.mentions() == {(bob, ann)}


def test_a_name_moves_on_while_its_bearer_has_another(coded: Crawls):
    ann, bob, new = map(coded.of, ("ann", "bob", "3"))
    coded.take(SECOND, anna=(1, "one"), ann=(3, "three, with @anna"))
    coded.take("third", annika=(1, "one"), anna=(3, "three"), ann=(4, "four, with @anna"))
    four = coded.of("4")
    assert coded.users() == sorted([ann, bob, new, four])
    assert coded.owners()[f"three, with @{ann}"] == new
    assert coded.owners()[f"four, with @{new}"] == four


def test_a_later_delivery_without_numbers_means_who_bears_the_name_now(crawls: Crawls):
    ann, bob, new = map(crawls.of, ("ann", "bob", "3"))
    crawls.take(SECOND, anna=(1, "one"), ann=(3, "three"))
    records = [Edge("", "anna", "bob", None, "tag"), Edge("", "ann", "bob", None, "tag")]
    records += [Edge("", "1", "ann", None, "tag"), Post("", "p", "bob", None, "@ann and @anna")]
    crawls.load(Made([records]))
    edges = read_table(crawls.out, "follows").query("kind == 'tag'")
    assert set(zip(edges["follower_id"], edges["followee_id"], strict=True)) == {
        *((ann, bob), (new, bob), (ann, new))
    }
    assert crawls.owners()[f"@{new} and @{ann}"] == bob


def test_names_that_changed_within_a_delivery_are_those_of_one_user(tmp_path: Path):
    crawls = Crawls(tmp_path, NAMES)
    crawls.take(FIRST, ann=(1, "one"), bob=(2, "two"))
    anna, bob = map(NAMES.of, ("anna", "bob"))
    crawls.out = tmp_path / "other" / "data"
    crawls.tree(SECOND, "anna,bob\nbob,ann\n", anna=(1, "later"), bob=(2, "with @ann"))
    shutil.move(tmp_path / FIRST / "ann", tmp_path / SECOND / "ann")
    crawls.load(crawls.source(SECOND))
    assert crawls.users() == sorted([anna, bob])
    assert crawls.owners() == {"one": anna, "later": anna, f"with @{anna}": bob}
    lines = Identities.read(crawls.out)
    assert lines.called({anna}) == {anna, NAMES.of("ann"), NAMES.of("1")}
    assert lines.names[NAMES.of("ann")] == anna


def test_what_was_left_of_an_earlier_name_does_not_take_it_back(crawls: Crawls):
    bob, new = map(crawls.of, ("bob", "3"))
    crawls.take(SECOND, anna=(1, "one"), ann=(3, "three"))
    crawls.tree("third", "anna,bob\n", anna=(1, "one again"))
    # Instaloader renames the folder; the JSON of before is still in it.
    write_json(crawls.folder / "third" / "anna" / "ann_1", profile_node("ann", 1), "Profile")
    crawls.load(crawls.source("third"))
    crawls.load(Made([[Edge("", "bob", "ann", None, "tag")]]))
    edges = read_table(crawls.out, "follows").query("kind == 'tag'")
    assert set(zip(edges["follower_id"], edges["followee_id"], strict=True)) == {(bob, new)}


def test_handles_stay_in_texts_where_one_wants_them(tmp_path: Path):
    crawls = Crawls(tmp_path, Pseudonyms(b"k" * 32, texts=False))
    crawls.take(FIRST, ann=(1, "I am one"), bob=(2, "I am two"))
    crawls.take(SECOND, anna=(1, "still one"), bob=(2, "with @Anna"))
    assert crawls.owners()["with @Anna"] == NAMES.of("bob")
    assert crawls.mentions() == {(NAMES.of("bob"), NAMES.of("ann"))}


def test_whoever_was_forgotten_does_not_come_back_under_a_new_name(crawls: Crawls):
    ann, bob = map(crawls.of, ("ann", "bob"))
    crawls.take(SECOND, cem=(3, "I am three"), bob=(2, "with @cem"))
    erase(crawls.out, survey(crawls.out, {ann}, crawls.names))
    assert not {ann, crawls.of("1")} & words(crawls.out)
    edges = "bob,anna\nbob,cem\n"
    crawls.tree("third", edges, anna=(1, "still one"), bob=(2, "by @anna"))
    report = crawls.load(crawls.source("third"))
    assert report.dropped["posts"]["the user was forgotten"] == 1
    assert crawls.users() == sorted([bob, crawls.of("cem")])
    assert crawls.owners()["by [forgotten]"] == bob
    # From now on by that name alone, too.
    records = [Edge("", "bob", "anna"), Post("", "p", "bob", None, "with @anna")]
    crawls.load(Made([records]))
    assert crawls.owners()["with [forgotten]"] == bob
    named = {ann, *map(crawls.of, ("anna", "1"))}
    assert not named & words(crawls.out)
    assert not any(name in (crawls.out / "dataset.json").read_text() for name in named - {"1"})


def test_who_came_back_by_a_name_alone_before_the_number_told_is_to_be_forgotten_again(
    coded: Crawls,
):
    coded.load(Made([[Edge("", "ann", "cem")]]))
    erase(coded.out, survey(coded.out, {NAMES.of("bob")}, NAMES))
    coded.load(Made([[Edge("", "ann", "robert")]]))
    before = files_of(coded.out)
    with pytest.raises(InputError, match=f"another name: {NAMES.of('robert')}\nForget them"):
        coded.take(SECOND, robert=(2, "still two"))
    assert files_of(coded.out) == before
    erase(coded.out, survey(coded.out, {NAMES.of("robert")}, NAMES))
    coded.take(SECOND, robert=(2, "still two"))
    assert coded.users() == sorted(map(NAMES.of, ("ann", "cem")))


def test_to_forget_who_took_a_name_over_leaves_the_one_who_had_it(coded: Crawls):
    ann, bob, new = map(coded.of, ("ann", "bob", "3"))
    coded.take(SECOND, anna=(1, "one"), ann=(3, "three"), bob=(2, "two, with @ann"))
    erase(coded.out, survey(coded.out, {new}, coded.names))
    assert coded.users() == sorted([ann, bob])
    assert coded.owners()["two, with [forgotten]"] == bob
    coded.take("third", anna=(1, "one again"), cat=(3, "three again"))
    assert coded.users() == sorted([ann, bob])
    assert coded.owners()["one again"] == ann
    assert "three again" not in coded.owners()


def test_a_data_set_of_before_learns_the_numbers_by_any_delivery(coded: Crawls):
    (coded.out / "identities.parquet").unlink()
    before = contents(coded.out)
    report = coded.load(coded.source(FIRST))
    assert (report.identified, any(report.written.values())) == (2, False)
    assert contents(coded.out) == before
    assert coded.load(coded.source(FIRST)).identified == 0
    assert len(read_description(coded.out)["deliveries"]) == 2
    coded.take(SECOND, anna=(1, "still one"))
    assert coded.users() == sorted(map(coded.of, ("ann", "bob")))


def test_to_a_data_set_that_knows_no_numbers_a_new_name_is_a_new_user(coded: Crawls):
    (coded.out / "identities.parquet").unlink()
    coded.take(SECOND, anna=(1, "still one"))
    assert coded.users() == sorted(map(coded.of, ("ann", "anna", "bob")))


def test_a_delivery_that_was_interrupted_ends_as_one_that_was_not(
    coded: Crawls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mmga.sources.loading.staged.SEGMENT_ROWS", 1)
    coded.tree(SECOND, ann=(2, "two, with @bob"), bob=(1, "one"), cem=(3, "three"))
    before = files_of(coded.out)
    shutil.copytree(coded.out, tmp_path / "whole" / "data")
    for stop in ({"unit": 1}, {"unit": 3}, {"pictures": 1}):
        with pytest.raises(KeyboardInterrupt):
            coded.load(Interrupted(coded.source(SECOND), **stop))
        assert files_of(coded.out) == before
    coded.load(coded.source(SECOND))
    killed = files_of(coded.out)
    coded.out = tmp_path / "whole" / "data"
    coded.load(coded.source(SECOND))
    assert killed == files_of(coded.out)


def test_no_stage_looks_at_who_is_who(coded: Crawls):
    files = read_delivery(coded.out, 10_000)
    assert identity_files(coded.out)
    assert not files.files["file"].str.contains("identities").any()
    assert files.files["problem"].isna().all()


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"PAR1", "cannot be read as Parquet"), (None, "column 'name' is missing")],
)
def test_a_broken_file_of_identities_is_told(tmp_path: Path, content: bytes | None, told: str):
    file = tmp_path / "identities.parquet"
    if content:
        file.write_bytes(content)
    else:
        pq.write_table(pa.table({"user_id": ["a"]}), file)
    with pytest.raises(InputError, match=told):
        Identities.read(tmp_path)


def words(data: Path) -> set[str]:
    """Every value of every table, and what texts mention."""
    found: set[str] = set()
    for file in data.rglob("*.parquet"):
        table = pq.read_table(file)
        for column in table.select([f.name for f in table.schema if f.type == pa.string()]).columns:
            for text in filter(None, column.to_pylist()):
                found |= {text, *(word.lstrip("@") for word in text.split())}
    return found
