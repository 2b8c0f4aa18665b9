"""The model card: what a version was made from, how good it is, and what it is not for."""

from collections.abc import Mapping
from typing import Any

from mmga.project import Project, read_json
from mmga.registry.decisions import PromoteParams
from mmga.tables import read_description
from mmga.tracking import FINGERPRINT, facts

CARD = """\
# mmga-fans

Ranks users by who will become a fan of an account, accounts by whom a user will follow, and users
by how alike they are. Multi-step graph alignment of the follow graph, images and captions, in a
design consistent with the abstract of Yang et al. 2022 (arXiv:2210.09946).

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

A score orders the users of one query; it is no probability. Users who came after the training are
unknown to it. Follows that existed then are never predicted. Use it to suggest, not to decide about
a person.
"""

ROW = "| {baseline} | {baseline_value:.4f} | {difference:+.4f} | {low:+.4f} to {high:+.4f} |"


def card(project: Project, params: PromoteParams) -> str:
    """The card of the model in `build/`, as Markdown."""
    split = read_json(project.build / "splits" / "split.json")
    comparisons = params.comparisons(read_json(project.build / "evaluation" / "report.json"))
    description = read_description(project.data)
    tags = facts(project)
    return CARD.format(
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
