"""The trained baselines of the study: what they share changes nothing, and is asked for once."""

from itertools import product

import numpy as np
import pytest

from mmga.evaluation.baselines import evidence as evidence_module
from mmga.evaluation.baselines.boosting import boosted
from mmga.evaluation.baselines.evidence import Evidence
from mmga.evaluation.baselines.trained import COUNTS, FACTORS, trained_baselines
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import TASKS
from tests.evaluation.worlds import Table, few_steps, noise, small_split

USERS = 80


class Asked(Table):
    """A scorer that notes of how many queries it is asked."""

    def scores(self, task, queries):
        self.__dict__["queries"] = self.__dict__.get("queries", 0) + len(queries)
        return super().scores(task, queries)


def test_boosting_and_stacking_come_to_what_each_comes_to_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few_steps(monkeypatch)
    split = small_split(USERS, 1500)
    untrained = baselines(split, [4], [0.5], Validation(split, 500), 0)
    counts = [scorer for scorer in untrained if scorer.name in COUNTS]
    factors = [scorer for scorer in untrained if scorer.name in FACTORS]
    content = np.random.default_rng(0).normal(size=(USERS, 3)).astype(np.float32)
    asked, found = [], []
    for room in (60_000, evidence_module.ROOM):  # some is kept, or all of it
        monkeypatch.setattr(evidence_module, "ROOM", room)
        model = Asked(noise(USERS, 5), "graph_only")
        tuning = Tuning(Validation(split, 500), 1, seed=3)
        found.append(trained_baselines(untrained, [model], content, tuning))
        asked.append(model.__dict__["queries"])
    *learned, _, _ = found[-1]
    every = Evidence(counts, [*factors, *learned, model], ~split.cold)
    alone = [
        boosted("boosted", Evidence(counts, factors, ~split.cold), tuning),
        boosted("stacked_late_fusion", every, tuning),
    ]
    queries = np.arange(USERS)
    for shared in found:
        assert [s.name for s in shared[-2:]] == [s.name for s in alone]
        for task, (one, other) in product(TASKS, zip(shared[-2:], alone, strict=True)):
            np.testing.assert_array_equal(one.scores(task, queries), other.scores(task, queries))
    mrr = tuning.validation.table()["validation_mrr"].to_numpy()
    np.testing.assert_array_equal(mrr[-4:-2], mrr[-2:])
    assert 1.5 * asked[1] < asked[0]
