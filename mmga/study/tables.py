"""The tables of `docs/results.md`, as lines of Markdown."""

import json
from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.stats import t as student

from mmga.evaluation.metrics import HITS, NDCG, RECALL
from mmga.evaluation.statistics import LEVEL
from mmga.study.differences import HEURISTICS, Rows, difference
from mmga.study.experiments import ALPHAS, Experiment
from mmga.study.markdown import MISSING, in_words, table, table_of_seeds, verdict
from mmga.study.params import StudyParams

SHOWN = ("mmga", "stacked_late_fusion", "late_fusion_with_paths", "late_fusion")
"""Whose metrics are all shown, and those of the best heuristic."""

AMONG_ALL = ("mrr", "mrr over follows", *(f"hits@{k}" for k in HITS),
             *(f"recall@{k}" for k in RECALL), f"ndcg@{NDCG}", "ties")  # fmt: skip
"""Metrics among all users (C0)."""

AMONG_POPULAR = ("auc", "ap")
"""Metrics among as popular ones (C2)."""


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
    spread["cell"] += spread["std"].map(lambda s: "" if pd.isna(s) else f" ± {s:.4f}")
    wide = spread["cell"].unstack("candidates")
    first = spread["mean"].unstack("candidates")["C0"]
    lines = []
    for (users, task), part in wide.groupby(level=["users", "task"], sort=False):
        order = first.loc[part.index].sort_values(ascending=False).index
        shown = part.loc[order].reset_index().drop(columns=["users", "task"])
        lines += [f"### {task}, {users} users (MRR, ± standard deviation between seeds)", ""]
        lines += table(shown)
    return lines


def ranked(full: Rows) -> list[str]:
    """Every scorer, the best of warm users (C0, mean of both tasks) first."""
    rows = full[(full["users"] == "warm") & (full["candidates"] == "C0")]
    by_task = rows.groupby(["model", "task", "seed"])["mrr"].mean()
    best = by_task.groupby("model").mean().sort_values(ascending=False, kind="stable")
    return [str(name) for name in best.index]


def all_metrics(metrics: Rows) -> list[str]:
    """All metrics of a few scorers, means over seeds; MRR is told over follows, too.

    Args:
        metrics: Table `metrics`.
    """
    full = metrics[(metrics["experiment"] == "full") & metrics["users"].isin(["warm", "cold"])]
    lines = [
        "Means over queries, but for `mrr over follows`; among all users (C0), AUC and AP among as"
        " popular ones (C2). `ties`:",
        "how often another user has the very same score as the one who is sought.",
        "",
    ]
    for (users, task), case in full.groupby(["users", "task"], sort=False):
        wide = case.pivot_table(index="model", columns=["candidates", "metric"], values="value")
        among_all = wide["C0"]["mrr"]
        heuristics = among_all[among_all.index.isin(HEURISTICS)]
        models = [*SHOWN, *([str(heuristics.idxmax())] if len(heuristics) else [])]
        columns = [("C0", name) for name in AMONG_ALL] + [("C2", name) for name in AMONG_POPULAR]
        shown = wide.reindex(index=[m for m in models if m in wide.index], columns=columns)
        shown.columns = [name for _, name in columns]
        lines += [f"### {task}, {users} users", "", *table(shown.reset_index())]
    return lines


def ablations(
    queries: Rows, validation: Rows, every: Sequence[Experiment], study: StudyParams
) -> list[str]:
    """What each part of MMGA is worth.

    Args:
        queries: Table `queries`.
        validation: Table `validation`: which step ranked best, and was kept.
        every: The experiments that were run.
        study: Of the bootstrap.
    """
    rows = []
    fans = queries[queries["task"] == "fans"]
    for one in [one for one in every if one.group == "ablation"]:
        own = fans[fans["experiment"] == one.name]
        row = {"without": one.name, "what": one.shows, "seeds": own["seed"].nunique()}
        for users in ("warm", "cold"):
            for candidates in ("C0", "C2"):
                full, other = (
                    part[(part["users"] == users) & (part["candidates"] == candidates)]
                    for part in (fans[fans["experiment"] == "full"], own)
                )
                row[f"{candidates} {users}"] = in_words(
                    difference(full, other, "mmga", "mmga", study)
                )
        rows.append({**row, "kept of step": _kept(validation, one.name)})
    return [
        "Full MMGA minus MMGA without it, MRR of fans, on the seeds that both have.",
        "The epoch that ranks validation follows best is kept: where that is one of step 0, what"
        " comes after",
        "has not helped warm users.",
        "",
        *table_of_seeds(pd.DataFrame(rows)),
    ]


