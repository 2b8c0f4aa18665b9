"""What several scorers say of the same pairs: the columns that a boosted model learns from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.evaluation.ranking import Scorer
from mmga.splits.split import Task

CELLS = 2**22
"""Numbers of evidence that are held at a time."""

ROOM = 2**27
"""Numbers that are kept because they are asked for again: half a gigabyte."""

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

    def of_pairs(
        self, task: Task, queries: NDArray[np.integer], users: NDArray[np.integer]
    ) -> Floats:
        """What each scorer says of each query and some users, shape (queries, some, columns).

        Args:
            task: Which end of a follow asks.
            queries: Shape (queries,).
            users: Those of each query, shape (queries, some).
        """
        found = np.empty((*users.shape, self.columns), dtype=np.float32)
        for start in range(0, len(queries), self.queries_at_once):
            rows = slice(start, start + self.queries_at_once)
            own = np.arange(len(queries[rows]))[:, None]
            found[rows] = self.of(task, queries[rows])[own, users[rows]]
        return found


class Memory:
    """Evidence that is asked for again and again: kept where there is room.

    Args:
        evidence: What is asked.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._kept: dict[tuple[Task, tuple[int, ...], bytes], Floats] = {}
        self._room = ROOM

    def of(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """`Evidence.of`."""
        key = (task, queries.shape, queries.tobytes())
        return self._found(key, lambda: self.evidence.of(task, queries))

    def of_pairs(
        self, task: Task, queries: NDArray[np.integer], users: NDArray[np.integer]
    ) -> Floats:
        """`Evidence.of_pairs`."""
        key = (task, users.shape, queries.tobytes() + users.tobytes())
        return self._found(key, lambda: self.evidence.of_pairs(task, queries, users))

    def _found(
        self, key: tuple[Task, tuple[int, ...], bytes], asked: Callable[[], Floats]
    ) -> Floats:
        found = self._kept.get(key)
        if found is None:
            found = asked()
            if found.size <= self._room:
                self._kept[key] = found
                self._room -= found.size
        return found


@dataclass(frozen=True)
class Remembered(Evidence):
    """Columns of evidence that is kept, so that several models share what was asked for one."""

    memory: Memory
    """Of all columns, these among them."""

    @property
    def queries_at_once(self) -> int:
        """As many as of all columns, so that the same queries are asked for together."""
        return self.memory.evidence.queries_at_once

    def of(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """As of `Evidence`."""
        return self.memory.of(task, queries)[:, :, self._places]

    def of_pairs(
        self, task: Task, queries: NDArray[np.integer], users: NDArray[np.integer]
    ) -> Floats:
        """As of `Evidence`."""
        return self.memory.of_pairs(task, queries, users)[:, :, self._places]

    @property
    def _places(self) -> list[int]:
        every = self.memory.evidence
        names = [scorer.name for scorer in (*every.counts, *every.scores)]
        own = [names.index(scorer.name) for scorer in (*self.counts, *self.scores)]
        return [*own, len(names), len(names) + 1]
