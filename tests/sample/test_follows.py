"""The network that grows: its shape, and what moves a follow."""

import numpy as np
import pytest

from mmga.sample import follows
from mmga.sample.follows import WEIGHTS, affinity, grow, terms
from mmga.sample.people import FOLLOWS_PER_USER, make_people
from mmga.sample.world import World


def matrix(world: World) -> np.ndarray:
    users = len(world.people)
    network = np.zeros((users, users), dtype=bool)
    network[world.follows.fan, world.follows.account] = True
    return network


def test_a_quarter_to_two_fifths_of_the_follows_are_returned(world: World):
    network = matrix(world)
    assert 0.2 < (network & network.T).sum() / network.sum() < 0.45


def test_few_accounts_have_most_fans_but_nobody_has_all(world: World):
    fans = np.sort(matrix(world).sum(axis=0))
    assert fans.mean() == pytest.approx(FOLLOWS_PER_USER, rel=0.2)
    assert fans[-1] > 3.5 * fans.mean()
    assert fans[-1] < 200
    assert fans[-80:].sum() > 0.35 * fans.sum()


def test_friends_of_friends_are_friends_more_often_than_anyone(world: World):
    network = matrix(world).astype(int)
    closed = (network @ network)[network == 1].mean()
    open_ = (network @ network)[network == 0].mean()
    assert closed > 3 * open_


@pytest.mark.parametrize(("term", "least"), [("style", 0.65), ("community", 0.55), ("niche", 0.6)])
def test_each_trait_tells_followees_from_others_of_their_topic(
    world: World, term: str, least: float
):
    network, topic = matrix(world), world.people.topic
    chance = np.random.default_rng(0)
    higher = []
    for fan, account in zip(world.follows.fan, world.follows.account, strict=True):
        if term == "niche" and topic[fan] != topic[account]:
            continue
        others = np.flatnonzero((topic == topic[account]) & ~network[fan])
        other = chance.choice(others[others != fan])
        true, false = terms(world.people, np.array(fan), np.array([account, other]))[term]
        higher.append((true > false) + (true == false) / 2)
    assert np.mean(higher) > least


def test_affinity_is_the_sum_of_its_terms_written_as_loops(world: World):
    people = world.people
    for fan, account in [(0, 1), (5, 9), (7, 7)]:
        same_topic = people.topic[fan] == people.topic[account]
        a, b = people.niche[fan], people.niche[account]
        expected = (
            WEIGHTS["popularity"] * people.popularity[account]
            + WEIGHTS["topic"] * same_topic
            + WEIGHTS["style"] * np.dot(people.style[fan], people.style[account])
            + WEIGHTS["niche"] * same_topic * a @ b / np.linalg.norm(a) / np.linalg.norm(b)
            + WEIGHTS["community"] * (people.community[fan] == people.community[account])
        )
        found = affinity(people, np.array([fan]), np.array([account]))
        assert found == pytest.approx(expected)


def test_nobody_follows_or_is_followed_before_joining(world: World):
    day, joined = world.follows.day, world.people.joined
    assert (day >= joined[world.follows.fan]).all()
    assert (day >= joined[world.follows.account]).all()
    assert (np.diff(day) >= 0).all()


def test_a_large_world_grows_alike_from_those_a_user_comes_across(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(follows, "EXACT_USERS", 100)
    people = make_people(1000, 1, seed=3)
    found = grow(people, seed=3)
    pairs = set(zip(found.fan.tolist(), found.account.tolist(), strict=True))
    assert len(pairs) == len(found)
    assert all(fan != account for fan, account in pairs)
    assert len(found) / 1000 == pytest.approx(FOLLOWS_PER_USER, rel=0.2)
    assert 0.2 < np.mean([(account, fan) in pairs for fan, account in pairs]) < 0.5
    assert terms(people, found.fan, found.account)["style"].mean() > 0.3


def test_closure_and_reciprocity_are_those_of_the_waves_before(world: World):
    grown, edges = world.follows, matrix(world)
    assert edges[grown.account[grown.reciprocity], grown.fan[grown.reciprocity]].all()
    among = edges.astype(int) @ edges.astype(int)
    assert (grown.closure <= among[grown.fan, grown.account]).all()
    first = grown.day < 730 / 8
    assert not grown.closure[first].any()
    assert not grown.reciprocity[first].any()
