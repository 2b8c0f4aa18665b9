"""Everything that can be said of a model against its baselines, and how it is written down."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from mmga.evaluation.metrics import Scores, metrics_of
from mmga.evaluation.ranking import Known, Ranks, Scorer, rank_follows
from mmga.evaluation.slices import Masks, by_account, by_temperature
from mmga.evaluation.statistics import intervals
from mmga.progress import track
from mmga.project import Params
from mmga.splits.split import TASKS, Split

PRIMARY = {"task": "fans", "candidates": "C0", "users": "warm", "metric": "mrr"}
"""The one number that a model is known by."""

COMPARED = ("mrr", "hits@10", "ndcg@20")
"""The metrics whose differences get an interval."""

SHOWN = ("mrr", "hits@10", "ndcg@20", "recall@100", "auc")
"""The metrics in `metrics.json`; C0 has no `auc`."""

Row = dict[str, Any]


class EvaluateParams(Params):
    """How models are judged."""

    seed: int
    """Of the bootstrap, and of the SVD's start."""
    resamples: int = Field(ge=100)
    """How often the paired bootstrap draws the queries."""
    svd_ranks: tuple[int, ...] = Field(min_length=1)
    """Ranks of the truncated SVD, of which validation chooses."""
    pagerank_restarts: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(min_length=1)
    """Probabilities that a personalised PageRank's walk starts again, of which it chooses."""
    tuning_follows: int = Field(ge=1)
    """At most so many validation follows are ranked to choose them."""


@dataclass(frozen=True)
class Case:
    """What is asked in one place of the report: a task, candidates, and a part of the follows."""

    task: str
    candidates: str
    users: str

    def row(self, model: str) -> Row:
        """The keys by which a row of the report is found."""
        return {"model": model, **vars(self)}


def judge(
    model: Scorer,
    rivals: Sequence[Scorer],
    split: Split,
    topics: Sequence[str | None],
    params: EvaluateParams,
) -> Row:
    """Rank the test follows with every scorer and compare `model` with each of the others.

    Args:
        model: What is to be shown better.
        rivals: What it is compared with.
        split: The test follows and their candidates.
        topics: The topic of each user, None where it is not known.
        params: Of the bootstrap.

    Returns:
        What `report.json` holds: `primary`, `split`, `results` (every scorer, every part),
        `slices` (MRR by popularity and topic of the account), `comparisons`. What is said of
        `model` has the interval of its MRR, `mrr_low` and `mrr_high`. The same input gives the
        same report; parts without a query are missing.

    Raises:
        ScoreError: If a score is NaN or infinite.
    """
    temperature, account = by_temperature(split), by_account(split, topics)
    known = Known(split)
    edges = split.test[split.negatives.ranked]
    judged: dict[Case, dict[str, Scores]] = {}
    slices: list[Row] = []
    work = list(product(TASKS, (model, *rivals)))
    for task, scorer in track(work, "Ranking the test follows", unit="scorer"):
        ranks = rank_follows(scorer, task, edges, known, split.negatives.of(task))
        for case, scores in _parts(ranks, task, temperature):
            judged.setdefault(case, {})[scorer.name] = scores
        slices += [
            {
                **case.row(scorer.name),
                "queries": len(s.query),
                "mrr": float(s.values["mrr"].mean()),
                **(_ends_of_mrr(s, params) if scorer is model else {}),
            }
            for case, s in _parts(ranks, task, account)
        ]
    names = [rival.name for rival in rivals]
    return {
        "primary": PRIMARY,
        "split": split.describe(),
        "results": [
            {**_result(c, name, s), **(_ends_of_mrr(s, params) if name == model.name else {})}
            for c, found in judged.items()
            for name, s in found.items()
        ],
        "slices": slices,
        "comparisons": [
            row
            for case, found in judged.items()
            if case.users in ("warm", "cold")
            for row in _comparisons(case, model.name, names, found, params)
        ],
    }


def _parts(ranks: Ranks, task: str, masks: Masks) -> Iterator[tuple[Case, Scores]]:
    for candidates in ranks.rank:
        for users, mask in masks.items():
            scores = metrics_of(ranks, candidates, mask)
            if scores is not None:
                yield Case(task, candidates, users), scores


