"""Curves: what spoilt inputs cost, and how a training goes."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from mmga.study.figures import INK, MODEL, RIVAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    "mmga": MODEL, "late_fusion": RIVAL, "graph_only": "#15803d", "image_text": "#a21caf",
    "image_only": "#ca8a04", "text_only": "#0e7490", "congrat": "#475569",
    "image_text_contrast": "#9f1239", "late_fusion_with_paths": "#4f46e5",
}  # fmt: skip
QUIET, SHADE = "#64748b", "#f1f5f9"

LOSSES = {
    "link": ("link",),
    "align": ("align_image", "align_text"),
    "image_text": ("image_text",),
    "neighbours": ("neighbours_image", "neighbours_text"),
    "relational": ("relational_image", "relational_text"),
    "distil": ("distil",),
    "anchor": ("anchor",),
}
"""The losses that share a panel; the second, of the text, is drawn in blue."""


def draw_robustness(points: pd.DataFrame, labels: pd.DataFrame, file: Path) -> None:
    """A column a kind of spoilt input, warm users above, cold ones below; last, wrong labels.

    Args:
        points: `mmga.study.robustness.points`.
        labels: `mmga.study.robustness.labels`.
        file: The PNG to write.
    """
    curves = list(dict.fromkeys(points["curve"]))
    users = [name for name in ("warm", "cold") if name in set(points["users"])]
    across = len(curves) + (not labels.empty)
    figure = Figure(figsize=(2.6 * across + 0.6, 2.3 * len(users) + 0.8), layout="constrained")
    panels = figure.subplots(len(users), across, squeeze=False, sharey=False)
    for line, name in zip(panels, users, strict=True):
        for panel, curve in zip(line, curves, strict=False):
            case = points[(points["curve"] == curve) & (points["users"] == name)]
            _curve(panel, case.rename(columns={"mrr": "value"}))
            panel.set_title(f"{curve}\n{name} users", loc="left", fontsize=8, color=INK)
        line[0].set_ylabel("MRR of fans, C0", fontsize=8, color=QUIET)
        top = points.loc[points["users"] == name, "high"].max() * 1.08
        for panel in line[: len(curves)]:
            panel.set_ylim(0, top)
        for panel in line[len(curves) :]:
            panel.set_axis_off()
    if not labels.empty:
        panel = panels[0, -1]
        panel.set_axis_on()
        _curve(panel, labels.rename(columns={"f1": "value"}))
        panel.set_title("topic labels wrong, %\n(topic, macro F1)", loc="left", fontsize=8)
        panel.set_ylim(0, 1.02)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=2, fontsize=8, frameon=False)
    _save(figure, file)


def draw_learning(history: pd.DataFrame, file: Path) -> None:
    """The losses of MMGA by epoch, a thin line a seed, and everybody's validation MRR below.

    Shades mark the steps.

    Args:
        history: Table `history` of the main comparison.
        file: The PNG to write.
    """
    own = history[history["model"] == "mmga"]
    losses = {name: [c for c in columns if c in own and own[c].notna().any()]
              for name, columns in LOSSES.items()}  # fmt: skip
    losses = {name: columns for name, columns in losses.items() if columns}
    down = -(-len(losses) // 4)
    figure = Figure(figsize=(10.4, 1.9 * down + 3.2), layout="constrained")
    grid = figure.add_gridspec(down + 1, 4, height_ratios=[*[1.0] * down, 1.6])
    steps = _steps(own)
    for place, (name, columns) in enumerate(losses.items()):
        panel = figure.add_subplot(grid[place // 4, place % 4])
        for column, colour in zip(columns, (MODEL, RIVAL), strict=False):
            for _, seed in own.groupby("seed"):
                panel.plot(seed["epoch"], seed[column], ".-", color=colour, lw=0.7, ms=2)
            if len(columns) > 1:
                panel.plot([], [], color=colour, lw=1.2, label=column.rsplit("_", 1)[1])
                panel.legend(fontsize=6, frameon=False)
        panel.set_title(name.replace("_", " and "), loc="left", fontsize=8, color=INK)
        _mark(panel, steps, False)
    panel = figure.add_subplot(grid[down, :])
    _validation(panel, history)
    _mark(panel, steps, True)
    figure.supxlabel("epoch of the whole training", fontsize=8, color=QUIET)
    _save(figure, file)


def _curve(panel: "Axes", case: pd.DataFrame) -> None:
    """A line a model with its intervals; places are even, as they are few."""
    ticks = sorted(set(case["x"]))
    for model, own in case.groupby("model"):
        own = own.sort_values("x")
        places = own["x"].map(ticks.index)
        colour = COLOURS.get(str(model), INK)
        panel.fill_between(places, own["low"], own["high"], color=colour, alpha=0.13, lw=0)
        panel.plot(places, own["value"], "o-", color=colour, lw=1.3, ms=3.5, label=str(model))
    names = ["all" if x == float("inf") else f"{x:g}" for x in ticks]
    panel.set_xticks(range(len(ticks)), names)
    panel.set_xlim(-0.3, len(ticks) - 0.7)
    _tidy(panel)


def _validation(panel: "Axes", history: pd.DataFrame) -> None:
    """The mean over seeds of each model, and from the least to the most of them."""
    ranked = history.dropna(subset=["validation_mrr"])
    for model in dict.fromkeys(["mmga", *ranked["model"]]):
        own = ranked[ranked["model"] == model].groupby("epoch")["validation_mrr"]
        sums = own.agg(["mean", "min", "max"])
        colour, width = COLOURS.get(model, QUIET), 2.0 if model == "mmga" else 1.1
        panel.fill_between(sums.index, sums["min"], sums["max"], color=colour, alpha=0.12, lw=0)
        panel.plot(sums.index, sums["mean"], ".-", color=colour, lw=width, ms=4, label=model)
    panel.set_ylim(bottom=0)
    panel.set_title("validation MRR, all models", loc="left", fontsize=8, color=INK, pad=16)
    panel.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def _steps(own: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Each step of MMGA, and where it begins and ends."""
    one = own[own["seed"] == own["seed"].min()]
    places = one.groupby("step", sort=False)["epoch"].agg(["min", "max"])
    return [(str(name), low - 0.5, high + 0.5) for name, (low, high) in places.iterrows()]


def _mark(panel: "Axes", steps: list[tuple[str, float, float]], named: bool) -> None:
    """Shade every other step; `named`: say above which is which."""
    for number, (name, low, high) in enumerate(steps):
        if number % 2:
            panel.axvspan(low, high, color=SHADE, zorder=0)
        if named:
            short = name.split(",")[0].split()
            said = short[0] + (f" {short[-1]}" if short[0] in "03" else "")
            panel.annotate(said, ((low + high) / 2, 1), (0, 3), ha="center", fontsize=6,
                           xycoords=("data", "axes fraction"), textcoords="offset points",
                           color=QUIET)  # fmt: skip
    if steps:
        panel.set_xlim(steps[0][1], steps[-1][2])
    _tidy(panel)


def _tidy(panel: "Axes") -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=7, length=2)


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, dpi=130, metadata={"Software": None})
