"""Negatives that were drawn by other follows, or are positives, are seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from mmga.audit.negatives import _Side, _standard_errors, look_at_negatives
from mmga.splits.hard import draw_hard
from mmga.splits.negatives import Drawn, Negatives, draw_matched
from mmga.splits.split import Split
from mmga.splits.words import words_of
from mmga.tables import read_table
from tests.audit.conftest import broken, read_split

POSITIVE = "no negative is the query or known to be linked to it"
WARM = "a negative has train follows if, and only if, the positive has"
DEGREE = "negatives are drawn in proportion to train degree"
HARD = "hard negatives are those whom the train follows and the captions make hard"


@pytest.fixture
def split(clean_project: Path) -> Split:
    return read_split(clean_project / "build")


@pytest.fixture
def words(clean_project: Path) -> csr_array:
    clean = clean_project / "build" / "clean"
    return words_of(read_table(clean, "users"), read_table(clean, "posts"))


def with_fans(split: Split, kind: str, fans: np.ndarray) -> Split:
    """The split with other negatives of one kind, for the task `fans`."""
    drawn = Drawn(fans, split.negatives.kinds[kind].followees)
    kinds = split.negatives.kinds | {kind: drawn}
    return replace(split, negatives=Negatives(split.negatives.ranked, kinds))


def all_follows(split: Split) -> np.ndarray:
    return np.concatenate([split.train, split.validation, split.test])


def matched_by(split: Split, degrees_of: np.ndarray) -> Split:
    """The fans' C2, drawn anew by the degrees of some follows."""
    turned = (part[:, ::-1] for part in (degrees_of, all_follows(split), ranked(split)))
    fans = draw_matched(*turned, len(split.user_ids), 2000, seed=5)
    return with_fans(split, "C2", fans)


def ranked(split: Split) -> np.ndarray:
    return split.test[split.negatives.ranked]


def test_negatives_as_they_were_drawn_break_no_rule(split: Split, words: csr_array) -> None:
    found = list(look_at_negatives(split, words))
    assert broken(found) == []
    assert len(found) == 2 * (3 + 2 + 1)
    assert broken(look_at_negatives(matched_by(split, split.train), words)) == []


def test_negatives_by_the_degrees_of_all_follows_are_seen(split: Split, words: csr_array) -> None:
    leaked = matched_by(split, all_follows(split))
    assert broken(look_at_negatives(leaked, words)) == [WARM, DEGREE]


def test_degrees_that_differ_between_warm_users_alone_are_seen(
    split: Split, words: csr_array
) -> None:
    warm = split.test[~split.cold[split.test].any(axis=1)]
    leaked = matched_by(split, np.concatenate([split.train, *[warm] * 3]))
    assert broken(look_at_negatives(leaked, words)) == [DEGREE]


def test_hard_negatives_that_know_of_the_test_are_seen(split: Split, words: csr_array) -> None:
    turned = (part[:, ::-1] for part in (all_follows(split), all_follows(split), ranked(split)))
    size = split.params.hard
    fans = draw_hard(*turned, len(split.user_ids), size, split.params.seed, words)
    assert broken(look_at_negatives(with_fans(split, "C3", fans), words)) == [HARD]


@pytest.mark.parametrize("kind", ["C1", "C2", "C3"])
def test_a_known_positive_among_the_negatives_is_seen(
    split: Split, words: csr_array, kind: str
) -> None:
    account = ranked(split)[0, 1]
    fan = split.train[split.train[:, 1] == account][0, 0]
    for wrong in (fan, account):
        fans = split.negatives.kinds[kind].fans.copy()
        fans[0, 7] = wrong
        assert POSITIVE in broken(look_at_negatives(with_fans(split, kind, fans), words))


def test_the_expected_degree_agrees_with_loops(split: Split) -> None:
    side = _Side.of(split, "followees")
    degree = np.bincount(split.train[:, 1], minlength=len(split.user_ids))
    follows = {tuple(edge) for edge in all_follows(split).tolist()}
    seen = expected = variance = 0.0
    for (query, positive), drawn in zip(side.positives, side.drawn["C2"], strict=True):
        if degree[positive] == 0:
            continue
        pool = [v for v in range(40) if v != query and (query, v) not in follows and degree[v]]
        chance = degree[pool] / degree[pool].sum()
        log = np.log(degree[pool])
        mean = chance @ log
        seen += np.log(degree[drawn]).sum()
        expected += len(drawn) * mean
        variance += len(drawn) * (chance @ log**2 - mean**2)
    loops = (seen - expected) / variance**0.5
    assert _standard_errors(side, side.drawn["C2"]) == pytest.approx(loops)
