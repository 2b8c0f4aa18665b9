"""Every rule, table by table, each with a sentence for a person."""

from mmga.quality.params import ValidateParams
from mmga.quality.rule import (
    Rule,
    at_most,
    flag,
    moments,
    mostly_there,
    once,
    plausible,
    present,
    refers,
)
from mmga.tables import KINDS


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
        Rule(
            "files", "counts_as_described", "warning",
            "Every table holds as many records as dataset.json says: nothing was lost on the way.",
            "ExpectColumnValuesToBeNull", {"column": "miscounted"},
            "dataset.json speaks of more or fewer records", detail="miscounted",
        ),
    ]  # fmt: skip


def user_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of `users`."""
    return [
        present("users", "user_id"),
        *once("users", "user_id"),
        flag(
            "users", "id_clean", "warning", "unclean",
            "No user_id has white space at its ends, or characters that cannot be seen.",
            "its user_id holds characters that cannot be seen",
        ),
        Rule(
            "users", "id_distinct", "warning",
            "No two users have ids that differ only in case, outer space or form of a letter.",
            "ExpectColumnValuesToBeNull", {"column": "twin"},
            "another user_id looks the same", detail="twin",
        ),
        Rule(
            "users", "topic_spelling", "warning",
            "Every topic is written in one way; misspelt ones count as topics of their own.",
            "ExpectColumnValuesToBeNull", {"column": "likely_topic"},
            "its topic looks like a slip of a more frequent one", detail="likely_topic",
        ),
        flag(
            "users", "topic_frequent", "info", "rare_topic",
            f"Every topic has at least {params.min_topic_users:,} users.",
            f"its topic has fewer than {params.min_topic_users:,} users",
        ),
        flag(
            "users", "bio_readable", "warning", "unreadable_bio",
            "Bios were read with the right encoding and hold no control characters.",
            "its bio was read with a wrong encoding or holds a control character",
        ),
        at_most(
            "users", "share_of_posts", "posts_share", params.max_user_share,
            f"No user wrote more than {params.max_user_share:.0%} of all posts.",
            "it wrote too large a share of all posts",
        ),
        at_most(
            "users", "share_of_follows", "follows_share", params.max_user_share,
            f"No user is the follower, or the followee, of more than {params.max_user_share:.0%} "
            "of all follows.",
            "it is an end of too large a share of all follows",
        ),
        mostly_there("users", "has_topic", "info", "topic", params.max_missing_topics, "a topic"),
        mostly_there("users", "has_posts", "info", "posts", params.max_silent_users, "a post"),
        mostly_there(
            "users", "has_follow", "info", "follows", params.max_isolated_users, "a follow"
        ),
    ]  # fmt: skip


def post_rules(params: ValidateParams) -> list[Rule]:
    """What must be true of `posts`."""
    return [
        present("posts", "post_id"),
        *once("posts", "post_id"),
        flag(
            "posts", "id_clean", "warning", "unclean",
            "No post_id has white space at its ends, or characters that cannot be seen.",
            "its post_id holds characters that cannot be seen",
        ),
        *refers("posts", "user_id", "user"),
        plausible("posts", "created_at", params),
        *moments("posts", "created_at", params),
        mostly_there("posts", "has_date", "info", "created_at", params.max_undated, "a date"),
        flag(
            "posts", "time_of_day", "info", "midnight",
            f"At most {params.max_midnight:.0%} of the posts' dates lie at midnight sharp.",
            "its date lies at midnight, as those of most posts do: a day without a time",
        ),
        Rule(
            "posts", "caption_not_blank", "warning",
            "A caption says something or is missing; blank ones are set to missing.",
            "ExpectColumnValuesToBeInSet", {"column": "blank_caption", "value_set": [False]},
            "its caption is only white space",
        ),
        flag(
            "posts", "caption_encoding", "warning", "garbled",
            "Captions were read with the right encoding.",
            "its caption was read with a wrong encoding",
        ),
        flag(
            "posts", "caption_printable", "warning", "controlled",
            "Captions hold no control characters but tabs and line ends.",
            "its caption holds a control character",
        ),
        at_most(
            "posts", "caption_length", "caption_length", params.max_caption_length,
            f"No caption is longer than {params.max_caption_length:,} characters.",
            "its caption is too long",
        ),
        flag(
            "posts", "caption_own", "warning", "spam",
            f"No caption of {params.min_spam_length:,} characters or more stands under more than "
            f"{params.max_same_caption:.1%} of the posts.",
            "its caption stands under very many posts",
        ),
        at_most(
            "posts", "few_pictures", "pictures", params.max_pictures,
            f"No post shows more than {params.max_pictures:,} pictures.",
            "it shows too many pictures",
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
        at_most(
            "images", "shape", "aspect", params.max_aspect,
            f"No picture is more than {params.max_aspect:g} times as long as it is wide.",
            "it is a strip rather than a picture",
        ),
        Rule(
            "images", "shows_something", "warning", "No picture is a single colour.",
            "ExpectColumnValuesToBeBetween",
            {"column": "colour_range", "min_value": params.min_colour_range},
            "it is a single colour",
        ),
        flag(
            "images", "no_place", "warning", "located",
            "No picture tells in its EXIF data where it was taken.",
            "its EXIF data tell where it was taken",
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
            "A user follows another only once; the earliest good one is kept.",
            "the same edge is there already", rejects=True,
        ),
        plausible("follows", "followed_at", params),
        *moments("follows", "followed_at", params),
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
