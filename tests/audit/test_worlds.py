"""Test follows that nobody can know, and the folders of a spoilt training."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmga.alignment.fit import world_of
from mmga.audit.worlds import deal_anew, write_world
from mmga.splits.split import Split
from tests.audit.conftest import TRAINED, read_split


@pytest.fixture
def split(clean_project: Path) -> Split:
    return read_split(clean_project / "build")


def deal(split: Split, seed: int) -> Split:
    return deal_anew(split, np.random.default_rng(seed))


def test_every_account_keeps_its_number_of_fans_and_learns_from_the_same(split: Split) -> None:
    dealt = deal(split, 0)
    assert np.bincount(dealt.test[:, 1]).tolist() == np.bincount(split.test[:, 1]).tolist()
    assert (dealt.train == split.train).all()
    assert (dealt.validation == split.validation).all()
    assert (dealt.test != split.test).any()


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_dealt_a_known_fan_itself_or_one_twice(split: Split, seed: int) -> None:
    dealt = list(map(tuple, deal(split, seed).test.tolist()))
    known = {tuple(e) for part in (split.train, split.validation) for e in part.tolist()}
    assert len(set(dealt)) == len(dealt)
    assert not set(dealt) & known
    assert all(fan != account for fan, account in dealt)


def test_every_other_user_is_dealt_as_often(split: Split) -> None:
    account, fans = (x[0] for x in np.unique(split.test[:, 1], return_counts=True))
    linked = {int(u) for part in (split.train, split.validation) for u, v in part if v == account}
    times = np.zeros(len(split.user_ids))
    for seed in range(1500):
        test = deal(split, seed).test
        times[test[test[:, 1] == account, 0]] += 1
    pool = [user for user in range(len(times)) if user != account and user not in linked]
    assert times.sum() == times[pool].sum() == 1500 * fans
    expected = 1500 * fans / len(pool)
    # Below the 99.99 % quantile of chi squared with as many degrees of freedom as users.
    assert ((times[pool] - expected) ** 2 / expected).sum() < 80


def test_a_dealt_test_part_that_is_full_is_dealt_in_full(split: Split) -> None:
    users = len(split.user_ids)
    everybody = np.array([[user, 3] for user in range(users) if user != 3], dtype=np.int32)
    none = split.train[:0]
    full = Split(**{**vars(split), "test": everybody, "train": none, "validation": none})
    assert sorted(deal(full, 0).test[:, 0].tolist()) == sorted(everybody[:, 0].tolist())


def test_a_written_world_is_what_a_training_reads(
    clean_project: Path, split: Split, tmp_path: Path
) -> None:
    features = clean_project / "build" / "features"
    posts = pd.read_parquet(features / "posts.parquet")
    fewer = posts.iloc[:30]
    write_world(tmp_path / "world", features, fewer, deal(split, 0))
    again = Split.read(tmp_path / "world" / "splits")
    world = world_of(tmp_path / "world" / "features", again, TRAINED)
    assert world.features.image.tolist() == fewer["image"].tolist()
    assert (again.test == deal(split, 0).test).all()
    original = world_of(features, split, TRAINED).features.modalities["text"]
    assert (world.features.modalities["text"].values == original.values).all()
