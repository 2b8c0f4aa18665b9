"""What spoilt inputs cost MMGA and late fusion with paths, as tables and as points of curves."""

import re
from collections.abc import Sequence

import pandas as pd

from mmga.evaluation.statistics import two_level_intervals
from mmga.study.differences import Rows, difference, means_of_seeds
from mmga.study.experiments import Experiment, seeds_of
from mmga.study.markdown import in_words, table
from mmga.study.params import StudyParams
from mmga.study.topics import f1, paired_f1

MODELS = ("mmga", "late_fusion_with_paths")
"""Both have the second stage, so that the curves tell what the alignment does."""

CURVES = {
    "captions missing, %": (r"caption_missing_(\d+)", 0.0),
    "pictures missing, %": (r"picture_missing_(\d+)", 0.0),
    "posts a user": (r"posts_(\d+)", float("inf")),
    "training pairs, %": (r"(half)_the_follows", 100.0),
}
"""How the experiments of a curve are named, and where it has the inputs that are not spoilt."""

WORDS = {"half": 50.0}

WRONG = {"topic_f1": 0.0, "topic_f1_wrong_labels": 10.0}
"""How many percent of the labels are wrong."""


def spoilt(queries: Rows, every: Sequence[Experiment], study: StudyParams) -> Rows:
    """Both with each spoilt input, and with none, on the same seeds."""
    spoilt = [one for one in every if one.group == "robustness" and seeds_of(one, study)]
    if not spoilt:
        return pd.DataFrame()
    named = _judged(queries, study)
    named = named.assign(column=named["model"] + ", " + named["users"])
    rows = []
    for name, shows in [("full", "nothing spoilt"), *((one.name, one.shows) for one in spoilt)]:
        own = named[named["experiment"] == name]
        means = means_of_seeds(own, "column")
        row = {"input": shows, **dict(zip(means.index, map(float, means), strict=True))}
        for users in ("warm", "cold"):
            part = own[own["users"] == users]
            row[f"difference, {users}"] = in_words(difference(part, part, *MODELS, study))
        rows.append({**row, "seeds": own["seed"].nunique()})
    return pd.DataFrame(rows)


def points(queries: Rows, every: Sequence[Experiment], study: StudyParams) -> Rows:
    """The points of all curves: MRR of fans (C0) with its interval, on the seeds of all of them.

    Returns:
        Columns `curve`, `x`, `model`, `users`, `mrr`, `low`, `high`; a curve that has no spoilt
        input is missing.
    """
    named = _judged(queries, study)
    rows = []
    for curve, (pattern, whole) in CURVES.items():
        found = {one.name: re.fullmatch(pattern, one.name) for one in every}
        at = {name: match.group(1) for name, match in found.items() if match}
        where = {"full": whole} | {n: WORDS.get(x) or float(x) for n, x in at.items()}
        if not at:
            continue
        case = named[named["experiment"].isin(where)]
        for (name, model, users), part in case.groupby(["experiment", "model", "users"]):
            by_seed = [rows["mrr"].to_numpy(float)[:, None] for _, rows in part.groupby("seed")]
            low, high = two_level_intervals(by_seed, resamples=study.resamples, seed=study.seed)
            mean = float(sum(values.mean() for values in by_seed) / len(by_seed))
            rows.append(
                (curve, where[str(name)], model, users, mean, float(low[0]), float(high[0]))
            )
    return pd.DataFrame(rows, columns=["curve", "x", "model", "users", "mrr", "low", "high"])


def labels(topics: Rows, study: StudyParams) -> Rows:
    """The topic's macro F1 by all views, with right labels and with a tenth of them wrong.

    Args:
        topics: Table `topics`.
        study: Of the bootstrap.

    Returns:
        Columns `x` (percent wrong), `model`, `f1`, `low`, `high`.
    """
    rows = []
    for model in MODELS:
        for metric, part in _by_labels(topics, model).items():
            found = f1(part, study)
            if found is not None:
                rows.append({"x": WRONG[metric], "model": model, **found})
    return pd.DataFrame(rows, columns=["x", "model", "f1", "low", "high"])


def wrong_labels(topics: Rows, study: StudyParams) -> list[str]:
    """A line a model."""
    rows = []
    for model in MODELS:
        right, wrong = _by_labels(topics, model).values()
        found = paired_f1(wrong, right, study)
        if found is not None:
            rows.append({"model": model, "right labels": found["its_mrr"],
                         "10 % wrong topic labels": found["mrr"],
                         "difference": in_words(found)})  # fmt: skip
    seeds = topics.loc[topics["experiment"] == "full", "seed"].nunique()
    whose = f", on the seeds of the main comparison ({seeds})" if seeds else ""
    return [
        "The topic by a linear model on all views (macro F1), learned with right labels and with a"
        " tenth of them wrong,",
        f"while nothing else is spoilt{whose}:",
        "",
        *table(pd.DataFrame(rows), "hardly anybody has a topic"),
    ]


def _by_labels(topics: Rows, model: str) -> dict[str, Rows]:
    """What was told by all views of the main comparison, by `WRONG`."""
    own = topics[
        (topics["experiment"] == "full") & (topics["view"] == "all") & (topics["model"] == model)
    ]
    return {metric: own[own["metric"] == metric] for metric in WRONG}


def _judged(queries: Rows, study: StudyParams) -> Rows:
    """MRR of fans among all users, of the seeds of all spoilt inputs."""
    return queries[
        queries["seed"].isin(study.seeds[: study.robustness_seeds])
        & (queries["task"] == "fans")
        & (queries["candidates"] == "C0")
        & queries["model"].isin(MODELS)
        & queries["users"].isin(["warm", "cold"])
    ]
