"""A version in short: what it was made from, how good it is; its model card lies beside it."""

from collections.abc import Mapping
from typing import Any

from mmga.project import Project, read_json
from mmga.registry.decisions import PromoteParams
from mmga.report import statement
from mmga.tables import read_description
from mmga.tracking import FINGERPRINT, facts

CARD = """\
# mmga-fans

{what}

{method}

| | |
| --- | --- |
| data | {name}, version `{data_version}`, licence {licence} |
| users, follows | {users:,} users, {edges:,} follows in training |
| split | seed {seed}, `{split}` |
| code | `{code}` |
| training | `{fingerprint}` |
| data quality | {quality} |

## How good it is

{metric} on the test follows of warm users: **{value:.4f}**.

| baseline | its value | difference | 95 % interval |
| --- | --- | --- | --- |
{rows}

## Limits

{limits}

The model card, `model-card.md` among the files of the version, says where it is weak, what it is
for, and what to mind with people's data.
"""

ROW = "| {baseline} | {baseline_value:.4f} | {difference:+.4f} | {low:+.4f} to {high:+.4f} |"


def card(project: Project, params: PromoteParams) -> str:
    """The model in `build/` as Markdown, short enough for the description of a version."""
    split = read_json(project.build / "splits" / "split.json")
    comparisons = params.comparisons(read_json(project.build / "evaluation" / "report.json"))
    description = read_description(project.data)
    tags = facts(project)
    return CARD.format(
        what=statement.WHAT,
        method=statement.METHOD,
        limits=statement.LIMITS,
        name=description.get("name", "unnamed"),
        licence=description.get("licence", "unknown"),
        data_version=tags["mmga.data_version"],
        users=split["users"],
        edges=split["edges"]["train"]["edges"],
        seed=split["seed"],
        split=tags["mmga.split"][:16],
        code=tags["mmga.code"],
        fingerprint=tags[FINGERPRINT],
        quality=tags["mmga.quality"],
        metric=params.primary_name,
        value=comparisons[0]["value"],
        rows="\n".join(map(_row, comparisons)),
    )


def _row(row: Mapping[str, Any]) -> str:
    return ROW.format(**row)
