"""Gradient boosting over what other scorers say, fitted on validation follows.

A training remembers its own follows: what it says of train follows is better than what it says of
new ones, and a model on top of it would trust it too much. Hence the validation follows, as for the
second stage of the score, those of cold users among them. The settings are chosen by cross-fitting,
on follows between warm users as those of every baseline: no follow is ranked by a model that was
fitted on it, or on its reverse.
"""

from collections.abc import Mapping, Sequence
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
BINS = 63
"""Values that a column is told apart by: four times as many take three times as long, for nothing,
since scikit-learn finds them one by one where examples are weighed."""
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
(`monotonic_cst` 1 for every scorer's column)."""
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
    """Fit on validation follows, a model for each task.

    Each follow stands among users who are drawn uniformly, but for those whom the query is linked
    to in training or validation. A split holds back every follow of cold users, so theirs weigh so
    little that, user for user, cold ones have as many as warm ones; at most as many are read.

    Args:
        name: What the scorer is called.
        evidence: What it learns from; nothing of it may have been fitted on validation follows.
        tuning: Whose follows they are, too.

    Raises:
        InputError: If there are fewer follows between warm users than folds.
    """
    split, between = tuning.validation.split, tuning.validation.follows
    fold = folds(between, tuning.seed)
    if len(np.unique(fold)) < FOLDS:
        raise InputError(
            f"{name}: {len(between)} validation follows between warm users are too few to be"
            f" divided into {FOLDS} folds; hold back more (params.yaml: split.validation)"
        )
    of_cold = split.validation[split.cold[split.validation].any(axis=1)]
    of_cold = of_cold[:: max(1, -(-len(of_cold) // len(between)))]
    follows = np.concatenate([between, of_cold])
    weight = np.ones(len(follows), dtype=np.float32)
    share = split.cold.sum() / max(1, (~split.cold).sum())
    weight[len(between) :] = min(1.0, share * len(between) / max(1, len(of_cold)))
    examples = {task: _examples(task, evidence, split, follows, tuning.seed) for task in TASKS}
    most = max(FEWEST, PAIRS // evidence.users)
    nobodys = np.random.default_rng(tuning.seed).permutation(len(between)) >= most
    judged = np.where(nobodys, -1, fold)
    # No fold has the follows of cold users: they are in every model.
    fold = np.concatenate([fold, np.full(len(of_cold), -1)])

    def cross_fitted(settings: Settings) -> tuple[None, float]:
        models = [
            _fitted(name, evidence, examples, weight * (fold != number), settings, tuning.seed)
            for number in range(FOLDS)
        ]
        return None, tuning.validation.mrr_by_fold(models, judged)

    settings, _ = tuning.search(name, SPACE, FIRST, cross_fitted)
    return _fitted(name, evidence, examples, weight, settings, tuning.seed)


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
    drawn = np.random.default_rng(seed).choice(evidence.users, size=(len(follows), NEGATIVES))
    pairs = np.column_stack([positive, drawn])
    seen = np.concatenate([split.train, split.validation])
    linked = links(seen[:, ::-1] if task == "fans" else seen, evidence.users)
    found = evidence.of_pairs(task, query, pairs)
    step = evidence.queries_at_once
    for start in range(0, len(follows), step):
        rows = slice(start, start + step)
        own = np.arange(len(query[rows]))[:, None]
        found[rows, 1:][forbidden(linked, query[rows])[own, drawn[rows]]] = np.nan
    return found


def _fitted(
    name: str,
    evidence: Evidence,
    examples: Mapping[Task, Floats],
    weight: Floats,
    settings: Settings,
    seed: int,
) -> Boosted:
    """A model for each task, of the examples of the follows that weigh anything."""
    increasing = evidence.increasing
    models = {
        task: _classifier(examples[task], weight, increasing, settings, seed) for task in TASKS
    }
    return Boosted(evidence, models, name)


def _classifier(
    examples: Floats,
    weight: Floats,
    increasing: Sequence[bool],
    settings: Settings,
    seed: int,
) -> HistGradientBoostingClassifier:
    labels = np.zeros(examples.shape[:2], dtype=np.int64)
    labels[:, 0] = 1
    kept = ~np.isnan(examples).all(axis=2) & (weight > 0)[:, None]
    chosen = {key: value for key, value in settings.items() if key != "monotonic"}
    model = HistGradientBoostingClassifier(
        **chosen,
        monotonic_cst=[int(settings["monotonic"] and more) for more in increasing],
        max_bins=BINS,
        early_stopping=False,
        random_state=seed,
    )
    weights = np.broadcast_to(weight[:, None], labels.shape)
    return model.fit(examples[kept], labels[kept], sample_weight=weights[kept])
