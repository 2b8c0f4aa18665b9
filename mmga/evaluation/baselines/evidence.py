"""What several scorers say of the same pairs: the columns that a boosted model learns from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.evaluation.ranking import Scorer
from mmga.splits.split import Task

CELLS = 2**22
"""Numbers of evidence that are held at a time."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Evidence:
    """A column for each scorer."""

    counts: Sequence[Scorer]
    """Taken as they are: so many common neighbours are as many for everybody."""
    scores: Sequence[Scorer]
    """Standardised within each query: their size means something within one query only."""
    warm: NDArray[np.bool_]
    """Who has a train follow, shape (users,): two more columns, of the query and of the candidate,
    so that "no path" of those of whom none is known is told from "none"."""

    @property
    def columns(self) -> int:
        """How many numbers there are of a pair."""
        return len(self.counts) + len(self.scores) + 2

    @property
    def users(self) -> int:
        """How many there are."""
        return len(self.warm)

    @property
    def increasing(self) -> list[bool]:
        """Of which column more may be held to say "likelier"."""
        return [True] * (self.columns - 2) + [False, False]

    @property
    def queries_at_once(self) -> int:
        """Of how many queries the evidence is held at a time."""
        return max(1, CELLS // max(1, self.users * self.columns))

    def of_others(self, scorers: Sequence[Scorer], warm: NDArray[np.bool_]) -> "Evidence":
        """The same columns from scorers of the same names that know other follows.

        Args:
            scorers: Those of all columns, and maybe more.
            warm: Who has one of those follows.
        """
        named = {scorer.name: scorer for scorer in scorers}
        counts, scores = ([named[s.name] for s in part] for part in (self.counts, self.scores))
        return Evidence(counts, scores, warm)

    def of(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """What each scorer says of each query and every user, shape (queries, users, columns)."""
        found = [np.asarray(scorer.scores(task, queries)) for scorer in self.counts]
        for scorer in self.scores:
            table = np.asarray(scorer.scores(task, queries))
            spread = table.std(axis=1, keepdims=True)
            standard = (table - table.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-12)
            # The last digits of a product depend on how many are asked: no tree may split by them.
            found.append(standard.round(4))
        shape = (len(queries), self.users)
        found += [np.broadcast_to(self.warm[queries][:, None], shape)]
        found += [np.broadcast_to(self.warm, shape)]
        return np.stack(found, axis=2, dtype=np.float32, casting="unsafe")
