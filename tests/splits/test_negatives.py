"""Negatives: never a positive; drawn uniformly, or as popular as the positive."""

import numpy as np
import pytest

from mmga.splits import negatives as drawing
from mmga.splits.negatives import draw_matched, draw_uniform

USERS = 200


@pytest.fixture(scope="module")
def edges() -> np.ndarray:
    """Follows whose only law is popularity."""
    random = np.random.default_rng(0)
    weight = 1 / np.arange(1, USERS + 1)
    fans = random.integers(USERS, size=6000)
    accounts = random.choice(USERS, size=6000, p=weight / weight.sum())
    found = np.unique(np.stack([fans, accounts], axis=1), axis=0)
    return random.permutation(found[found[:, 0] != found[:, 1]]).astype(np.int32)


def test_a_negative_is_neither_the_query_nor_known_to_be_followed(edges):
    train, test = edges[:-300], edges[-300:]
    negatives = draw_matched(train, edges, test, USERS, 400, seed=1)
    known = set(map(tuple, edges.tolist()))
    for (query, _), row in zip(test.tolist(), negatives.tolist(), strict=True):
        assert query not in row
        assert not any((query, negative) in known for negative in row)
    has_fans = np.isin(test[:, 1], train[:, 1])
    assert (negatives[has_fans] >= 0).all()


def test_negatives_follow_the_law_of_positives(edges):
    train, test = edges[:-300], edges[-300:]
    degree = np.bincount(train[:, 1], minlength=USERS)
    query = next(u for u in range(USERS) if u not in edges[:, 0] or u == test[0, 0])
    row = draw_matched(train, edges, np.array([[query, test[0, 1]]]), USERS, 100_000, seed=1)[0]
    eligible = np.setdiff1d(np.arange(USERS), np.append(edges[edges[:, 0] == query, 1], query))
    expected = np.where(np.isin(np.arange(USERS), eligible), degree, 0)
    found = np.bincount(row, minlength=USERS)
    np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), atol=0.004)


def test_a_cold_positive_is_ranked_among_users_without_a_follow_in_training():
    train = np.array([[0, 1], [2, 1], [3, 1]], dtype=np.int32)
    test = np.array([[0, 5]], dtype=np.int32)
    negatives = draw_matched(train, np.concatenate([train, test]), test, 8, 500, seed=1)
    assert set(negatives[0].tolist()) == {2, 3, 4, 6, 7}


def test_a_query_that_follows_all_but_one_gets_that_one():
    star = np.array([[0, other] for other in range(1, 40)], dtype=np.int32)
    rest = np.array([[1, other] for other in range(2, 41)], dtype=np.int32)
    train = np.concatenate([star, rest])
    negatives = draw_matched(train, train, star[:1] * 0 + [[0, 2]], 41, 300, seed=1)
    assert set(negatives[0].tolist()) == {40}


def test_where_nobody_is_left_the_row_says_so():
    everyone = np.array([[0, 1], [0, 2], [1, 2]], dtype=np.int32)
    negatives = draw_matched(everyone, everyone, everyone[:1], 3, 5, seed=1)
    assert negatives.tolist() == [[-1] * 5]


def test_uniform_negatives_are_every_eligible_user_as_often(edges):
    query = int(edges[0, 0])
    row = draw_uniform(edges, edges[:1], USERS, 200_000, seed=1)[0]
    eligible = np.setdiff1d(np.arange(USERS), np.append(edges[edges[:, 0] == query, 1], query))
    found = np.bincount(row, minlength=USERS)
    expected = np.where(np.isin(np.arange(USERS), eligible), 1 / len(eligible), 0)
    np.testing.assert_allclose(found / found.sum(), expected, atol=0.001)


def test_who_is_taken_is_not_drawn_again(edges):
    train, test = edges[:-300], edges[-300:]
    taken = draw_matched(train, edges, test, USERS, 5, seed=1)
    taken[:, 3:] = -1
    drawn = draw_matched(train, edges, test, USERS, 100, seed=2, taken=taken)
    warm = np.isin(test[:, 1], train[:, 1])
    assert (drawn[warm] >= 0).all()
    for row, others in zip(drawn.tolist(), taken.tolist(), strict=True):
        assert not set(row) & (set(others) - {-1})


def test_the_size_of_a_chunk_changes_no_user_who_may_be_drawn(edges, monkeypatch):
    monkeypatch.setattr(drawing, "CELLS", 3 * USERS)
    rows = draw_uniform(edges, edges[:50], USERS, 5000, seed=1)
    for (query, _), row in zip(edges[:50].tolist(), rows.tolist(), strict=True):
        followed = set(edges[edges[:, 0] == query, 1].tolist())
        assert set(row) == set(range(USERS)) - followed - {query}
