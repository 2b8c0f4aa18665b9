"""Challenger and champion on the current test split: quality by part, latency and size."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mmga.evaluation.compare import Comparison, compare
from mmga.fans import FanModel
from mmga.registry.contenders import Contender, leaked
from mmga.registry.decisions import Cost, PromoteParams
from mmga.splits.split import Split


@dataclass(frozen=True)
class Contest:
    """What the rule decides by; the challenger is the model, the champion the baseline."""

    parts: list[Comparison]
    """The primary metric on `warm` users and on every other part that has queries."""
    costs: list[Cost]
    """Latency and size."""
    left_out: int
    """Test follows that judge neither, since one of the two has seen them."""

    def as_list(self) -> list[dict[str, Any]]:
        """For the record."""
        return [*map(asdict, self.parts), *map(asdict, self.costs)]


def contest(
    challenger: Contender,
    champion: Contender,
    split: Split,
    topics: Sequence[str | None],
    params: PromoteParams,
) -> Contest:
    """Score both on the same test follows and candidates, and time them.

    Args:
        challenger: The one that may be better.
        champion: The one that is served.
        split: The current split.
        topics: The topic of each user of the split.
        params: The primary metric and how much is timed.
    """
    seen = leaked(split.test, challenger.seen, champion.seen)
    parts = compare(
        challenger.model,
        champion.model,
        split,
        task=params.task,
        candidates=params.candidates,
        metric=params.metric,
        topics=topics,
        leave_out=seen,
        resamples=params.resamples,
        seed=params.seed,
    )
    seconds = latency(challenger.served, champion.served, params.timed_queries)
    costs = [
        Cost("latency", *seconds),
        Cost("size", float(challenger.size), float(champion.size)),
    ]
    return Contest(parts, costs, int(seen[split.negatives.ranked].sum()))


def latency(one: FanModel, other: FanModel, queries: int) -> tuple[float, float]:
    """Median seconds in which each ranks the ten fans of an account.

    They take turns, so that whatever else the machine does slows both.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(queries):
        for model, seconds in zip((one, other), taken, strict=True):
            account = model.user_ids[number % len(model.user_ids)]
            began = time.perf_counter()
            model.fans(account, 10)
            seconds.append(time.perf_counter() - began)
    return float(np.median(taken[0])), float(np.median(taken[1]))
