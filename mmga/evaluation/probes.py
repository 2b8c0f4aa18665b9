"""What a user's views hold, told by linear models: the topic, and the place in the graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, rank_follows
from mmga.evaluation.slices import by_temperature
from mmga.fans import FanModel
from mmga.splits.split import TASKS, Split, Task
from mmga.svd import truncated_svd

VIEWS = ("image", "text", "graph")
"""The thirds of a user's vector, in their order."""

FOLDS = 5
WRONG = 0.1
"""Share of the labels that is wrong, where it is asked how much that matters."""
RANK = 16
"""Of the graph's factors that a view is asked to tell."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Told:
    """One metric of one view: its value, over how many, and what each of them got."""

    value: float
    who: NDArray[np.integer]
    """Users, or the users who ask; shape (n,)."""
    each: Floats | None = None
    """Whose mean the value is, shape (n,); none for a macro F1, which is no mean over users."""
    topics: NDArray[np.object_] | None = None
    """Of a macro F1: each user's topic, and what was told, shape (n, 2)."""


class Probed(NamedTuple):
    """What linear models read off the views; without rows for what cannot be told."""

    values: pd.DataFrame
    """Columns `model`, `view`, `metric`, `value`, `n`."""
    by_user: pd.DataFrame
    """Of what is a mean over users: `model`, `view`, `metric`, `user`, `value`."""
    topics: pd.DataFrame
    """Of what is a macro F1: `model`, `view`, `metric`, `user`, `topic`, `told`."""


def probe(model: FanModel, split: Split, topics: Sequence[str | None]) -> pd.DataFrame:
    """The values of `probe_by_user` alone."""
    return probe_by_user(model, split, topics).values


def probe_by_user(model: FanModel, split: Split, topics: Sequence[str | None]) -> Probed:
    """What each view of a user, and all of them together, tell a linear model.

    - `topic_f1`, `topic_accuracy`: the topic by a logistic regression, five folds of the users who
      have one (macro F1).
    - `topic_f1_wrong_labels`: the same learned where a tenth of the labels is somebody else's.
    - `cold_fans_mrr`, `cold_followees_mrr`: a ridge regression from the view of warm users to the
      factors of the train graph says where cold users would stand; their test follows are ranked
      by that alone (C2, which popularity does not help).

    Args:
        model: Its `vectors` are the views, side by side.
        split: The train graph, and the cold users.
        topics: Of each user, None or empty where it is not known.
    """
    width = model.vectors.shape[1] // len(VIEWS)
    views = {view: model.vectors[:, i * width : (i + 1) * width] for i, view in enumerate(VIEWS)}
    columns = ["model", "view", "metric"]
    rows = []
    of_users = [pd.DataFrame(columns=[*columns, "user", "value"])]
    of_topics = [pd.DataFrame(columns=[*columns, "user", "topic", "told"])]
    for view, vectors in {**views, "all": model.vectors}.items():
        for metric, told in {**_topic(vectors, topics), **_cold(vectors, split)}.items():
            case = {"model": model.name, "view": view, "metric": metric}
            rows.append({**case, "value": told.value, "n": len(told.who)})
            if told.each is not None:
                each = {"user": told.who, "value": told.each.astype(np.float32)}
                of_users.append(pd.DataFrame({**case, **each}))
            if told.topics is not None:
                named = dict(zip(("topic", "told"), told.topics.T, strict=True))
                of_topics.append(pd.DataFrame({**case, "user": told.who, **named}))
    values = pd.DataFrame(rows, columns=[*columns, "value", "n"])
    return Probed(values, _joined(of_users), _joined(of_topics))


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One under another; the first, which is empty, names the columns."""
    return pd.concat(tables[1:]) if len(tables) > 1 else tables[0]


def _topic(vectors: Floats, topics: Sequence[str | None]) -> dict[str, Told]:
    names = pd.Series(list(topics), dtype=object).fillna("").astype(str)
    common = names.map(names.value_counts()) >= FOLDS
    labelled = np.flatnonzero(((names != "") & common).to_numpy())
    y = names.to_numpy()[labelled]
    if len(np.unique(y)) < 2 or not vectors.any():
        return {}
    reader = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    x, taught = vectors[labelled].astype(float), with_wrong(y, WRONG, np.random.default_rng(0))
    told, misled = np.empty((2, len(y)), dtype=object)
    for learned, asked in folds.split(x, y):
        told[asked] = reader.fit(x[learned], y[learned]).predict(x[asked])
        misled[asked] = reader.fit(x[learned], taught[learned]).predict(x[asked])
    return {
        "topic_f1": _f1(y, told, labelled),
        "topic_accuracy": Told(float(accuracy_score(y, told)), labelled, np.equal(y, told) * 1.0),
        "topic_f1_wrong_labels": _f1(y, misled, labelled),
    }


def _f1(topics: NDArray[np.object_], told: NDArray[np.object_], users: NDArray[np.integer]) -> Told:
    value = float(f1_score(topics, told, average="macro"))
    return Told(value, users, topics=np.stack([topics, told], axis=1))


def with_wrong(
    labels: NDArray[np.object_], share: float, chance: np.random.Generator
) -> NDArray[np.object_]:
    """Labels of which that share is another one, drawn as often as each is there."""
    wrong = labels.copy()
    for row in chance.permutation(len(labels))[: round(share * len(labels))]:
        wrong[row] = chance.choice(labels[labels != labels[row]])
    return wrong


def _cold(vectors: Floats, split: Split) -> dict[str, Told]:
    cold = by_temperature(split)["cold"]
    warm = ~split.cold
    if not cold.any() or warm.sum() <= RANK or not vectors.any():
        return {}
    factors = _factors(split)
    reader = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11)))
    told = reader.fit(vectors[warm].astype(float), factors[warm]).predict(vectors.astype(float))
    told[warm] = factors[warm]
    scorer = _Placed(told[:, :RANK], told[:, RANK:])
    edges, known = split.test[split.negatives.ranked], Known(split)
    found = {}
    for task in TASKS:
        drawn = {"C2": split.negatives.of(task)["C2"]}
        scores = metrics_of(rank_follows(scorer, task, edges, known, drawn), "C2", cold)
        if scores is not None:
            each = scores.values["mrr"].to_numpy()
            found[f"cold_{task}_mrr"] = Told(scores.macro()["mrr"], scores.query, each)
    return found


def _factors(split: Split) -> Floats:
    """Users as followers and as followees in the train graph, shape (users, 2 * RANK)."""
    users = len(split.user_ids)
    ones = np.ones(len(split.train))
    follows = csr_array((ones, (split.train[:, 0], split.train[:, 1])), (users, users))
    out, into = (diags_array(np.maximum(follows.sum(axis=a), 1) ** -0.5) for a in (1, 0))
    left, values, right = truncated_svd(out @ follows @ into, RANK)
    root = np.sqrt(values) * np.sqrt(users)
    factors: Floats = np.concatenate([left * root, right * root], axis=1)
    return factors


class _Placed:
    """Scores by the factors that were told."""

    name = "told"

    def __init__(self, fan: Floats, account: Floats) -> None:
        self.fan, self.account = fan, account

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        asked, ranked = (self.account, self.fan) if task == "fans" else (self.fan, self.account)
        table: Floats = asked[queries] @ ranked.T
        return table
