"""What a rule asks of a record, worked out beforehand: one column a fact."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from mmga.quality import patterns
from mmga.quality.params import ValidateParams
from mmga.quality.rule import EARLIEST, last_moment
from mmga.tables import TABLES

TEXT = {
    "users": ("user_id", "topic", "bio"),
    "posts": ("post_id", "user_id", "caption"),
    "images": ("image_id", "post_id"),
    "follows": ("follower_id", "followee_id"),
}
"""Columns in which white space alone means that nothing is there."""

Causes = Mapping[str, str]
"""Why a record was rejected, by its id; ids that were accepted are not in it."""


FIRST, LAST = (pd.Timestamp(day, tz="UTC") for day in (datetime.min, datetime.max))
"""Between which a time can be written down."""


def tidied(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with blank texts set to missing and an index that counts from 0.

    Times that no calendar has (year 20000, -3) are put at its ends: as implausible, but writable.
    """
    texts = {column: frame[column].mask(blank(frame[column])) for column in TEXT[table]}
    times = {
        str(name): column.mask(column < FIRST, FIRST).mask(column > LAST, LAST)
        for name, column in frame.select_dtypes("datetimetz").items()
    }
    return frame.assign(**texts, **times).reset_index(drop=True)


def blank(texts: pd.Series) -> pd.Series:
    """Where a text is there and holds nothing but white space."""
    return texts.notna() & (texts.astype("string").str.strip() == "").fillna(False).astype(bool)


def user_facts(
    users: pd.DataFrame,
    posts: pd.DataFrame | None,
    follows: pd.DataFrame | None,
    params: ValidateParams,
) -> pd.DataFrame:
    """Users with what their id, topic and bio look like, and what they have of all records.

    `posts` and `follows` count (missing for none), `posts_share` and `follows_share` are of all;
    `twin` is an earlier id that looks the same, `likely_topic` what the topic is a slip of.
    """
    nobody = pd.Series(dtype=str)
    written = nobody if posts is None else posts["user_id"].dropna()
    fans = nobody if follows is None else follows["followee_id"].dropna()
    followees = nobody if follows is None else follows["follower_id"].dropna()
    ids, topic, few = users["user_id"], users["topic"], params.few
    shares = [patterns.share_of(ends, ids, few) for ends in (fans, followees)]
    likely = patterns.likely_spellings(topic, params.topic_spelling_ratio)
    rare = topic.map(topic.value_counts()).lt(params.min_topic_users)
    return users.assign(
        unclean=patterns.unclean(ids),
        twin=patterns.twins(ids),
        likely_topic=likely,
        rare_topic=(rare & likely.isna()).astype(bool),
        unreadable_bio=patterns.garbled(users["bio"]) | patterns.controlled(users["bio"]),
        posts=ids.map(written.value_counts()).astype(float),
        follows=ids.map(pd.concat([fans, followees]).value_counts()).astype(float),
        posts_share=patterns.share_of(written, ids, few),
        follows_share=pd.concat(shares, axis=1).max(axis=1),
    )


def post_facts(
    posts: pd.DataFrame,
    captions: pd.Series,
    users: pd.DataFrame,
    rejected: Causes,
    images: pd.DataFrame | None,
    params: ValidateParams,
) -> pd.DataFrame:
    """Posts with what their caption, date and pictures look like and what became of the user.

    Args:
        posts: The tidied table.
        captions: The captions as they were delivered, before blank ones were set to missing.
        users: All users that were delivered, rejected ones among them.
        rejected: The users that were rejected.
        images: The pictures; None where they could not be read.
        params: What the data must be like.
    """
    shown = pd.Series(dtype=str)
    if images is not None:
        shown = images.drop_duplicates("image_id")["post_id"].dropna()
    text = posts["caption"]
    return posts.assign(
        unclean=patterns.unclean(posts["post_id"]),
        blank_caption=blank(captions).to_numpy(),
        garbled=patterns.garbled(text),
        controlled=patterns.controlled(text),
        caption_length=text.str.len().astype(float),
        spam=patterns.repeated(text, params.min_spam_length, params.max_same_caption, params.few),
        midnight=patterns.midnight(posts["created_at"], params.max_midnight, params.few),
        **moments(posts["created_at"], params),
        picture=posts["post_id"].where(posts["post_id"].isin(shown)),
        pictures=posts["post_id"].map(shown.value_counts()).astype(float),
        **reference("user", posts["user_id"], users["user_id"], rejected),
    )


