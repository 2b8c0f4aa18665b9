"""What the study asks beside the ranking of follows of known users."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mmga.alignment.inference import embed_features
from mmga.alignment.params import PretrainParams
from mmga.evaluation.baselines.boosting import Boosted
from mmga.evaluation.baselines.untrained import refitted
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.slices import by_temperature
from mmga.evaluation.tasks import direction, lookalike
from mmga.fans import FanModel
from mmga.splits.split import TASKS, Split
from mmga.study.retrieval import retrieval

COLUMNS = ("task", "model", "users", "metric", "query", "value")


@dataclass(frozen=True)
class Trained:
    """A training that can be taken up again: its network, and what it was trained on."""

    model: Path
    params: PretrainParams
    features: Path


def other_tasks(
    trained: Trained,
    models: Sequence[FanModel],
    scorers: Sequence[Scorer],
    split: Split,
    topics: Sequence[str | None],
    seed: int,
) -> pd.DataFrame:
    """Directions of ties, look-alikes, cross-modal retrieval, and newcomers after a few follows.

    Args:
        trained: The training of MMGA.
        models: MMGA and its rivals.
        scorers: All that is judged.
        split: What judges.
        topics: Of each user, None or empty where it is not known.
        seed: Where the iterations for singular vectors start.

    Returns:
        Columns `COLUMNS`: what each got who was asked; a metric is the mean.
    """
    found: list[pd.DataFrame] = []
    for scorer in scorers:
        for users, right in direction(scorer, split).items():
            found.append(_rows("direction", scorer.name, users, "accuracy", right))
    for model in models:
        for users, metrics in lookalike(model, split, topics).items():
            found += [_rows("look-alikes", model.name, users, *each) for each in metrics.items()]
    read = (trained.model, trained.params, trained.features)
    for way, metrics in retrieval(*read, split, trained.params.seed).items():
        found += [_rows(way, "mmga", "all", *each) for each in metrics.items()]
    found += _newcomers(trained, scorers, split, seed)
    return pd.concat([pd.DataFrame(columns=list(COLUMNS)), *found])


def _rows(task: str, model: str, users: str, metric: str, each: pd.Series) -> pd.DataFrame:
    case = {"task": task, "model": model, "users": users, "metric": metric}
    return pd.DataFrame({**case, "query": each.index, "value": each.to_numpy(np.float32)})


def _newcomers(
    trained: Trained, scorers: Sequence[Scorer], split: Split, seed: int
) -> Iterator[pd.DataFrame]:
    """How cold users are ranked when they have shown 0, 1, ... follows; nothing is trained anew.

    Heuristics keep the settings that were chosen for them when nothing was shown. Of what is
    boosted, that over heuristics alone takes part: those know the follows at once.
    """
    rows, known = by_temperature(split)["cold"], Known(split)
    ranked = split.test[split.negatives.ranked][rows]
    if not len(ranked):
        return
    for shown in split.params.revealed:
        seen = split.with_revealed(shown)
        read = (trained.model, trained.params, trained.features)
        ours = embed_features(*read, split.user_ids, seen.train)
        heuristics = refitted(scorers, seen, seed)
        warm = np.isin(np.arange(len(split.user_ids)), seen.train)
        renewed = [
            replace(scorer, evidence=scorer.evidence.of_others(heuristics, warm))
            for scorer in scorers
            if isinstance(scorer, Boosted) and scorer.name == "boosted"
        ]
        for scorer in (ours, *heuristics, *renewed):
            name = "mmga" if scorer is ours else scorer.name
            for task in TASKS:
                drawn = {kind: table[rows] for kind, table in split.negatives.of(task).items()}
                ranks = rank_follows(scorer, task, ranked, known, drawn)
                for candidates in ("C0", "C2"):
                    scores = metrics_of(ranks, candidates, np.ones(len(ranked), dtype=bool))
                    if scores is not None:
                        each = pd.Series(scores.values["mrr"].to_numpy(), scores.query)
                        yield _rows(f"{task} after {shown} follows", name, "cold", candidates, each)
