"""The parts of a split are apart, and a follow that crosses over is seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmga.audit.parts import RANKED, look_at_parts
from mmga.splits.split import make_split
from mmga.tables import read_table, write_table
from tests.audit.conftest import SPLIT, broken, change_split, read_split, recorded, with_follow

HASH = "a part's follows are those of which split.json records the SHA-256"
PAIR = "both directions of a pair of users are in one part"
COLD = "the cold users are those without a follow in training"
DATE = "a follow is in the part that its date says"
REVEALED = "no follow that may be revealed is ranked, nor the reverse of one"
WHOLE = "the parts together are the follows of build/clean, each once"


def look(build: Path) -> list[str]:
    return broken(look_at_parts(build, read_split(build), recorded(build)))


def test_a_split_as_it_was_made_breaks_no_rule(clean_project: Path) -> None:
    assert look(clean_project / "build") == []


def test_a_changed_part_is_no_longer_what_was_recorded(build: Path) -> None:
    other = recorded(build) | {"train": "0" * 64}
    assert broken(look_at_parts(build, read_split(build), other)) == [HASH]


def test_a_test_follow_among_the_train_follows_is_seen(build: Path) -> None:
    split = read_split(build)
    leaked = split.test[~split.cold[split.test].any(axis=1)][0]
    change_split(build, lambda split: {"train": with_follow(split.train, *leaked)})
    assert look(build) == [WHOLE, PAIR]


def test_the_reverse_of_a_train_follow_in_the_test_part_is_seen(build: Path) -> None:
    split = read_split(build)
    keys = {tuple(edge) for edge in split.train.tolist()}
    reciprocal = next(edge for edge in split.train if (edge[1], edge[0]) in keys)

    def move(split):  # both follows stay in the split, each once
        stays = (split.train != reciprocal[::-1]).any(axis=1)
        return {"train": split.train[stays], "test": with_follow(split.test, *reciprocal[::-1])}

    change_split(build, move)
    assert look(build) == [PAIR]


def test_a_train_follow_of_a_cold_user_is_seen(build: Path) -> None:
    split = read_split(build)
    held_out = split.cold[split.test].any(axis=1)
    leaked = split.test[held_out][0]

    def move(split):
        stays = (split.test != leaked).any(axis=1) & (split.test != leaked[::-1]).any(axis=1)
        moved = split.test[~stays]
        train = np.unique(np.concatenate([split.train, moved]), axis=0)
        return {"train": train, "test": split.test[stays]}

    change_split(build, move)
    assert look(build) == [COLD]


def test_a_cold_user_who_is_not_said_to_be_one_is_seen(build: Path) -> None:
    change_split(build, lambda split: {"cold": np.zeros_like(split.cold)})
    assert look(build) == [COLD]


def test_a_revealed_follow_that_is_ranked_is_seen(build: Path) -> None:
    split = read_split(build)
    assert len(split.revealed)
    asked = split.test[split.negatives.ranked[0]]
    row = pd.DataFrame(
        [[asked[1], asked[0], asked[0], 1]], columns=split.revealed.columns, dtype=np.int32
    )
    change_split(build, lambda _: {"revealed": row})
    assert look(build) == [REVEALED]


def test_ranked_rows_that_are_not_there_are_seen(build: Path) -> None:
    split = read_split(build)
    split = replace(split, test=split.test[:-1])
    assert split.negatives.ranked.max() == len(split.test)
    assert RANKED in broken(look_at_parts(build, split, recorded(build)))


def test_a_dropped_follow_is_in_no_part_and_is_not_missed(build: Path) -> None:
    split = change_split(build, lambda split: {"dropped": split.test[-1:], "test": split.test[:-1]})
    assert len(split.dropped) == 1
    assert look(build) == []


@pytest.fixture
def dated(build: Path) -> Path:
    """A project that was split by the dates of its follows."""
    clean = build / "clean"
    users, follows = (read_table(clean, name) for name in ("users", "follows"))
    days = np.random.default_rng(0).permutation(len(follows))
    began = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    follows = follows.assign(followed_at=began.astype("datetime64[us, UTC]"))
    write_table(clean, "follows", follows)
    params = SPLIT.model_copy(update={"kind": "temporal", "hard": 0})
    make_split(users, follows, params).write(build / "splits")
    return build


def test_a_split_by_date_breaks_no_rule(dated: Path) -> None:
    found = list(look_at_parts(dated, read_split(dated), recorded(dated)))
    assert broken(found) == []
    assert [finding.rule for finding in found].count(DATE) == 3
    assert len(read_split(dated).dropped)


def test_a_train_follow_from_after_the_cut_is_seen(dated: Path) -> None:
    split = read_split(dated)
    warm = ~split.cold[split.validation].any(axis=1)
    late = split.validation[warm][:1]

    def move(split):
        stays = (split.validation != late).any(axis=1)
        return {
            "train": with_follow(split.train, *late[0]),
            "validation": split.validation[stays],
        }

    change_split(dated, move)
    assert look(dated) == [DATE]


def test_a_follow_that_is_in_no_part_is_seen(build: Path) -> None:
    change_split(build, lambda split: {"validation": split.validation[1:]})
    assert look(build) == [WHOLE]