def _result(case: Case, model: str, scores: Scores) -> Row:
    counts = {"queries": len(scores.query), "edges": int(scores.follows.sum())}
    return {
        **case.row(model),
        **counts,
        **scores.macro(),
        "micro": scores.micro(),
        "tie_rate": scores.tie_rate,
    }


def _ends_of_mrr(scores: Scores, params: EvaluateParams) -> Row:
    """Between which two values the mean over queries lies, by chance in the choice of queries."""
    by_query = scores.values["mrr"].to_numpy(float)[:, None]
    low, high = intervals(by_query, resamples=params.resamples, seed=params.seed)
    return {"mrr_low": float(low[0]), "mrr_high": float(high[0])}


def _comparisons(
    case: Case, model: str, rivals: list[str], found: Mapping[str, Scores], params: EvaluateParams
) -> Iterator[Row]:
    if not rivals:
        return
    own = found[model].values
    differences = np.stack(
        [own[m].to_numpy() - found[r].values[m].to_numpy() for r in rivals for m in COMPARED],
        axis=1,
    )
    low, high = intervals(differences, resamples=params.resamples, seed=params.seed)
    columns = [(rival, metric) for rival in rivals for metric in COMPARED]
    for column, (rival, metric) in enumerate(columns):
        yield {
            "task": case.task,
            "candidates": case.candidates,
            "users": case.users,
            "metric": metric,
            "model": model,
            "baseline": rival,
            "queries": len(own),
            "value": float(own[metric].mean()),
            "baseline_value": float(found[rival].values[metric].mean()),
            "difference": float(differences[:, column].mean()),
            "low": float(low[column]),
            "high": float(high[column]),
        }


def metrics_for_dvc(report: Row, model: str) -> dict[str, Any]:
    """The model's own numbers, as task, candidates, users, metric."""
    nested: dict[str, Any] = {}
    for row in report["results"]:
        if row["model"] == model and row["users"] in ("warm", "cold"):
            place = nested.setdefault(row["task"], {}).setdefault(row["candidates"], {})
            place[row["users"]] = {name: round(row[name], 6) for name in SHOWN if name in row}
    return nested


def write_report(report: Row, model: str, folder: Path) -> None:
    """Write the report, what DVC shows of it, and the tables.

    `report.json`; `metrics.json` (the model alone); `primary.csv` (the primary metric of every
    scorer, for `dvc plots`); `results.csv`, `comparison.csv` and `comparison.md`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(report, folder / "report.json")
    _write_json(metrics_for_dvc(report, model), folder / "metrics.json")
    pd.json_normalize(report["results"]).to_csv(folder / "results.csv", index=False)
    pd.DataFrame(report["comparisons"]).to_csv(folder / "comparison.csv", index=False)
    case = {key: report["primary"][key] for key in ("task", "candidates", "users")}
    primary = [row for row in report["results"] if case.items() <= row.items()]
    bars = pd.DataFrame(primary, columns=["model", report["primary"]["metric"]])
    bars.to_csv(folder / "primary.csv", index=False)
    (folder / "comparison.md").write_text(_markdown(report["comparisons"]), encoding="utf-8")


def _write_json(content: Row, file: Path) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")


def _markdown(comparisons: list[Row]) -> str:
    lines = ["# The model against each baseline", ""]
    cases = {(row["task"], row["candidates"], row["users"]): row for row in comparisons}
    for (task, candidates, users), first in cases.items():
        rows = [
            row
            for row in comparisons
            if (row["task"], row["candidates"], row["users"]) == (task, candidates, users)
            and row["metric"] == "mrr"
        ]
        lines += [
            f"## {task}, {candidates}, {users} users: MRR {rows[0]['value']:.4f}"
            f" over {first['queries']:,} queries",
            "",
            "| baseline | its MRR | difference | 95 % interval | verdict |",
            "| --- | ---: | ---: | --- | --- |",
            *map(_line, sorted(rows, key=lambda row: -float(row["baseline_value"]))),
            "",
        ]
    return "\n".join(lines)


def _line(row: Row) -> str:
    verdict = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "undecided"
    return (
        f"| {row['baseline']} | {row['baseline_value']:.4f} | {row['difference']:+.4f}"
        f" | {row['low']:+.4f} to {row['high']:+.4f} | {verdict} |"
    )
