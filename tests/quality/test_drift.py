"""Drift between real data versions: each planted shift is found and nothing else is."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmga.errors import InputError
from mmga.quality.delivery import read_delivery
from mmga.quality.drift import compare
from mmga.quality.drift_report import Compared
from mmga.quality.judge import judge
from mmga.quality.profile import (
    UNKNOWN,
    WHOLE,
    Missing,
    Numbers,
    Profile,
    Shares,
    Top,
    brightness,
    profile_of,
)
from mmga.sample.people import TOPICS
from mmga.sample.world import write_sample
from mmga.tables import ImageWriter, read_images, read_table, write_table
from tests.quality.conftest import DRIFT, PARAMS

POLISH = (
    "Dzień dobry wszystkim, dzisiaj znowu gotuję obiad dla całej rodziny i bardzo się cieszę. " * 3
)
TABLES = ("users", "posts", "follows")


def profiled(folder):
    judgement = judge(read_delivery(folder, PARAMS.max_image_pixels), PARAMS)
    assert judgement.verdict != "fail"
    return profile_of({n: judged.clean(n) for n, judged in judgement.tables.items()}, PARAMS)


def captions_cut(tables):
    posts = tables["posts"]
    posts["caption"] = [
        text if pd.isna(text) else text[: len(text) // 2] for text in posts["caption"]
    ]


def half_the_topics_gone(tables):
    left = dict(zip(TOPICS[4:], TOPICS, strict=False))
    tables["users"]["topic"] = tables["users"]["topic"].replace(left)


def another_language(tables):
    posts = tables["posts"]
    posts["caption"] = [
        text if pd.isna(text) else POLISH[row % 9 :][: len(text)]
        for row, text in enumerate(posts["caption"])
    ]


def hubs(tables):
    """Half of what a user follows are the same four accounts."""
    follows, famous = tables["follows"], tables["users"]["user_id"].iloc[:4].tolist()
    place = follows.groupby("follower_id").cumcount()
    for number, account in enumerate(famous):
        follows.loc[place == number, "followee_id"] = account
    follows = follows[follows["followee_id"] != follows["follower_id"]]
    tables["follows"] = follows.drop_duplicates(["follower_id", "followee_id"])


def captions_lost(tables):
    tables["posts"].loc[::2, "caption"] = None


def darker(content):
    with Image.open(io.BytesIO(content)) as image:
        dark = image.convert("RGB").point(lambda value: value // 2)
    stream = io.BytesIO()
    dark.save(stream, "JPEG")
    return stream.getvalue()


def smaller(content):
    with Image.open(io.BytesIO(content)) as image:
        small = image.resize((image.width // 2, image.height // 2))
    stream = io.BytesIO()
    small.save(stream, "JPEG")
    return stream.getvalue()


SHIFTS = {
    "captions cut": (captions_cut, None, {"caption_length"}),
    "half the topics gone": (half_the_topics_gone, None, {"topics"}),
    "another language": (another_language, None, {"languages"}),
    "hubs": (hubs, None, {"fans", "top.fans"}),
    "captions lost": (captions_lost, None, {"missing.posts.caption"}),
    "darker pictures": (None, darker, {"brightness"}),
    "smaller pictures": (None, smaller, {"picture_side"}),
}


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """Two data sets of one size and different seeds."""
    folders = [tmp_path_factory.mktemp("version") for _ in range(2)]
    for seed, folder in enumerate(folders, 1):
        write_sample(folder, users=200, posts_per_user=3, seed=seed)
    return folders


@pytest.fixture(scope="module")
def old(versions):
    return profiled(versions[0])


def test_between_two_versions_of_one_world_nothing_drifts(old, versions):
    found = compare(old, profiled(versions[1]), DRIFT)
    assert found.level == "none"
    assert len(found.comparisons) == 23
    assert found.left_out == {}


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_planted_shift_is_found_and_only_it(shift, old, versions, tmp_path):
    change, repaint, expected = SHIFTS[shift]
    tables = {name: read_table(versions[1], name) for name in TABLES}
    if change:
        change(tables)
    for name in TABLES:
        write_table(tmp_path, name, tables[name])
    with ImageWriter(tmp_path) as writer:
        for _, _, batch in read_images(versions[1]):
            for row in batch.to_pylist():
                content = repaint(row["bytes"]) if repaint else row["bytes"]
                writer.add(row["image_id"], row["post_id"], row["position"], content)
    found = compare(old, profiled(tmp_path), DRIFT)
    assert {one.name for one in found.comparisons if one.level == "strong"} == expected
    assert {one.name for one in found.comparisons if one.level != "none"} == expected


def test_a_data_set_without_pictures_is_told_so_and_not_compared_in_them(old, versions, tmp_path):
    for name in TABLES:
        write_table(tmp_path, name, read_table(versions[1], name))
    bare = profiled(tmp_path)
    found = compare(old, bare, DRIFT)
    assert found.left_out["brightness"] == found.left_out["picture_side"] == "there is none now"
    strong = {one.name: one.sentence for one in found.comparisons if one.level == "strong"}
    assert strong["missing.posts.picture"].startswith("more posts without a picture: ")
    assert set(strong) == {"missing.posts.picture", "counts.images"}
    again = compare(bare, bare, DRIFT)
    assert again.left_out["brightness"] == "there is none, neither before nor now"
    assert again.level == "none"


def test_a_profile_names_nobody_and_quotes_nothing(old, versions):
    text = old.model_dump_json()
    tables = {name: read_table(versions[0], name) for name in TABLES}
    words = set(text.replace('"', " ").split())
    for table, column in (
        ("users", "user_id"),
        ("posts", "post_id"),
        ("posts", "caption"),
        ("users", "bio"),
    ):
        texts = tables[table][column].dropna()
        assert not [one for one in texts if len(one) > 8 and one in text]
        assert not words & set(texts)
    assert len(text) < 20_000


def test_a_topic_that_few_users_have_is_not_named():
    users = pd.DataFrame({"user_id": range(60), "topic": ["food"] * 56 + ["me"] * 4, "bio": None})
    nothing = {
        "posts": pd.DataFrame(
            columns=["post_id", "user_id", "created_at", "caption"], dtype=object
        ),
        "images": pd.DataFrame(columns=["post_id", "width", "height", "colours"], dtype=object),
        "follows": pd.DataFrame(
            columns=["follower_id", "followee_id", "followed_at"], dtype=object
        ),
    }
    profile = profile_of({"users": users, **nothing}, PARAMS)
    assert profile.shares["topics"].counts == {"food": 56, UNKNOWN: 4}
    assert profile.numbers["brightness"].owners == 0


def test_the_brightness_is_that_of_the_whole_picture():
    black, white, green = "00" * 27, "ff" * 27, "00ff00" * 9
    half = "00" * 12 + "ffffff" * 5
    found = brightness(pd.Series([black, white, green, half]))
    assert found.round(3).tolist() == [0.0, 1.0, 0.587, round(5 / 9, 3)]


def numbers(values):
    bins = np.searchsorted(WHOLE, values, side="right") - 1
    counts = np.bincount(bins)
    low, median, high = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")
    return Numbers(
        edges=WHOLE[: len(counts)].tolist(), counts=counts.tolist(), owners=len(values),
        low=low, median=median, high=high,
    )  # fmt: skip


def profile(**parts):
    empty = {"counts": {}, "missing": {}, "shares": {}, "numbers": {}, "top": {}}
    return Profile(version=1, **(empty | parts))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=40),
    st.lists(st.integers(0, 6), min_size=2, max_size=40),
)
def test_of_small_whole_numbers_the_distance_is_that_of_kolmogorov_and_smirnov(a, b):
    from scipy.stats import ks_2samp

    found = compare(
        profile(numbers={"fans": numbers(a)}), profile(numbers={"fans": numbers(b)}), DRIFT
    )
    (one,) = found.comparisons
    assert one.effect == pytest.approx(ks_2samp(a, b, method="asymp").statistic, abs=1e-4)


@pytest.mark.parametrize("users", [40, 400, 4000])
def test_samples_of_the_same_topics_rarely_exceed_what_chance_gives(users):
    chance = np.random.default_rng(users)
    exceeded = 0
    for _ in range(200):
        draws = chance.multinomial(users, np.full(9, 1 / 9), 2)
        one, other = (
            profile(
                shares={
                    "topics": Shares(
                        counts=dict(zip(TOPICS, d.tolist(), strict=True)), owners=users
                    )
                }
            )
            for d in draws
        )
        (found,) = compare(one, other, DRIFT).comparisons
        exceeded += found.effect > found.chance
    assert exceeded <= 8  # two are expected


def of_fans(fans):
    """The profile of users with so many fans each."""
    top = Top(share=_share(fans), records=int(fans.sum()), owners=len(fans))
    return profile(numbers={"fans": numbers(fans)}, top={"fans": top})


def _share(fans):
    """What the hundredth of the users with most fans has of all."""
    largest = sorted(fans.tolist(), reverse=True)[: -(-len(fans) // 100)]
    return sum(largest) / fans.sum()


TAILS = {
    "Pareto, no mean": lambda chance, users: chance.pareto(0.9, users),
    "Pareto, no variance": lambda chance, users: 3 * chance.pareto(1.4, users),
    "log-normal": lambda chance, users: chance.lognormal(1, 2, users),
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("users", [(200, 200), (200, 1000)], ids=str)
def test_two_samples_of_one_heavy_tail_do_not_drift_in_what_the_top_has(tail, users):
    chance = np.random.default_rng(7)
    moved = far = 0
    for _ in range(100):
        one, other = (of_fans(np.floor(1 + TAILS[tail](chance, count))) for count in users)
        (top,) = [c for c in compare(one, other, DRIFT).comparisons if c.name == "top.fans"]
        moved += top.level != "none"
        far += top.effect >= top.strong
    assert moved <= 2  # a third of one is expected
    assert far >= 10  # or the test would say nothing


def test_a_top_that_has_gained_is_found_where_it_is_many():
    chance = np.random.default_rng(7)
    fans = np.floor(1 + 3 * chance.pareto(2, 20_000))
    more = np.where(fans >= np.quantile(fans, 0.99), 4 * fans, fans)
    found = {
        one.name: one.level for one in compare(of_fans(fans), of_fans(more), DRIFT).comparisons
    }
    assert found == {"top.fans": "strong", "fans": "none"}


def test_what_is_in_the_limits_or_within_chance_is_no_drift():
    def without(missing, records):
        part = Missing(missing=missing, records=records, owners=records)
        return profile(missing={"posts.caption": part})

    levels = {
        records: compare(without(0, records), without(records // 10, records), DRIFT).level
        for records in (10, 1000)
    }
    assert levels == {10: "none", 1000: "slight"}
    assert compare(without(0, 1000), without(40, 1000), DRIFT).level == "none"
    assert compare(without(0, 1000), without(300, 1000), DRIFT).level == "strong"


def test_a_file_that_is_no_profile_is_refused(old, tmp_path):
    file = tmp_path / "profile.json"
    old.write(file)
    assert Profile.read(file) == old
    for wrong in ('{"version": 2}', "[]", "{"):
        file.write_text(wrong)
        with pytest.raises(InputError, match=r"profile\.json"):
            Profile.read(file)
    text = old.model_dump_json().replace('"edges":[0.0,', '"edges":[')
    file.write_text(text)
    with pytest.raises(InputError, match="every bin has an edge"):
        Profile.read(file)


def said(old, new):
    return Compared(new, "", "mmga-fans 3", old, compare(old, new, DRIFT))


def test_the_verdict_names_what_only_one_profile_tells():
    whole = profile(numbers={"fans": numbers([1, 2])}, counts={"users": 2})
    assert said(whole, whole).sentence == "The data are like those of mmga-fans 3."
    found = said(profile(counts={"users": 2}), whole)
    assert found.level == "none"
    assert found.sentence == (
        "The data are like those of mmga-fans 3; not compared: fans of a user."
    )
    found = said(profile(), whole)
    assert found.level is None
    assert found.sentence.startswith("Nothing of the data could be compared with those")
    assert found.sentence.endswith("; not compared: fans of a user, number of users.")


def test_a_profile_with_owners_of_no_kind_is_refused(tmp_path):
    file = tmp_path / "profile.json"
    text = profile(shares={"topics": Shares(counts={}, owners=0)}).model_dump_json()
    file.write_text(text.replace('"owners":0', '"owners":302'))
    with pytest.raises(InputError, match="where there are counts there are owners"):
        Profile.read(file)
