"""The comparison and the losses as pictures."""

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MODEL, RIVAL, INK, QUIET = "#c2410c", "#cbd5e1", "#1e293b", "#64748b"

STEPS = (
    "#c2410c", "#1d4ed8", "#15803d", "#a21caf", "#ca8a04", "#0e7490", "#be123c", "#475569",
)  # fmt: skip
"""A colour a step of the training, in their order."""

TITLES = {
    ("C0", "warm"): "warm, among all (C0)",
    ("C2", "warm"): "warm, among as popular (C2)",
    ("C3", "warm"): "warm, among hard ones (C3)",
    ("C0", "cold"): "cold, among all (C0)",
    ("C2", "cold"): "cold, among as popular (C2)",
    ("C3", "cold"): "cold, among hard ones (C3)",
}
"""What a panel shows: the candidates and the users of the follow."""

TASKS = {"fans": "Who becomes a fan?", "followees": "Whom to follow?"}


def draw_comparison(comparisons: list[dict[str, Any]], file: Path) -> None:
    """The MRR of the model and of each baseline, a panel for each task, candidates and users.

    A baseline's whisker is the 95 % interval of its difference to the model, drawn from the model's
    line: where it does not touch the line, the two differ by more than chance. Without comparisons
    (nobody is left to be ranked among) it says so.
    """
    if not comparisons:
        figure = _figure(6, 1)
        figure.suptitle(
            "nothing was compared: no follow has anybody to be ranked among", fontsize=8
        )
        _save(figure, file)
        return
    rows = pd.DataFrame(comparisons)
    rows = rows[rows["metric"] == "mrr"]
    present = set(zip(rows["candidates"], rows["users"], strict=True))
    columns = [key for key in TITLES if key in present]
    bars = rows["baseline"].nunique() + 1
    figure = _figure(3.3 * len(columns) + 1.2, 2 * (0.27 * bars + 0.9))
    axes = figure.subplots(len(TASKS), len(columns), squeeze=False)
    for line, (task, question) in zip(axes, TASKS.items(), strict=True):
        for panel, (candidates, users) in zip(line, columns, strict=True):
            wanted = {"task": task, "candidates": candidates, "users": users}
            found = rows[(rows[list(wanted)] == list(wanted.values())).all(axis=1)]
            if found.empty:
                panel.set_axis_off()
                continue
            _draw_panel(panel, found)
            queries = f"{found['queries'].iloc[0]:,} queries"
            title = f"{question}\n{TITLES[candidates, users]}, {queries}"
            panel.set_title(title, loc="left", fontsize=8, color=INK)
    figure.supxlabel(
        "mean reciprocal rank; whiskers: 95 % interval of the difference to the model's line",
        fontsize=8,
        color=QUIET,
    )
    _save(figure, file)


def _draw_panel(panel: "Axes", rows: pd.DataFrame) -> None:
    """One bar a scorer, best on top, the values in a column on the right."""
    model, value = str(rows["model"].iloc[0]), float(rows["value"].iloc[0])
    bars = pd.DataFrame(
        {
            "name": [*rows["baseline"], model],
            "value": [*rows["baseline_value"], value],
            "low": [*(value - rows["high"]), value],
            "high": [*(value - rows["low"]), value],
        }
    ).sort_values("value")
    places = range(len(bars))
    panel.barh(places, bars["value"], color=[MODEL if n == model else RIVAL for n in bars["name"]])
    panel.hlines(places, bars["low"], bars["high"], color=INK, linewidth=1.2)
    panel.axvline(value, color=MODEL, linewidth=0.8, linestyle=(0, (3, 2)))
    for place, height in zip(places, bars["value"], strict=True):
        across = panel.get_yaxis_transform()
        text = f"{height:.3f}"
        panel.text(
            1, place, text, transform=across, ha="right", va="center", fontsize=7, color=QUIET
        )
    panel.set_yticks(places, [name.replace("_", " ") for name in bars["name"]], fontsize=8)
    panel.get_yticklabels()[bars["name"].tolist().index(model)].set(color=MODEL, fontweight="bold")
    panel.set_xlim(0, max(bars["high"].max(), value, 1e-6) * 1.25)
    _tidy(panel)


def draw_losses(history: pd.DataFrame, file: Path) -> None:
    """One panel a loss over the epochs of the whole training, one colour a step.

    Args:
        history: Columns `step` (name of the alignment step), `epoch` (counted over the whole
            training) and one a loss; a loss that a step does not have is empty there.
        file: The PNG to write.
    """
    numbers = (
        history.drop(columns="epoch").select_dtypes("number").dropna(axis="columns", how="all")
    )
    across = min(3, max(1, numbers.shape[1]))
    down = -(-max(1, numbers.shape[1]) // across)
    figure = _figure(3.4 * across, 2.1 * down + 0.6)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    steps = history["step"].astype(str)
    for panel, name in zip(axes, numbers.columns, strict=False):
        for step, colour in zip(steps.unique(), itertools.cycle(STEPS)):
            values = numbers[name].where(steps == step)
            label = step.replace("_", " ")
            panel.plot(history["epoch"], values, ".-", color=colour, linewidth=1.2, label=label)
        panel.set_title(str(name).replace("_", " "), loc="left", fontsize=9, color=INK)
        panel.set_xlim(history["epoch"].min() - 1, history["epoch"].max() + 1)
        _tidy(panel)
    for panel in axes[numbers.shape[1] :]:
        panel.set_axis_off()
    if numbers.shape[1]:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=4, fontsize=8, frameon=False)
    figure.supxlabel("epoch", fontsize=8, color=QUIET)
    _save(figure, file)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure  # without pyplot there is no global state to leave behind

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def _tidy(panel: "Axes") -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(RIVAL)
    panel.tick_params(axis="x", labelsize=7, colors=QUIET, length=2)
    panel.tick_params(axis="y", length=0, labelsize=8)


def _save(figure: "Figure", file: Path) -> None:
    # Without the version of matplotlib the same numbers are the same bytes for longer.
    figure.savefig(file, dpi=130, metadata={"Software": None})
