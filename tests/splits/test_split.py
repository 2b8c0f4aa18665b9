"""The split: nothing crosses over, newcomers stay unseen, and more data moves nothing judged."""

import numpy as np
import pandas as pd
import pytest

from mmga.errors import InputError
from mmga.project import checked
from mmga.splits.params import SplitParams
from mmga.splits.split import PARTS, TASKS, Split, make_split

PARAMS = SplitParams(
    seed=7, validation=0.1, test=0.1, cold=0.1, negatives=50, hard=30, max_queries=10_000
)


def world(users: int, follows: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Users with a topic each, and follows with heavy-tailed popularity and some returned."""
    random = np.random.default_rng(seed)
    ids = np.array([f"user-{number:05d}" for number in range(users)])
    weight = random.pareto(1.5, users) + 0.1
    fan = random.integers(users, size=follows)
    account = random.choice(users, size=follows, p=weight / weight.sum())
    edges = np.stack([fan, account], axis=1)
    edges = np.concatenate([edges, edges[random.random(follows) < 0.3][:, ::-1]])
    edges = np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0)
    topic = random.choice(["food", "pet", "travel"], users)
    return (
        pd.DataFrame({"user_id": ids, "topic": topic}),
        pd.DataFrame(
            {"follower_id": ids[edges[:, 0]], "followee_id": ids[edges[:, 1]], "kind": "follow"}
        ),
    )


def pairs(split: Split, part: str) -> set[frozenset[str]]:
    ids = split.user_ids
    return {frozenset((ids[a], ids[b])) for a, b in getattr(split, part)}


@pytest.fixture(scope="module")
def split() -> Split:
    return make_split(*world(600, 5000), PARAMS)


def test_every_follow_is_in_one_part_and_no_pair_of_users_in_two(split):
    _, follows = world(600, 5000)
    assert sum(len(getattr(split, part)) for part in PARTS) == len(follows)
    train, validation, test = (pairs(split, part) for part in PARTS)
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_the_shares_are_those_asked_for():
    params = PARAMS.model_copy(update={"cold": 0.0, "validation": 0.05, "test": 0.2})
    counts = make_split(*world(600, 5000), params).describe()["edges"]
    total = sum(part["pairs"] for part in counts.values())
    assert counts["validation"]["pairs"] / total == pytest.approx(0.05, abs=0.015)
    assert counts["test"]["pairs"] / total == pytest.approx(0.2, abs=0.02)


def test_cold_is_exactly_having_no_follow_in_training(split):
    assert set(np.flatnonzero(~split.cold)) == set(split.train.ravel())
    assert split.cold.sum() >= split.drawn_cold == 60


def test_cold_users_come_from_every_topic_and_every_popularity(split):
    users, _ = world(600, 5000)
    everyone = np.concatenate([getattr(split, part) for part in PARTS])
    in_degree = np.bincount(everyone[:, 1], minlength=600)
    half = np.where(in_degree > np.median(in_degree), "popular", "not")
    share = pd.Series(split.cold).groupby([users["topic"], half]).mean()
    assert len(share) == 6
    assert share.between(0.06, 0.16).all()


def test_pairs_of_cold_users_are_shared_out_between_validation_and_test():
    params = PARAMS.model_copy(update={"validation": 0.1, "test": 0.3, "cold": 0.4})
    counts = make_split(*world(600, 5000), params).describe()["edges"]
    cold = counts["validation"]["cold"] + counts["test"]["cold"]
    assert counts["train"]["cold"] == 0
    assert counts["test"]["cold"] / cold == pytest.approx(0.75, abs=0.03)


def test_what_judged_before_is_never_trained_on_after_data_were_appended(split):
    users, follows = world(600, 5000)
    more_users, more_follows = world(900, 9000, seed=1)
    new = users["user_id"].size
    appended = pd.concat([follows, more_follows]).drop_duplicates(["follower_id", "followee_id"])
    later = make_split(pd.concat([users, more_users[new:]]), appended, PARAMS)
    # Pairs that were test by their own hash stay test, whoever is cold now.
    drawn_away = {split.user_ids[number] for number in np.flatnonzero(split.cold)}
    warm = {pair for pair in pairs(split, "test") if not pair & drawn_away}
    assert len(warm) > 300
    assert warm <= pairs(later, "test")
    still_cold = split.cold[:new] & later.cold[:new]
    assert still_cold.sum() > split.drawn_cold / 2


def test_the_numbering_of_users_and_the_order_of_rows_change_nothing(split):
    users, follows = world(600, 5000)
    shuffled = users.sample(frac=1, random_state=3)
    other = make_split(shuffled, follows.sample(frac=1, random_state=4), PARAMS)
    assert other.hashes == split.hashes
    assert {other.user_ids[i] for i in np.flatnonzero(other.cold)} == {
        split.user_ids[i] for i in np.flatnonzero(split.cold)
    }


def test_another_seed_is_another_split(split):
    other = make_split(*world(600, 5000), PARAMS.model_copy(update={"seed": 8}))
    assert all(other.hashes[part] != split.hashes[part] for part in PARTS)


def test_what_is_written_is_read_back_and_is_the_same_bytes_twice(split, tmp_path):
    split.write(tmp_path / "a")
    Split.read(tmp_path / "a").write(tmp_path / "b")
    make_split(*world(600, 5000), PARAMS).write(tmp_path / "c")
    for file in sorted((tmp_path / "a").iterdir()):
        content = file.read_bytes()
        assert content == (tmp_path / "b" / file.name).read_bytes(), file.name
        assert content == (tmp_path / "c" / file.name).read_bytes(), file.name
    assert Split.read(tmp_path / "a").hashes == split.hashes


def test_at_most_so_many_follows_are_ranked():
    split = make_split(*world(600, 5000), PARAMS.model_copy(update={"max_queries": 100}))
    assert len(split.negatives.ranked) == 100
    shapes = {kind: rows.shape for kind, rows in split.negatives.of("fans").items()}
    assert shapes == {"C1": (100, 50), "C2": (100, 50), "C3": (100, 30)}


@pytest.mark.parametrize("task", TASKS)
def test_no_candidate_is_a_known_positive_of_any_part_or_the_query_itself(split, task):
    known = {tuple(edge) for part in PARTS for edge in getattr(split, part).tolist()}
    ranked = split.test[split.negatives.ranked].tolist()
    negatives = split.negatives.of(task)
    assert set(negatives) == {"C1", "C2", "C3"}
    for rows in negatives.values():
        assert len(rows) == len(ranked)
        for (u, v), row in zip(ranked, rows.tolist(), strict=True):
            pairs = {(x, v) if task == "fans" else (u, x) for x in row if x >= 0}
            assert not pairs & known
            assert (v if task == "fans" else u) not in row


def test_without_hard_candidates_there_is_no_c3():
    split = make_split(*world(100, 800), PARAMS.model_copy(update={"hard": 0}))
    assert set(split.negatives.kinds) == {"C1", "C2"}


def test_captions_move_the_hard_candidates_alone(split):
    users, follows = world(600, 5000)
    posts = pd.DataFrame({"user_id": users["user_id"], "caption": users["topic"]})
    posts["post_id"] = [f"p{number}" for number in range(len(posts))]
    told = make_split(users, follows, PARAMS, posts)
    assert told.hashes == split.hashes
    for kind, same in (("C1", True), ("C2", True), ("C3", False)):
        rows, others = (s.negatives.of("fans")[kind] for s in (told, split))
        assert np.array_equal(rows, others) == same


def test_two_kinds_of_one_edge_count_once():
    users, follows = world(100, 800)
    twice = pd.concat([follows, follows.assign(kind="tag")])
    assert make_split(users, twice, PARAMS).hashes == make_split(users, follows, PARAMS).hashes


def test_fifty_users_are_enough():
    counts = make_split(*world(50, 200), PARAMS).describe()["edges"]
    assert all(part["edges"] > 5 for part in counts.values())


def test_a_data_set_without_topics_is_split():
    users, follows = world(100, 800)
    assert make_split(users.assign(topic=None), follows, PARAMS).drawn_cold == 10


def test_too_few_follows_are_refused_with_the_numbers():
    users, follows = world(50, 200)
    with pytest.raises(InputError, match=r"50 users with 2 follows leave none for"):
        make_split(users, follows[:2], PARAMS)


@pytest.mark.parametrize(
    ("followee", "fault"), [("user-00001", "is a self-follow"), ("nobody", "an unknown user")]
)
def test_a_follow_that_cannot_be_is_refused(followee, fault):
    users, follows = world(50, 200)
    bad = pd.DataFrame(
        {"follower_id": ["user-00001"], "followee_id": [followee], "kind": ["follow"]}
    )
    with pytest.raises(InputError, match=fault):
        make_split(users, pd.concat([follows, bad]), PARAMS)


def test_a_follow_that_stands_there_twice_is_refused():
    users, follows = world(50, 200)
    with pytest.raises(InputError, match="stands there twice"):
        make_split(users, pd.concat([follows, follows[:1]]), PARAMS)


def test_shares_that_leave_nothing_to_train_on_are_refused():
    values = PARAMS.model_dump() | {"validation": 0.5, "test": 0.5}
    with pytest.raises(InputError, match=r"split\.test: .*below 1, got 0\.5"):
        checked(SplitParams, values, "params.yaml: split")


def test_a_folder_without_a_split_is_refused(tmp_path):
    with pytest.raises(InputError, match="dvc repro split"):
        Split.read(tmp_path)
