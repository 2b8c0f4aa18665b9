"""What must be true of a data set, rule by rule, each with a sentence for a person."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from mmga.project import Params
from mmga.tables import KINDS

Severity = Literal["critical", "warning", "info"]
Kind = Literal["follow", "mention", "tag"]

EARLIEST = datetime(2004, 1, 1, tzinfo=UTC)
"""No social medium that this project knows of is older."""

LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Where `validate.latest` is not given: a later time is an error of units, not of clocks."""


class ValidateParams(Params):
    """What the data must at least be like, and how much of it may be rejected."""

    tolerate: float = Field(ge=0, lt=1)
    """Share of a table's records that one critical rule may reject before the run stops."""
    max_rejected: float = Field(gt=0, le=1)
    """Share of a table's records that all rules together may reject before the run stops."""
    kinds: list[Kind] = Field(min_length=1)
    """The edges that are predicted; those of the other kinds are dropped."""
    latest: date | None
    """The last day a post or follow may bear, usually the day of the export; null: any before 2100.
    The clock is never asked: the same data must get the same report tomorrow."""
    min_users: int = Field(ge=1)
    """Fewer users than this are not worth a model."""
    min_image_side: int = Field(ge=1)
    """Pixels that the shorter side of a picture must have."""
    max_image_pixels: int = Field(ge=1, le=89_000_000)
    """Width times height beyond which a picture is not decoded (Pillow warns from 89 million)."""
    max_missing_captions: float = Field(ge=0, le=1)
    """Share of the posts without a caption that passes without a warning."""
    max_missing_images: float = Field(ge=0, le=1)
    """Share of the posts without a picture that passes without a warning."""
    max_missing_topics: float = Field(ge=0, le=1)
    """Share of the users without a topic that passes without a remark."""
    max_silent_users: float = Field(ge=0, le=1)
    """Share of the users without a post that passes without a remark."""
    max_undated: float = Field(ge=0, le=1)
    """Share of the posts, and of the follows, without a date that passes without a remark."""


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


def rules_for(params: ValidateParams) -> list[Rule]:
    """Every rule, in the order of the tables."""
    return [
        *file_rules(),
        *user_rules(params),
        *post_rules(params),
        *image_rules(params),
        *follow_rules(params),
        *clean_rules(params),
    ]


def file_rules() -> list[Rule]:
    """What must be true of the files before anything else can be asked."""
    return [
        Rule(
            "files", "readable", "critical",
            "Every file can be read and has the columns and types of its table.",
            "ExpectColumnValuesToBeNull", {"column": "problem"},
            "it cannot be read as what it should be", detail="problem",
        ),
        Rule(
            "files", "no_extra_columns", "info",
            "No file has a column that nobody reads.",
            "ExpectColumnValuesToBeNull", {"column": "extra"},
            "it has columns that nobody reads", detail="extra",
        ),
    ]  # fmt: skip


