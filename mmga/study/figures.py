"""The study's main figure: all differences with their intervals."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

MODEL, RIVAL, INK = "#c2410c", "#1d4ed8", "#1e293b"


def draw_forest(against: pd.DataFrame, file: Path) -> None:
    """A panel for each task and kind of users: a line for each baseline and kind of candidates."""
    cases = list(against.groupby(["task", "users"], sort=False))
    tallest = max(len(rows) for _, rows in cases)
    lines = (len(cases) + 1) // 2
    figure = Figure(figsize=(10.4, lines * (0.26 * tallest + 0.8) + 0.4), layout="constrained")
    panels = figure.subplots(lines, 2, squeeze=False).ravel()
    for panel in panels[len(cases) :]:
        panel.set_axis_off()
    for panel, ((task, users), rows) in zip(panels, cases, strict=False):
        rows = rows.iloc[::-1]
        for place, (low, middle, high) in enumerate(rows[["low", "difference", "high"]].to_numpy()):
            colour = MODEL if low > 0 else RIVAL if high < 0 else INK
            panel.plot([low, high], [place, place], color=colour, lw=1.5)
            panel.plot(middle, place, "o", color=colour, ms=4)
        panel.axvline(0, color=INK, lw=0.8)
        labels = rows["candidates"] + "  " + rows["against"]
        panel.set_yticks(range(len(rows)), labels, fontsize=7)
        panel.tick_params(axis="x", labelsize=7)
        panel.set_title(f"{task}, {users} users", loc="left", fontsize=9)
        panel.spines[["top", "right", "left"]].set_visible(False)
    figure.supxlabel("MRR of MMGA minus that of the baseline, 95 % interval", fontsize=8)
    figure.savefig(file, dpi=130, metadata={"Software": None})
