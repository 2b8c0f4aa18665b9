"""The report's drawings: who ranks best, where, how it was learned, who is near whom."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd

from mmga.evaluation.figures import INK, MODEL, QUIET, RIVAL, STEPS
from mmga.pages.drawing import GRID, svg
from mmga.pages.render import shown
from mmga.report.neighbourhood import Neighbourhood
from mmga.report.verdict import Duel
from mmga.report.words import model_name

OWN = "#fdba74"
"""The model itself with a part left out."""

TOPIC_COLOURS = (
    "#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3",
    "#937860", "#da8bc3", "#ccb974", "#64b5cd", "#2f4b7c",
)  # fmt: skip
"""Of the most frequent topics; users of others, and of none, are `RIVAL`."""

SERIES = (MODEL, "#1d4ed8", "#15803d")
"""The model, then those that it is shown beside."""

MARKS = ("o", "D", "s")


def comparison(duels: Sequence[Duel], own: Sequence[Duel], model: str, title: str) -> str:
    """A bar a model, best on top; a whisker is the interval of its difference to the line.

    Args:
        duels: The model against the others, among one kind of candidates.
        own: The model against its reduced forms, likewise.
        model: Its name.
        title: For those who do not see it.
    """
    value = (*duels, *own)[0].value
    bars = [(model, value, value, value, MODEL)]
    for colour, group in ((RIVAL, duels), (OWN, own)):
        bars += [(d.baseline, d.baseline_value, value - d.high, value - d.low, colour)
                 for d in group]  # fmt: skip
    bars.sort(key=lambda bar: (bar[1], bar[0]))
    names, values, lows, highs, colours = zip(*bars, strict=True)
    places = range(len(bars))

    def draw(axes: Any) -> None:
        axes.barh(places, values, color=colours, height=0.72)
        axes.hlines(places, lows, highs, color=INK, linewidth=1.2)
        axes.axvline(value, color=MODEL, linewidth=0.8, linestyle=(0, (3, 2)))
        for place, height in zip(places, values, strict=True):
            across = axes.get_yaxis_transform()
            axes.text(1, place, f"{height:.3f}", transform=across, ha="right", va="center",
                      fontsize=8, color=QUIET)  # fmt: skip
        axes.set_yticks(places, [model_name(name) for name in names])
        axes.get_yticklabels()[names.index(model)].set(color=MODEL, fontweight="bold")
        axes.set_ylim(-0.6, len(bars) - 0.4)
        axes.set_xlim(1.06 * min(0, *lows), max(*highs, 1e-6) * 1.22)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID)
        axes.xaxis.get_major_locator().set_params(nbins=5)

    return svg(draw, (4.4, 0.22 * len(bars) + 0.5), title)


def by_slice(rows: pd.DataFrame, series: Sequence[str], title: str) -> str:
    """A line a part of the test follows, a mark a model.

    Args:
        rows: Index: the parts' names, top to bottom; a column a model, NaN where it has no value.
        series: The models, as columns of `rows`; at most as many as `SERIES`.
        title: For those who do not see it.
    """
    places = np.arange(len(rows))[::-1]

    def draw(axes: Any) -> None:
        table = rows[list(series)].to_numpy(dtype=float)
        axes.hlines(places, np.nanmin(table, axis=1), np.nanmax(table, axis=1), color=RIVAL)
        for values, colour, mark in reversed([*zip(table.T, SERIES, MARKS, strict=False)]):
            axes.plot(values, places, mark, color=colour, markersize=5, markeredgecolor="white",
                      markeredgewidth=0.5)  # fmt: skip
        axes.set_yticks(places, [shown(str(name), 34) for name in rows.index])
        axes.set_xlim(0, max(float(np.nanmax(table)), 1e-6) * 1.08)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID)
        axes.xaxis.get_major_locator().set_params(nbins=5)

    return svg(draw, (4.4, 0.23 * len(rows) + 0.5), title)


def learning(histories: Mapping[str, pd.DataFrame], model: str) -> str | None:
    """Validation MRR over the epochs, the model's steps as bands; None where nobody noted it."""
    noted = {
        name: history.dropna(subset="validation_mrr")
        for name, history in histories.items()
        if "validation_mrr" in history and history["validation_mrr"].notna().any()
    }
    if model not in noted:
        return None

    def draw(axes: Any) -> None:
        bands = histories[model]
        colours = step_colours(bands)
        for step, rows in bands.groupby("step", sort=False):
            first, last = rows["epoch"].min() - 0.5, rows["epoch"].max() + 0.5
            axes.axvspan(first, last, color=colours[_kind(step)], alpha=0.12, linewidth=0)
        ends = []
        for name, history in noted.items():
            own = name == model
            axes.plot(history["epoch"], history["validation_mrr"], color=MODEL if own else QUIET,
                      linewidth=2 if own else 0.9, zorder=3 if own else 2)  # fmt: skip
            ends.append((float(history["validation_mrr"].iloc[-1]), model_name(name), own))
        _name_lines(axes, ends, float(max(h["epoch"].max() for h in noted.values())))
        axes.set(xlabel="epoch")
        axes.set_ylim(0)
        axes.grid(axis="y", color=GRID)
        axes.xaxis.get_major_locator().set_params(integer=True)

    return svg(draw, (5.2, 3.0), "Validation MRR by epoch, of each model that was trained")


