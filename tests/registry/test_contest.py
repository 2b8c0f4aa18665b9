"""Two models on one split, also when one of them is older than the users."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from mmga.fans import FanModel
from mmga.project import Project
from mmga.registry.contenders import contender, leaked, seen_by
from mmga.registry.contest import contest, latency
from mmga.registry.decisions import PromoteParams
from mmga.registry.package import SEEN, pack
from mmga.splits.split import Split

Reader = Callable[[Project], Split]


def packed(project: Project, world: SimpleNamespace, folder: Path, noise: float) -> Path:
    world.train(project, folder.name, noise)
    pack(project, folder)
    return folder


def test_leaked_agrees_with_the_definition_written_as_loops() -> None:
    random = np.random.default_rng(5)
    edges, one, other = (random.integers(0, 12, (40, 2)).astype(np.int32) for _ in range(3))
    known = {frozenset(pair) for pair in [*one.tolist(), *other.tolist()]}
    expected = [frozenset(pair) in known for pair in edges.tolist()]
    assert leaked(edges, one, other).tolist() == expected
    assert 0 < sum(expected) < len(expected)
    nothing = np.empty((0, 2), np.int32)
    assert not leaked(edges, nothing).any()


def test_a_model_knows_what_it_was_trained_on_by_the_users_of_today(
    project: Project, world: SimpleNamespace, split: Reader, tmp_path: Path
) -> None:
    folder = packed(project, world, tmp_path / "one", 0.3)
    now = split(project)
    gone, shuffled = now.user_ids[3], [*now.user_ids[:3], *now.user_ids[4:]][::-1]
    ids = np.array(now.user_ids)
    seen = pd.read_parquet(folder / SEEN).to_numpy()
    expected = {tuple(pair) for pair in ids[seen].tolist() if gone not in pair}
    users = FanModel.read(folder).user_ids
    found = seen_by(folder, users, replace(now, user_ids=shuffled))
    assert {tuple(pair) for pair in np.array(shuffled)[found].tolist()} == expected
    assert len(seen) == len(now.train) + len(now.validation)


def test_the_better_model_is_told_from_the_worse(
    project: Project, world: SimpleNamespace, split: Reader, tmp_path: Path
) -> None:
    good = packed(project, world, tmp_path / "good", 0.2)
    bad = packed(project, world, tmp_path / "bad", 2.0)
    now, topics = split(project), ["food", "pet", "travel"] * 40
    params = project.params("promote", PromoteParams)
    found = contest(
        contender(good, now, project), contender(bad, now, project), now, topics, params
    )
    warm = next(part for part in found.parts if part.name == "warm")
    assert warm.low > 0
    assert {"cold", "tail", "topic food"} <= {part.name for part in found.parts}
    assert found.left_out == 0
    back = contest(contender(bad, now, project), contender(good, now, project), now, topics, params)
    assert back.parts[0].difference == -found.parts[0].difference


def test_what_one_of_them_has_seen_judges_neither(
    project: Project, world: SimpleNamespace, split: Reader, tmp_path: Path
) -> None:
    one = packed(project, world, tmp_path / "one", 0.3)
    now = split(project)
    half = now.test[::2]
    reverse = pd.DataFrame(half[:, ::-1], columns=["follower", "followee"])
    reverse.to_parquet(one / SEEN)
    old, new = (
        contender(one, now, project),
        contender(packed(project, world, tmp_path / "two", 0.2), now, project),
    )
    params = project.params("promote", PromoteParams)
    found = contest(new, old, now, ["food"] * 120, params)
    assert found.left_out == leaked(now.test[now.negatives.ranked], half).sum() > 0
    everything = replace(old, seen=now.test)
    assert contest(new, everything, now, ["food"] * 120, params).parts == []


def test_latency_tells_a_slow_model_from_a_fast_one(world: SimpleNamespace) -> None:
    class Slow(FanModel):
        def fans(self, account: str, k: int) -> pd.DataFrame:
            for _ in range(4):
                FanModel.fans(self, account, k)
            return FanModel.fans(self, account, k)

    fast = world.fan_model(0.1)
    slow = Slow(**vars(fast))
    quick, long = latency(fast, slow, 20)
    assert 0 < 2 * quick < long
