"""One scorer against another on the same follows."""

import numpy as np
import pytest

from mmga.errors import InputError
from mmga.evaluation.compare import compare
from tests.evaluation.worlds import Table, noise, small_split, truth

USERS = 80
TOPICS = ["food" if number % 2 else "pet" for number in range(USERS)]


@pytest.fixture(scope="module")
def split():
    return small_split(USERS)


def test_a_scorer_does_not_differ_from_itself(split):
    for part in compare(Table(noise(USERS)), Table(noise(USERS)), split, task="fans"):
        assert part.difference == part.low == part.high == 0


@pytest.mark.parametrize("candidates", ["C0", "C1", "C2", "C3"])
def test_the_better_one_is_better_everywhere_and_the_other_way_round_worse(split, candidates):
    good, bad = Table(truth(split)), Table(noise(USERS))
    kwargs = {"task": "followees", "candidates": candidates, "topics": TOPICS}
    there, back = compare(good, bad, split, **kwargs), compare(bad, good, split, **kwargs)
    assert [p.name for p in there] == ["all", "warm", "cold", "tail", "topic food", "topic pet"]
    for one, other in zip(there, back, strict=True):
        assert one.value == other.baseline_value == 1
        assert 0 < one.low <= one.difference <= one.high
        assert one.low == pytest.approx(-other.high)


def test_follows_that_are_left_out_judge_nothing(split):
    leave_out = np.zeros(len(split.test), bool)
    leave_out[::3] = True
    values = truth(split)
    values[tuple(split.test[leave_out].T)] = -1  # wrong only about what is left out
    parts = compare(Table(values), Table(noise(USERS)), split, task="fans", leave_out=leave_out)
    assert parts[0].value == 1
    everything = compare(Table(values), Table(noise(USERS)), split, task="fans")
    assert everything[0].value < 1
    assert parts[0].queries < everything[0].queries
    assert (
        compare(
            Table(values),
            Table(values),
            split,
            task="fans",
            leave_out=np.ones(len(split.test), bool),
        )
        == []
    )


def test_the_tail_is_the_less_popular_half_of_the_accounts_with_fans(split):
    accounts, counts = np.unique(split.train[:, 1], return_counts=True)
    tail = accounts[counts <= np.median(counts)]
    expected = np.unique(split.test[np.isin(split.test[:, 1], tail), 1])
    parts = compare(Table(noise(USERS)), Table(noise(USERS)), split, task="fans")
    assert next(p.queries for p in parts if p.name == "tail") == len(expected)


def test_candidates_that_were_not_drawn_are_refused():
    split = small_split(USERS, hard=0)
    with pytest.raises(InputError, match=r"no candidates C3.*C0, C1, C2"):
        compare(Table(noise(USERS)), Table(noise(USERS)), split, task="fans", candidates="C3")
