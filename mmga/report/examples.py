"""Held-out follows that the model ranks best, as most, and worst, to be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.slices import by_temperature
from mmga.report.params import ReportParams
from mmga.splits.split import Split

Ints = NDArray[np.int32]

KINDS = ("best", "typical", "worst")


@dataclass(frozen=True)
class Example:
    """One account, the fan that was hidden, and what the model says instead."""

    kind: str
    """One of `KINDS`."""
    account: int
    fan: int
    rank: float
    """Of the fan, among all candidates; 1 is best."""
    candidates: int
    """How many users were ranked."""
    rival_rank: float | None
    """Where a rival ranks the same fan; None without a rival."""
    top: list[int]
    """The users ranked on top, best first; the fan may be among them."""

    @property
    def users(self) -> list[int]:
        """Everyone who is shown."""
        return [self.account, self.fan, *self.top]


def examples(
    model: Scorer, rival: Scorer | None, split: Split, params: ReportParams
) -> list[Example]:
    """For the task `fans` among all users: a few test follows of each kind, no user twice.

    Follows between warm users are taken where there are any: of the others the model knows too
    little for its reasons to be seen. The same input gives the same examples.

    Args:
        model: Who ranks.
        rival: With whom it is compared, if anyone.
        split: The test follows.
        params: How many are shown, and among how many they are looked for.
    """
    warm = by_temperature(split)["warm"]
    edges = split.test[split.negatives.ranked]
    edges = edges[warm] if warm.any() else edges
    if len(edges) > params.ranked:
        drawn = np.random.default_rng(params.seed).permutation(len(edges))[: params.ranked]
        edges = edges[np.sort(drawn)]
    known = Known(split)
    rank = rank_follows(model, "fans", edges, known).rank["C0"]
    edges, rank = edges[~np.isnan(rank)], rank[~np.isnan(rank)]
    chosen = _chosen(edges, rank, params.examples)
    rows = [row for _, row in chosen]
    theirs = None
    if rival is not None and rows:
        theirs = rank_follows(rival, "fans", edges[rows], known).rank["C0"]
    found = []
    for place, (kind, row) in enumerate(chosen):
        fan, account = (int(user) for user in edges[row])
        top, candidates = _top(model, known, account, fan, params.listed)
        other = None if theirs is None else float(theirs[place])
        found.append(Example(kind, account, fan, float(rank[row]), candidates, other, top))
    return found


def _chosen(edges: Ints, rank: NDArray[np.float64], count: int) -> list[tuple[str, int]]:
    """The kind and the row of each example, best first, then typical, then worst."""
    order = np.argsort(rank, kind="stable")
    from_middle = np.argsort(np.abs(np.arange(len(order)) - len(order) // 2), kind="stable")
    walks = {"best": order, "worst": order[::-1], "typical": order[from_middle]}
    taken: set[int] = set()
    chosen = {kind: _walk(edges, rows, count, taken) for kind, rows in walks.items()}
    return [(kind, row) for kind in KINDS for row in sorted(chosen[kind], key=lambda r: rank[r])]


def _walk(edges: Ints, rows: Iterable[int], count: int, taken: set[int]) -> list[int]:
    """The first `count` rows whose users were not taken; takes them."""
    found: list[int] = []
    for row in rows:
        if len(found) == count:
            break
        users = {int(user) for user in edges[row]}
        if not users & taken:
            taken |= users
            found.append(int(row))
    return found


def _top(model: Scorer, known: Known, account: int, fan: int, count: int) -> tuple[list[int], int]:
    """The users ranked on top for an account, and how many candidates there are."""
    query = np.array([account], dtype=np.int32)
    excluded = known.of("fans", query)[0]
    excluded[fan] = False
    scores = np.where(excluded, -np.inf, model.scores("fans", query)[0])
    best = np.argsort(-scores, kind="stable")[:count]
    return [int(user) for user in best if not excluded[user]], int((~excluded).sum())
