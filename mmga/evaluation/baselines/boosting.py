"""Gradient boosting over what other scorers say, fitted on validation follows.

A training remembers its own follows: what it says of train follows is better than what it says of
new ones, and a model on top of it would trust it too much. Hence the validation follows, as for the
second stage of the score. The settings are chosen by cross-fitting: no follow is ranked by a model
that was fitted on it, or on its reverse.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.ensemble import HistGradientBoostingClassifier

from mmga.errors import InputError
from mmga.evaluation.baselines.evidence import Evidence, Floats
from mmga.evaluation.baselines.tuning import Settings, Space, Tuning
from mmga.splits.negatives import forbidden, links
from mmga.splits.split import TASKS, Split, Task

FOLDS = 3
"""Of the cross-fitting."""
NEGATIVES = 50
"""Users that are drawn for each follow and task."""
PAIRS = 2**22
"""Of follows and users that are scored at most to judge a setting, for each task, but for"""
FEWEST = 250
"""follows that are ranked at least, where there are as many."""

SPACE: Space = {
    "learning_rate": FloatDistribution(0.02, 0.2, log=True),
    "max_iter": IntDistribution(25, 150, log=True),
    "max_leaf_nodes": IntDistribution(3, 15, log=True),
    "min_samples_leaf": IntDistribution(10, 200, log=True),
    "l2_regularization": FloatDistribution(0.1, 100, log=True),
    "monotonic": CategoricalDistribution([True, False]),
}
"""Of `HistGradientBoostingClassifier`; monotonic: more evidence never makes a follow less likely
(`monotonic_cst` 1 for every column)."""
FIRST: Settings = {
    "learning_rate": 0.1,
    "max_iter": 60,
    "max_leaf_nodes": 7,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
    "monotonic": True,
}


@dataclass(frozen=True)
class Boosted:
    """The log-odds that a pair is a follow, by what the evidence says of it."""

    evidence: Evidence
    models: Mapping[Task, HistGradientBoostingClassifier]
    name: str

    def scores(self, task: Task, queries: NDArray[np.integer]) -> NDArray[np.float64]:
        """Shape (queries, users)."""
        found = np.empty((len(queries), self.evidence.users))
        step = self.evidence.queries_at_once
        for start in range(0, len(queries), step):
            rows = slice(start, start + step)
            columns = self.evidence.of(task, queries[rows]).reshape(-1, self.evidence.columns)
            odds = self.models[task].decision_function(columns)
            found[rows] = odds.reshape(-1, self.evidence.users)
        return found


def boosted(name: str, evidence: Evidence, tuning: Tuning) -> Boosted:
    """Fit on validation follows between warm users, a model for each task.

    Each follow stands among warm users who are drawn uniformly, but for those whom the query is
    linked to in training or validation.

    Args:
        name: What the scorer is called.
        evidence: What it learns from; nothing of it may have been fitted on validation follows.
        tuning: Whose follows they are, too.

    Raises:
        InputError: If there are fewer follows than folds.
    """
    split, follows = tuning.validation.split, tuning.validation.follows
    fold = folds(follows, tuning.seed)
    if len(np.unique(fold)) < FOLDS:
        raise InputError(
            f"{name}: {len(follows)} validation follows between warm users are too few to be"
            f" divided into {FOLDS} folds; hold back more (params.yaml: split.validation)"
        )
    examples = {task: _examples(task, evidence, split, follows, tuning.seed) for task in TASKS}
    most = max(FEWEST, PAIRS // evidence.users)
    nobodys = np.random.default_rng(tuning.seed).permutation(len(follows)) >= most
    judged = np.where(nobodys, -1, fold)

    def cross_fitted(settings: Settings) -> tuple[None, float]:
        models = [
            _fitted(name, evidence, examples, fold != number, settings, tuning.seed)
            for number in range(FOLDS)
        ]
        return None, tuning.validation.mrr_by_fold(models, judged)

    settings, _ = tuning.search(name, SPACE, FIRST, cross_fitted)
    everything = np.ones(len(follows), dtype=np.bool_)
    return _fitted(name, evidence, examples, everything, settings, tuning.seed)


def folds(follows: NDArray[np.integer], seed: int) -> NDArray[np.int64]:
    """Which fold a follow is in, the same for both directions of a pair, shape (follows,)."""
    pairs, number = np.unique(np.sort(follows, axis=1), axis=0, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(len(pairs)) % FOLDS
    fold: NDArray[np.int64] = drawn[number.ravel()]
    return fold


def _examples(
    task: Task, evidence: Evidence, split: Split, follows: NDArray[np.integer], seed: int
) -> Floats:
    """What is said of each follow and, behind it, of its negatives: (follows, 1 + drawn, columns).

    A negative that is none, being linked to the query, is NaN throughout.
    """
    query, positive = follows[:, ::-1].T if task == "fans" else follows.T
    drawn = np.random.default_rng(seed).choice(
        np.flatnonzero(~split.cold), size=(len(follows), NEGATIVES)
    )
    pairs = np.column_stack([positive, drawn])
    seen = np.concatenate([split.train, split.validation])
    linked = links(seen[:, ::-1] if task == "fans" else seen, evidence.users)
    found = np.empty((*pairs.shape, evidence.columns), dtype=np.float32)
    step = evidence.queries_at_once
    for start in range(0, len(follows), step):
        rows = slice(start, start + step)
        own = np.arange(len(query[rows]))[:, None]
        found[rows] = evidence.of(task, query[rows])[own, pairs[rows]]
        found[rows, 1:][forbidden(linked, query[rows])[own, drawn[rows]]] = np.nan
    return found


def _fitted(
    name: str,
    evidence: Evidence,
    examples: Mapping[Task, Floats],
    rows: NDArray[np.bool_],
    settings: Settings,
    seed: int,
) -> Boosted:
    """A model for each task, of the examples of some follows."""
    models = {task: _classifier(examples[task][rows], settings, seed) for task in TASKS}
    return Boosted(evidence, models, name)


def _classifier(examples: Floats, settings: Settings, seed: int) -> HistGradientBoostingClassifier:
    labels = np.zeros(examples.shape[:2], dtype=np.int64)
    labels[:, 0] = 1
    kept = ~np.isnan(examples).all(axis=2)
    chosen = {key: value for key, value in settings.items() if key != "monotonic"}
    model = HistGradientBoostingClassifier(
        **chosen,
        monotonic_cst=[int(settings["monotonic"])] * examples.shape[2],
        early_stopping=False,
        random_state=seed,
    )
    return model.fit(examples[kept], labels[kept])
