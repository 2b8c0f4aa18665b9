"""What every scorer comes to, by query, in sum and by slice; and what its lists are like."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmga.evaluation.lists import latency, popularity_and_coverage
from mmga.evaluation.metrics import Scores, metrics_of
from mmga.evaluation.ranking import Known, Ranks, Scorer, rank_follows
from mmga.evaluation.slices import Masks, by_account, by_posts, by_reciprocity, by_temperature
from mmga.splits.split import TASKS, Split

USERS = ("warm", "cold", "warm->cold", "cold->warm", "cold->cold")
"""The parts of the test follows that are judged by themselves."""

SLICED = ("mmga", "late_fusion", "late_fusion_with_paths", "stacked_late_fusion")
"""The scorers that are judged by slice."""

SLICED_BY = ("C0", "C2")
"""And among which candidates."""

Tables = dict[str, pd.DataFrame]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "metrics": ("model", "task", "candidates", "users", "metric", "value"),
    "slices": ("model", "task", "candidates", "users", "query", "mrr"),
    "lists": ("model", "task", "metric", "value"),
}
"""Of the tables that a run may have no rows of."""


def judge_by_query(
    scorers: Sequence[Scorer],
    split: Split,
    posts: pd.DataFrame,
    topics: Sequence[str | None],
    sliced: bool,
) -> Tables:
    """Rank the test follows with every scorer.

    Args:
        scorers: All that is judged.
        split: What judges.
        posts: `build/features/posts.parquet`, as it is read.
        topics: Of each user, None or empty where it is not known.
        sliced: Whether `SLICED` are judged by slice as well.

    Returns:
        `queries`: a row a query, candidates, part and scorer, with the query's metrics and how many
        follows it has; `metrics`: their means, with the MRR over follows and the rate of ties;
        `slices`: the MRR of each query by slice.
    """
    queries, metrics, slices = [], [], []
    known, edges = Known(split), split.test[split.negatives.ranked]
    every = by_temperature(split)
    temperature = {users: every[users] for users in USERS}
    account = {**by_account(split, topics), **by_reciprocity(split)}
    for scorer in scorers:
        for task in TASKS:
            ranks = rank_follows(scorer, task, edges, known, split.negatives.of(task))
            for case, scores in _parts(scorer, task, ranks, temperature):
                values = scores.values.astype(np.float32)
                follows = scores.follows.astype(np.int32)
                queries.append(values.assign(**case, query=scores.query, follows=follows))
                metrics += [{**case, "metric": m, "value": v} for m, v in _sums(scores).items()]
            if sliced and scorer.name in SLICED:
                masks = {**account, **by_posts(split, posts, task)}
                slices += [
                    pd.DataFrame({**case, "query": s.query, "mrr": s.values["mrr"]})
                    for case, s in _parts(scorer, task, ranks, masks)
                    if case["candidates"] in SLICED_BY
                ]
    return {
        "queries": pd.concat(queries),
        "metrics": pd.DataFrame(metrics, columns=list(COLUMNS["metrics"])),
        "slices": pd.concat(slices) if slices else pd.DataFrame(columns=list(COLUMNS["slices"])),
    }


def judge_lists(scorers: Sequence[Scorer], split: Split) -> pd.DataFrame:
    """How popular and how varied lists are, and in how many milliseconds a query is scored."""
    rows = []
    for scorer in scorers:
        for task in TASKS:
            popularity, coverage = popularity_and_coverage(scorer, task, split)
            milliseconds = 1000 * latency(scorer, task, split)
            found = {"popularity": popularity, "coverage": coverage, "milliseconds": milliseconds}
            rows += [(scorer.name, task, metric, value) for metric, value in found.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS["lists"]))


def _parts(
    scorer: Scorer, task: str, ranks: Ranks, masks: Masks
) -> Iterator[tuple[dict[str, Any], Scores]]:
    for candidates in ranks.rank:
        for users, mask in masks.items():
            scores = metrics_of(ranks, candidates, mask)
            if scores is not None:
                case = {"model": scorer.name, "task": task, "candidates": candidates}
                yield {**case, "users": users}, scores


def _sums(scores: Scores) -> dict[str, float]:
    sums = {"mrr over follows": scores.micro()["mrr"], "ties": scores.tie_rate}
    return {**scores.macro(), **sums, "queries": float(len(scores.query))}
