"""The tables of `docs/results.md`, as lines of Markdown."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmga.study.differences import Rows, difference, verdict
from mmga.study.experiments import ALPHAS, Experiment, seeds_of
from mmga.study.params import StudyParams


def table(rows: Rows) -> list[str]:
    """Markdown, numbers of four digits."""
    if rows.empty:
        return ["Not run.", ""]
    text = rows.map(lambda value: f"{value:.4f}" if isinstance(value, float) else str(value))
    lines = [text.columns.tolist(), ["---"] * len(text.columns), *text.to_numpy().tolist()]
    return [*("| " + " | ".join(map(str, line)) + " |" for line in lines), ""]


def comparison(against: Rows) -> list[str]:
    """MMGA and the strongest of each kind, a table a task and temperature."""
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


def all_models(full: Rows) -> list[str]:
    """Every scorer, the best on C0 first."""
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


def ablations(queries: Rows, every: Sequence[Experiment], study: StudyParams) -> list[str]:
    """What each part of MMGA is worth."""
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


def steps(probes: Rows) -> list[str]:
    """What linear models read off the views after each step."""
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


def alphas(validation: Rows) -> list[str]:
    """The best validation MRR of each alpha, where they were trained with the same seeds."""
    tried = validation[validation["experiment"].isin({"full", *map("alpha_{:g}".format, ALPHAS)})]
    best = tried.groupby(["experiment", "seed"])["validation_mrr"].max().unstack("experiment")
    means = best.dropna().mean().rename("validation MRR").rename_axis("alpha")
    return table(means.reset_index())


def other_tasks(tasks: Rows) -> list[str]:
    """Means over seeds; `direction` 0.5 is guessing."""
    rows = tasks[~tasks["task"].str.contains(" after ")]
    means = rows.groupby(["task", "users", "metric", "model"], sort=False)["value"].mean()
    lines = []
    for task, part in means.groupby(level="task", sort=False):
        wide = part.droplevel("task").unstack(["users", "metric"])
        wide.columns = [" ".join(column) for column in wide.columns]
        lines += [f"### {task}", "", *table(wide.reset_index())]
    return lines or ["Not run.", ""]


def newcomers(tasks: Rows) -> list[str]:
    """MRR of cold users by how many follows they have shown; the same follows are ranked."""
    rows = tasks[tasks["task"].str.contains(" after ")]
    lines = []
    for what, part in rows.groupby(rows["task"].str.split().str[0], sort=False):
        shown = part["task"].str.removeprefix(f"{what} ")
        means = part.groupby(["model", part["metric"] + " " + shown], sort=False)["value"].mean()
        lines += [f"### {what} (MRR)", "", *table(means.unstack().reset_index())]
    return lines or ["Not run.", ""]


def controls(queries: Rows, every: Sequence[Experiment]) -> list[str]:
    """What spoilt training comes to, beside what is expected of it."""
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


def spoilt(queries: Rows, every: Sequence[Experiment], study: StudyParams) -> Rows:
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


def tuned(tuning: Rows) -> list[str]:
    """What was tried of each baseline of the main comparison, and what each seed chose."""
    tuning = tuning[tuning["experiment"] == "full"]
    trials = tuning.groupby(["baseline", "seed"], sort=False)["trial"].transform("max")
    rows = tuning.assign(trials=trials)[tuning["chosen"]]
    shown = rows[["baseline", "seed", "trials", "validation_mrr"]].rename(
        columns={"validation_mrr": "validation MRR"}
    )
    shown["chosen"] = [_said(json.loads(settings)) for settings in rows["settings"]]
    return [
        "Settings were chosen on validation follows between warm users (C0, the mean of both"
        " tasks).",
        "What else was tried: `build/study/tuning.parquet`.",
        "",
        *table(shown),
    ]


def _said(settings: Mapping[str, object]) -> str:
    said = {
        name: f"{value:.3g}" if isinstance(value, float) else str(value).lower()
        for name, value in settings.items()
    }
    return ", ".join(f"{name} {value}" for name, value in said.items())
