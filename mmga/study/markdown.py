"""Tables as Markdown, and how a difference is said."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

MISSING = "-"
"""Stands where there is no number."""

Difference = Mapping[str, float]
"""With `difference`, `low` and `high`."""


def table(rows: pd.DataFrame, nothing: str = "it was not run") -> list[str]:
    """Markdown, numbers of four digits; a sentence that says why where there are no rows."""
    if rows.empty:
        return [f"Nothing to show: {nothing}.", ""]
    text = rows.map(_cell)
    lines = [text.columns.tolist(), ["---"] * len(text.columns), *text.to_numpy().tolist()]
    return [*("| " + " | ".join(map(str, line)) + " |" for line in lines), ""]


def table_of_seeds(rows: pd.DataFrame) -> list[str]:
    """A table with a column `seeds`, which is a sentence where all lines have as many."""
    if rows.empty or rows["seeds"].nunique() > 1:
        return table(rows)
    return [f"Seeds: {rows['seeds'].iloc[0]}.", "", *table(rows.drop(columns="seeds"))]


def verdict(low: float, high: float) -> str:
    """What an interval of a difference allows to say."""
    return "better" if low > 0 else "worse" if high < 0 else "undecided"


def in_words(found: Difference | None) -> str:
    """A difference with its interval; the sign stands for better."""
    if found is None:
        return MISSING
    return f"{found['difference']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]"


def counted(verdicts: Sequence[str]) -> str:
    """How many of some verdicts are which, losses as plainly as wins."""
    if not verdicts:
        return "no case could be judged"
    better, worse = verdicts.count("better"), verdicts.count("worse")
    return f"better in {better}, worse in {worse}, undecided in {len(verdicts) - better - worse}"


def listed(names: Iterable[str]) -> str:
    """Names in a row, or `none`."""
    return "; ".join(names) or "none"


def _cell(value: Any) -> str:
    if pd.isna(value):
        return MISSING
    return f"{value:.4f}" if isinstance(value, float) else str(value)
