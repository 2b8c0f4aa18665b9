"""Lists: who shows only the popular, who shows everybody, and that a list is what is served."""

import numpy as np
import pytest

from mmga.evaluation.lists import ASKED, AT, TIMED, asking, latency, popularity_and_coverage
from mmga.splits.split import TASKS
from tests.evaluation.worlds import Table, noise, small_split


@pytest.fixture(scope="module")
def split():
    return small_split()


@pytest.mark.parametrize("task", TASKS)
def test_lists_are_as_by_a_loop(split, task):
    values = noise(80, levels=30)
    linked = set(map(tuple, split.train.tolist()))
    fans = np.bincount(split.train[:, 1], minlength=80)
    percentile = [((fans < f).sum() + ((fans == f).sum() + 1) / 2) / 80 for f in fans]
    shown = []
    for query in asking(split, task, ASKED).tolist():
        pairs = [(u, query) if task == "fans" else (query, u) for u in range(80)]
        free = [u for u in range(80) if u != query and pairs[u] not in linked]
        shown += sorted(free, key=lambda u: -values[pairs[u]])[:AT]
    popularity, coverage = popularity_and_coverage(Table(values), task, split)
    assert popularity == pytest.approx(np.mean([percentile[u] for u in shown]))
    assert coverage == len(set(shown)) / 80


@pytest.mark.parametrize("task", TASKS)
def test_rounding_puts_nobody_on_a_list(split, task):
    exact = noise(80, levels=3)
    spoilt = exact + 1e-9 * noise(80, seed=1, levels=3)
    found, same = (popularity_and_coverage(Table(v), task, split) for v in (spoilt, exact))
    assert found == same
    nothing, blurred = np.zeros((80, 80)), 3 + 1e-21 * noise(80)
    nothing[split.train[:, 0], split.train[:, 1]] = 1  # None of whom is a candidate.
    assert popularity_and_coverage(Table(nothing), task, split) == popularity_and_coverage(
        Table(blurred), task, split
    )


def test_who_ranks_by_fans_shows_the_popular_and_few(split):
    fans = np.bincount(split.train[:, 1], minlength=80).astype(float)
    popular = popularity_and_coverage(Table(np.tile(fans, (80, 1))), "followees", split)
    rare = popularity_and_coverage(Table(np.tile(-fans, (80, 1))), "followees", split)
    assert popular[0] > 0.8 > 0.2 > rare[0]
    assert popular[1] < 0.6 < popularity_and_coverage(Table(noise(80)), "followees", split)[1]


def test_as_many_are_asked_as_allowed_and_each_once(split):
    every = asking(split, "fans", ASKED)
    assert set(every) == set(split.test[split.negatives.ranked][:, 1])
    few = asking(split, "fans", 7)
    assert len(set(few)) == 7
    assert set(few) <= set(every)


def test_a_scorer_is_timed_by_one_query_at_a_time(split):
    asked = []

    class Slow(Table):
        def scores(self, task, queries):
            asked.append(len(queries))
            return super().scores(task, queries)

    assert latency(Slow(noise(80)), "fans", split) > 0
    assert asked == [1] * (1 + min(TIMED, len(asking(split, "fans", ASKED))))
