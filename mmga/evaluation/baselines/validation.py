"""What every baseline is tuned by: how well it ranks the validation follows."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Ranks, Scorer, rank_follows
from mmga.splits.split import TASKS, Split

AnyScorer = TypeVar("AnyScorer", bound=Scorer)

CHECKS = 10
"""How often validation is asked while a model learns."""


@dataclass(frozen=True)
class Trial:
    """One setting that was tried."""

    baseline: str
    settings: Mapping[str, object]
    mrr: float
    """Of `Validation`."""
    seconds: float = 0.0
    """What it took to train and to judge it; 0 of what is not trained."""


class Validation:
    """Validation follows that choose among scorers, and the record of what was tried.

    Test follows have no say, and neither have follows of cold users: all that tells where those
    belong is what a split holds back.

    Args:
        split: What was held out.
        most: At most so many follows are ranked, evenly spaced among all.
    """

    def __init__(self, split: Split, most: int) -> None:
        warm = split.validation[~split.cold[split.validation].any(axis=1)]
        spaced = np.linspace(0, max(0, len(warm) - 1), min(most, len(warm))).astype(int)
        self.follows = warm[np.unique(spaced)]
        """Shape (follows, 2), as (follower, followee)."""
        self.trials: list[Trial] = []
        """What was tried, in that order."""
        self.split = split

    @cached_property
    def _known(self) -> Known:
        nothing = self.split.test[:0]
        return Known(replace(self.split, test=nothing, dropped=nothing))

    def mrr(self, scorer: Scorer) -> float:
        """The mean reciprocal rank at C0, macro over queries, the mean of both tasks."""
        return self.mrr_by_fold([scorer], np.zeros(len(self.follows), dtype=np.int64))

    def mrr_by_fold(self, scorers: Sequence[Scorer], fold: NDArray[np.integer]) -> float:
        """`mrr` where each follow is ranked by the scorer of its fold.

        Args:
            scorers: One for each fold.
            fold: Which of them ranks a follow, shape (follows,); -1 where none does.
        """
        ranked = int((fold >= 0).sum())
        if not ranked:
            return 0.0
        of_tasks = []
        for task in TASKS:
            parts = [
                rank_follows(scorer, task, self.follows[fold == number], self._known)
                for number, scorer in enumerate(scorers)
            ]
            found = metrics_of(_joined(parts), "C0", np.ones(ranked, dtype=np.bool_))
            of_tasks.append(found.macro()["mrr"] if found else 0.0)
        return float(np.mean(of_tasks))

    def best_moment(
        self, steps: int, learn: Callable[[], None], found: Callable[[], AnyScorer]
    ) -> AnyScorer:
        """The scorer with the highest `mrr`, of `CHECKS` moments while a model learns.

        Args:
            steps: How often it learns.
            learn: One step.
            found: The scorer as of now.
        """
        best, best_mrr = found(), -1.0
        for step in range(1, steps + 1):
            learn()
            if step % max(1, steps // CHECKS) == 0:
                now = found()
                mrr = self.mrr(now)
                if mrr > best_mrr:
                    best, best_mrr = now, mrr
        return best

    def best(self, scorers: Iterable[tuple[Mapping[str, object], AnyScorer]]) -> AnyScorer:
        """The scorer with the highest `mrr`, the first of equals; each comes with its settings."""
        found = []
        for settings, scorer in scorers:
            found.append((self.mrr(scorer), scorer))
            self.trials.append(Trial(scorer.name, settings, found[-1][0]))
        return max(found, key=lambda tried: tried[0])[1]

    def table(self) -> pd.DataFrame:
        """Columns `baseline`, `trial` from 1, `settings`, `validation_mrr`, `seconds`, `chosen`."""
        rows = pd.DataFrame(
            [(t.baseline, json.dumps(dict(t.settings)), t.mrr, t.seconds) for t in self.trials],
            columns=["baseline", "settings", "validation_mrr", "seconds"],
        )
        groups = rows.groupby("baseline", sort=False)["validation_mrr"]
        rows.insert(1, "trial", groups.cumcount() + 1)
        rows["chosen"] = rows.index.isin(groups.idxmax())
        return rows


def _joined(parts: Sequence[Ranks]) -> Ranks:
    """The C0 ranks of all parts, one after another."""
    return Ranks(
        np.concatenate([part.query for part in parts]),
        np.concatenate([part.score for part in parts]),
        {"C0": np.concatenate([part.rank["C0"] for part in parts])},
        {"C0": np.concatenate([part.tied["C0"] for part in parts])},
        {},
    )
