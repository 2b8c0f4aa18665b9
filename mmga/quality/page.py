"""The report for a person: one page that opens in any browser, without a network."""

from pathlib import Path
from typing import Any

from mmga.pages.render import render
from mmga.pages.thumbnails import picture_bytes, thumbnail
from mmga.quality.expectations import Finding
from mmga.quality.judge import Judgement
from mmga.quality.plots import distributions
from mmga.quality.report import EXAMPLES, SHOWN, described

TITLES = {"files": "Files", "users": "Users", "posts": "Posts", "images": "Images",
          "follows": "Follows", "clean": "What is left"}  # fmt: skip


def write_page(judgement: Judgement, summary: dict[str, Any], data: Path, folder: Path) -> None:
    """Write `index.html`: verdict, what failed with examples, counts, rules, distributions.

    Args:
        judgement: What came out of the rules.
        summary: The same as `report.json` has it.
        data: The data set, for the thumbnails.
        folder: Where the page goes.
    """
    page = render(
        "mmga.quality",
        "page.html",
        report=summary,
        problems=_problems(judgement, summary, data),
        rules=_by_table(summary),
        titles=TITLES,
        quarantine=_quarantine(judgement),
        drawings=distributions(judgement),
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


def _problems(judgement: Judgement, summary: dict[str, Any], data: Path) -> list[dict[str, Any]]:
    """The broken rules with their examples, those that stop the run first, then by severity."""
    place = {"critical": 0, "warning": 1, "info": 2}
    broken = [
        entry
        | {
            "text": described(judgement, finding),
            "thumbnails": _thumbnails(judgement, finding, data),
        }
        for finding, entry in zip(judgement.findings, summary["expectations"], strict=True)
        if finding.success is False
    ]
    return sorted(broken, key=lambda entry: (not entry["stops"], place[entry["severity"]]))


def _by_table(summary: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for entry in summary["expectations"]:
        tables.setdefault(entry["table"], []).append(entry)
    return tables


def _quarantine(judgement: Judgement) -> dict[str, list[tuple[str, int]]]:
    """By table: the reasons without what is particular to one record, and how many bear them."""
    found = {}
    for name, judged in judgement.tables.items():
        reasons = judged.reasons.dropna().str.replace(r" \([^;]*\)", "", regex=True)
        counts = reasons.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        if len(counts):
            found[name] = [(str(reason), int(count)) for reason, count in counts.items()]
    return found


def _thumbnails(judgement: Judgement, finding: Finding, data: Path) -> list[str]:
    """Data URIs of the offending pictures that can be shown at all."""
    if finding.rule.table != "images":
        return []
    rows = judgement.frame_of("images").iloc[finding.rows[:EXAMPLES]]
    places = rows[SHOWN["images"]].astype(object).to_dict("records")
    shown = [_thumbnail(data, str(place["part"]), int(place["row"])) for place in places
             if place["width"] == place["width"]]  # fmt: skip
    return [uri for uri in shown if uri]


def _thumbnail(data: Path, part: str, row: int) -> str | None:
    content = picture_bytes(data, part, row)
    return None if content is None else thumbnail(content)
