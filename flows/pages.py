"""What a run has to show, as Markdown: for Prefect's artifacts and for a file beside the record."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROWS = 20
"""The most epochs that a table of the training shows."""


def quality(build: Path) -> str:
    """The verdict on the data, table by table, and the rules that were broken."""
    report = json.loads((build / "quality" / "report.json").read_text(encoding="utf-8"))
    counts = [
        (name, *(f"{table[key]:,}" for key in ("read", "rejected", "clean")))
        for name, table in report["tables"].items()
    ]
    broken = [
        (rule["table"], rule["sentence"], rule["severity"], f"{rule['unexpected']:,}")
        for rule in report["expectations"]
        if rule["success"] is False
    ]
    text = f"## Data quality: {report['verdict']}\n\n{report['sentence']}\n\n"
    text += _table(["table", "read", "rejected", "clean"], counts)
    if broken:
        text += "\n" + _table(["table", "broken rule", "severity", "records"], broken)
    return text


def drift(build: Path) -> str:
    """What has moved since the champion's data."""
    report = json.loads((build / "drift" / "drift.json").read_text(encoding="utf-8"))
    text = f"## Drift: {report['level'] or 'not compared'}\n\n{report['sentence']}\n"
    moved = [
        (one["level"], one["sentence"], one["measure"], f"{one['effect']:.2f}")
        for one in report["comparisons"]
        if one["level"] != "none"
    ]
    return text + ("\n" + _table(["drift", "what", "measure", "effect"], moved) if moved else "")


def training(build: Path) -> str:
    """The losses by epoch; of a long training every so many epochs, and the last."""
    with (build / "model" / "history.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    every = max(1, -(-len(rows) // ROWS))
    shown = rows[::every] if rows[-1:] == rows[::every][-1:] else [*rows[::every], rows[-1]]
    return "## Training\n\n" + _table(header, [[_short(cell) for cell in row] for row in shown])


def evaluation(build: Path) -> str:
    """The model against its baselines, each difference with its interval."""
    report = json.loads((build / "evaluation" / "report.json").read_text(encoding="utf-8"))
    return "## Fan prediction\n\n" + _table(
        ["task", "candidates", "users", "metric", "model", "baseline", "difference", "95 %"],
        [_comparison(row) for row in report["comparisons"]],
    )


def card(build: Path) -> str:
    """The model card."""
    return (build / "report" / "model-card.md").read_text(encoding="utf-8")


def _comparison(row: dict[str, Any]) -> list[str]:
    return [
        *(str(row[key]) for key in ("task", "candidates", "users", "metric")),
        f"{row['model']} {row['value']:.4f}",
        f"{row['baseline']} {row['baseline_value']:.4f}",
        f"{row['difference']:+.4f}",
        f"{row['low']:+.4f} to {row['high']:+.4f}",
    ]


PAGES: dict[str, tuple[str, Path, Callable[[Path], str]]] = {
    "validate": ("quality", Path("quality/report.json"), quality),
    "drift": ("drift", Path("drift/drift.json"), drift),
    "pretrain": ("training", Path("model/history.csv"), training),
    "evaluate": ("evaluation", Path("evaluation/report.json"), evaluation),
    "report": ("model-card", Path("report/model-card.md"), card),
}
"""By stage: the page's name, the file under `build/` that it needs, and what writes it."""


def page_of(step: str, build: Path, lines: list[str]) -> tuple[str, str] | None:
    """The name and the text of what a step has to show; None where there is nothing.

    Args:
        step: The step that ended, well or not.
        build: Where the stages leave what they make.
        lines: What the step printed.
    """
    if step == "promote" and lines:
        return "decision", "## Promotion\n\n" + "\n".join(lines) + "\n"
    if step in PAGES:
        name, needed, write = PAGES[step]
        if (build / needed).is_file():
            return name, write(build)
    return None


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(header)
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _short(cell: str) -> str:
    """A number as a person reads it; anything else as it is.

    >>> _short("0.693147180559"), _short("12"), _short("pretrain")
    ('0.6931', '12', 'pretrain')
    """
    try:
        return f"{float(cell):.4g}"
    except ValueError:
        return cell
