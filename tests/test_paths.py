"""Paths and walks: counted by loops, from either end, and as a part of a model's score."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmga.fans import FanModel
from mmga.paths import RESTART, STEPS, WAYS, Paths

USERS = 30
EVERYBODY = np.arange(USERS)


@pytest.fixture
def follows() -> np.ndarray:
    """A hundred follows, no self-follow, none twice; the last user has none."""
    ends = np.random.default_rng(0).integers(0, USERS - 1, (150, 2))
    return np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0).astype(np.int32)


@pytest.fixture
def factors() -> np.ndarray:
    """As followers and as followees; the last user, who has no follow, is alike to nobody."""
    table = np.random.default_rng(3).normal(size=(2, USERS, 4)).astype(np.float32)
    table[:, -1] = 0
    return table


def ties_of(follows: np.ndarray) -> np.ndarray:
    """How often two users are tied, shape (users, users)."""
    ties = np.zeros((USERS, USERS))
    for u, v in follows:
        ties[u, v] += 1
        ties[v, u] += 1
    return ties


def normalised(follows: np.ndarray) -> np.ndarray:
    """D^-1/2 T D^-1/2 of the ties T."""
    ties = ties_of(follows)
    root = 1 / np.sqrt(np.maximum(ties.sum(axis=1), 1))
    return root[:, None] * ties * root


def walks(follows: np.ndarray) -> np.ndarray:
    """How much oftener than by chance a walk from the row's user is at the column's."""
    ties = ties_of(follows)
    degree = ties.sum(axis=1)
    step = ties / np.maximum(degree, 1)[:, None]
    powers = [(1 - RESTART) ** k * np.linalg.matrix_power(step, k) for k in range(2, STEPS + 1)]
    return sum(powers) * degree.sum() / np.maximum(degree, 1)


def by_loops(follows: np.ndarray, way: int, u: int, v: int) -> float:
    edges = set(map(tuple, follows.tolist()))
    ties = Counter(follows.ravel().tolist())
    if way == 4:
        return sum(
            math.sqrt(2 * len(edges) / (ties[u] * ties[a] * ties[b] * ties[v]))
            for a in EVERYBODY
            for b in EVERYBODY
            if (u, a) in edges and (b, a) in edges and (b, v) in edges
        )
    first, second = (way < 2), (way % 2 == 0)
    return sum(
        1 / math.log(max(2, ties[w]))
        for w in range(USERS)
        if ((u, w) if first else (w, u)) in edges and ((w, v) if second else (v, w)) in edges
    )


def test_each_way_agrees_with_its_definition_written_as_loops(
    follows: np.ndarray, factors: np.ndarray
) -> None:
    found = Paths(follows, USERS, factors).between("followees", EVERYBODY)
    assert found.shape == (len(WAYS), USERS, USERS)
    for way in range(5):
        expected = [[by_loops(follows, way, u, v) for v in range(USERS)] for u in range(USERS)]
        np.testing.assert_allclose(found[way], np.log1p(expected), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[5], np.log1p(walks(follows)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[6], factors[0] @ factors[1].T, rtol=1e-4, atol=1e-6)
    for way, length in ((7, 4), (8, 5)):
        expected = np.linalg.matrix_power(normalised(follows), length) * USERS
        np.testing.assert_allclose(found[way], np.log1p(expected), rtol=1e-4, atol=1e-6)


def test_an_account_sees_the_same_paths_as_its_fan(
    follows: np.ndarray, factors: np.ndarray
) -> None:
    paths = Paths(follows, USERS, factors)
    as_followees, as_fans = (paths.between(task, EVERYBODY) for task in ("followees", "fans"))
    np.testing.assert_allclose(as_fans, as_followees.transpose(0, 2, 1), rtol=1e-5)


def test_a_user_without_follows_is_on_no_path(follows: np.ndarray, factors: np.ndarray) -> None:
    assert not Paths(follows, USERS, factors).between("fans", np.array([USERS - 1])).any()
    nobody = np.empty((0, 2), np.int32)
    assert not Paths(nobody, USERS).between("fans", EVERYBODY).any()


def model(
    follows: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    factors: np.ndarray | None = None,
) -> FanModel:
    random = np.random.default_rng(1)
    fan, account, vectors = random.normal(size=(3, USERS, 4)).astype(np.float32)
    bias = random.normal(size=(2, USERS)).astype(np.float32)
    ids = [f"u{number}" for number in range(USERS)]
    own = {"follows": follows, "second_stage": weights, "low_rank": factors}
    return FanModel(ids, fan, account, *bias, vectors, **own)


def test_a_score_adds_what_each_way_counts_for_both_tasks_and_after_reading(
    follows: np.ndarray, factors: np.ndarray, tmp_path: Path
) -> None:
    weights = np.random.default_rng(5).normal(size=(2, 2 + len(WAYS))).astype(np.float32)
    second = model(follows, weights, factors)
    paths = Paths(follows, USERS, factors).between("followees", EVERYBODY)
    match = (second.fan @ second.account.T).astype(float)
    biases = {"fans": second.fan_bias[:, None], "followees": second.account_bias}
    second.write(tmp_path)
    for one in (second, FanModel.read(tmp_path)):
        for (task, bias), weight in zip(biases.items(), weights, strict=True):
            expected = weight[0] * match + weight[1] * bias + np.tensordot(weight[2:], paths, 1)
            expected = expected.T if task == "fans" else expected
            got = one.scores(task, EVERYBODY)
            np.testing.assert_allclose(got[:-1], expected[:-1], atol=1e-4)
            cold = model().scores(task, EVERYBODY[-1:])  # without follows, the first stage
            np.testing.assert_allclose(got[-1:], cold, atol=1e-5)


def test_a_candidate_without_follows_gets_a_constant_for_what_would_lie_between(
    follows: np.ndarray, factors: np.ndarray
) -> None:
    weights = np.random.default_rng(5).normal(size=(2, 2 + len(WAYS))).astype(np.float32)
    plain = model(follows, weights, factors)
    given = np.array([[0.5, 2, 3], [1.5, 0.25, -1]], np.float32)
    one = replace(plain, cold_candidates=given)
    for number, task in enumerate(("fans", "followees")):
        got, before = (m.scores(task, EVERYBODY) for m in (one, plain))
        np.testing.assert_array_equal(got[:, :-1], before[:, :-1])
        bias = (one.fan_bias, one.account_bias)[number][-1]
        first = model().scores(task, EVERYBODY)[:-1, -1]
        expected = given[number] @ np.stack(
            [first - bias, np.full(USERS - 1, bias), np.ones(USERS - 1)]
        )
        np.testing.assert_allclose(got[:-1, -1], expected, atol=1e-5)


def test_a_model_of_before_there_were_walks_scores_by_paths_alone(follows: np.ndarray) -> None:
    weights = np.random.default_rng(5).normal(size=(2, 2 + len(WAYS))).astype(np.float32)
    weights[:, 7:] = 0
    old, new = model(follows, weights[:, :7]), model(follows, weights)
    for task in ("fans", "followees"):
        got, expected = (one.scores(task, EVERYBODY) for one in (old, new))
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
