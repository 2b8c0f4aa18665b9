"""Negative controls: what spoilt training must come to, and whether it does."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmga.evaluation.chance import gain_left
from mmga.study.differences import Rows, means_of_seeds
from mmga.study.experiments import Experiment
from mmga.study.markdown import table, table_of_seeds
from mmga.study.params import StudyParams

GAINS = {"rewired": "graph_only", "shuffled_images": "image_only"}
"""Controls in which a model must lose what it gains over popularity."""


def controls(
    queries: Rows, chance: Rows, every: Sequence[Experiment], study: StudyParams
) -> list[str]:
    """Whether each passes, and what every model of it comes to.

    Args:
        queries: Table `queries`.
        chance: Table `chance`: MMGA's MRR, exact chance, and MMGA's with users relabelled.
        every: The experiments that were run.
        study: Says how sure the verdicts are.
    """
    shown = {one.name: one.shows for one in every if one.group == "control"}
    fans = queries[(queries["task"] == "fans") & (queries["users"] == "warm")]
    rows = []
    if len(chance):
        rows.append(_at_chance(chance, study.control_level))
    rows += [
        row
        for name, model in GAINS.items()
        if name in shown and (row := _gone(fans, name, model, study)) is not None
    ]
    return [
        f"Warm users, fans; intervals of {study.control_level:.0%}. `other_users` passes if MMGA's"
        " MRR (C0) is as of the same",
        "scores with users relabelled at random, whose expectation is chance (H_n / n). The others"
        " pass if the AUC on",
        "C2 (popularity does not help there) is no higher than that of popularity, or of a coin"
        " where that does better;",
        "`tells nothing` where the model gains nothing on inputs that are not spoilt, either.",
        "A model that is left with popularity has its AUC, which may lie below a coin's: the"
        " negatives of C2 are drawn by degree.",
        "",
        *table_of_seeds(pd.DataFrame(rows)),
        *[f"- `{name}`: {what}" for name, what in shown.items()],
        *([""] * bool(shown)),
        "MRR of fans, warm users, in all of them:",
        "",
        *table(_means(fans, every)),
    ]


def _at_chance(chance: Rows, level: float) -> dict[str, object]:
    """MMGA that learned follows of other users; the mean over seeds."""
    by_seed = [found["mrr"].to_numpy(float) for _, found in chance.groupby("seed")]
    value, expected, *relabelled = np.mean(by_seed, axis=0)
    low, high = np.quantile(relabelled, [(1 - level) / 2, (1 + level) / 2])
    holds = low <= value <= high
    return _row(
        "other_users", "mmga", "MRR", value, expected, (low, high), _passes(holds), len(by_seed)
    )


def _gone(fans: Rows, name: str, model: str, study: StudyParams) -> dict[str, object] | None:
    """Whether a gain is gone, over the seeds and queries that both trainings have."""
    case = fans[(fans["candidates"] == "C2") & fans["experiment"].isin([name, "full"])]
    of_model = case[case["model"].isin([model, "popularity"])]
    wide = of_model.pivot_table(
        index=["seed", "query"], columns=["experiment", "model"], values="auc"
    )
    needed = [(name, "popularity"), ("full", model), (name, model)]
    if not set(needed) <= set(wide.columns):
        return None
    by_seed = [part.to_numpy(float) for _, part in wide[needed].dropna().groupby(level="seed")]
    if not by_seed:
        return None
    gain = gain_left(by_seed, study.resamples, study.seed, study.control_level)
    said = _passes(gain.value <= gain.high)
    if said == "pass" and gain.before <= gain.needed:
        said = "tells nothing"
    within = (gain.low, gain.high)
    against = f"AUC against {gain.against}"
    popularity = float(np.mean([auc[:, 0].mean() for auc in by_seed]))
    return _row(
        name, model, against, gain.value, gain.expected, within, said, len(by_seed),
        unspoilt=gain.before, popularity=popularity,
    )  # fmt: skip


def _passes(holds: bool) -> str:
    return "pass" if holds else "fail"


def _row(
    control: str,
    model: str,
    measure: str,
    value: float,
    expected: float,
    within: tuple[float, float],
    verdict: str,
    seeds: int,
    *,
    unspoilt: float | None = None,
    popularity: float | None = None,
) -> dict[str, object]:
    return {
        "control": control,
        "model": model,
        "measure": measure,
        "value": float(value),
        "expected": float(expected),
        "by chance": f"{within[0]:.4f} to {within[1]:.4f}",
        "unspoilt": unspoilt,
        "popularity": popularity,
        "verdict": verdict,
        "seeds": seeds,
    }


def _means(fans: Rows, every: Sequence[Experiment]) -> Rows:
    rows = []
    for one in every:
        case = fans[fans["experiment"] == one.name]
        if one.group != "control" or case.empty:
            continue
        means = means_of_seeds(case, "model", "candidates").unstack("candidates")
        kinds = [kind for kind in ("C0", "C2") if kind in means]
        rows += [
            {"control": one.name, "model": model, **means.loc[model, kinds].to_dict()}
            for model in (*one.models, "popularity")
            if model in means.index
        ]
    return pd.DataFrame(rows)
