"""Negatives that were drawn by other degrees, or are positives, are seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmga.audit.negatives import _Side, _standard_errors, look_at_negatives
from mmga.splits.negatives import Negatives, draw_negatives
from mmga.splits.split import Split
from tests.audit.conftest import broken, read_split

POSITIVE = "no negative is the query or known to be linked to it"
WARM = "a negative has train follows if, and only if, the positive has"
DEGREE = "negatives are drawn in proportion to train degree"


@pytest.fixture
def split(clean_project: Path) -> Split:
    return read_split(clean_project / "build")


def with_negatives(split: Split, fans: np.ndarray) -> Split:
    followees = split.negatives.followees
    return replace(split, negatives=Negatives(split.negatives.ranked, fans, followees))


def drawn_by(split: Split, degrees_of: np.ndarray) -> Split:
    """The fans' negatives, drawn anew by the degrees of some follows."""
    known = np.concatenate([split.train, split.validation, split.test])[:, ::-1]
    ranked = split.test[split.negatives.ranked][:, ::-1]
    users = len(split.user_ids)
    fans = draw_negatives(degrees_of[:, ::-1], known, ranked, users, 2000, seed=5)
    return with_negatives(split, fans)


def test_negatives_as_they_were_drawn_break_no_rule(split: Split) -> None:
    assert broken(look_at_negatives(split)) == []
    assert broken(look_at_negatives(drawn_by(split, split.train))) == []


def test_negatives_by_the_degrees_of_all_follows_are_seen(split: Split) -> None:
    leaked = np.concatenate([split.train, split.validation, split.test])
    assert broken(look_at_negatives(drawn_by(split, leaked))) == [WARM, DEGREE]


def test_degrees_that_differ_between_warm_users_alone_are_seen(split: Split) -> None:
    warm = split.test[~split.cold[split.test].any(axis=1)]
    leaked = np.concatenate([split.train, *[warm] * 3])
    assert broken(look_at_negatives(drawn_by(split, leaked))) == [DEGREE]


def test_a_known_positive_among_the_negatives_is_seen(split: Split) -> None:
    fans = split.negatives.fans.copy()
    account = split.test[split.negatives.ranked[0], 1]
    fans[0, 7] = split.train[split.train[:, 1] == account][0, 0]
    assert broken(look_at_negatives(with_negatives(split, fans))) == [POSITIVE]
    fans[0, 7] = account
    assert POSITIVE in broken(look_at_negatives(with_negatives(split, fans)))


def test_the_expected_degree_agrees_with_loops(split: Split) -> None:
    side = _Side.of(split, "followees")
    degree = np.bincount(split.train[:, 1], minlength=len(split.user_ids))
    follows = {tuple(e) for part in ("train", "validation", "test") for e in getattr(split, part)}
    seen = expected = variance = 0.0
    for (query, positive), drawn in zip(side.positives, side.drawn, strict=True):
        if degree[positive] == 0:
            continue
        pool = [v for v in range(40) if v != query and (query, v) not in follows and degree[v]]
        chance = degree[pool] / degree[pool].sum()
        log = np.log(degree[pool])
        mean = chance @ log
        seen += np.log(degree[drawn]).sum()
        expected += len(drawn) * mean
        variance += len(drawn) * (chance @ log**2 - mean**2)
    assert _standard_errors(side) == pytest.approx((seen - expected) / variance**0.5)
