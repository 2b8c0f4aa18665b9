"""One thing that must be true of a table, and the ways in which most of them are said."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mmga.quality.params import ValidateParams
from mmga.tables import FIRST_DAY, LAST_DAY

Severity = Literal["critical", "warning", "info"]

EARLIEST = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
"""No social medium that this project knows of is older."""

LATEST = datetime.combine(LAST_DAY + timedelta(days=1), datetime.min.time(), UTC)
"""Where nobody says when the data were collected; a later time is an error of units."""


@dataclass(frozen=True)
class Rule:
    """One thing that must be true of a table, as an expectation of Great Expectations."""

    table: str
    """`users`, `posts`, `images`, `follows`; `files` (what was read) or `clean` (what goes on)."""
    name: str
    severity: Severity
    sentence: str
    """What is true of good data, for a person."""
    expectation: str
    """The expectation's class, such as `ExpectColumnValuesToNotBeNull`."""
    arguments: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    """What is said of a record that breaks the rule: "its user is not in users.parquet"."""
    rejects: bool = False
    """Whether a record that breaks the rule goes to the quarantine."""
    detail: str | None = None
    """The column that says what is wrong with one record, where there is one."""


def present(table: str, column: str) -> Rule:
    """No record goes without its key."""
    return Rule(
        table, f"{column}_present", "critical", f"Every record of {table} has a {column}.",
        "ExpectColumnValuesToNotBeNull", {"column": column},
        f"its {column} is missing", rejects=True,
    )  # fmt: skip


def once(table: str, key: str) -> list[Rule]:
    """A key names one record: a second copy is harmless, a second content is not."""
    occurrence = "ExpectColumnValuesToNotBeInSet"
    return [
        Rule(
            table, "one_content", "critical",
            f"A {key} stands for one content; the first good one is kept.",
            occurrence, {"column": "occurrence", "value_set": ["conflict"]},
            f"an earlier record has this {key} and another content", rejects=True,
        ),
        Rule(
            table, "no_copies", "warning", f"No record of {table} is there twice.",
            occurrence, {"column": "occurrence", "value_set": ["repeat"]},
            "it is a copy of an earlier record", rejects=True,
        ),
    ]  # fmt: skip


def refers(table: str, column: str, what: str) -> list[Rule]:
    """A reference is there, leads to a record, and that record is not in the quarantine."""
    target = "posts" if what == "post" else "users"
    return [
        present(table, column),
        flag(
            table, f"known_{what}", "critical", f"unknown_{what}",
            f"Every {column} of {table} is in {target}.parquet.",
            f"its {column} is not in {target}.parquet", rejects=True, detail=f"like_{what}",
        ),
        Rule(
            table, f"{what}_accepted", "warning",
            f"No {what} of {table} was rejected; what belongs to a rejected one goes with it.",
            "ExpectColumnValuesToBeNull", {"column": f"rejected_{what}"},
            f"its {what} was rejected", rejects=True, detail=f"rejected_{what}",
        ),
    ]  # fmt: skip


def flag(
    table: str, name: str, severity: Severity, column: str, sentence: str, fault: str,
    rejects: bool = False, detail: str | None = None,
) -> Rule:  # fmt: skip
    """A rule that the boolean `column` says is broken where it is true."""
    return Rule(
        table, name, severity, sentence,
        "ExpectColumnValuesToBeInSet", {"column": column, "value_set": [False]}, fault, rejects,
        detail,
    )  # fmt: skip


def plausible(table: str, column: str, params: ValidateParams) -> Rule:
    """Times lie between the first social media and the day of the export."""
    last = last_moment(params)
    return Rule(
        table, "plausible_time", "warning",
        f"Every {column} lies between {EARLIEST:%Y-%m-%d} and {last:%Y-%m-%d}.",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": EARLIEST, "max_value": last},
        f"its {column} is before {EARLIEST:%Y} or after {last:%Y-%m-%d}", rejects=True,
    )  # fmt: skip


def mostly_there(
    table: str, name: str, severity: Severity, column: str, missing: float, what: str
) -> Rule:
    """At most the share `missing` of a table goes without `what`."""
    return Rule(
        table, name, severity, f"At most {missing:.0%} of {table} are without {what}.",
        "ExpectColumnProportionOfNonNullValuesToBeBetween",
        {"column": column, "min_value": 1 - missing},
    )  # fmt: skip


def moments(table: str, column: str, params: ValidateParams) -> list[Rule]:
    """Times tell one record from another, and none lies far from all others."""
    return [
        flag(
            table, "times_differ", "warning", "same_moment",
            f"No moment is the {column} of more than {params.max_same_moment:.0%} of {table}.",
            f"its {column} is that of very many others: when they were fetched, perhaps",
        ),
        flag(
            table, "times_together", "warning", "stray",
            f"No {column} lies more than {params.max_gap_days:,} days before or after nine tenths "
            "of them.",
            f"its {column} lies far from all others",
        ),
    ]  # fmt: skip


def last_moment(params: ValidateParams) -> datetime:
    """The end of the day `validate.latest`, or `LATEST`."""
    if params.latest is None:
        return LATEST
    start_of_day = datetime.combine(params.latest, datetime.min.time(), tzinfo=UTC)
    return start_of_day + timedelta(days=1, microseconds=-1)


def at_most(table: str, name: str, column: str, most: float, sentence: str, fault: str) -> Rule:
    """A warning where the number in `column` is larger than `most`; missing numbers pass."""
    return Rule(
        table, name, "warning", sentence,
        "ExpectColumnValuesToBeBetween", {"column": column, "max_value": most}, fault,
        detail=column,
    )  # fmt: skip
