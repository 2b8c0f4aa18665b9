"""What a training that must come to nothing came to, and how far chance alone would take it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.audit.finding import Finding, State
from mmga.audit.params import AuditParams
from mmga.evaluation.baselines.degrees import Popularity
from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.chance import chance_of, gain_left
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows, rounding_of
from mmga.splits.split import Split, Task

Floats = NDArray[np.float64]

CHANCE = "test follows dealt anew: the model ranks them at chance"

WAY_OUT = "Something is known that must not be: look at what changed since no canary sang."


@dataclass(frozen=True)
class TiesByLot:
    """A scorer whose ties are broken by lot: without, who ties everybody is below chance."""

    scorer: Scorer
    seed: int
    name: str = "ties by lot"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """The place of each user from the worst, 0, shape (queries, users)."""
        table = self.scorer.scores(task, queries)
        rounding = rounding_of(table, np.zeros(table.shape, dtype=np.bool_))
        level = np.round(table / np.maximum(rounding, np.finfo(float).tiny))
        lot = np.random.default_rng([self.seed, int(queries[0])]).random(table.shape)
        return np.lexsort((lot, level), axis=1).argsort(axis=1).astype(np.float64)


@dataclass(frozen=True)
class Canary(Finding):
    """What a training came to, and what it must come to; `skip`: it could not have told."""

    value: float | None = None
    expected: float | None = None
    low: float | None = None
    """Of the interval around `expected` that chance leaves."""
    high: float | None = None


def at_chance(model: Scorer, dealt: Split, params: AuditParams) -> Canary:
    """Whether the mean reciprocal rank of fans that nobody can know is what chance makes it.

    A fan of an account stands on each of n ranks with probability 1 / n, n being the users who are
    neither the account nor another known fan, and this one. So the expectation is exact: the mean
    over accounts of H_n / n. The interval is that of ranks drawn so, not a bootstrap: reciprocal
    ranks are so skewed that, at 1,100 accounts, a bootstrap's interval of 99 % misses the truth
    from below in 7 % of all cases. Ties are broken by lot, as those draws are: 1 / the mean rank of
    a tie is less than the mean of 1 / rank.

    Args:
        model: Trained without the test part of `dealt`; any other scorer of its users.
        dealt: See `deal_anew`.
        params: Of the interval.
    """
    edges, known = dealt.test[dealt.negatives.ranked], Known(dealt)
    ranks = rank_follows(TiesByLot(model, params.seed), "fans", edges, known)
    scores = metrics_of(ranks, "C0", np.ones(len(edges), dtype=np.bool_))
    subject = "canary: mmga"
    if scores is None:
        return Canary(subject, CHANCE, "skip", "there is no test follow")
    users, follows = len(dealt.user_ids), scores.follows
    fans = np.asarray(known.fans[scores.query].sum(axis=1)).ravel()
    places = users - fans  # all but the account and its other fans
    value = scores.macro()["mrr"]
    expected = float(chance_of(places).mean())
    low, high = _by_chance(places, follows, params)
    holds = low <= value <= high
    found = (
        f"MRR {value:.4f}; chance is {expected:.4f}, {params.level:.0%} of the time between"
        f" {low:.4f} and {high:.4f} ({len(follows):,} accounts)"
    )
    way_out = "" if holds else WAY_OUT
    state: State = "ok" if holds else "fail"
    return Canary(subject, CHANCE, state, found, way_out, value, expected, low, high)


def _by_chance(
    places: NDArray[np.int64], follows: NDArray[np.int64], params: AuditParams
) -> tuple[float, float]:
    """The interval of the mean over accounts of mean 1 / rank, each rank even on its places."""
    random = np.random.default_rng(params.seed)
    account = np.repeat(np.arange(len(places)), follows)
    weight = 1 / (follows[account] * len(places))
    means = [
        float(weight @ (1 / random.integers(1, places[account] + 1)))
        for _ in range(params.resamples)
    ]
    tail = (1 - params.level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def gone(
    rule: str, rival: str, honest: Scorer, spoilt: Scorer, split: Split, params: AuditParams
) -> Canary:
    """Whether a gain over popularity has vanished where what made it is spoilt.

    See `mmga.evaluation.chance.gain_left`.

    Args:
        rule: What must be true.
        rival: The name of the model.
        honest: Trained on what is not spoilt.
        spoilt: The same on what is.
        split: Whose test follows judge.
        params: Of the intervals.
    """
    subject = f"canary: {rival}"
    values = [_auc(s, split) for s in (Popularity(train_follows(split)), honest, spoilt)]
    if any(value is None for value in values):
        return Canary(subject, rule, "skip", "no test follow has degree-matched negatives")
    aucs = np.stack([value for value in values if value is not None], axis=1)
    gain = gain_left([aucs], params.resamples, params.seed, params.level)
    found = (
        f"AUC {gain.value:.3f}; {gain.against} has {gain.expected:.3f}, by chance"
        f" {gain.low:.3f} to {gain.high:.3f} at {params.level:.0%} ({len(aucs):,} accounts);"
        f" unspoilt, the same training comes to {gain.before:.3f}"
    )
    numbers = {
        "value": gain.value,
        "expected": gain.expected,
        "low": gain.low,
        "high": gain.high,
    }
    if gain.value > gain.high:
        return Canary(subject, rule, "fail", found, WAY_OUT, **numbers)
    if gain.before <= gain.needed:
        found += ", which is no gain either: this tells nothing"
        return Canary(subject, rule, "skip", found, "", **numbers)
    return Canary(subject, rule, "ok", found, "", **numbers)


def _auc(scorer: Scorer, split: Split) -> Floats | None:
    """By account, the mean share of negatives that its test fans are ranked above."""
    edges = split.test[split.negatives.ranked]
    negatives = {"C2": split.negatives.of("fans")["C2"]}
    ranks = rank_follows(scorer, "fans", edges, Known(split), negatives)
    scores = metrics_of(ranks, "C2", np.ones(len(edges), dtype=np.bool_))
    return None if scores is None else scores.values["auc"].to_numpy()
