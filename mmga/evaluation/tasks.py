"""What a representation is good for beside ranking follows: directions of ties, and look-alikes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.evaluation.ranking import CELLS, Scorer
from mmga.evaluation.slices import by_reciprocity
from mmga.fans import FanModel
from mmga.splits.split import Split

AT = 10
"""Look-alikes that are shown of a user."""

AT_ONCE = 1024
"""Users whose scores are held at a time, at most: no more than `CELLS` scores are."""

Found = pd.Series
"""What each of those got who were asked, indexed by their numbers; the metric is its mean."""

Ints = NDArray[np.int32]


def direction(scorer: Scorer, split: Split) -> dict[str, Found]:
    """T3: of two users of whom one follows the other, which one is it?

    Asked of the test follows that are not reciprocal (in any part), by the score as a followee:
    s(u, v) against s(v, u). A tie counts one half, so guessing scores 0.5.

    Args:
        scorer: What is judged.
        split: The test follows.

    Returns:
        For `warm` and `cold` users which follows it was right about, by their rows among the ranked
        test follows; without those of whom there are none.
    """
    edges, users = split.test[split.negatives.ranked], len(split.user_ids)
    once = by_reciprocity(split)["one way"]
    forth = _scores_of(scorer, edges[once], users)
    back = _scores_of(scorer, edges[once][:, ::-1], users)
    right = np.zeros(len(edges))
    right[once] = (forth > back) + 0.5 * (forth == back)
    touches_cold = split.cold[edges].any(axis=1)
    groups = {"warm": once & ~touches_cold, "cold": once & touches_cold}
    return {
        name: pd.Series(right[chosen], np.flatnonzero(chosen))
        for name, chosen in groups.items()
        if chosen.any()
    }


def lookalike(
    model: FanModel, split: Split, topics: Sequence[str | None]
) -> dict[str, dict[str, Found]]:
    """How many of the nearest users share the topic, which no training has seen.

    Args:
        model: Its `vectors` say who is near, by cosine (`FanModel.lookalike`).
        split: Who is cold.
        topics: Of each user, None or empty where it is not known.

    Returns:
        For `warm` and `cold` users who have a topic: `precision` among the 10 nearest who have
        one, and what `chance` would give. Empty where fewer than 11 users have a topic.
    """
    names = pd.Series(list(topics), dtype=object).fillna("").astype(str).to_numpy()
    labelled = np.flatnonzero(names != "")
    if len(labelled) <= AT or not model.vectors.any():
        return {}
    topic = pd.factorize(names[labelled])[0]
    vectors = model.vectors[labelled]
    hits = np.empty(len(labelled))
    step = _at_once(len(labelled))
    for start in range(0, len(labelled), step):
        rows = np.arange(start, min(start + step, len(labelled)))
        near = vectors[rows] @ vectors.T
        near[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-near, AT - 1, axis=1)[:, :AT]
        hits[rows] = (topic[best] == topic[rows, None]).mean(axis=1)
    others = (np.bincount(topic)[topic] - 1) / (len(labelled) - 1)
    cold = split.cold[labelled]
    return {
        name: {
            "precision": pd.Series(hits[who], labelled[who]),
            "chance": pd.Series(others[who], labelled[who]),
        }
        for name, who in (("warm", ~cold), ("cold", cold))
        if who.any()
    }


def _scores_of(scorer: Scorer, pairs: Ints, users: int) -> NDArray[np.float64]:
    """s(u, v) of each pair (u, v), shape (pairs,)."""
    found = np.empty(len(pairs))
    asking, place = np.unique(pairs[:, 0], return_inverse=True)
    step = _at_once(users)
    for start in range(0, len(asking), step):
        queries = asking[start : start + step]
        rows = np.flatnonzero((place >= start) & (place < start + step))
        table = np.asarray(scorer.scores("followees", queries))
        found[rows] = table[place[rows] - start, pairs[rows, 1]]
    return found


def _at_once(users: int) -> int:
    return max(1, min(AT_ONCE, CELLS // users))
