"""Whether the evaluation judged by this split, and counted popularity on its train follows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmga.audit.finding import Finding, judged
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, rank_follows
from mmga.evaluation.slices import by_temperature
from mmga.splits.split import PARTS, TASKS, Split, Task

SUBJECT = "build/evaluation/report.json"

EVALUATE_AGAIN = "Run `dvc repro`; if it stays, the stage `evaluate` is at fault."

CLOSE = 1e-9
"""Largest difference between two means of the same numbers."""


@dataclass(frozen=True)
class Degrees:
    """Ranks everybody by degree, counted here and not by the baseline that is checked."""

    train: NDArray[np.integer]
    users: int
    name: str = "degrees"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> NDArray[np.floating[Any]]:
        """The same for every query, shape (queries, users)."""
        degree = np.bincount(self.train[:, 0 if task == "fans" else 1], minlength=self.users)
        return np.broadcast_to(degree.astype(float), (len(queries), self.users))


def look_at_report(build: Path, split: Split) -> Iterator[Finding]:
    """Hold the report against the split; rank by train degree once more."""
    file = build / "evaluation" / "report.json"
    rule = "the evaluation is of this split"
    if not file.is_file():
        yield Finding(SUBJECT, rule, "skip", "there is no evaluation yet")
        return
    report = json.loads(file.read_text(encoding="utf-8"))
    told = report["split"]["sha256"]
    other = [part for part in PARTS if told.get(part) != split.hashes[part]]
    found = f"other {' and '.join(other)} follows" if other else "the same follows in every part"
    yield judged(SUBJECT, rule, not other, found, EVALUATE_AGAIN)
    if other:
        return
    edges, known = split.test[split.negatives.ranked], Known(split)
    scorer = Degrees(split.train, len(split.user_ids))
    warm = by_temperature(split)["warm"]
    for task in TASKS:
        scores = metrics_of(rank_follows(scorer, task, edges, known), "C0", warm)
        rows = [row for row in report["results"] if _is_popularity(row, task)]
        if scores is not None and rows:
            told, again = rows[0]["mrr"], scores.macro()["mrr"]
            yield judged(
                SUBJECT,
                "popularity is the number of train follows",
                abs(told - again) <= CLOSE,
                f"{task}: MRR {told:.4f}; counted anew {again:.4f}",
                EVALUATE_AGAIN,
            )


def _is_popularity(row: dict[str, Any], task: Task) -> bool:
    case = {"model": "popularity", "task": task, "candidates": "C0", "users": "warm"}
    return case.items() <= row.items()
