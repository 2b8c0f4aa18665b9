"""The verdict for machines (`report.json`) and the words in which a run is stopped.

`report.json` holds no clock time and no path of a machine: the same data give the same bytes.

    schema          1; a larger number where a key has changed its meaning
    verdict         pass | warn | fail (fail: the run stopped)
    sentence        the verdict for a person
    ways_out        a list of what a person can do, a sentence each; empty where the run goes on
    versions        of mmga and great_expectations
    params          the section `validate` of params.yaml, with the `latest` that was used
    tables          by name: `read`, `dropped` (by kind of edge), `dropped_own` (how many of those
                    join a user to itself), `rejected`, `clean` (counts) and `reasons` (rule ->
                    records it rejected; a record may break several)
    expectations    a list, in the order of the tables: `table`, `name`, `severity`, `sentence`,
                    `expectation` (its class), `success` (null: could not be asked), `stops`,
                    `rejects`, `records`, `unexpected` (count), `share`, `observed` (of a whole
                    table, else null), `examples` (up to five records, key -> text)
"""

from typing import Any

import pandas as pd

from mmga import __version__
from mmga.quality.expectations import Finding
from mmga.quality.judge import Judgement
from mmga.quality.ways import ways_out

SHOWN = {
    "files": ["file"],
    "users": ["user_id", "topic", "bio"],
    "posts": ["post_id", "user_id", "created_at", "caption"],
    "images": ["image_id", "post_id", "position", "part", "row", "width", "height"],
    "follows": ["follower_id", "followee_id", "followed_at", "kind"],
    "clean": ["table"],
}
"""The columns of an example."""

EXAMPLES = 5


def report(judgement: Judgement) -> dict[str, Any]:
    """What `report.json` holds: see the top of this file."""
    return {
        "schema": 1,
        "verdict": judgement.verdict,
        "sentence": sentence(judgement),
        "ways_out": ways_out(judgement),
        "versions": {"mmga": __version__, "great_expectations": judgement.engine},
        "params": judgement.params.model_dump(mode="json"),
        "tables": counts(judgement),
        "expectations": [_entry(judgement, finding) for finding in judgement.findings],
    }


def sentence(judgement: Judgement) -> str:
    """The verdict in one sentence."""
    broken = [finding for finding in judgement.findings if finding.success is False]
    rejected = sum(len(judged.rejected) for judged in judgement.tables.values())
    if judgement.verdict == "fail":
        return f"The run stops: {_number(len(judgement.stopping), 'critical rule')} broken."
    worth = [finding for finding in broken if finding.rule.severity != "info"]
    if not worth:
        return f"The data are good: no critical rule and no warning among {_asked(judgement)}."
    return (
        f"The data can be used: {_number(len(worth), 'rule')} worth a look, "
        f"{_number(rejected, 'record')} in the quarantine."
    )


def counts(judgement: Judgement) -> dict[str, dict[str, Any]]:
    """By table: records read, dropped, rejected and clean, and what they were rejected for."""
    tables = {}
    for name, judged in judgement.tables.items():
        reasons = {
            finding.rule.name: len(finding.rows)
            for finding in judgement.findings
            if finding.rule.table == name and finding.rule.rejects and len(finding.rows)
        }
        rejected = len(judged.rejected)
        tables[name] = {
            "read": len(judged.frame) + sum(judged.dropped.values()),
            "dropped": judged.dropped,
            "dropped_own": judged.dropped_own,
            "rejected": rejected,
            "clean": len(judged.frame) - rejected,
            "reasons": reasons,
        }
    return tables


def refusal(judgement: Judgement) -> str:
    """Why the run stops, the worst rule first, and what to do: one to three lines."""
    worst, *others = judgement.stopping
    also = [f"{_number(len(others), 'more critical rule')} broken."] if others else []
    last = " ".join([*also, *ways_out(judgement), "Every rule: build/quality/index.html"])
    return f"{described(judgement, worst)}\n{last}"


def described(judgement: Judgement, finding: Finding) -> str:
    """What a rule found, in one sentence that names table, rule and count."""
    rule = finding.rule
    if rule.table in ("files", "clean") and len(finding.rows):
        frame = judgement.frame_of(rule.table)
        text = str(frame[rule.detail].iloc[finding.rows[0]])
        return f"{text} (rule {rule.table}.{rule.name})"
    if not len(finding.rows):
        return f"{rule.table}: rule {rule.name} is broken: {rule.sentence}"
    found = f"{len(finding.rows):,} of {finding.records:,}"
    example = _found(judgement, finding)[0]
    key = next(iter(example.values()))
    such_as = f" (such as {key!r})" if key else ""
    return f"{rule.table}: {found} records break {rule.name}: {rule.fault}{such_as}"


def _entry(judgement: Judgement, finding: Finding) -> dict[str, Any]:
    rule = finding.rule
    return {
        "table": rule.table,
        "name": rule.name,
        "severity": rule.severity,
        "sentence": rule.sentence,
        "expectation": rule.expectation,
        "success": finding.success,
        "stops": judgement.stops(finding),
        "rejects": rule.rejects,
        "records": finding.records,
        "unexpected": len(finding.rows),
        "share": round(finding.share, 6),
        "observed": None if finding.observed is None else round(finding.observed, 6),
        "examples": _found(judgement, finding),
    }


def _found(judgement: Judgement, finding: Finding) -> list[dict[str, str]]:
    rule = finding.rule
    if not len(finding.rows):
        return []
    columns = list(SHOWN[rule.table])
    rows = judgement.frame_of(rule.table).iloc[finding.rows[:EXAMPLES]]
    if rule.detail and rule.detail not in columns and rows[rule.detail].notna().any():
        columns.append(rule.detail)
    return examples(rows, columns)


def examples(rows: pd.DataFrame, columns: list[str]) -> list[dict[str, str]]:
    """Records as a person reads them, column by column."""
    return [
        {str(key): _text(value) for key, value in row.items()}
        for row in rows[columns].astype(object).to_dict("records")
    ]


def _text(value: Any) -> str:
    """A value as a person reads it; long ones are cut."""
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return text if len(text) <= 300 else text[:299] + "…"


def _number(count: int, what: str) -> str:
    """`1 rule is`, `2 rules are`: a count with its noun and verb."""
    return f"{count:,} {what} is" if count == 1 else f"{count:,} {what}s are"


def _asked(judgement: Judgement) -> str:
    return f"{len(judgement.findings)} rules"
