"""The report for a person: pages that open in any browser, without a network.

    index.html          the verdict, what failed with examples, what was rejected
    quarantine.html     the rejected records, reason by reason
    distributions.html  what the clean data look like
    rules.html          every rule and what it found

They know one another and nothing else: what comes later (the drift) may not be there yet.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mmga.pages.render import render
from mmga.pages.thumbnails import Place, pictures, thumbnail
from mmga.quality.expectations import Finding
from mmga.quality.judge import Judgement
from mmga.quality.plots import distributions
from mmga.quality.profile import Profile
from mmga.quality.report import EXAMPLES, SHOWN, described, examples

TITLES = {"files": "Files", "users": "Users", "posts": "Posts", "images": "Images",
          "follows": "Follows", "clean": "What is left"}  # fmt: skip

PAGES = {
    "index.html": "Verdict",
    "quarantine.html": "Quarantine",
    "distributions.html": "Distributions",
    "rules.html": "Rules",
}
"""File -> what the way to it is called."""

LISTED = 20
"""Records of one reason that the page of the quarantine shows."""


def write_pages(
    judgement: Judgement,
    summary: dict[str, Any],
    data: Path,
    folder: Path,
    profile: Profile | None,
) -> None:
    """Write the pages into `folder`.

    Args:
        judgement: What came out of the rules.
        summary: The same as `report.json` has it.
        data: The data set, for the thumbnails.
        folder: Where the pages go.
        profile: Of the clean data, where every table could be judged.
    """
    groups = _quarantine(judgement, data)
    values: dict[str, dict[str, Any]] = {
        "index.html": {"problems": _problems(judgement, summary, data), "quarantine": groups},
        "quarantine.html": {
            "quarantine": groups,
            "rejected": sum(group["records"] for group in groups),
        },
        "distributions.html": {"drawings": distributions(judgement, profile)},
        "rules.html": {"rules": _by_table(summary)},
    }
    for file, own in values.items():
        page = render(
            "mmga.quality",
            file,
            report=summary,
            colour=summary["verdict"],
            titles=TITLES,
            ways=[(name, None if target == file else target) for target, name in PAGES.items()],
            **own,
        )
        (folder / file).write_text(page, encoding="utf-8")


def _problems(judgement: Judgement, summary: dict[str, Any], data: Path) -> list[dict[str, Any]]:
    """The broken rules with their examples, those that stop the run first, then by severity."""
    place = {"critical": 0, "warning": 1, "info": 2}
    broken = [
        entry
        | {
            "text": described(judgement, finding),
            "examples": _told(entry["examples"]),
            "thumbnails": _offending(judgement, finding, data),
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


def _quarantine(judgement: Judgement, data: Path) -> list[dict[str, Any]]:
    """By table and fault, the most frequent first: how many records, and the first of them."""
    groups = []
    for name, judged in judgement.tables.items():
        rejected = judged.rejected
        alike = judged.faults[rejected.index]
        counts = alike.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        for number, (reason, count) in enumerate(counts.items(), 1):
            shown = rejected[alike == reason].iloc[:LISTED]
            particular = ["reason"] if (shown["reason"] != reason).any() else []
            groups.append(
                {
                    "table": name,
                    "reason": str(reason),
                    "anchor": f"{name}-{number}",
                    "records": int(count),
                    "examples": _told(examples(shown, [*SHOWN[name], *particular])),
                    "thumbnails": _thumbnails(shown, data, "JPEG") if name == "images" else [],
                }
            )
    return groups


def _told(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """Records without what a person who sees the picture has no use for."""
    return [{k: v for k, v in one.items() if k not in ("part", "row")} for one in found]


def _offending(judgement: Judgement, finding: Finding, data: Path) -> list[str | None]:
    """Data URIs of the pictures that are examples of a finding; of other tables none."""
    if finding.rule.table != "images":
        return []
    return _thumbnails(judgement.frame_of("images").iloc[finding.rows[:EXAMPLES]], data, "PNG")


def _thumbnails(rows: pd.DataFrame, data: Path, kind: str) -> list[str | None]:
    """A data URI for each picture, None for one that cannot be shown; empty if none can."""
    places = list(_places(rows))
    contents = pictures(data, [place for place in places if place])
    shown = [
        thumbnail(contents[place], kind=kind) if place in contents else None for place in places
    ]
    return shown if any(shown) else []


def _places(rows: pd.DataFrame) -> Iterable[Place | None]:
    """Where the pictures lie; None for what could not be decoded."""
    for part, row, width in zip(rows["part"], rows["row"], rows["width"], strict=True):
        yield None if pd.isna(width) else (str(part), int(row))
