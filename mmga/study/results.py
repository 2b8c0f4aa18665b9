"""What the study found, as `docs/results.md`: every number in it comes from `build/study/`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmga.evaluation.statistics import two_level_intervals
from mmga.study.experiments import ALPHAS, Experiment, seeds_of
from mmga.study.figures import draw_forest, draw_robustness
from mmga.study.params import StudyParams

CANDIDATES = ("C0", "C2", "C3")
"""Those that decide; C1 is in the table of all models only."""
TASKS = ("fans", "followees")
HEURISTICS = (
    "popularity", "reciprocity", "common_neighbours", "adamic_adar", "resource_allocation",
    "three_steps", "jaccard", "pagerank", "svd",
)  # fmt: skip
"""Scorers that learn nothing but a setting."""

Rows = pd.DataFrame


def write_results(
    tables: Mapping[str, Rows],
    every: Sequence[Experiment],
    study: StudyParams,
    planned: int,
    docs: Path,
) -> None:
    """Write `docs/results.md` and its figures.

    Args:
        tables: Those of `mmga.study.run.TABLES`, of all runs, with `experiment` and `seed`.
        every: The experiments.
        study: Seeds and resamples.
        planned: How many trainings the study has when it is complete.
        docs: Where `results.md` and the folder `results/` go.
    """
    queries, probes = tables["queries"], tables["probes"]
    ended = queries[["experiment", "seed"]].drop_duplicates()
    seeds = int((ended["experiment"] == "full").sum())
    every = [one for one in every if one.name in set(ended["experiment"])]
    figures = docs / "results"
    figures.mkdir(parents=True, exist_ok=True)
    full = queries[queries["experiment"] == "full"]
    against = compared(full, study)
    draw_forest(against, figures / "comparison.png")
    lines = [
        "# What the study found",
        "",
        "Printed by `make study` (`mmga/study/results.py`); nothing here is typed by hand. The data"
        " are",
        "those in `data/`, the settings those of `params.yaml`. A number is the mean over seeds (of"
        f" {seeds},",
        "each a split and an initialisation of its own) of the mean over queries; intervals are of"
        " 95 %, by a",
        "bootstrap over seeds and queries. What C0, C2 and C3 are: decisions/candidates.md.",
        "",
        *(
            [f"**Not complete: {len(ended)} of {planned} trainings have ended.**", ""]
            * (len(ended) < planned)
        ),
        "## MMGA against the strongest of each kind",
        "",
        "![Differences in MRR with their intervals](results/comparison.png)",
        "",
        *_comparison(against),
        "## All models",
        "",
        *_all_models(full),
        "## Ablations: what is lost without a part",
        "",
        *_ablations(queries, every, study),
        "## What each step teaches the encoders",
        "",
        *_steps(probes),
        "## How much of a target lies on soft neighbours: alpha, chosen on validation",
        "",
        *_alphas(tables["validation"]),
        "## Other tasks",
        "",
        *_other_tasks(tables["tasks"]),
        "## Newcomers: cold users after their first follows",
        "",
        *_newcomers(tables["tasks"]),
        "## Negative controls",
        "",
        *_controls(queries, every),
    ]
    robust = _spoilt(queries, every, study)
    if not robust.empty:
        draw_robustness(robust, figures / "robustness.png")
        lines += [
            "## Spoilt inputs",
            "",
            "![MRR with spoilt inputs](results/robustness.png)",
            "",
            *table(robust),
        ]
    text = "\n".join(lines).rstrip() + "\n"
    (docs / "results.md").write_text(text, encoding="utf-8")


def compared(full: Rows, study: StudyParams) -> Rows:
    """MMGA against each kind's strongest, in every case, with intervals."""
    rows = []
    for (task, candidates, users), case in full.groupby(["task", "candidates", "users"]):
        if candidates not in CANDIDATES or users not in ("warm", "cold"):
            continue
        means = case.groupby("model")["mrr"].mean()
        for kind, names in _kinds(means.index).items():
            best = str(means[names].idxmax())
            rows.append(
                {"task": task, "candidates": candidates, "users": users, "against": kind,
                 "baseline": best, **difference(case, case, "mmga", best, study)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def difference(
    ours: Rows, theirs: Rows, model: str, baseline: str, study: StudyParams
) -> dict[str, float]:
    """The mean of both, their paired difference and its two-level interval."""
    keys = ["seed", "query"]
    a = ours[ours["model"] == model].set_index(keys)["mrr"]
    b = theirs[theirs["model"] == baseline].set_index(keys)["mrr"]
    both = pd.concat([a, b], axis=1, keys=["ours", "theirs"], join="inner").astype(float)
    by_seed = [frame.to_numpy() for _, frame in both.groupby("seed")]
    apart = [(found[:, :1] - found[:, 1:]) for found in by_seed]
    low, high = two_level_intervals(apart, resamples=study.resamples, seed=study.seed)
    value, other = np.mean([found.mean(axis=0) for found in by_seed], axis=0)
    return {
        "mrr": float(value),
        "its_mrr": float(other),
        "difference": float(value - other),
        "low": float(low[0]),
        "high": float(high[0]),
    }


def table(rows: Rows) -> list[str]:
    """Markdown, numbers of four digits."""
    if rows.empty:
        return ["Not run.", ""]
    text = rows.map(lambda value: f"{value:.4f}" if isinstance(value, float) else str(value))
    lines = [text.columns.tolist(), ["---"] * len(text.columns), *text.to_numpy().tolist()]
    return [*("| " + " | ".join(map(str, line)) + " |" for line in lines), ""]


def _kinds(names: Iterable[str]) -> dict[str, list[str]]:
    present = list(names)
    kinds = {
        "stacked late fusion": ["stacked_late_fusion"],
        "late fusion with paths": ["late_fusion_with_paths"],
        "late fusion": ["late_fusion"],
        "graph only": ["graph_only"],
        "graph only with paths": ["graph_only_with_paths"],
        "best heuristic": list(HEURISTICS),
    }
    found = {kind: [n for n in among if n in present] for kind, among in kinds.items()}
    return {kind: among for kind, among in found.items() if among}


def _comparison(against: Rows) -> list[str]:
    columns = ["candidates", "against", "baseline", "mrr", "its_mrr"]
    lines = []
    for (task, users), rows in against.groupby(["task", "users"], sort=False):
        shown = rows[columns].assign(
            difference=rows["difference"].map("{:+.4f}".format),
            interval=rows["low"].map("{:+.4f}".format)
            + " to "
            + rows["high"].map("{:+.4f}".format),
            verdict=list(map(verdict, rows["low"], rows["high"])),
        )
        lines += [f"### {task}, {users} users (MRR)", "", *table(shown)]
    return lines


def verdict(low: float, high: float) -> str:
    """What an interval of a difference allows to say."""
    return "better" if low > 0 else "worse" if high < 0 else "undecided"


def _all_models(full: Rows) -> list[str]:
    rows = full[full["users"].isin(["warm", "cold"])]
    by_seed = rows.groupby(["users", "task", "model", "candidates", "seed"])["mrr"].mean()
    spread = by_seed.groupby(["users", "task", "model", "candidates"]).agg(["mean", "std"])
    spread["cell"] = spread["mean"].map("{:.4f}".format)
    spread["cell"] += spread["std"].map(lambda s: "" if np.isnan(s) else f" ± {s:.4f}")
    wide = spread["cell"].unstack("candidates")
    first = spread["mean"].unstack("candidates")["C0"]
    lines = []
    for (users, task), part in wide.groupby(level=["users", "task"], sort=False):
        order = first.loc[part.index].sort_values(ascending=False).index
        shown = part.loc[order].reset_index().drop(columns=["users", "task"])
        lines += [f"### {task}, {users} users (MRR, ± standard deviation between seeds)", ""]
        lines += table(shown)
    return lines


def _ablations(queries: Rows, every: Sequence[Experiment], study: StudyParams) -> list[str]:
    rows = []
    for one in every:
        if one.group != "ablation" or not seeds_of(one, study):
            continue
        row = {"without": one.name, "what": one.shows}
        for users in ("warm", "cold"):
            for candidates in ("C0", "C2"):
                case = queries[
                    (queries["users"] == users)
                    & (queries["candidates"] == candidates)
                    & (queries["task"] == "fans")
                ]
                full = case[case["experiment"] == "full"]
                found = difference(
                    full, case[case["experiment"] == one.name], "mmga", "mmga", study
                )
                row[f"{candidates} {users}"] = (
                    f"{found['difference']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]"
                )
        rows.append(row)
    seeds = f"{study.ablation_seeds} seeds" if study.ablation_seeds > 1 else "one seed"
    return [
        f"Full MMGA minus MMGA without it, MRR of fans ({seeds}).",
        "",
        *table(pd.DataFrame(rows)),
    ]


def _steps(probes: Rows) -> list[str]:
    steps = {"after_step_0": "0", "after_step_1": "1", "after_step_2": "2", "full": "3"}
    rows = probes[probes["experiment"].isin(steps) & (probes["model"] == "mmga")]
    if rows.empty:
        return ["Not run.", ""]
    rows = rows.assign(after=rows["experiment"].map(steps))
    wide = rows.pivot_table(index=["view", "after"], columns="metric", values="value").reset_index()
    fusion = probes[(probes["experiment"] == "full") & (probes["model"] == "late_fusion")]
    other = fusion.pivot_table(index="view", columns="metric", values="value").reset_index()
    return [
        "Linear probes of each view of a user: the topic, and where cold users would stand in the",
        "graph (MRR among as popular ones, C2).",
        "",
        *table(wide),
        "The same of late fusion:",
        "",
        *table(other),
    ]


def _alphas(validation: Rows) -> list[str]:
    """The best validation MRR of each alpha, where they were trained with the same seeds."""
    tried = validation[validation["experiment"].isin({"full", *map("alpha_{:g}".format, ALPHAS)})]
    best = tried.groupby(["experiment", "seed"])["validation_mrr"].max().unstack("experiment")
    means = best.dropna().mean().rename("validation MRR").rename_axis("alpha")
    return table(means.reset_index())


def _other_tasks(tasks: Rows) -> list[str]:
    """Means over seeds; `direction` 0.5 is guessing."""
    rows = tasks[~tasks["task"].str.contains(" after ")]
    means = rows.groupby(["task", "users", "metric", "model"], sort=False)["value"].mean()
    lines = []
    for task, part in means.groupby(level="task", sort=False):
        wide = part.droplevel("task").unstack(["users", "metric"])
        wide.columns = [" ".join(column) for column in wide.columns]
        lines += [f"### {task}", "", *table(wide.reset_index())]
    return lines or ["Not run.", ""]


def _newcomers(tasks: Rows) -> list[str]:
    """MRR of cold users by how many follows they have shown; the same follows are ranked."""
    rows = tasks[tasks["task"].str.contains(" after ")]
    lines = []
    for what, part in rows.groupby(rows["task"].str.split().str[0], sort=False):
        shown = part["task"].str.removeprefix(f"{what} ")
        means = part.groupby(["model", part["metric"] + " " + shown], sort=False)["value"].mean()
        lines += [f"### {what} (MRR)", "", *table(means.unstack().reset_index())]
    return lines or ["Not run.", ""]


def _controls(queries: Rows, every: Sequence[Experiment]) -> list[str]:
    rows = []
    for one in every:
        if one.group != "control":
            continue
        case = queries[
            (queries["experiment"] == one.name)
            & (queries["task"] == "fans")
            & (queries["users"] == "warm")
            & queries["candidates"].isin(["C0", "C2"])
        ]
        means = case.groupby(["model", "candidates"])["mrr"].mean().unstack("candidates")
        shown = [m for m in (*one.models, "popularity") if m in means.index]
        rows += [
            {"control": one.name, "expected": one.shows, "model": m, **means.loc[m].to_dict()}
            for m in shown
        ]
    return ["Warm users, MRR of fans.", "", *table(pd.DataFrame(rows))]


def _spoilt(queries: Rows, every: Sequence[Experiment], study: StudyParams) -> Rows:
    """MMGA and late fusion with each spoilt input, and with none, on the same seeds."""
    spoilt = [one for one in every if one.group == "robustness" and seeds_of(one, study)]
    rows = []
    for name, shows in [("full", "nothing spoilt"), *((one.name, one.shows) for one in spoilt)]:
        case = queries[
            (queries["experiment"] == name)
            & queries["seed"].isin(study.seeds[: study.robustness_seeds])
            & (queries["task"] == "fans")
            & (queries["candidates"] == "C0")
            & queries["model"].isin(["mmga", "late_fusion"])
            & queries["users"].isin(["warm", "cold"])
        ]
        named = case.assign(column=case["model"] + ", " + case["users"])
        means = named.groupby("column")["mrr"].mean()
        rows.append({"input": shows, **dict(zip(means.index, map(float, means), strict=True))})
    return pd.DataFrame(rows) if spoilt else pd.DataFrame()
