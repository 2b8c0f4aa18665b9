"""What a rule asks of a record, worked out beforehand: one column a fact."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

TEXT = {
    "users": ("user_id", "topic", "bio"),
    "posts": ("post_id", "user_id", "caption"),
    "images": ("image_id", "post_id"),
    "follows": ("follower_id", "followee_id"),
}
"""Columns in which white space alone means that nothing is there."""

Causes = Mapping[str, str]
"""Why a record was rejected, by its id; ids that were accepted are not in it."""


def tidied(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with blank texts set to missing and an index that counts from 0."""
    changes = {column: frame[column].mask(blank(frame[column])) for column in TEXT[table]}
    return frame.assign(**changes).reset_index(drop=True)


def blank(texts: pd.Series) -> pd.Series:
    """Where a text is there and holds nothing but white space."""
    return texts.notna() & (texts.astype("string").str.strip() == "").fillna(False).astype(bool)


def user_facts(users: pd.DataFrame, posts: pd.DataFrame | None) -> pd.DataFrame:
    """Users with `occurrence` and `posts` (how many; missing for none)."""
    written = pd.Series(dtype=float) if posts is None else posts["user_id"].value_counts()
    return users.assign(
        occurrence=occurrence(users, "user_id"),
        posts=users["user_id"].map(written).astype(float),
    )


def post_facts(
    posts: pd.DataFrame,
    captions: pd.Series,
    users: pd.DataFrame,
    rejected: Causes,
    images: pd.DataFrame | None,
) -> pd.DataFrame:
    """Posts with `occurrence`, `blank_caption`, `picture` (or missing) and what became of the user.

    Args:
        posts: The tidied table.
        captions: The captions as they were delivered, before blank ones were set to missing.
        users: All users that were delivered, rejected ones among them.
        rejected: The users that were rejected.
        images: The pictures; None where they could not be read.
    """
    shown = pd.Series(dtype=str) if images is None else images["post_id"]
    return posts.assign(
        occurrence=occurrence(posts, "post_id"),
        blank_caption=blank(captions).to_numpy(),
        picture=posts["post_id"].where(posts["post_id"].isin(shown.dropna())),
        **reference("user", posts["user_id"], users["user_id"], rejected),
    )


def image_facts(images: pd.DataFrame, posts: pd.DataFrame, rejected: Causes) -> pd.DataFrame:
    """Pictures with `occurrence`, `side`, `copy`, `shared`, `crowded` and what became of the post.

    `copy`: the post shows the same bytes before. `shared`: an earlier post shows them. `crowded`:
    the position in the post is taken, or below 0. Copies of a whole record are none of these.
    """
    seen = occurrence(images, "image_id")
    fresh = (seen != "repeat") & images["problem"].isna()
    first = images[fresh]
    copy = first.duplicated(["post_id", "sha256"]).reindex(images.index, fill_value=False)
    distinct = images[fresh & ~copy]
    shared = distinct.duplicated("sha256")
    crowded = distinct.duplicated(["post_id", "position"]) | (distinct["position"] < 0)
    return images.assign(
        occurrence=seen,
        side=images[["width", "height"]].min(axis=1),
        copy=copy,
        shared=shared.reindex(images.index, fill_value=False),
        crowded=crowded.reindex(images.index, fill_value=False),
        **reference("post", images["post_id"], posts["post_id"], rejected),
    )


def follow_facts(follows: pd.DataFrame, users: pd.DataFrame, rejected: Causes) -> pd.DataFrame:
    """Edges with `own` (to oneself), `again` (there already) and what became of both users."""
    follower, followee = follows["follower_id"], follows["followee_id"]
    known = users["user_id"]
    whole = follower.notna() & followee.notna()
    earliest_first = follows[whole].sort_values("followed_at", kind="stable", na_position="last")
    again = earliest_first.duplicated(["follower_id", "followee_id", "kind"])
    return follows.assign(
        kind=follows["kind"].fillna("(none)"),
        own=(whole & (follower == followee).fillna(False)).astype(bool),
        again=again.reindex(follows.index, fill_value=False),
        **reference("follower", follower, known, rejected),
        **reference("followee", followee, known, rejected),
    )


def occurrence(frame: pd.DataFrame, key: str) -> pd.Series:
    """`first`, `repeat` (a copy of an earlier record) or `conflict` (its key, another content).

    Where a picture lies is no part of its content: a copy lies elsewhere.
    """
    content = [column for column in frame.columns if column not in ("part", "row")]
    again = frame[key].notna() & frame.duplicated(key)
    same = frame.duplicated(content)
    kinds = np.select([again & same, again], ["repeat", "conflict"], default="first")
    return pd.Series(kinds, index=frame.index)


def reference(
    what: str, ids: pd.Series, known: pd.Series, rejected: Causes
) -> dict[str, pd.Series]:
    """`unknown_WHAT` (nobody has that id) and `rejected_WHAT` (why it was rejected, or None)."""
    return {
        f"unknown_{what}": ids.notna() & ~ids.isin(known.dropna()),
        f"rejected_{what}": ids.map(rejected).astype(object),
    }
