"""One scorer against another on the same test follows: overall, cold users, tail, each topic."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.errors import InputError
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.slices import by_account, by_temperature
from mmga.evaluation.statistics import intervals
from mmga.splits.split import Split, Task


@dataclass(frozen=True)
class Comparison:
    """The difference between two scorers in one metric on one part of the test follows."""

    name: str
    """`all`, `warm`, `cold`, `tail` or `topic NAME`."""
    queries: int
    """How many queries have a follow in it."""
    value: float
    """The model's metric, the mean over these queries."""
    baseline_value: float
    """The baseline's."""
    difference: float
    """`value` - `baseline_value`."""
    low: float
    """Lower end of the difference's 95 % interval."""
    high: float
    """Its upper end."""


def compare(
    model: Scorer,
    baseline: Scorer,
    split: Split,
    *,
    task: Task,
    candidates: str = "C0",
    metric: str = "mrr",
    topics: Sequence[str | None] = (),
    leave_out: NDArray[np.bool_] | None = None,
    resamples: int = 2000,
    seed: int = 7,
) -> list[Comparison]:
    """Score both on the same test follows and candidates; the paired differences by part.

    Args:
        model: The one that may be better.
        baseline: What it is compared with; it numbers users as `split` does.
        split: The current one.
        task: Which end of a follow asks.
        candidates: C0, C1, C2 or C3.
        metric: A column of `metrics_of`.
        topics: The topic of each user, in the order of `split.user_ids`; none by default.
        leave_out: Test follows that judge neither, shape (len(split.test),): those that one of the
            two was trained on.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        `all` first, then `warm`, `cold`, `tail`, and each topic; parts without a query are missing.
        Empty where every follow is left out.

    Raises:
        InputError: If the split has no such candidates.
        ScoreError: If a score is NaN or infinite.
    """
    kinds = ["C0", *split.negatives.kinds]
    if candidates not in kinds:
        raise InputError(
            f"the split has no candidates {candidates}; it has {', '.join(kinds)}"
            "\nThe hard ones (C3) are drawn where params.yaml: split.hard is above 0."
        )
    ranked = split.negatives.ranked
    kept = np.ones(len(ranked), bool) if leave_out is None else ~leave_out[ranked]
    edges, known = split.test[ranked], Known(split)
    negatives = {k: drawn for k, drawn in split.negatives.of(task).items() if k == candidates}
    ours, theirs = (rank_follows(s, task, edges, known, negatives) for s in (model, baseline))
    parts = {"all": np.ones(len(ranked), bool)} | by_temperature(split)
    parts |= by_account(split, topics or [None] * len(split.user_ids))
    found = []
    for name, mask in parts.items():
        if name not in ("all", "warm", "cold", "tail") and not name.startswith("topic "):
            continue
        a, b = (metrics_of(ranks, candidates, mask & kept) for ranks in (ours, theirs))
        if a is None or b is None:
            continue
        mine, other = a.values[metric].to_numpy(), b.values[metric].to_numpy()
        low, high = intervals((mine - other)[:, None], resamples=resamples, seed=seed)
        value, against = float(mine.mean()), float(other.mean())
        difference = float((mine - other).mean())
        found.append(
            Comparison(name, len(mine), value, against, difference, float(low[0]), float(high[0]))
        )
    return found
