"""MMGA against late fusion, slice by slice of the test follows."""

import pandas as pd

from mmga.splits.split import TASKS
from mmga.study.differences import Rows, paired
from mmga.study.judgement import SLICED, SLICED_BY, USERS
from mmga.study.markdown import counted, in_words, listed, table, verdict
from mmga.study.params import StudyParams

RIVALS = ("stacked_late_fusion", "late_fusion_with_paths")

Found = dict[str, float] | None

Judged = dict[tuple[str, str], Rows]
"""By task and candidates: a line a slice, with what was found against each rival."""


def judged_slices(full: Rows, sliced: Rows, study: StudyParams) -> Judged:
    """MMGA against each rival, slice by slice.

    Args:
        full: What each query got in the main comparison; its parts are slices too.
        sliced: The same of the others, table `slices`.
        study: Says from how many queries on there is an interval.

    Returns:
        Columns `slice`, `queries`, `mmga` and one a rival, which holds what `paired` found.
    """
    columns = ["model", "task", "candidates", "users", "seed", "query", "mrr"]
    parts = full.loc[full["model"].isin(SLICED) & full["users"].isin(USERS), columns]
    every = pd.concat([parts, sliced[columns]]) if len(sliced) else parts
    cases = [(task, candidates) for task in TASKS for candidates in SLICED_BY]
    return {
        (task, candidates): _judged(
            every[(every["task"] == task) & (every["candidates"] == candidates)], study
        )
        for task, candidates in cases
    }


def slices(judged: Judged, study: StudyParams) -> list[str]:
    """A table a task and kind of candidates, a line a slice."""
    lines = [
        "Head, torso and tail are the account's, by its fans in training (a tenth has most, half"
        " fewest); the topic",
        "is the account's; posts, pictures and texts (captions and bio) are those of who asks. A"
        " slice of fewer than",
        f"{study.min_queries} queries a seed has no interval, and a topic with fewer is left out.",
        "",
    ]
    for (task, candidates), rows in judged.items():
        lines += [f"### {task}, {candidates} (MRR)", "", *_table(rows, study)]
    return lines


def lost(judged: Judged, study: StudyParams) -> list[str]:
    """The slices in which MMGA is worse, as a sentence a rival that the study was run with."""
    said = []
    for rival in RIVALS:
        verdicts = {
            f"{task}, {candidates}, {name}": found
            for (task, candidates), rows in judged.items()
            for name, found in _verdicts(rows, rival, study).items()
        }
        worse = [name for name, found in verdicts.items() if found == "worse"]
        if verdicts:
            said.append(
                f"Of {len(verdicts)} slices (below), MMGA is worse than {rival} in {len(worse)}:"
                f" {listed(worse)}."
            )
    return said


def _judged(case: Rows, study: StudyParams) -> Rows:
    rows = []
    order = dict.fromkeys([*USERS, "head", "torso", "tail", *case["users"]])
    for users in [name for name in order if name in set(case["users"])]:
        of_model = {
            str(model): part.set_index(["seed", "query"])["mrr"]
            for model, part in case[case["users"] == users].groupby("model")
        }
        queries = len(of_model["mmga"]) / case["seed"].nunique()
        if users.startswith("topic ") and queries < study.min_queries:
            continue
        found = {
            rival: paired(of_model["mmga"], of_model[rival], study) if rival in of_model else None
            for rival in RIVALS
        }
        mean = of_model["mmga"].groupby(level=0).mean().mean()
        rows.append({"slice": users, "queries": queries, "mmga": mean, **found})
    return pd.DataFrame(rows, columns=["slice", "queries", "mmga", *RIVALS])


def _verdicts(rows: Rows, rival: str, study: StudyParams) -> dict[str, str]:
    """By slice, of those that have an interval."""
    enough = rows[rows["queries"] >= study.min_queries]
    found = zip(enough["slice"], enough[rival], strict=True)
    return {str(name): verdict(f["low"], f["high"]) for name, f in found if f is not None}


def _table(rows: Rows, study: StudyParams) -> list[str]:
    enough = rows["queries"] >= study.min_queries
    shown = pd.DataFrame(
        {
            "slice": rows["slice"],
            "queries a seed": rows["queries"].map("{:.0f}".format),
            "mmga": rows["mmga"],
            **{f"minus {rival}": list(map(_cell, rows[rival], enough)) for rival in RIVALS},
        }
    )
    said = [
        f"Against {rival}, MMGA is {counted(list(_verdicts(rows, rival, study).values()))}."
        for rival in RIVALS
    ]
    return [*said, "", *table(shown, "no follow is ranked")]


def _cell(found: Found, enough: bool) -> str:
    if found is None or enough:
        return in_words(found)
    return f"{found['difference']:+.4f}"
