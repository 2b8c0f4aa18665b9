"""Every baseline that is trained for the study, each with the same number of tries."""

from collections.abc import Sequence
from dataclasses import replace

from mmga.errors import InputError
from mmga.evaluation.baselines.boosting import boosted
from mmga.evaluation.baselines.evidence import Evidence, Memory, Remembered
from mmga.evaluation.baselines.follows import Floats, train_follows
from mmga.evaluation.baselines.lightgcn import best_lightgcn
from mmga.evaluation.baselines.node2vec import best_node2vec
from mmga.evaluation.baselines.sage import best_sage
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.ranking import Scorer

CONTENT_AND_GRAPH = (
    "image_only", "text_only", "image_text", "image_text_contrast", "congrat", "graph_only",
    "late_fusion", "text_profile",
)  # fmt: skip
"""Whose scores are stacked, beside heuristics and what is learned from the graph or from raw
features; none of them has been fitted on validation follows (some were stopped by them)."""
COUNTS = (
    "popularity", "common_neighbours", "jaccard", "adamic_adar", "resource_allocation",
    "three_steps", "four_steps", "five_steps", "pagerank",
)  # fmt: skip
"""Heuristics of which a number means the same for every query."""
FACTORS = ("svd", "ridge")
"""Those of which it does not."""


def trained_baselines(
    untrained: Sequence[Scorer], models: Sequence[Scorer], content: Floats, tuning: Tuning
) -> list[Scorer]:
    """Train them all; what validation follows are too few for is left out.

    Reciprocity is no evidence: a pair is on one side of the split, so a model that is fitted on
    validation follows would learn from it how we split and not who follows whom.

    Args:
        untrained: The heuristics, as tuned.
        models: The trained models; of them and of `untrained`, `CONTENT_AND_GRAPH` are stacked.
        content: What posts say of users, shape (users, width); see `described`.
        tuning: Trains, tunes and keeps the record.
    """
    split = tuning.validation.split
    learned: list[Scorer] = [
        best_node2vec(train_follows(split), tuning),
        best_lightgcn(split, tuning),
        best_sage(split, content, tuning),
    ]
    counts = [scorer for scorer in untrained if scorer.name in COUNTS]
    factors = [scorer for scorer in untrained if scorer.name in FACTORS]
    stacked = [scorer for scorer in (*models, *untrained) if scorer.name in CONTENT_AND_GRAPH]
    memory = Memory(Evidence(counts, [*factors, *learned, *stacked], ~split.cold))
    evidence = {
        "boosted": Evidence(counts, factors, ~split.cold),
        "stacked_late_fusion": memory.evidence,
    }
    found = [*learned]
    for name, columns in evidence.items():
        shared = Remembered(columns.counts, columns.scores, columns.warm, memory)
        try:
            found.append(replace(boosted(name, shared, tuning), evidence=columns))
        except InputError as few:
            print(f"left out: {few}", flush=True)
    return found