def user_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of `users`."""
    return [
        present("users", "user_id"),
        *once("users", "user_id"),
        mostly_there("users", "has_topic", "info", "topic", params.max_missing_topics, "a topic"),
        mostly_there("users", "has_posts", "info", "posts", params.max_silent_users, "a post"),
    ]


def post_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of `posts`."""
    return [
        present("posts", "post_id"),
        *once("posts", "post_id"),
        *refers("posts", "user_id", "user"),
        plausible("posts", "created_at", params),
        mostly_there("posts", "has_date", "info", "created_at", params.max_undated, "a date"),
        Rule(
            "posts", "caption_not_blank", "warning",
            "A caption says something or is missing; blank ones are set to missing.",
            "ExpectColumnValuesToBeInSet", {"column": "blank_caption", "value_set": [False]},
            "its caption is only white space",
        ),
        Rule(
            "posts", "caption_encoding", "warning",
            "Captions were read with the right encoding.",
            "ExpectColumnValuesToNotMatchRegex",
            {"column": "caption", "regex": "\ufffd|Ã[©¨¼¶¤±]|â€[™œ“]|ðŸ"},
            "its caption was read with a wrong encoding",
        ),
        Rule(
            "posts", "caption_printable", "warning",
            "Captions hold no control characters but tabs and line ends.",
            "ExpectColumnValuesToNotMatchRegex",
            {"column": "caption", "regex": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"},
            "its caption holds a control character",
        ),
        mostly_there(
            "posts", "has_caption", "warning", "caption", params.max_missing_captions, "a caption"
        ),
        mostly_there(
            "posts", "has_picture", "warning", "picture", params.max_missing_images, "a picture"
        ),
    ]  # fmt: skip


def image_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of the pictures."""
    return [
        present("images", "image_id"),
        *once("images", "image_id"),
        *refers("images", "post_id", "post"),
        Rule(
            "images", "decodable", "critical",
            "Every picture is a JPEG, PNG or WebP that can be decoded to its last pixel.",
            "ExpectColumnValuesToBeNull", {"column": "problem"},
            "it is no picture", rejects=True, detail="problem",
        ),
        flag(
            "images", "unchanged", "critical", "altered",
            "The bytes of every picture are those whose SHA-256 was written down at the import.",
            "its bytes do not have the SHA-256 that was written down", rejects=True,
        ),
        Rule(
            "images", "large_enough", "warning",
            f"No side of a picture is shorter than {params.min_image_side} pixels.",
            "ExpectColumnValuesToBeBetween", {"column": "side", "min_value": params.min_image_side},
            f"a side is shorter than {params.min_image_side} pixels", rejects=True,
        ),
        flag(
            "images", "once_in_a_post", "warning", "copy",
            "A post shows a picture only once.",
            "its post shows the same picture already", rejects=True,
        ),
        flag(
            "images", "own_picture", "warning", "shared",
            "No two posts show the same picture (a placeholder or a repost would).",
            "an earlier post shows the same picture",
        ),
        flag(
            "images", "own_position", "warning", "crowded",
            "The pictures of a post have positions of their own, counted from 0.",
            "its position in the post is taken or below 0",
        ),
    ]  # fmt: skip


def follow_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of `follows`."""
    return [
        *refers("follows", "follower_id", "follower"),
        *refers("follows", "followee_id", "followee"),
        Rule(
            "follows", "known_kind", "warning",
            f"An edge is one of {', '.join(KINDS)}.",
            "ExpectColumnValuesToBeInSet", {"column": "kind", "value_set": list(KINDS)},
            "its kind is unknown", rejects=True, detail="kind",
        ),
        flag(
            "follows", "no_self_follow", "warning", "own",
            "Nobody follows themselves.", "it joins a user to itself", rejects=True,
        ),
        flag(
            "follows", "once", "warning", "again",
            "A user follows another only once; the earliest is kept.",
            "the same edge is there already", rejects=True,
        ),
        plausible("follows", "followed_at", params),
        mostly_there("follows", "has_date", "info", "followed_at", params.max_undated, "a date"),
    ]  # fmt: skip


def clean_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of what is left when the quarantine is full."""
    return [
        Rule(
            "clean", "enough_left", "critical",
            f"At least {params.min_users:,} users and one edge of validate.kinds are left.",
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "clean", "column_B": "least", "or_equal": True},
            "too few records are left", detail="shortage",
        ),
        Rule(
            "clean", "few_rejected", "critical",
            f"At most {params.max_rejected:.0%} of a table's records are rejected.",
            "ExpectColumnValuesToBeBetween",
            {"column": "rejected_share", "max_value": params.max_rejected},
            "too many records were rejected", detail="loss",
        ),
    ]  # fmt: skip


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
            table, "one_content", "critical", f"A {key} stands for one content; the first is kept.",
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
            f"its {column} is not in {target}.parquet", rejects=True,
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
    rejects: bool = False,
) -> Rule:  # fmt: skip
    """A rule that the boolean `column` says is broken where it is true."""
    return Rule(
        table, name, severity, sentence,
        "ExpectColumnValuesToBeInSet", {"column": column, "value_set": [False]}, fault, rejects,
    )  # fmt: skip


def plausible(table: str, column: str, params: ValidateParams) -> Rule:
    """Times lie between the first social media and the day of the export."""
    last = LATEST
    if params.latest:
        start_of_day = datetime.combine(params.latest, datetime.min.time(), tzinfo=UTC)
        last = start_of_day + timedelta(days=1, microseconds=-1)
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
