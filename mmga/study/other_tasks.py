"""What the study asks beside the ranking of follows of known users."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mmga.alignment.inference import embed_features
from mmga.alignment.params import PretrainParams
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.report import EvaluateParams
from mmga.evaluation.slices import by_temperature
from mmga.evaluation.tasks import direction, lookalike
from mmga.fans import FanModel
from mmga.splits.split import TASKS, Split
from mmga.study.retrieval import retrieval

COLUMNS = ("task", "model", "users", "metric", "value", "n")

Row = tuple[str, str, str, str, float, int]


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
    evaluate: EvaluateParams,
) -> pd.DataFrame:
    """Directions of ties, look-alikes, cross-modal retrieval, and newcomers after a few follows.

    Args:
        trained: The training of MMGA.
        models: MMGA and its rivals.
        scorers: All that is judged.
        split: What judges.
        topics: Of each user, None or empty where it is not known.
        evaluate: How the baselines are tuned.

    Returns:
        Columns `COLUMNS`.
    """
    rows: list[Row] = []
    for scorer in scorers:
        found = direction(scorer, split)
        rows += [("direction", scorer.name, users, "accuracy", *f) for users, f in found.items()]
    for model in models:
        for users, metrics in lookalike(model, split, topics).items():
            rows += [("look-alikes", model.name, users, name, *f) for name, f in metrics.items()]
    read = (trained.model, trained.params, trained.features)
    for way, metrics in retrieval(*read, split, trained.params.seed).items():
        rows += [(way, "mmga", "all", name, *f) for name, f in metrics.items()]
    rows += _newcomers(trained, split, evaluate)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _newcomers(trained: Trained, split: Split, evaluate: EvaluateParams) -> Iterator[Row]:
    """How cold users are ranked when they have shown 0, 1, ... follows; nothing is trained anew."""
    rows, known = by_temperature(split)["cold"], Known(split)
    ranked = split.test[split.negatives.ranked][rows]
    if not len(ranked):
        return
    for shown in split.params.revealed:
        seen = split.with_revealed(shown)
        read = (trained.model, trained.params, trained.features)
        ours = embed_features(*read, split.user_ids, seen.train)
        heuristics = baselines(
            seen,
            evaluate.svd_ranks,
            evaluate.pagerank_restarts,
            Validation(seen, evaluate.tuning_follows),
            evaluate.seed,
        )
        for scorer in (ours, *heuristics):
            name = "mmga" if scorer is ours else scorer.name
            for task in TASKS:
                drawn = {kind: table[rows] for kind, table in split.negatives.of(task).items()}
                ranks = rank_follows(scorer, task, ranked, known, drawn)
                for candidates in ("C0", "C2"):
                    scores = metrics_of(ranks, candidates, np.ones(len(ranked), dtype=bool))
                    if scores is not None:
                        mrr = (scores.macro()["mrr"], len(scores.query))
                        yield f"{task} after {shown} follows", name, "cold", candidates, *mrr
