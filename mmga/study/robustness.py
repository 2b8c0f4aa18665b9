"""What spoilt inputs cost MMGA and late fusion, as tables and as points of curves."""

import re
from collections.abc import Sequence

import pandas as pd

from mmga.evaluation.statistics import two_level_intervals
from mmga.study.differences import Rows, difference
from mmga.study.experiments import Experiment, seeds_of
from mmga.study.markdown import in_words, table
from mmga.study.params import StudyParams

MODELS = ("mmga", "late_fusion")

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
    """MMGA and late fusion with each spoilt input, and with none, on the same seeds."""
    spoilt = [one for one in every if one.group == "robustness" and seeds_of(one, study)]
    if not spoilt:
        return pd.DataFrame()
    named = _judged(queries, study)
    named = named.assign(column=named["model"] + ", " + named["users"])
    rows = []
    for name, shows in [("full", "nothing spoilt"), *((one.name, one.shows) for one in spoilt)]:
        own = named[named["experiment"] == name]
        means = own.groupby("column")["mrr"].mean()
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


def labels(probes: Rows) -> Rows:
    """The topic's macro F1 by all views, with right labels and with a tenth of them wrong.

    Returns:
        Columns `x` (percent wrong), `model`, `f1`, and `low` and `high`, the least and the most of
        the seeds.
    """
    own = probes[
        (probes["experiment"] == "full")
        & (probes["view"] == "all")
        & probes["model"].isin(MODELS)
        & probes["metric"].isin(WRONG)
    ]
    own = own.assign(x=own["metric"].map(WRONG))
    sums = own.groupby(["x", "model"])["value"].agg(["mean", "min", "max"])
    return sums.set_axis(["f1", "low", "high"], axis=1).reset_index()


def wrong_labels(probes: Rows) -> list[str]:
    """A line a model."""
    f1 = labels(probes).set_index(["model", "x"])["f1"].astype(float)
    rows = []
    for model in [name for name in MODELS if (name, 0.0) in f1.index]:
        right, wrong = (f1[model, x] for x in WRONG.values())
        rows.append({"model": model, "right labels": right, "10 % wrong topic labels": wrong,
                     "difference": f"{wrong - right:+.4f}"})  # fmt: skip
    return [
        "The topic by a linear model on all views (macro F1), learned with right labels and with a"
        " tenth of them wrong:",
        "",
        *table(pd.DataFrame(rows), "hardly anybody has a topic"),
    ]


def _judged(queries: Rows, study: StudyParams) -> Rows:
    """MRR of fans among all users, of the seeds of all spoilt inputs."""
    return queries[
        queries["seed"].isin(study.seeds[: study.robustness_seeds])
        & (queries["task"] == "fans")
        & (queries["candidates"] == "C0")
        & queries["model"].isin(MODELS)
        & queries["users"].isin(["warm", "cold"])
    ]