def losses(history: pd.DataFrame) -> list[tuple[str, str]]:
    """The name and the drawing of everything else that was measured, a colour a step."""
    colours = step_colours(history)
    numbers = history.drop(columns=["epoch", "validation_mrr"], errors="ignore")
    numbers = numbers.select_dtypes("number").dropna(axis="columns", how="all")
    return [
        (name.replace("_", " "), svg(_loss(history, name, colours), (3.3, 1.7), f"{name} by epoch"))
        for name in map(str, numbers.columns)
    ]


def step_colours(history: pd.DataFrame) -> dict[str, str]:
    """A colour for each step of a training, in their order; the rounds of a step are one."""
    kinds = dict.fromkeys(map(_kind, history["step"].astype(str)))
    return dict(zip(kinds, cycle(STEPS), strict=False))


def topic_colours(topics: Sequence[str | None]) -> dict[str, str]:
    """A colour for each of the most frequent topics, most frequent first."""
    counts = pd.Series([topic for topic in topics if topic], dtype=object).value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    return dict(zip(map(str, counts.index), TOPIC_COLOURS, strict=False))


def neighbours(near: Neighbourhood, topics: Sequence[str | None], colours: dict[str, str]) -> str:
    """A point a user; the centre as a star, its nearest with a rim."""
    at = {int(user): place for user, place in zip(near.users, near.places, strict=True)}

    def draw(axes: Any) -> None:
        paint = [colours.get(topics[user] or "", RIVAL) for user in near.users]
        # Three decimals of a point are finer than any screen, and half the bytes.
        axes.scatter(*near.places.T.round(3), c=paint, s=7, linewidths=0, alpha=0.75)
        for user in near.nearest:
            face = colours.get(topics[user] or "", RIVAL)
            axes.plot(*at[user], "o", markersize=6.5, color=face, markeredgecolor=INK)
        axes.plot(*at[near.centre], "*", markersize=15, color=MODEL, markeredgecolor="white")
        axes.set_axis_off()

    return svg(draw, (5.2, 4.4), "Map of the users, one with its nearest neighbours marked")


def _loss(history: pd.DataFrame, name: str, colours: dict[str, str]) -> Callable[[Any], None]:
    def draw(axes: Any) -> None:
        for step, rows in history.groupby("step", sort=False):
            axes.plot(rows["epoch"], rows[name], ".-", color=colours[_kind(step)], linewidth=1.2)
        axes.grid(axis="y", color=GRID)
        axes.xaxis.get_major_locator().set_params(integer=True)

    return draw


def _kind(step: object) -> str:
    """A step's name without its round."""
    return str(step).partition(",")[0]


def _name_lines(axes: Any, ends: list[tuple[float, str, bool]], last: float) -> None:
    """Write each line's name beside its end, pushed apart where they would touch."""
    ends.sort()
    top = max(value for value, _, _ in ends)
    step, place = top * 0.065, -1.0
    for value, name, own in ends:
        place = max(value, place + step)
        look = {"color": MODEL, "fontweight": "bold"} if own else {"color": QUIET}
        at = (last, place)
        axes.annotate(f" {name}", at, va="center", fontsize=8, annotation_clip=False, **look)
