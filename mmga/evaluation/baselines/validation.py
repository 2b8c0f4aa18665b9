"""What every baseline is tuned by: how well it ranks the validation follows."""

from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

import numpy as np

from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.splits.split import TASKS, Split

AnyScorer = TypeVar("AnyScorer", bound=Scorer)


class Validation:
    """Validation follows that choose among scorers; test follows have no say.

    Args:
        split: What was held out.
        most: At most so many follows are ranked, evenly spaced among all.
    """

    def __init__(self, split: Split, most: int) -> None:
        spaced = np.linspace(0, len(split.validation) - 1, most).astype(int)
        self.follows = split.validation[np.unique(spaced)]
        """Shape (follows, 2), as (follower, followee)."""
        self._split = split

    @cached_property
    def _known(self) -> Known:
        return Known(self._split)

    def mrr(self, scorer: Scorer) -> float:
        """The mean reciprocal rank at C0, macro over queries, the mean of both tasks."""
        everyone = np.ones(len(self.follows), dtype=np.bool_)
        of_tasks = []
        for task in TASKS:
            ranks = rank_follows(scorer, task, self.follows, self._known)
            found = metrics_of(ranks, "C0", everyone)
            of_tasks.append(found.macro()["mrr"] if found else 0.0)
        return float(np.mean(of_tasks))

    def best(self, scorers: Iterable[AnyScorer]) -> AnyScorer:
        """The scorer with the highest `mrr`; the first of equals."""
        return max(scorers, key=self.mrr)
