"""What a representation is good for beside ranking follows: directions of ties, and look-alikes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mmga.evaluation.ranking import CELLS, Known, Scorer, rank_follows
from mmga.evaluation.slices import by_reciprocity
from mmga.fans import FanModel
from mmga.splits.split import Split

AT = 10
"""Look-alikes that are shown of a user."""

AT_ONCE = 1024
"""Users whose scores are held at a time, at most: no more than `CELLS` scores are."""

Found = pd.Series
"""What each of those got who were asked, indexed by their numbers; the metric is its mean."""


def direction(scorer: Scorer, split: Split) -> dict[str, Found]:
    """T3: of two users of whom one follows the other, which one is it?

    Asked of the test follows that are not reciprocal (in any part). Only the order within a query
    means anything, so scores of two queries are not compared: u is said to follow v where v stands
    higher among the accounts that u may follow than u does among those that v may. How high one
    stands is the share of the other candidates who score lower (a tie counts half). Candidates are
    those of C0 without all whom the query is asked about. Where both stand as high it counts one
    half, so guessing scores 0.5.

    Args:
        scorer: What is judged.
        split: The test follows.

    Returns:
        For `warm` and `cold` users which follows it was right about, by their rows among the ranked
        test follows; without those of whom there are none, or who have no candidates.
    """
    edges = split.test[split.negatives.ranked]
    once = np.flatnonzero(by_reciprocity(split)["one way"])
    pairs = np.concatenate([edges[once], edges[once][:, ::-1]])
    known = Known(replace(split, dropped=np.concatenate([split.dropped, pairs])))
    rank = rank_follows(scorer, "followees", pairs, known).rank["C0"]
    linked = np.asarray(known.followees.sum(axis=1)).ravel()
    others = len(split.user_ids) - 1 - linked[pairs[:, 0]]
    lower = others - (rank - 1)
    forth, back = np.split(lower / np.maximum(others, 1), 2)
    right = (forth > back) + 0.5 * (forth == back)
    asked = ~np.isnan(forth + back)
    touches_cold = split.cold[edges[once]].any(axis=1)
    groups = {"warm": asked & ~touches_cold, "cold": asked & touches_cold}
    return {
        name: pd.Series(right[chosen], once[chosen])
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


def _at_once(users: int) -> int:
    return max(1, min(AT_ONCE, CELLS // users))
