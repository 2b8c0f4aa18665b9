"""The parts of the test follows, and those in which the model is weak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmga.report.words import USERS, named, slice_name

MOST = 24
"""Parts that a drawing shows; a data set may have hundreds of topics."""


@dataclass(frozen=True)
class Part:
    """The model in one part of the test follows, and the baseline that is best there."""

    name: str
    """In plain words."""
    queries: int
    value: float
    """The model's MRR."""
    low: float
    """Where its interval begins."""
    high: float
    """Where it ends."""
    rival: str
    rival_value: float

    @property
    def behind(self) -> bool:
        """Whether a baseline has the higher MRR, be it by chance."""
        return self.rival_value > self.value


def table(report: Mapping[str, Any], metric: str = "mrr") -> pd.DataFrame:
    """The primary task by part: index `part`, columns `queries` and one a model.

    The parts are those of users who are not warm, then those of the accounts, in the report's
    order; the names are in plain words.
    """
    primary = report["primary"]
    case = {key: primary[key] for key in ("task", "candidates")}
    rows = [
        row | {"part": name(row["users"])}
        for rows, name in ((report["results"], _users), (report["slices"], slice_name))
        for row in rows
        if case.items() <= row.items() and row["users"] != primary["users"] and metric in row
    ]
    if not rows:
        return pd.DataFrame(columns=["queries"])
    frame = pd.DataFrame(rows)
    order = list(dict.fromkeys(frame["part"]))
    wide = frame.pivot_table(index="part", columns="model", values=metric, aggfunc="first")
    wide.insert(0, "queries", frame.groupby("part")["queries"].first())
    wide.columns.name = None
    return wide.loc[order]


def largest(parts: pd.DataFrame) -> pd.DataFrame:
    """The parts with the most queries, as many as a drawing shows, in their order."""
    kept = parts["queries"].astype(int).nlargest(MOST).index
    return parts[parts.index.isin(kept)]


def weak(
    report: Mapping[str, Any], model: str, rivals: Sequence[str], min_queries: int
) -> list[Part]:
    """Where a baseline is ahead, widest first; then where the model ranks worst. At most six.

    A part with fewer than `min_queries` queries is left out. The intervals are of the model's MRR:
    who is ahead within them may be so by chance.
    """
    parts, low, high = (table(report, metric) for metric in ("mrr", "mrr_low", "mrr_high"))
    there = [rival for rival in rivals if rival in parts]
    if model not in low or not there:
        return []
    begins, ends = (part[model].to_dict() for part in (low, high))
    found = []
    for name, row in parts[parts["queries"] >= min_queries].iterrows():
        best = max(there, key=lambda rival: float(row[rival]))
        found.append(
            Part(
                str(name),
                int(row["queries"]),
                float(row[model]),
                low=begins[name],
                high=ends[name],
                rival=best,
                rival_value=float(row[best]),
            )
        )
    found.sort(key=lambda p: (not p.behind, p.value - p.rival_value if p.behind else p.value))
    return found[:6]


def _users(name: str) -> str:
    return named(USERS, name)
