"""Small splits and scorers that the tests of the judge share."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from mmga.evaluation.baselines import boosting, lightgcn, node2vec, sage
from mmga.splits.params import SplitParams
from mmga.splits.split import Split, make_split
from tests.splits.test_split import world

PARAMS = SplitParams(
    seed=7, validation=0.1, test=0.1, cold=0.1, negatives=40, hard=20, max_queries=10_000
)


def small_split(users: int = 80, follows: int = 700, **changes: float) -> Split:
    return make_split(*world(users, follows), PARAMS.model_copy(update=changes))


@dataclass(frozen=True)
class Table:
    """A scorer that looks its scores up; `values[u, v]` says how likely u follows v."""

    values: np.ndarray
    name: str = "table"

    def scores(self, task, queries):
        return (self.values.T if task == "fans" else self.values)[queries]


def noise(users: int, seed: int = 0, levels: int = 10**6) -> np.ndarray:
    """Random scores; few `levels` make ties."""
    return np.random.default_rng(seed).integers(levels, size=(users, users)).astype(float)


def truth(split: Split) -> np.ndarray:
    """1 where a follow is a test follow."""
    values = np.zeros((len(split.user_ids),) * 2)
    values[split.test[:, 0], split.test[:, 1]] = 1
    return values


def grouped_split(users: int, follows: int) -> Split:
    """A small split in which users follow those of their own of four groups."""
    found = small_split(users, follows)
    return replace(found, **{
        part: inside[(inside % 4)[:, 0] == (inside % 4)[:, 1]]
        for part in ("train", "validation", "test")
        for inside in [getattr(found, part)]
    })  # fmt: skip


def few_steps(patch: pytest.MonkeyPatch) -> None:
    """Let every trained baseline be tried first with as little training as its space allows."""
    lengths = {boosting: "max_iter", lightgcn: "epochs", node2vec: "passes", sage: "steps"}
    for module, length in lengths.items():
        patch.setitem(module.FIRST, length, module.SPACE[length].low)
