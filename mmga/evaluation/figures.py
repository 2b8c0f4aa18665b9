"""The comparison and the losses as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MODEL, RIVAL, INK, QUIET = "#c2410c", "#cbd5e1", "#1e293b", "#64748b"

TITLES = {
    ("C0", "warm"): "all users, warm",
    ("C2", "warm"): "as popular ones, warm",
    ("C0", "cold"): "all users, cold",
    ("C2", "cold"): "as popular ones, cold",
}
"""What a panel shows: the candidates and the users of the follow."""

TASKS = {"fans": "Who becomes a fan?", "followees": "Whom to follow?"}


def draw_comparison(comparisons: list[dict[str, Any]], file: Path) -> None:
    """The MRR of the model and of each baseline, a panel for each task, candidates and users.

    A baseline's whisker is the 95 % interval of its difference to the model, drawn from the model's
    line: where it does not touch the line, the two differ by more than chance.
    """
    rows = pd.DataFrame(comparisons)
    rows = rows[rows["metric"] == "mrr"]
    columns = [key for key in TITLES if ((rows[["candidates", "users"]] == key).all(axis=1)).any()]
    bars = rows["baseline"].nunique() + 1
    figure = _figure(3.1 * len(columns) + 1.2, 2 * (0.27 * bars + 0.9))
    axes = figure.subplots(len(TASKS), len(columns), squeeze=False, sharex=False)
    for line, (task, question) in zip(axes, TASKS.items(), strict=True):
        for panel, (candidates, users) in zip(line, columns, strict=True):
            wanted = {"task": task, "candidates": candidates, "users": users}
            found = rows[(rows[list(wanted)] == list(wanted.values())).all(axis=1)]
            if found.empty:
                panel.set_axis_off()
                continue
            _draw_panel(panel, found)
            queries = found["queries"].iloc[0]
            panel.set_title(
                f"{question}\n{TITLES[candidates, users]} ({queries:,} queries)",
                loc="left",
                fontsize=9,
                color=INK,
            )
    figure.supxlabel(
        "mean reciprocal rank; whiskers: 95 % interval of the difference to the model's line",
        fontsize=8,
        color=QUIET,
    )
    _save(figure, file)


def _draw_panel(panel: "Axes", rows: pd.DataFrame) -> None:
    """One bar a scorer, best on top, with its value beside it."""
    model, value = rows["model"].iloc[0], rows["value"].iloc[0]
    bars = [(model, value, None, None)]
    for row in rows.to_dict("records"):
        bars.append(
            (row["baseline"], row["baseline_value"], value - row["high"], value - row["low"])
        )
    bars.sort(key=lambda bar: bar[1])
    widest = max(bar[3] or bar[1] for bar in bars)
    for place, (name, height, low, high) in enumerate(bars):
        panel.barh(place, height, height=0.7, color=MODEL if name == model else RIVAL)
        if low is not None and high is not None:
            panel.plot([low, high], [place, place], color=INK, linewidth=1.2)
        end = max(height, high or 0) + 0.02 * widest
        panel.text(end, place, f"{height:.3f}", va="center", fontsize=7, color=QUIET)
    panel.axvline(value, color=MODEL, linewidth=0.8, linestyle=(0, (3, 2)))
    panel.set_yticks(range(len(bars)), [bar[0].replace("_", " ") for bar in bars], fontsize=8)
    for label in panel.get_yticklabels():
        if label.get_text() == model:
            label.set(color=MODEL, fontweight="bold")
    panel.set_xlim(0, widest * 1.18)
    _tidy(panel)


def draw_losses(history: pd.DataFrame, file: Path) -> None:
    """One panel a loss, over the epochs of the whole training, the steps of it shaded in turn.

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
    figure = _figure(3.6 * across, 2.3 * down)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for panel, name in zip(axes, numbers.columns, strict=False):
        present = numbers[name].notna()
        panel.plot(
            history["epoch"][present], numbers[name][present], color=MODEL, marker=".", linewidth=1
        )
        panel.set_title(str(name).replace("_", " "), loc="left", fontsize=9, color=INK)
        _shade_steps(panel, history)
        _tidy(panel)
    for panel in axes[numbers.shape[1] :]:
        panel.set_axis_off()
    figure.supxlabel("epoch", fontsize=8, color=QUIET)
    _save(figure, file)


def _shade_steps(panel: "Axes", history: pd.DataFrame) -> None:
    changes = (history["step"] != history["step"].shift()).cumsum()
    for number, (_, part) in enumerate(history.groupby(changes)):
        first, last = part["epoch"].min() - 0.5, part["epoch"].max() + 0.5
        panel.axvspan(first, last, color=RIVAL, alpha=0.3 if number % 2 else 0.1, linewidth=0)
        top = panel.get_xaxis_transform()
        text = str(part["step"].iloc[0]).replace("_", " ")
        panel.text(
            first, 0.98, f" {text}", transform=top, fontsize=6, color=QUIET, va="top", rotation=90
        )


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure  # without pyplot there is no global state to leave behind

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def _tidy(panel: "Axes") -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(RIVAL)
    panel.tick_params(axis="x", labelsize=7, colors=QUIET, length=2)
    panel.tick_params(axis="y", length=0)


def _save(figure: "Figure", file: Path) -> None:
    # Without the version of matplotlib the same numbers are the same bytes for longer.
    figure.savefig(file, dpi=130, metadata={"Software": None})
