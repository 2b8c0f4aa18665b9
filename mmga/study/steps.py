"""What each step of the alignment teaches, told from the views and the ranks before and after."""

from collections.abc import Sequence
from itertools import product

import pandas as pd

from mmga.splits.split import TASKS
from mmga.study.differences import Rows, difference, paired
from mmga.study.markdown import counted, listed, table, verdict
from mmga.study.params import StudyParams
from mmga.study.topics import paired_f1

AFTER = {"after_step_0": "0", "after_step_1": "1", "after_step_2": "2", "full": "3"}
"""The experiments that end after a step."""

READ = ("topic_accuracy", "cold_fans_mrr", "cold_followees_mrr")
"""The probes that are means over users; the topic's macro F1 is none, and is told beside them."""

TAUGHT = (("after_step_1", "after_step_0"), ("after_step_1", "step_1_without_graph"))
"""With step 1 and before it; with what the graph has a part in and without."""

GUIDED = (
    ("after_step_2", "step_2_without_content"),
    ("after_step_2", "after_step_1"),
    ("full", "no_step_2"),
)
"""With what content has a part in and without; with step 2 and without it."""


def steps(probes: Rows) -> list[str]:
    """What linear models read off the views after each step."""
    stopped = probes[probes["experiment"].isin(AFTER)]
    had = [set(part["seed"]) for _, part in stopped.groupby("experiment")]
    seeds = set.intersection(*had) if had else set()
    stopped = stopped[stopped["seed"].isin(seeds)]
    rows = stopped[stopped["model"] == "mmga"]
    rows = rows.assign(after=rows["experiment"].map(AFTER))
    fusion = stopped[(stopped["experiment"] == "full") & (stopped["model"] == "late_fusion")]
    nothing = "there are neither topics nor cold users"
    return [
        "Linear probes of each view of a user: the topic, and where cold users would stand in the",
        f"graph (MRR among as popular ones, C2). Seeds that all have: {len(seeds)}.",
        "",
        *table(_wide(rows, ["view", "after"]), nothing),
        "The same of late fusion:",
        "",
        *table(_wide(fusion, ["view"]), nothing),
    ]


def taught(probed: Rows, topics: Rows, study: StudyParams) -> list[str]:
    """The image and the text view after step 1: the graph trains the encoders.

    Args:
        probed: Table `probed`.
        topics: Table `topics`.
        study: Of the bootstrap.
    """
    rows = []
    said = []
    for after, before in TAUGHT:
        found = []
        for view in ("image", "text"):
            found += _read(probed, topics, view, after, before, study)
        what = f"What is read off the image and the text view, {after} against {before}"
        said += _said(what, pd.DataFrame(found))
        rows += [{"with": after, "without": before, **row} for row in found]
    shown = pd.DataFrame(rows).rename(columns={"after": "with it", "before": "without it"})
    paired = [
        "Step 1 has a loss between pictures and captions, in which the graph has no part:"
        " `step_1_without_graph` is trained by it alone, for as many passes.",
    ]
    untrained = [
        "Before step 1 the encoders are untrained, unless step 0 has paired pictures and captions"
        " (`warm_up.content_epochs`).",
        "",
    ]
    return [
        *said,
        *(paired if "step_1_without_graph" in set(shown.get("without", [])) else []),
        *(untrained if rows else []),
        *table(shown, "no training was stopped after steps 0 and 1, or nothing can be read"),
    ]


def guided(probed: Rows, topics: Rows, queries: Rows, study: StudyParams) -> list[str]:
    """The graph encoder with step 2 and without it: images and texts guide the graph.

    Args:
        probed: Table `probed`.
        topics: Table `topics`.
        queries: Table `queries`; MMGA without paths tells what the encoders do alone.
        study: Of the bootstrap.
    """
    rows = []
    said = []
    for after, before in GUIDED:
        found = _read(probed, topics, "graph", after, before, study)
        found += _ranks(queries, after, before, study)
        what = f"The graph view's probes, and the MRR without paths, {after} against {before}"
        said += _said(what, pd.DataFrame(found))
        rows += [{"with": after, "without": before, **row} for row in found]
    shown = pd.DataFrame(rows).rename(columns={"after": "with it", "before": "without it"})
    control = [
        "Step 2 has a link loss besides, and the graph encoder reads what step 1 has changed:"
        " `step_2_without_content` is trained without the losses that content has a part in, for as"
        " many passes.",
        "",
    ]
    return [
        *said,
        *(control if "step_2_without_content" in set(shown.get("without", [])) else []),
        *table(shown, "no training was without step 2"),
    ]


def _wide(rows: Rows, index: Sequence[str]) -> Rows:
    if rows.empty:
        return rows
    wide = rows.pivot_table(index=list(index), columns="metric", values="value")
    return wide.reset_index()


def _read(
    probed: Rows, topics: Rows, view: str, after: str, before: str, study: StudyParams
) -> list[dict[str, object]]:
    """A line a probe of a view."""
    differences = {}
    for metric in READ:
        one, other = (
            part.set_index(["seed", "user"])["value"]
            for part in _two(probed, view, metric, after, before)
        )
        differences[metric] = paired(one, other, study)
    with_it, without = _two(topics, view, "topic_f1", after, before)
    differences["topic_f1"] = paired_f1(with_it, without, study)
    return [
        _line(f"{view} view, {metric}", difference)
        for metric, difference in differences.items()
        if difference is not None
    ]


def _two(table: Rows, view: str, metric: str, after: str, before: str) -> tuple[Rows, Rows]:
    """What was read off MMGA's view in each of two experiments."""
    own = table[(table["model"] == "mmga") & (table["view"] == view) & (table["metric"] == metric)]
    return own[own["experiment"] == after], own[own["experiment"] == before]


def _ranks(queries: Rows, after: str, before: str, study: StudyParams) -> list[dict[str, object]]:
    """A line a task, kind of users and candidates."""
    name = "mmga_without_paths"
    own = queries[queries["model"] == name]
    rows = []
    for task, users, candidates in product(TASKS, ("warm", "cold"), ("C0", "C2")):
        case = own[
            (own["task"] == task) & (own["users"] == users) & (own["candidates"] == candidates)
        ]
        with_it, without = (case[case["experiment"] == one] for one in (after, before))
        found = difference(with_it, without, name, name, study)
        if found is not None:
            rows.append(_line(f"MRR of {task}, {users}, {candidates}", found))
    return rows


def _line(what: str, found: dict[str, float]) -> dict[str, object]:
    return {
        "what": what,
        "after": found["mrr"],
        "before": found["its_mrr"],
        "difference": f"{found['difference']:+.4f}",
        "interval": f"{found['low']:+.4f} to {found['high']:+.4f}",
        "verdict": verdict(found["low"], found["high"]),
    }


def _said(what: str, rows: Rows) -> list[str]:
    """What the intervals allow to say, and of which line."""
    if rows.empty:
        return []
    which = {
        said: listed(dict.fromkeys(rows.loc[rows["verdict"] == said, "what"]))
        for said in ("better", "worse")
    }
    found = rows["verdict"].tolist()
    return [
        f"{what}: {counted(found)} (of {len(found)} differences).",
        f"Better: {which['better']}. Worse: {which['worse']}.",
        "",
    ]
