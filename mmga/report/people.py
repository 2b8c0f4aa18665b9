"""A user as the page shows one: a pseudonym, a topic, a few pictures and captions."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from mmga.pages.render import shown
from mmga.pages.thumbnails import picture_bytes, thumbnail
from mmga.report.params import ReportParams
from mmga.report.run import Run

SIDE = 72
"""Pixels of the longer side of a picture."""

LONGEST = 160
"""Characters of a caption that are shown."""

NAME = 60
"""Likewise of an id or a topic."""


@dataclass(frozen=True)
class Person:
    """What there is to see of a user."""

    user_id: str
    topic: str | None
    fans: int
    """How many the model has seen in training."""
    followees: int
    """Likewise."""
    posts: int
    captions: list[str]
    """Of the most recent posts, shortened."""
    pictures: list[str]
    """Of the most recent posts, as data URIs."""


def people(run: Run, numbers: Iterable[int], params: ReportParams) -> dict[int, Person]:
    """The users of those numbers; reads the posts and pictures of them alone."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    ids = [run.split.user_ids[number] for number in wanted]
    posts = _posts(run.clean, ids)
    pictures = _pictures(run, posts, params.pictures)
    followees, fans = (
        np.bincount(run.split.train[:, side], minlength=len(run.split.user_ids)) for side in (0, 1)
    )
    found = {}
    for number, user in zip(wanted, ids, strict=True):
        own = posts[posts["user_id"] == user]
        texts = own["caption"].dropna().iloc[: params.captions]
        found[number] = Person(
            user_id=shown(user, NAME),
            topic=shown(run.topics[number] or "", NAME) or None,
            fans=int(fans[number]),
            followees=int(followees[number]),
            posts=len(own),
            captions=[shown(text, LONGEST) for text in texts],
            pictures=pictures.get(user, []),
        )
    return found


def _posts(clean: Path, ids: list[str]) -> pd.DataFrame:
    """The posts of some users, most recent first."""
    columns = ["post_id", "user_id", "created_at", "caption"]
    wanted = [("user_id", "in", ids)]
    posts: pd.DataFrame = pq.read_table(
        clean / "posts.parquet", columns=columns, filters=wanted
    ).to_pandas()
    return posts.sort_values(["created_at", "post_id"], ascending=[False, True])


def _pictures(run: Run, posts: pd.DataFrame, most: int) -> dict[str, list[str]]:
    """By user: thumbnails of the most recent pictures, at most `most`."""
    if not most or posts.empty:
        return {}
    columns = ["post_id", "position", "part", "row"]
    wanted = [("post_id", "in", posts["post_id"].tolist())]
    index = pq.read_table(run.clean / "images.parquet", columns=columns, filters=wanted).to_pandas()
    order = posts[["post_id", "user_id"]].reset_index(drop=True).rename_axis("place").reset_index()
    index = index.merge(order, on="post_id").sort_values(["place", "position"])
    found: dict[str, list[str]] = {}
    for row in index.groupby("user_id", sort=False).head(most).itertuples():
        content = picture_bytes(run.data, str(row.part), int(row.row))
        if content:
            found.setdefault(str(row.user_id), []).append(thumbnail(content, SIDE, "JPEG"))
    return found