def image_facts(images: pd.DataFrame, posts: pd.DataFrame, rejected: Causes) -> pd.DataFrame:
    """Pictures with their size, and what became of the post.

    `side` is the shorter one, in pixels; `aspect` the longer over the shorter.
    """
    return images.assign(
        side=images[["width", "height"]].min(axis=1),
        aspect=images[["width", "height"]].max(axis=1) / images[["width", "height"]].min(axis=1),
        located=images["located"].fillna(False).astype(bool),
        **reference("post", images["post_id"], posts["post_id"], rejected),
    )


def follow_facts(
    follows: pd.DataFrame, users: pd.DataFrame, rejected: Causes, params: ValidateParams
) -> pd.DataFrame:
    """Edges with `own` (to oneself) and what became of both users."""
    follower, followee = follows["follower_id"], follows["followee_id"]
    known = users["user_id"]
    return follows.assign(
        kind=follows["kind"].fillna("(none)"),
        own=(follower == followee).fillna(False).astype(bool),
        **moments(follows["followed_at"], params),
        **reference("follower", follower, known, rejected),
        **reference("followee", followee, known, rejected),
    )


DOUBLES = ("occurrence", "copy", "shared", "crowded", "again")
"""What `doubles` works out, once it is known what the other rules reject."""


def doubles(table: str, frame: pd.DataFrame, sound: pd.Series) -> dict[str, pd.Series]:
    """The `DOUBLES` of a table, worked out among its sound records: none is lost to a bad double.

    Args:
        table: Whose records they are.
        frame: Every record, with its other facts.
        sound: Those that no rule about other facts rejects.

    Returns:
        Of `follows` `again`: the same edge is there with an earlier date, or earlier in the table.
        Of the others `occurrence`; of `images` also `copy` (the post shows the same bytes before),
        `shared` (an earlier post shows them) and `crowded` (the position in the post is taken, or
        below 0). Records that are rejected for any other reason are none of these.
    """
    good = frame[sound]
    if table == "follows":
        earliest_first = good.sort_values("followed_at", kind="stable", na_position="last")
        found = {"again": earliest_first.duplicated(["follower_id", "followee_id", "kind"])}
    elif table == "images":
        found = _double_images(good)
    else:
        found = {"occurrence": occurrence(good, TABLES[table].names)}
    return {
        name: fact.reindex(frame.index, fill_value="first" if name == "occurrence" else False)
        for name, fact in found.items()
    }


def _double_images(images: pd.DataFrame) -> dict[str, pd.Series]:
    """What `doubles` tells of pictures, all of them sound."""
    seen = occurrence(images, ["image_id", "post_id", "position", "sha256"])
    first = images[seen == "first"]
    copy = first.duplicated(["post_id", "sha256"])
    distinct = first[~copy]
    crowded = distinct.duplicated(["post_id", "position"]) | (distinct["position"] < 0)
    shared = distinct.duplicated("sha256")
    return {"occurrence": seen, "copy": copy, "shared": shared, "crowded": crowded}


def occurrence(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """`first`, `repeat` (a copy of an earlier record) or `conflict` (its key, another content).

    Args:
        frame: Records that all have a key.
        columns: The key, and all that is content; where a picture lies is not.
    """
    again, same = frame.duplicated(columns[0]), frame.duplicated(columns)
    kinds = np.select([same, again], ["repeat", "conflict"], default="first")
    return pd.Series(kinds, index=frame.index)


def moments(times: pd.Series, params: ValidateParams) -> dict[str, pd.Series]:
    """`same_moment` (many records have this very time) and `stray` (far from all others)."""
    plausible = times.between(EARLIEST, last_moment(params))
    return {
        "same_moment": patterns.same_moment(times, params.max_same_moment, params.few),
        "stray": patterns.stray(times, plausible, params.max_gap_days, params.few),
    }


def reference(
    what: str, ids: pd.Series, known: pd.Series, rejected: Causes
) -> dict[str, pd.Series]:
    """What became of those whom `ids` name.

    `unknown_WHAT` (nobody has that id), `like_WHAT` (that another has one which differs from it
    only in case, outer space or form; or None), `rejected_WHAT` (why it was rejected, or None).
    """
    unknown = (ids.notna() & ~ids.isin(known.dropna())).astype(bool)
    return {
        f"unknown_{what}": unknown,
        f"like_{what}": _alike(ids.where(unknown), known).astype(object),
        f"rejected_{what}": ids.map(rejected).astype(object),
    }


def _alike(strange: pd.Series, known: pd.Series) -> pd.Series:
    """What is said of a strange id that looks like a known one; missing where none does."""
    if strange.isna().all():
        return strange
    ids = known.dropna().drop_duplicates()
    names = dict(zip(patterns.folded(ids), "but " + ids + " is there", strict=True))
    return patterns.folded(strange).map(names)
