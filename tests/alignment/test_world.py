"""Which posts, users and follows a batch is made of."""

import numpy as np

from mmga.alignment.link import draw_candidates
from mmga.alignment.world import World, all_posts, draw_posts, paired_batches

USERS = np.array([0, 3, 7, 8, 20])


def test_drawn_posts_belong_to_the_users_asked_for_and_are_not_too_many(world: World) -> None:
    features = world.features
    draw = draw_posts(features, USERS, 2, np.random.default_rng(0))
    for name in ("image", "text"):
        for row, owner, post in zip(
            draw.rows[name], draw.owner[name], draw.post[name], strict=True
        ):
            user = USERS[owner]
            assert features.bounds[user] <= post < features.bounds[user + 1]
            first = getattr(features, name)[post]
            assert first <= row < first + (features.pictures[post] if name == "image" else 1)
    drawn = set(zip(draw.owner["text"].tolist(), draw.post["text"], strict=True))
    assert max(np.bincount([owner for owner, _ in drawn])) <= 2


def test_all_posts_are_all_posts(world: World) -> None:
    features = world.features
    draw = all_posts(features, np.arange(world.users))
    assert sorted(draw.rows["image"]) == list(range(len(features.modalities["image"].values)))
    assert sorted(draw.rows["text"]) == list(range(len(features.modalities["text"].values)))


def test_every_user_is_in_one_batch_and_most_beside_somebody_they_follow(world: World) -> None:
    batches = list(paired_batches(world.graph, 16, np.random.default_rng(0)))
    assert sorted(np.concatenate(batches)) == list(range(world.users))
    follows = {tuple(follow) for follow in world.graph.edges.T.tolist()}
    beside = sum(
        any((u, v) in follows or (v, u) in follows for v in batch)
        for batch in batches
        for u in batch
    )
    assert beside > 0.7 * int(world.graph.warm.sum())


def test_what_is_known_of_a_row_agrees_with_loops(world: World) -> None:
    follows = {tuple(follow) for follow in world.graph.edges.T.tolist()}
    rows, columns = np.array([4, 4, 9]), np.array([30, 4, 9, 2, 11])
    for side in (0, 1):
        known = world.known(side, rows, columns)
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                edge = (row, column) if side == 0 else (column, row)
                assert bool(known[i, j]) == (edge in follows or row == column)


def test_candidates_are_drawn_as_often_as_they_say(world: World) -> None:
    few = World(
        world.features,
        world.graph,
        world.validation,
        world.params.model_copy(update={"candidates": 10}),
    )
    times, expected = np.zeros(world.users), np.zeros(world.users)
    for seed in range(3000):
        drawn = draw_candidates(few, 0, np.random.default_rng(seed))
        assert len(set(drawn.users)) == 10
        times[drawn.users] += 1
        expected[drawn.users] = np.exp(drawn.log_q.numpy())
    warm = world.graph.warm.numpy()
    assert times[~warm].sum() == 0
    # The stated chance is exact for draws with replacement, and near it for draws without.
    assert np.abs(times[warm] / 3000 - expected[warm]).max() < 0.08


def test_hard_candidates_are_near_those_who_ask_and_stand_for_themselves(world: World) -> None:
    params = world.params.model_copy(update={"candidates": 10, "hard": 6})
    few = World(world.features, world.graph, world.validation, params)
    asking = np.unique(few.graph.edges[0].numpy())[:4]
    near = set(few.soft_neighbours[asking].indices)
    plain = draw_candidates(few, 0, np.random.default_rng(5))
    drawn = draw_candidates(few, 0, np.random.default_rng(5), asking)
    hard = set(drawn.users[drawn.log_q.numpy() == 0])
    assert len(hard) == 6
    assert hard <= near
    assert set(plain.users) <= set(drawn.users) <= set(plain.users) | hard
    assert list(drawn.users) == sorted(set(drawn.users))
