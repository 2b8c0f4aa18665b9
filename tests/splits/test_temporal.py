"""The temporal split: the past trains, nothing crosses over, no later post is read."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from mmga.errors import InputError
from mmga.evaluation.ranking import Known
from mmga.project import checked
from mmga.splits.params import SplitParams
from mmga.splits.split import PARTS, Split, make_split
from tests.splits.test_split import PARAMS, pairs, world

TEMPORAL = PARAMS.model_copy(update={"kind": "temporal", "revealed": (0, 2)})
START = pd.Timestamp("2025-01-01", tz="UTC")


def dated(users: int = 600, follows: int = 5000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The world of the other tests, each follow at a time of its own, newcomers late."""
    people, edges = world(users, follows)
    random = np.random.default_rng(1)
    joined = people["user_id"].map(dict(zip(people["user_id"], random.random(users), strict=True)))
    since = pd.Series(joined.to_numpy(), index=people["user_id"])
    first = np.maximum(edges["follower_id"].map(since), edges["followee_id"].map(since)).to_numpy()
    when = first + (1 - first) * random.random(len(edges))
    return people, edges.assign(followed_at=START + pd.to_timedelta(when * 365, unit="D"))


def posts_of(users: pd.DataFrame) -> pd.DataFrame:
    """One post a user a month, the last month's undated."""
    frame = users[["user_id"]].merge(pd.DataFrame({"month": range(12)}), how="cross")
    frame["created_at"] = START + pd.to_timedelta(frame["month"] * 30 + 1, unit="D")
    frame.loc[frame["month"] == 11, "created_at"] = pd.NaT
    frame["post_id"] = frame["user_id"] + "-" + frame["month"].astype(str)
    return frame.assign(caption="month" + frame["month"].astype(str))


@pytest.fixture(scope="module")
def split() -> Split:
    users, follows = dated()
    return make_split(users, follows, TEMPORAL, posts_of(users))


def dates_of(split: Split, edges: np.ndarray) -> pd.Series:
    _, follows = dated()
    when = follows.set_index(["follower_id", "followee_id"])["followed_at"]
    ids = split.user_ids
    return when.loc[[(ids[u], ids[v]) for u, v in edges.tolist()]]


def test_train_is_before_validation_and_validation_before_test(split):
    first, second = split.cuts
    assert (dates_of(split, split.train) < first).all()
    assert dates_of(split, split.validation).between(first, second, inclusive="left").all()
    assert (dates_of(split, split.test) >= second).all()


def test_the_cuts_leave_the_shares_that_are_asked_for(split):
    _, follows = dated()
    first, second = split.cuts
    assert (follows["followed_at"] < first).mean() == pytest.approx(0.8, abs=0.001)
    assert (follows["followed_at"] < second).mean() == pytest.approx(0.9, abs=0.001)


def test_no_pair_of_users_is_in_two_parts_and_what_is_dropped_has_an_earlier_reverse(split):
    train, validation, test = (pairs(split, part) for part in PARTS)
    assert not train & validation
    assert not (train | validation) & test
    assert len(split.dropped) > 50
    for edges in (split.train, split.validation, split.test):
        parts = set(map(tuple, edges.tolist()))
        assert not parts & set(map(tuple, split.dropped.tolist()))
    kept = {(v, u) for part in PARTS for u, v in getattr(split, part).tolist()}
    assert set(map(tuple, split.dropped.tolist())) <= kept
    reverse = dates_of(split, split.dropped[:, ::-1])
    assert (reverse.to_numpy() < dates_of(split, split.dropped).to_numpy()).all()


def test_every_follow_is_known_whether_it_is_in_a_part_or_dropped(split):
    _, follows = dated()
    assert len(split.known) == len(follows)
    dropped = split.dropped[0]
    assert Known(split).of("followees", dropped[:1])[0, dropped[1]]
    for (u, _), row in zip(
        split.test[split.negatives.ranked], split.negatives.of("followees")["C1"], strict=True
    ):
        assert not set(row.tolist()) & set(split.dropped[split.dropped[:, 0] == u, 1].tolist())


