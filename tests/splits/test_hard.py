"""Hard negatives: the three scorers as loops, taken in turn, and filled up where they run out."""

import numpy as np
import pandas as pd
import pytest

from mmga.splits import hard
from mmga.splits.hard import RESTART, WALK, allocation, draw_hard, in_turn, likeness, walks
from mmga.splits.words import words_of

USERS = 60


@pytest.fixture(scope="module")
def edges() -> np.ndarray:
    random = np.random.default_rng(0)
    found = np.argwhere(random.random((USERS, USERS)) < 0.06)
    return random.permutation(found[found[:, 0] != found[:, 1]]).astype(np.int32)


@pytest.fixture(scope="module")
def words():
    """Users write of their number modulo 5, and all of them the same word besides."""
    names = [f"u{number}" for number in range(USERS)]
    captions = [f"motif{number % 5} today" for number in range(USERS - 10)]
    posts = pd.DataFrame({"user_id": names[: USERS - 10], "caption": captions})
    return words_of(pd.DataFrame({"user_id": names}), posts)


def allocation_by_loops(edges, u, v):
    followees = {a: {y for x, y in edges if x == a} for a in range(USERS)}
    return sum(1 / len(followees[w]) for w in followees[u] if v in followees[w])


def pagerank_by_loops(edges, start):
    tied = {
        a: {y for x, y in edges if x == a} | {x for x, y in edges if y == a} for a in range(USERS)
    }
    here, visits = {start: 1.0}, np.zeros(USERS)
    for _ in range(WALK):
        there = dict.fromkeys(range(USERS), 0.0)
        for user, share in here.items():
            for neighbour in tied[user]:
                there[neighbour] += (1 - RESTART) * share / len(tied[user])
        here = there
        visits += [here[user] for user in range(USERS)]
    return visits


def test_allocation_agrees_with_its_definition_written_as_loops(edges):
    pairs = list(map(tuple, edges.tolist()))
    found = allocation(edges, USERS)(np.arange(0, USERS, 9))
    for row, u in enumerate(range(0, USERS, 9)):
        expected = [allocation_by_loops(pairs, u, v) for v in range(USERS)]
        np.testing.assert_allclose(found[row], expected, rtol=1e-5)


def test_walks_agree_with_their_definition_written_as_loops(edges):
    pairs = list(map(tuple, edges.tolist()))
    found = walks(edges, USERS)(np.array([0, 7]))
    for row, start in zip(found, (0, 7), strict=True):
        np.testing.assert_allclose(row, pagerank_by_loops(pairs, start), rtol=1e-4)


def test_walks_that_go_on_from_fewer_places_visit_nobody_more_often(edges, monkeypatch):
    monkeypatch.setattr(hard, "SPREAD", 4)
    narrow = walks(edges, USERS)(np.arange(USERS))
    monkeypatch.setattr(hard, "SPREAD", USERS)
    whole = walks(edges, USERS)(np.arange(USERS))
    degree = np.bincount(edges.ravel(), minlength=USERS)
    assert (narrow <= whole + 1e-7).all()
    assert (narrow < whole)[degree > 4].any()


def test_users_who_write_of_the_same_are_alike_and_a_common_word_makes_nobody_so(words):
    found = likeness(words)(np.array([3, USERS - 1]))
    alike = [user for user in range(USERS - 10) if user % 5 == 3]
    np.testing.assert_allclose(found[0], np.isin(np.arange(USERS), alike), atol=1e-6)
    assert not found[1].any()


def test_the_scorers_are_taken_in_turn_and_everyone_once():
    lists = [np.array([[1, 2, 3, 4], [5, -1, -1, -1]]), np.array([[2, 9, 1, 8], [5, -1, -1, -1]])]
    assert in_turn(lists).tolist() == [[1, 2, 9, 3], [5, -1, -1, -1]]


def test_the_best_of_each_scorer_is_among_the_negatives_unless_known(edges, words):
    train, test = edges[:-40], edges[-40:]
    negatives = draw_hard(train, edges, test, USERS, 6, 1, words)
    known = set(map(tuple, edges.tolist()))
    for (u, v), row in zip(test.tolist(), negatives.tolist(), strict=True):
        assert len(set(row)) == 6
        assert u not in row
        assert not any((u, x) in known for x in row)
        pagerank = pagerank_by_loops(list(map(tuple, train.tolist())), u)
        eligible = [x for x in range(USERS) if x != u and (u, x) not in known]
        assert max(eligible, key=lambda x, p=pagerank: p[x]) in row, (u, v)


def test_follows_of_one_query_have_the_same_hard_negatives(edges, words):
    train, test = edges[:-40], edges[-40:]
    negatives = draw_hard(train, edges, test, USERS, 6, 1, words)
    for u in np.unique(test[:, 0]):
        assert len(np.unique(negatives[test[:, 0] == u], axis=0)) == 1


def test_where_there_are_neither_ties_nor_words_the_rest_is_drawn_as_popular(edges):
    silent = words_of(pd.DataFrame({"user_id": range(USERS)}), None)
    train = edges[(edges != 0).all(axis=1)]
    test = np.array([[0, int(train[0, 1])]], dtype=np.int32)
    row = draw_hard(train, edges, test, USERS, 30, 1, silent)[0]
    assert set(row.tolist()) <= set(train[:, 1].tolist())
    assert len(set(row.tolist())) > 10


def test_where_nobody_is_left_the_row_ends(words):
    train = np.array([[0, 1], [1, 2], [3, 2]], dtype=np.int32)
    row = draw_hard(
        train, train, train[:1], 4, 5, 1, words_of(pd.DataFrame({"user_id": range(4)}), None)
    )
    # The walk meets 2 and 3; of those with fans in training nobody else is left to draw.
    assert row.tolist() == [[2, 3, -1, -1, -1]]


def test_the_size_of_a_chunk_changes_nothing(edges, words, monkeypatch):
    train, test = edges[:-40], edges[-40:]
    whole = draw_hard(train, edges, test, USERS, 6, 1, words)
    monkeypatch.setattr(hard, "CELLS", 3 * USERS)
    np.testing.assert_array_equal(whole, draw_hard(train, edges, test, USERS, 6, 1, words))


@pytest.mark.parametrize("captions", [None, ["..."] * 3, ["same words"] * 3])
def test_captions_that_tell_nobody_apart_are_no_words(captions):
    users = pd.DataFrame({"user_id": ["a", "b", "c"]})
    posts = None if captions is None else users.assign(caption=captions)
    found = words_of(users, posts)
    assert found.shape[0] == 3
    assert found.nnz == 0