def _kept(validation: Rows, experiment: str) -> str:
    """The steps in which the best epochs of the seeds lie."""
    own = validation[validation["experiment"] == experiment]
    best = own.loc[own.groupby("seed")["validation_mrr"].idxmax()] if len(own) else own
    return ", ".join(sorted({str(step).split()[0] for step in best["step"]})) or MISSING


def alphas(validation: Rows, used: float) -> list[str]:
    """The best validation MRR of each alpha, on the seeds with which all were trained.

    Args:
        validation: Table `validation`.
        used: The alpha of full MMGA.
    """
    named = {f"alpha_{alpha:g}": f"{alpha:g}" for alpha in ALPHAS} | {"full": f"{used:g}"}
    tried = validation[validation["experiment"].isin(named)]
    best = tried.groupby(["experiment", "seed"])["validation_mrr"].max().unstack("experiment")
    best = best.dropna().rename(columns=named)
    best = best[[name for a in sorted({*ALPHAS, used}) if (name := f"{a:g}") in best]]
    means, spread = best.mean(), best.std()
    in_use = means.index.map({f"{used:g}": "full, in use"}).fillna("")
    shown = pd.DataFrame(
        {"alpha": means.index, "": in_use, "validation MRR": means.to_numpy(float)}
    )
    if len(best) > 1:
        shown["± between seeds"] = spread.to_numpy(float)
    return [*_chosen(best, f"{used:g}"), *table_of_seeds(shown.assign(seeds=len(best)))]


def _chosen(best: Rows, used: str) -> list[str]:
    """What validation chooses, and whether it can be told from what is in use.

    Args:
        best: The best validation MRR, a row a seed, a column an alpha.
        used: The alpha in use.
    """
    means = best.mean()
    if used not in means or len(means) < 2 or means.isna().all():
        return []
    chosen = str(means.idxmax())
    if chosen == used:
        return [f"Validation chooses {chosen}, which is in use.", ""]
    apart = best[chosen] - best[used]
    said = (
        f"Validation chooses {chosen}; {used} is in use. By seed {chosen} has {apart.mean():+.4f}"
    )
    if len(best) < 2:
        return [f"{said}: one seed does not tell them apart.", ""]
    half = student.ppf((1 + LEVEL) / 2, len(best) - 1) * apart.std() / len(best) ** 0.5
    low, high = apart.mean() - half, apart.mean() + half
    can = "cannot be told" if low <= 0 else "can be told"
    return [f"{said} ({low:+.4f} to {high:+.4f}, by Student's t): the two {can} apart.", ""]


def tuned(tuning: Rows, every: Sequence[Experiment]) -> list[str]:
    """What was tried of each baseline of the main comparison, and what each seed chose.

    Args:
        tuning: Table `tuning`.
        every: The experiments that were run.
    """
    rivals = [name for one in every if one.group == "main" for name in one.models if name != "mmga"]
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
        *(
            [
                f"Nothing was tried of {', '.join(rivals)}, nor of what has paths besides: they are"
                " trained with MMGA's own settings, which were chosen for MMGA."
            ]
            * bool(rivals)
        ),
        "",
        *table(shown),
    ]


def _said(settings: Mapping[str, object]) -> str:
    said = {
        name: f"{value:.3g}" if isinstance(value, float) else str(value).lower()
        for name, value in settings.items()
    }
    return ", ".join(f"{name} {value}" for name, value in said.items())