def test_nobody_is_drawn_to_be_cold_and_cold_is_who_came_after_the_cut(split):
    assert split.drawn_cold == 0
    assert 0 < split.cold.sum() < 300
    assert set(np.flatnonzero(~split.cold)) == set(split.train.ravel())


def test_given_days_are_the_cuts():
    users, follows = dated()
    params = TEMPORAL.model_copy(update={"cuts": (date(2025, 9, 1), date(2025, 11, 15))})
    found = make_split(users, follows, params)
    assert [f"{cut:%F %T%z}" for cut in found.cuts] == [
        "2025-09-01 00:00:00+0000",
        "2025-11-15 00:00:00+0000",
    ]
    assert (dates_of(found, found.train) < found.cuts[0]).all()
    assert (dates_of(found, found.test) >= found.cuts[1]).all()


def test_the_earliest_of_two_kinds_of_one_edge_counts(split):
    users, follows = dated()
    later = follows.assign(kind="tag", followed_at=follows["followed_at"] + pd.Timedelta(days=900))
    assert make_split(users, pd.concat([later, follows]), TEMPORAL).hashes == split.hashes


def test_posts_that_are_not_known_to_be_from_before_the_cut_are_withheld(split):
    users, _ = dated()
    posts = posts_of(users).set_index("post_id")["created_at"]
    reasons = split.withheld.set_index("post_id")["reason"]
    assert split.withheld["image_id"].isna().all()
    for post, when in posts.items():
        expected = "undated" if pd.isna(when) else "after-cut" if when >= split.cuts[0] else None
        assert reasons.get(post) == expected
    assert split.describe()["withheld"] == reasons.value_counts().to_dict()


def test_hard_candidates_are_chosen_without_the_withheld_posts(split):
    users, follows = dated()
    posts = posts_of(users)
    gone = posts["post_id"].isin(split.withheld["post_id"])
    without = make_split(users, follows, TEMPORAL, posts[~gone])
    told = posts.assign(caption=posts["caption"].mask(gone, posts["user_id"].str[-1] * 3))
    other = make_split(users, follows, TEMPORAL, told)
    for one in (without, other):
        np.testing.assert_array_equal(
            one.negatives.of("fans")["C3"], split.negatives.of("fans")["C3"]
        )


def test_what_is_written_is_read_back(split, tmp_path):
    split.write(tmp_path / "a")
    again = Split.read(tmp_path / "a")
    again.write(tmp_path / "b")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name
    assert again.cuts == split.cuts
    np.testing.assert_array_equal(again.dropped, split.dropped)


def test_undated_follows_are_refused_with_their_number():
    users, follows = dated()
    follows.loc[[3, 70, 71], "followed_at"] = pd.NaT
    with pytest.raises(InputError, match=rf"3 of {len(follows):,} have none.*\n.*pairs"):
        make_split(users, follows, TEMPORAL)
    with pytest.raises(InputError, match="have none"):
        make_split(*world(100, 800), TEMPORAL)


def test_follows_of_one_day_leave_nothing_to_train_on():
    users, follows = dated()
    with pytest.raises(InputError, match="leave none for train"):
        make_split(users, follows.assign(followed_at=START), TEMPORAL)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cuts": ["2025-03-01", "2025-02-01"]}, "test must begin after validation"),
        ({"cuts": ["2025-03-01", "2025-03-01"]}, "test must begin after validation"),
        ({"cuts": ["2025-02-01", "2025-03-01"], "kind": "pairs"}, "for kind temporal alone"),
        ({"kind": "time"}, "'pairs' or 'temporal'"),
    ],
)
def test_cuts_that_cannot_be_are_refused(change, told):
    with pytest.raises(InputError, match=told):
        checked(SplitParams, TEMPORAL.model_dump() | change, "params.yaml: split")
