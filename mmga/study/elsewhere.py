"""The tables of what is asked beside the ranking of known users: other tasks, newcomers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmga.evaluation.chance import chance_of
from mmga.study.differences import Rows, paired
from mmga.study.markdown import in_words, table, verdict
from mmga.study.params import StudyParams
from mmga.study.topics import paired_f1

CASE = ["task", "users", "metric"]
"""What is asked of whom."""
PAIRING = ("caption to picture", "picture to caption")
"""What asks for the other half of a post."""
PLACES = 10
"""Of the recall told there."""
AFTER = " after "
"""In the name of what is asked of newcomers."""


def other_tasks(tasks: Rows) -> list[str]:
    """Means over seeds; `direction` 0.5 is guessing."""
    rows = tasks[~tasks["task"].str.contains(AFTER)]
    means = _means_of_seeds(rows).groupby([*CASE, "model"], sort=False).mean()
    lines = []
    for task, part in means.groupby(level="task", sort=False):
        wide = part.droplevel("task").unstack(["users", "metric"])
        wide.columns = [" ".join(column) for column in wide.columns]
        if task in PAIRING:
            wide = pd.concat([wide, _lots(rows[rows["task"] == task])])
        lines += [f"### {task}", "", *table(wide.reset_index())]
    return lines or table(pd.DataFrame())


def _lots(pairing: Rows) -> Rows:
    """What one line of them comes to that is drawn by lot: as many are ranked as ask."""
    asked = pairing.groupby(["model", "seed", "metric"])["query"].nunique().to_numpy()
    mrr, recall = chance_of(asked).mean(), np.minimum(1, PLACES / asked).mean()
    return pd.DataFrame(
        {"all mrr": mrr, "all recall@10": recall}, index=pd.Index(["drawn by lot"], name="model")
    )


def against_best(tasks: Rows, probes: Rows, topics: Rows, study: StudyParams) -> list[str]:
    """MMGA against whoever is best of the others, in each other task and among newcomers.

    MMGA itself, with a part left out, is none of them.
    """
    rows = []
    others = ~tasks["model"].str.startswith("mmga_")
    for case, part in tasks[(tasks["metric"] != "chance") & others].groupby(CASE, sort=False):
        means = _means_of_seeds(part).groupby("model").mean()
        if "mmga" not in means or len(means) < 2:
            continue
        best = str(means.drop("mmga").idxmax())
        each = part.set_index(["seed", "query"])
        ours, theirs = (each.loc[each["model"] == name, "value"] for name in ("mmga", best))
        found = paired(ours, theirs, study)
        if found is not None:
            rows.append(_row(case, best, found))
    rows += _topic(probes, topics, study)
    return [
        "MMGA against the best of the others, in other tasks and among newcomers (there the best of"
        " those asked again: heuristics, alone and boosted):",
        "",
        *table(pd.DataFrame(rows)),
    ]


def _topic(probes: Rows, topics: Rows, study: StudyParams) -> list[dict[str, object]]:
    """The topic as a linear model reads it off all views, against the best of the others."""
    case = {"experiment": "full", "view": "all", "metric": "topic_f1"}
    values, told = (
        rows[(rows[[*case]] == pd.Series(case)).all(axis=1)] for rows in (probes, topics)
    )
    means = values.groupby("model")["value"].mean()
    others = means[~means.index.str.startswith("mmga")]
    if "mmga" not in means or others.empty:
        return []
    best = str(others.idxmax())
    found = paired_f1(told[told["model"] == "mmga"], told[told["model"] == best], study)
    return [_row(("topic of all views", "all", "macro F1"), best, found)] if found else []


def _row(case: Sequence[object], best: str, found: dict[str, float]) -> dict[str, object]:
    return {
        **dict(zip(CASE, case, strict=True)),
        "best other": best,
        "mmga": found["mrr"],
        "its": found["its_mrr"],
        "difference": in_words(found),
        "verdict": verdict(found["low"], found["high"]),
    }


def _means_of_seeds(tasks: Rows) -> pd.Series:
    """The mean of each case, model and seed."""
    return tasks.groupby([*CASE, "model", "seed"], sort=False)["value"].mean()


def newcomers(tasks: Rows) -> list[str]:
    """MRR of cold users by how many follows they have shown; the same follows are ranked."""
    rows = tasks[tasks["task"].str.contains(AFTER)]
    lines = []
    for what, part in rows.groupby(rows["task"].str.split().str[0], sort=False):
        means = _means_of_seeds(part).groupby([*CASE, "model"], sort=False).mean().reset_index()
        means["shown"] = means["metric"] + " " + means["task"].str.removeprefix(f"{what} ")
        wide = means.pivot_table(index="model", columns="shown", values="value", sort=False)
        lines += [f"### {what} (MRR)", "", *table(wide.reset_index())]
    return lines or table(pd.DataFrame())
