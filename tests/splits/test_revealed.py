"""Revealed follows: whose they are, in which order, and that the rest is judged alike."""

from collections import Counter

import numpy as np
import pytest

from mmga.errors import InputError
from mmga.splits.split import Split, make_split
from tests.splits.test_split import PARAMS, world

REVEALING = PARAMS.model_copy(update={"revealed": (0, 1, 5)})


@pytest.fixture(scope="module")
def split() -> Split:
    return make_split(*world(600, 5000), REVEALING)


def ties(edges: np.ndarray) -> list[frozenset[int]]:
    return list({frozenset(edge) for edge in edges.tolist()})


def test_a_revealed_follow_is_a_test_follow_between_its_cold_user_and_a_warm_one(split):
    test = set(map(tuple, split.test.tolist()))
    for row in split.revealed.itertuples():
        assert (row.follower, row.followee) in test
        ends = {row.follower, row.followee}
        assert row.cold_user in ends
        assert [bool(split.cold[end]) for end in ends - {row.cold_user}] == [False]


def test_each_cold_user_shows_five_or_all_but_one_of_the_ties_that_may_be_shown(split):
    places = split.revealed.groupby("cold_user")["place"].apply(list)
    assert all(found == list(range(1, len(found) + 1)) for found in places)
    mixed = [tie for tie in ties(split.test) if split.cold[list(tie)].sum() == 1]
    may = Counter(user for tie in mixed for user in tie if split.cold[user])
    every = Counter(user for tie in ties(split.test) for user in tie)
    for user in np.flatnonzero(split.cold):
        expected = min(5, may[user], max(every[user] - 1, 0))
        assert len(places.get(user, [])) == expected
    assert {1, 5} <= set(map(len, places))


def test_of_a_reciprocal_tie_one_direction_is_revealed(split):
    edges = split.revealed[["follower", "followee"]].to_numpy()
    assert len(ties(edges)) == len(edges)
    test = set(map(tuple, split.test.tolist()))
    returned = [(u, v) for u, v in edges.tolist() if (v, u) in test]
    assert len(returned) > 10


def test_neither_a_revealed_follow_nor_its_reverse_is_ranked_and_all_others_are(split):
    shown = {
        frozenset(edge) for edge in split.revealed[["follower", "followee"]].to_numpy().tolist()
    }
    ranked = set(split.negatives.ranked.tolist())
    for row, edge in enumerate(split.test.tolist()):
        assert (row in ranked) == (frozenset(edge) not in shown)


def test_every_cold_user_with_a_test_follow_keeps_one_to_be_judged_by(split):
    judged = set(split.test[split.negatives.ranked].ravel().tolist())
    tested = set(split.test.ravel().tolist())
    assert {user for user in tested if split.cold[user]} <= judged


def test_with_k_revealed_each_cold_user_has_k_train_follows_and_nothing_else_has_changed(split):
    for k in (0, 1, 2, 5):
        shown = split.with_revealed(k)
        new = set(map(tuple, shown.train.tolist())) - set(map(tuple, split.train.tolist()))
        assert len(new) == len(shown.train) - len(split.train)
        counts = Counter(user for edge in new for user in edge if split.cold[user])
        expected = split.revealed["cold_user"].value_counts().clip(upper=k)
        assert counts == {user: count for user, count in expected.items() if count}
        assert (shown.hashes["train"] == split.hashes["train"]) == (k == 0)
        assert shown.hashes["test"] == split.hashes["test"]
        assert shown.negatives is split.negatives
        assert shown.cold is split.cold


def test_train_follows_stay_sorted(split):
    train = split.with_revealed(5).train
    assert train.dtype == np.int32
    np.testing.assert_array_equal(train, train[np.lexsort((train[:, 1], train[:, 0]))])


def test_the_numbering_of_users_changes_nobody_who_is_revealed(split):
    users, follows = world(600, 5000)
    other = make_split(users.sample(frac=1, random_state=3), follows, REVEALING)
    named = [
        {tuple(row) for row in revealed_by_name(one).itertuples(index=False)}
        for one in (split, other)
    ]
    assert named[0] == named[1]


def revealed_by_name(split):
    names = np.array(split.user_ids, dtype=object)
    columns = ["follower", "followee", "cold_user"]
    return split.revealed.assign(**{name: names[split.revealed[name]] for name in columns})


def test_without_revealing_every_test_follow_is_ranked():
    split = make_split(*world(600, 5000), PARAMS)
    assert split.revealed.empty
    assert len(split.negatives.ranked) == len(split.test)


def test_the_follows_between_warm_users_are_ranked_with_revealing_as_without(split):
    without = make_split(*world(600, 5000), PARAMS)
    assert without.hashes == split.hashes
    for one in (split, without):
        edges = one.test[one.negatives.ranked]
        warm = edges[~one.cold[edges].any(axis=1)]
        np.testing.assert_array_equal(warm, split.test[~split.cold[split.test].any(axis=1)])


@pytest.mark.parametrize("k", [-1, 6])
def test_more_than_were_set_aside_are_refused(split, k):
    with pytest.raises(InputError, match=r"set aside 5.*\n.*split\.revealed"):
        split.with_revealed(k)


def test_the_counts_say_how_many_users_can_show_so_many(split):
    largest = split.revealed.groupby("cold_user")["place"].max()
    counts = split.describe()["revealed"]
    assert counts == {"1": (largest >= 1).sum(), "5": (largest >= 5).sum()}
    assert counts["1"] > counts["5"] > 0


def test_what_is_revealed_is_written_and_read_back(split, tmp_path):
    split.write(tmp_path)
    again = Split.read(tmp_path)
    np.testing.assert_array_equal(again.with_revealed(2).train, split.with_revealed(2).train)
    assert again.params == split.params
