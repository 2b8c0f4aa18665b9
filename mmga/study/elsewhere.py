"""The tables of what is asked beside the ranking of known users: other tasks, newcomers."""

import pandas as pd

from mmga.study.differences import Rows, paired
from mmga.study.markdown import in_words, table, verdict
from mmga.study.params import StudyParams

CASE = ["task", "users", "metric"]
"""What is asked of whom."""
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
        lines += [f"### {task}", "", *table(wide.reset_index())]
    return lines or table(pd.DataFrame())


def against_best(tasks: Rows, study: StudyParams) -> list[str]:
    """MMGA against whoever is best of the others, in each other task and among newcomers."""
    rows = []
    for case, part in tasks[tasks["metric"] != "chance"].groupby(CASE, sort=False):
        means = _means_of_seeds(part).groupby("model").mean()
        if "mmga" not in means or len(means) < 2:
            continue
        best = str(means.drop("mmga").idxmax())
        each = part.set_index(["seed", "query"])
        ours, theirs = (each.loc[each["model"] == name, "value"] for name in ("mmga", best))
        found = paired(ours, theirs, study)
        if found is not None:
            row = {**dict(zip(CASE, case, strict=True)), "best other": best, "mmga": found["mrr"]}
            said = {"difference": in_words(found), "verdict": verdict(found["low"], found["high"])}
            rows.append({**row, "its": found["its_mrr"], **said})
    return [
        "MMGA against the best of the others, in other tasks and among newcomers:",
        "",
        *table(pd.DataFrame(rows)),
    ]


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
