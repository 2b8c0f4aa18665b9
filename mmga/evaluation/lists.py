"""What a scorer's lists are like, whoever is right: how popular, how varied, how long they take."""

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from mmga.evaluation.ranking import CELLS, Known, Scorer, rounding_of
from mmga.splits.split import Split, Task

AT = 10
"""How long a list is."""
ASKED = 1000
"""At most so many queries are asked for a list."""
TIMED = 50
"""At most so many are timed, each by itself."""

Ints = NDArray[np.int32]


def popularity_and_coverage(scorer: Scorer, task: Task, split: Split) -> tuple[float, float]:
    """How popular those are whom the lists show, and how many of all users some list shows.

    A list holds the 10 users who score highest among those who are neither the query nor linked to
    it in training; of those who are tied but for rounding (`rounding_of`), the first by number.

    Args:
        scorer: What is judged.
        task: Which end of a follow asks.
        split: Its ranked test follows say who asks, up to `ASKED` of them, evenly spaced.

    Returns:
        The mean of the shown users' percentiles by fans in training (0 to 1, equals take the mean
        rank), and the share of the users that are shown.
    """
    users = len(split.user_ids)
    fans = np.bincount(split.train[:, 1], minlength=users)
    percentile = rankdata(fans) / users
    nothing = split.test[:0]
    known = Known(replace(split, validation=nothing, test=nothing, dropped=nothing))
    queries = asking(split, task, ASKED)
    shown, times = np.zeros(users, dtype=np.bool_), np.zeros(users, dtype=np.int64)
    for part in np.array_split(queries, max(1, len(queries) * users // CELLS)):
        table, excluded = scorer.scores(task, part), known.of(task, part)
        step = np.maximum(rounding_of(table, excluded), np.finfo(float).tiny)
        scores = np.where(excluded, -np.inf, np.round(np.where(excluded, 0, table) / step))
        best = np.argsort(-scores, axis=1, kind="stable")[:, :AT]
        good = best[np.isfinite(np.take_along_axis(scores, best, axis=1))]
        shown[good] = True
        times += np.bincount(good, minlength=users)
    return float(np.average(percentile, weights=times)), float(shown.mean())


def latency(scorer: Scorer, task: Task, split: Split) -> float:
    """The median of the seconds in which all users are scored for one query; (timing, not exact).

    Args:
        scorer: What is timed; it has answered once before.
        task: Which end of a follow asks.
        split: Its ranked test follows say who asks, up to `TIMED` of them.
    """
    queries, taken = asking(split, task, TIMED), []
    scorer.scores(task, queries[:1])
    for place in range(len(queries)):
        began = time.perf_counter()
        scorer.scores(task, queries[place : place + 1])
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def asking(split: Split, task: Task, most: int) -> Ints:
    """Up to `most` of the users who ask for a ranked test follow, evenly spaced, rising."""
    own = 1 if task == "fans" else 0
    queries = np.unique(split.test[split.negatives.ranked][:, own])
    places = np.linspace(0, len(queries) - 1, min(most, len(queries))).astype(int)
    chosen: Ints = queries[np.unique(places)]
    return chosen
