"""The examples are the follows they claim to be."""

import numpy as np
import pytest

from mmga.evaluation.slices import by_temperature
from mmga.report.examples import examples
from mmga.report.run import Run
from tests.report.conftest import PARAMS

EVERY = PARAMS.model_copy(update={"ranked": 10_000})


def known_of(run: Run, account: int) -> set[int]:
    every = np.concatenate([run.split.train, run.split.validation, run.split.test])
    return set(every[every[:, 1] == account, 0].tolist()) | {account}


def rank_by_hand(run: Run, model, account: int, fan: int) -> tuple[float, list[int]]:
    """The fan's rank and the candidates, best first."""
    scores = model.scores("fans", np.array([account]))[0]
    users = set(range(len(run.split.user_ids))) - known_of(run, account) | {fan}
    better = sum(scores[user] > scores[fan] for user in users)
    ties = sum(scores[user] == scores[fan] for user in users) - 1
    return 1 + better + ties / 2, sorted(users, key=lambda user: (-scores[user], user))


def test_each_rank_and_each_list_is_that_of_a_plain_loop(run: Run):
    rival = run.rival("late_fusion")
    found = examples(run.model, rival, run.split, PARAMS)
    assert [example.kind for example in found] == ["best"] * 2 + ["typical"] * 2 + ["worst"] * 2
    for example in found:
        rank, order = rank_by_hand(run, run.model, example.account, example.fan)
        assert (example.rank, example.candidates) == (rank, len(order))
        assert example.top == order[: PARAMS.listed]
        assert example.rival_rank == rank_by_hand(run, rival, example.account, example.fan)[0]


def test_best_and_worst_are_the_ends_of_all_ranks_between_warm_users(run: Run):
    warm = run.split.test[run.split.negatives.ranked][by_temperature(run.split)["warm"]]
    ranks = [rank_by_hand(run, run.model, account, fan)[0] for fan, account in warm.tolist()]
    found = {e.kind: e.rank for e in examples(run.model, None, run.split, EVERY.model_copy(
        update={"examples": 1}))}  # fmt: skip
    assert found["best"] == min(ranks)
    assert found["worst"] == max(ranks)
    assert found["best"] < found["typical"] < found["worst"]


def test_nobody_is_asked_about_twice(run: Run):
    found = examples(run.model, None, run.split, EVERY)
    asked = [user for example in found for user in (example.account, example.fan)]
    assert len(set(asked)) == len(asked) == 12


def test_without_a_rival_there_is_no_rival_rank(run: Run):
    assert {e.rival_rank for e in examples(run.model, None, run.split, PARAMS)} == {None}


@pytest.mark.parametrize("count", [0, 20])
def test_few_follows_give_few_examples(run: Run, count: int):
    few = PARAMS.model_copy(update={"examples": count, "ranked": 1})
    assert len(examples(run.model, None, run.split, few)) == min(count, 1)
