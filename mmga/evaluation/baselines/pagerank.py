"""Where a walk from the query ends up: personalised PageRank on the train follows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from mmga.evaluation.baselines.follows import Floats, ties
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import Task

UNSETTLED = 0.01
"""Share of the walks that may still be under way when the iteration ends; they count where they
are."""


@dataclass(frozen=True)
class PageRank:
    """How often a walk that starts again and again from the query is at each user.

    (Page et al. 1999, Sec. 6; power iteration.) A walk that meets nobody to go on to is lost: to
    begin it again at the query would multiply all scores of that query by one number.
    """

    follows: csr_array
    """1 where the row's user follows the column's in training, shape (users, users)."""
    restart: float
    """Probability of starting again at each step, above 0 and up to 1."""
    directed: bool
    """Walks go along follows for `followees` and against them for `fans`; otherwise, both ways."""
    name: str = "pagerank"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """Probabilities, shape (queries, users)."""
        step = self._along[task] if self.directed else self._any
        here = np.zeros((step.shape[0], len(queries)), dtype=np.float32)
        here[queries, np.arange(len(queries))] = 1
        visits, going_on = np.zeros_like(here), 1.0
        for _ in range(self.steps):
            visits += np.float32(self.restart * going_on) * here
            here = step @ here
            going_on *= 1 - self.restart
        visits += np.float32(going_on) * here
        return visits.T

    @property
    def steps(self) -> int:
        """After so many, fewer walks than `UNSETTLED` are still under way."""
        if self.restart == 1:
            return 1
        return max(1, math.ceil(math.log(UNSETTLED) / math.log(1 - self.restart)))

    @cached_property
    def _along(self) -> dict[Task, csr_array]:
        backwards = self.follows.T.tocsr()
        return {"followees": _step(self.follows), "fans": _step(backwards)}

    @cached_property
    def _any(self) -> csr_array:
        return _step(ties(self.follows))


def best_pagerank(
    follows: csr_array, restarts: Sequence[float], validation: Validation
) -> PageRank:
    """The one of `restarts`, directed or not, that ranks validation follows best."""
    return validation.best(
        ({"restart": restart, "directed": directed}, PageRank(follows, restart, directed))
        for restart, directed in product(restarts, (False, True))
    )


def _step(links: csr_array) -> csr_array:
    """The transposed walk: column u is where a walk at u goes next."""
    chance = diags_array(1 / np.maximum(links.sum(axis=1), 1))
    return (chance @ links).T.tocsr().astype(np.float32)
