"""MMGA against others in every case, paired by seed and query."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from mmga.evaluation.statistics import two_level_intervals
from mmga.study.params import StudyParams

CANDIDATES = ("C0", "C2", "C3")
"""Those that decide; C1 is in the table of all models only."""
HEURISTICS = (
    "popularity", "reciprocity", "common_neighbours", "adamic_adar", "resource_allocation",
    "three_steps", "four_steps", "five_steps", "jaccard", "pagerank", "svd", "ridge",
)  # fmt: skip
"""Scorers that learn nothing but a setting."""

COMPARED = (
    "task", "candidates", "users", "against", "baseline",
    "mrr", "its_mrr", "difference", "low", "high", "queries",
)  # fmt: skip
"""The columns of `compared`."""

Rows = pd.DataFrame


def compared(full: Rows, study: StudyParams) -> Rows:
    """MMGA against each kind's strongest, in every case, with intervals."""
    rows = []
    for (task, candidates, users), case in full.groupby(["task", "candidates", "users"]):
        if candidates not in CANDIDATES or users not in ("warm", "cold"):
            continue
        means = means_of_seeds(case, "model")
        for kind, names in _kinds(means.index).items():
            best = str(means[names].idxmax())
            found = difference(case, case, "mmga", best, study)
            if found is not None:
                rows.append(
                    {"task": task, "candidates": candidates, "users": users, "against": kind,
                     "baseline": best, **found}
                )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COMPARED))


def means_of_seeds(queries: Rows, *keys: str) -> pd.Series:
    """The MRR by some keys: the mean over seeds of the mean over queries."""
    by_seed = queries.groupby([*keys, "seed"])["mrr"].mean()
    return by_seed.groupby(level=list(keys)).mean()


def difference(
    ours: Rows, theirs: Rows, model: str, baseline: str, study: StudyParams
) -> dict[str, float] | None:
    """`paired` of the MRR of two scorers, by seed and query."""
    keys = ["seed", "query"]
    a = ours[ours["model"] == model].set_index(keys)["mrr"]
    b = theirs[theirs["model"] == baseline].set_index(keys)["mrr"]
    return paired(a, b, study)


def paired(ours: pd.Series, theirs: pd.Series, study: StudyParams) -> dict[str, float] | None:
    """The mean of both, their paired difference and its two-level interval.

    Args:
        ours: What each query, or user, got; indexed by seed and by it.
        theirs: Likewise.
        study: Of the bootstrap.

    Returns:
        `mrr`, `its_mrr`, `difference`, `low`, `high`, and `queries`, how many there are of a seed;
        None where they share none.
    """
    both = pd.concat([ours, theirs], axis=1, keys=["ours", "theirs"], join="inner").astype(float)
    if both.empty:
        return None
    by_seed = [frame.to_numpy() for _, frame in both.groupby(level=0)]
    apart = [(found[:, :1] - found[:, 1:]) for found in by_seed]
    low, high = two_level_intervals(apart, resamples=study.resamples, seed=study.seed)
    value, other = np.mean([found.mean(axis=0) for found in by_seed], axis=0)
    return {
        "mrr": float(value),
        "its_mrr": float(other),
        "difference": float(value - other),
        "low": float(low[0]),
        "high": float(high[0]),
        "queries": len(both) / len(by_seed),
    }


def _kinds(names: Iterable[str]) -> dict[str, list[str]]:
    present = list(names)
    kinds = {
        "stacked late fusion": ["stacked_late_fusion"],
        "boosted heuristics": ["boosted"],
        "learned from the graph": ["node2vec", "lightgcn"],
        "GraphSAGE on raw features": ["sage_on_raw_features"],
        "text-graph contrast": ["congrat"],
        "content only": [
            "image_only",
            "text_only",
            "image_text",
            "image_text_contrast",
            "text_profile",
        ],
        "late fusion with paths": ["late_fusion_with_paths"],
        "late fusion": ["late_fusion"],
        "graph only": ["graph_only"],
        "graph only with paths": ["graph_only_with_paths"],
        "best heuristic": list(HEURISTICS),
    }
    found = {kind: [n for n in among if n in present] for kind, among in kinds.items()}
    return {kind: among for kind, among in found.items() if among}
