"""A canary sings when something is known, is silent when nothing is, and says when it is mute."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mmga.audit.params import AuditParams
from mmga.audit.verdicts import at_chance, gone
from mmga.audit.worlds import deal_anew
from mmga.splits.split import Split
from tests.audit.conftest import read_split

PARAMS = AuditParams(
    seed=3,
    resamples=1000,
    level=0.99,
    graph_epochs=1,
    taught_epochs=0,
    guided_epochs=0,
)


@pytest.fixture
def split(clean_project: Path) -> Split:
    return read_split(clean_project / "build")


@dataclass(frozen=True)
class Table:
    """Scores written down: row the account, column the fan."""

    table: np.ndarray
    name: str = "table"

    def scores(self, task: str, queries: np.ndarray) -> np.ndarray:
        assert task == "fans"
        return self.table[queries]


def noise(seed: int = 0, users: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(users, users))


def knowing(split: Split, strength: float) -> Table:
    """Noise, and a hint at the test follows."""
    table = noise()
    table[split.test[:, 1], split.test[:, 0]] += strength
    return Table(table)


def test_what_knows_nothing_is_at_chance(split: Split) -> None:
    silent = [at_chance(Table(noise(s)), deal_anew(split, rng(s)), PARAMS) for s in range(40)]
    assert sum(canary.state == "fail" for canary in silent) <= 3  # 0.4 are expected


def test_what_favours_some_users_is_at_chance_all_the_same(split: Split) -> None:
    popular = np.broadcast_to(np.arange(40.0), (40, 40))
    assert at_chance(Table(popular), deal_anew(split, rng(0)), PARAMS).state == "ok"


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_what_cannot_tell_users_apart_is_at_chance(split: Split, share: float) -> None:
    failed = 0
    for seed in range(12):
        table = noise(seed)
        table[:, rng(seed).random(40) < share] = 3 + 1e-16 * noise(1)[0, 0]
        failed += at_chance(Table(table), deal_anew(split, rng(seed)), PARAMS).state == "fail"
    assert failed <= 1


def test_what_knows_the_dealt_follows_sings(split: Split) -> None:
    dealt = deal_anew(split, rng(0))
    canary = at_chance(knowing(dealt, 2.0), dealt, PARAMS)
    assert canary.state == "fail"
    assert canary.way_out
    assert canary.value > canary.high > canary.expected > canary.low


def test_what_ranks_them_last_on_purpose_sings_too(split: Split) -> None:
    dealt = deal_anew(split, rng(0))
    assert at_chance(knowing(dealt, -9.0), dealt, PARAMS).value < 0.1
    assert at_chance(knowing(dealt, -9.0), dealt, PARAMS).state == "fail"


def test_chance_is_the_mean_of_what_every_possible_draw_would_give(split: Split) -> None:
    dealt = deal_anew(split, rng(0))
    known = {tuple(edge) for edge in dealt.known.tolist()}
    means = []
    for account in np.unique(dealt.test[:, 1]):
        others = {user for user in range(40) if user != account and (user, account) not in known}
        places = len(others) + 1
        means.append(np.mean([1 / rank for rank in range(1, places + 1)]))
    canary = at_chance(Table(noise()), dealt, PARAMS)
    assert canary.expected == pytest.approx(np.mean(means))
    values = [at_chance(Table(noise(seed)), dealt, PARAMS).value for seed in range(80)]
    assert np.mean(values) == pytest.approx(canary.expected, rel=0.04)
    inside = [canary.low <= value <= canary.high for value in values]
    assert sum(inside) >= 76


def test_a_gain_that_vanishes_leaves_the_canary_silent(split: Split) -> None:
    canary = gone("rule", "graph_only", knowing(split, 2.0), Table(noise(1)), split, PARAMS)
    assert canary.state == "ok"
    assert canary.expected == pytest.approx(0.5, abs=0.1)


def test_a_gain_that_stays_sings(split: Split) -> None:
    honest, spoilt = knowing(split, 2.0), knowing(split, 1.5)
    canary = gone("rule", "graph_only", honest, spoilt, split, PARAMS)
    assert canary.state == "fail"
    assert canary.way_out
    assert canary.value > canary.high


def test_where_nothing_was_gained_silence_tells_nothing(split: Split) -> None:
    canary = gone("rule", "graph_only", Table(noise(1)), Table(noise(2)), split, PARAMS)
    assert canary.state == "skip"
    assert "tells nothing" in canary.found
    # But a canary that sings is heard, whatever the honest training came to.
    sung = gone("rule", "graph_only", Table(noise(1)), knowing(split, 3.0), split, PARAMS)
    assert sung.state == "fail"


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
