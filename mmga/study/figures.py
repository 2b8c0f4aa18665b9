"""The study's figures: differences with intervals, and what spoilt inputs cost."""

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


def draw_robustness(robust: pd.DataFrame, file: Path) -> None:
    """MMGA and late fusion with each spoilt input, warm and cold users."""
    figure = Figure(figsize=(10, 0.3 * len(robust) + 1.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    rows = robust.iloc[::-1]
    for panel, users in zip(panels, ("warm", "cold"), strict=True):
        for model, colour in (("mmga", MODEL), ("late_fusion", RIVAL)):
            if f"{model}, {users}" in rows:
                values = rows[f"{model}, {users}"]
                panel.plot(values, range(len(rows)), "o-", color=colour, lw=1, ms=4, label=model)
        panel.set_yticks(range(len(rows)), rows["input"], fontsize=7)
        panel.tick_params(axis="x", labelsize=7)
        panel.set_xlim(left=0)
        panel.set_title(f"{users} users", loc="left", fontsize=9)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=7, frameon=False)
    figure.supxlabel("MRR of fans among all users (C0)", fontsize=8)
    figure.savefig(file, dpi=130, metadata={"Software": None})
