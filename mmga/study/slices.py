"""MMGA against late fusion, slice by slice of the test follows."""

import pandas as pd

from mmga.splits.split import TASKS
from mmga.study.differences import Rows, paired
from mmga.study.judgement import SLICED, SLICED_BY, USERS
from mmga.study.markdown import MISSING, counted, in_words, table, verdict
from mmga.study.params import StudyParams

RIVALS = ("stacked_late_fusion", "late_fusion_with_paths")

Found = dict[str, float] | None


def slices(full: Rows, sliced: Rows, study: StudyParams) -> list[str]:
    """A table a task and kind of candidates, a line a slice.

    Args:
        full: What each query got in the main comparison; its parts are slices too.
        sliced: The same of the others, table `slices`.
        study: Says from how many queries on there is an interval.
    """
    columns = ["model", "task", "candidates", "users", "seed", "query", "mrr"]
    parts = full.loc[full["model"].isin(SLICED) & full["users"].isin(USERS), columns]
    every = pd.concat([parts, sliced[columns]]) if len(sliced) else parts
    lines = [
        "Head, torso and tail are the account's, by its fans in training (a tenth has most, half"
        " fewest); the topic",
        "is the account's; posts, pictures and texts (captions and bio) are those of who asks. A"
        " slice of fewer than",
        f"{study.min_queries} queries a seed has no interval, and a topic with fewer is left out.",
        "",
    ]
    for task in TASKS:
        for candidates in SLICED_BY:
            case = every[(every["task"] == task) & (every["candidates"] == candidates)]
            lines += [f"### {task}, {candidates} (MRR)", "", *_table(case, study)]
    return lines


def _table(case: Rows, study: StudyParams) -> list[str]:
    rows, verdicts = [], {rival: list[str]() for rival in RIVALS}
    order = dict.fromkeys([*USERS, "head", "torso", "tail", *case["users"]])
    for users in [name for name in order if name in set(case["users"])]:
        of_model = {
            str(model): part.set_index(["seed", "query"])["mrr"]
            for model, part in case[case["users"] == users].groupby("model")
        }
        queries = len(of_model["mmga"]) / case["seed"].nunique()
        enough = queries >= study.min_queries
        if users.startswith("topic ") and not enough:
            continue
        row = {"slice": users, "queries a seed": f"{queries:.0f}"}
        row["mmga"] = f"{of_model['mmga'].groupby(level=0).mean().mean():.4f}"
        for rival in RIVALS:
            found = paired(of_model["mmga"], of_model[rival], study) if rival in of_model else None
            row[f"minus {rival}"] = _cell(found, enough)
            if found is not None and enough:
                verdicts[rival].append(verdict(found["low"], found["high"]))
        rows.append(row)
    said = [f"Against {rival}, MMGA is {counted(found)}." for rival, found in verdicts.items()]
    return [*said, "", *table(pd.DataFrame(rows), "no follow is ranked")]


def _cell(found: Found, enough: bool) -> str:
    if found is None or enough:
        return in_words(found)
    return f"{found['difference']:+.4f}" if found else MISSING
