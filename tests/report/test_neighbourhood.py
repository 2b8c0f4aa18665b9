"""The map shows the nearest users, and puts users of one kind together."""

from dataclasses import replace

import numpy as np

from mmga.report.neighbourhood import neighbourhood
from mmga.report.run import Run
from tests.report.conftest import PARAMS


def test_the_nearest_are_those_of_a_plain_loop(run: Run):
    near = neighbourhood(run.model, run.split, PARAMS)
    fans = [sum(run.split.train[:, 1] == user) for user in range(len(run.split.user_ids))]
    assert fans[near.centre] == max(fans)
    vectors = run.model.vectors
    cosine = [float(vectors[near.centre] @ vector) for vector in vectors]
    others = [user for user in range(len(cosine)) if user != near.centre]
    assert near.nearest == sorted(others, key=lambda user: -cosine[user])[: PARAMS.neighbours]
    assert near.likeness == [round(cosine[user], 4) for user in near.nearest]


def test_no_more_users_are_drawn_than_asked_for_and_the_nearest_always(run: Run):
    few = PARAMS.model_copy(update={"points": 12})
    near = neighbourhood(run.model, run.split, few)
    assert {near.centre, *near.nearest} <= set(near.users.tolist())
    assert 12 <= len(near.users) <= 12 + 1 + few.neighbours
    assert near.places.shape == (len(near.users), 2)


def test_users_of_two_kinds_lie_apart(run: Run):
    users = len(run.split.user_ids)
    kind = np.arange(users) % 2
    vectors = np.eye(8)[kind] + 0.05 * np.random.default_rng(0).normal(size=(users, 8))
    model = replace(run.model, vectors=vectors.astype(np.float32))
    near = neighbourhood(model, run.split, PARAMS.model_copy(update={"points": users}))
    distance = np.linalg.norm(near.places[:, None] - near.places[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (kind[distance.argmin(axis=1)] == kind[near.users]).mean() > 0.9


def test_users_who_are_all_alike_have_no_map(run: Run):
    model = replace(run.model, vectors=np.ones_like(run.model.vectors))
    assert neighbourhood(model, run.split, PARAMS) is None
