"""The shape of a data set as a few kilobytes: counts, shares and histograms, and nothing of anyone.

A profile goes with a model, so that the data that come later can be held against those that trained
it. It names no user, post or picture and quotes no text; a topic that few users have is not named.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mmga.project import Params, checked, read_json
from mmga.quality.params import ValidateParams

FILE = "profile.json"
"""What a profile is called, in `build/quality` and among the files of a registered model."""

WHOLE = np.unique(np.round(np.geomspace(1, 2**24, 97)).astype(int))
WHOLE = np.concatenate([[0], WHOLE]).astype(float)
"""Where the bins of lengths and counts begin: a quarter of an octave each, single up to six."""

PARTS = np.arange(64) / 64
"""Where the bins of brightness begin: 0 is black, 1 is white."""

LUMA = np.array([0.299, 0.587, 0.114]) / 255
"""What red, green and blue (0 to 255) add to the brightness (ITU-R BT.601)."""

UNKNOWN = "(rarer)"
"""The topics, or languages, that are not named, together."""

READ = 2_000
"""Characters of a caption by which its language is told."""

NAMED = 200
"""Topics that are named, at most."""

PROFILED = ("users", "posts", "images", "follows")
"""The tables that a profile is made of."""

Clean = Mapping[str, pd.DataFrame]
"""The clean tables by name: `users`, `posts`, `images`, `follows`."""


Count = Annotated[int, Field(ge=0)]


class Missing(Params):
    """How many records go without something."""

    missing: Count
    records: Count
    owners: Count
    """Users whom the records belong to: those of one user resemble each other."""


class Shares(Params):
    """How many records are of each kind."""

    counts: dict[str, Count]
    owners: Count

    @model_validator(mode="after")
    def _whole(self) -> "Shares":
        if bool(self.owners) != any(self.counts.values()):
            raise ValueError("where there are counts there are owners")
        return self


class Numbers(Params):
    """How a number is distributed."""

    edges: list[float]
    """Where each bin begins; the last has no end."""
    counts: list[Count]
    owners: Count
    low: float
    """A tenth of the records lie at or below."""
    median: float
    high: float
    """Nine tenths of the records lie at or below."""

    @model_validator(mode="after")
    def _whole(self) -> "Numbers":
        if len(self.edges) != len(self.counts) or bool(self.owners) != any(self.counts):
            raise ValueError("every bin has an edge and a count, and every count an owner")
        return self


class Top(Params):
    """What the hundredth part of the users that has most of something has of it."""

    share: float
    records: Count
    owners: Count


class Profile(Params):
    """The shape of a data set."""

    version: Literal[1]
    counts: dict[str, Count]
    """Records of each table."""
    missing: dict[str, Missing]
    shares: dict[str, Shares]
    numbers: dict[str, Numbers]
    top: dict[str, Top]

    @classmethod
    def read(cls, file: Path) -> "Profile":
        """A profile as `write` left it.

        Raises:
            InputError: If the file is missing or holds something else.
        """
        return checked(cls, read_json(file), str(file))

    def write(self, file: Path) -> None:
        """The same profile gives the same bytes."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        file.write_text(text + "\n", encoding="utf-8")


def profile_of(clean: Clean, params: ValidateParams) -> Profile:
    """The profile of the clean tables (those of `Judged.clean`, in their order)."""
    users, posts, images, follows = (clean[name] for name in PROFILED)
    writers = posts["user_id"]
    owner_of_post = pd.Series(writers.to_numpy(), index=posts["post_id"])
    painters = images["post_id"].map(owner_of_post)
    ids = users["user_id"]
    fans, followees, written = (
        ids.map(ends.value_counts()).fillna(0).astype(int)
        for ends in (follows["followee_id"], follows["follower_id"], writers)
    )
    captions = posts["caption"].dropna()
    authors = writers[captions.index]
    return Profile(
        version=1,
        counts={name: len(frame) for name, frame in clean.items()},
        missing={
            "users.topic": _missing(users["topic"].isna(), ids),
            "users.bio": _missing(users["bio"].isna(), ids),
            "users.posts": _missing(written == 0, ids),
            "users.follows": _missing(fans + followees == 0, ids),
            "posts.caption": _missing(posts["caption"].isna(), writers),
            "posts.picture": _missing(~posts["post_id"].isin(images["post_id"]), writers),
            "posts.created_at": _missing(posts["created_at"].isna(), writers),
            "follows.followed_at": _missing(follows["followed_at"].isna(), follows["follower_id"]),
        },
        shares={
            "topics": _shares(users["topic"], ids, params.min_topic_users),
            "languages": _languages(captions, authors, params),
        },
        numbers={
            "caption_length": _numbers(captions.str.len(), WHOLE, authors),
            "picture_side": _numbers(images[["width", "height"]].min(axis=1), WHOLE, painters),
            "brightness": _numbers(brightness(images["colours"]), PARTS, painters),
            "fans": _numbers(fans, WHOLE, ids),
            "followees": _numbers(followees, WHOLE, ids),
            "posts": _numbers(written, WHOLE, ids),
        },
        top={"fans": _top(fans), "followees": _top(followees), "posts": _top(written)},
    )


def brightness(colours: pd.Series) -> pd.Series:
    """The mean brightness of each picture, from 0 (black) to 1 (white).

    Args:
        colours: As `mmga.quality.pictures` tells them, in hexadecimal.
    """
    channels = np.frombuffer(bytes.fromhex("".join(colours)), np.uint8)
    squares = channels.reshape(len(colours), -1, 3) if len(colours) else np.zeros((0, 1, 3))
    return pd.Series(squares.mean(axis=1) @ LUMA, index=colours.index)


def languages_of(captions: pd.Series, most: int) -> pd.Series:
    """The languages of at most `most` captions (ISO 639), spread evenly; short ones tell none."""
    if captions.empty:
        return pd.Series(dtype=object)
    judge = _judge_of_languages()
    rows = np.unique(np.linspace(0, len(captions) - 1, min(most, len(captions))).astype(int))
    told = captions.iloc[rows].map(lambda text: judge.classify(text[:READ])[0])
    return told[told != "und"]


@cache
def _judge_of_languages() -> Any:
    """Read once a process: its model takes as long to unpack as a small data set to judge."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=0.5)


def _languages(captions: pd.Series, authors: pd.Series, params: ValidateParams) -> Shares:
    told = languages_of(captions, params.language_sample)
    return _shares(told, authors[told.index], params.min_topic_users)


def _missing(without: pd.Series, owners: pd.Series) -> Missing:
    return Missing(missing=int(without.sum()), records=len(without), owners=int(owners.nunique()))


def _shares(kinds: pd.Series, owners: pd.Series, least: int) -> Shares:
    """Counts of the kinds that at least `least` records are of; the others together."""
    there = kinds.dropna()
    counts = there.value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    named = counts[counts >= least].iloc[:NAMED]
    found = {str(kind): int(count) for kind, count in named.items()}
    rest = int(counts.sum() - named.sum())
    if rest:
        found[UNKNOWN] = found.get(UNKNOWN, 0) + rest
    return Shares(counts=found, owners=int(owners[there.index].nunique()))


def _numbers(values: pd.Series, edges: NDArray[np.float64], owners: pd.Series) -> Numbers:
    numbers = values.to_numpy(dtype=float)
    if not len(numbers):
        return Numbers(edges=[], counts=[], owners=0, low=0, median=0, high=0)
    bins = np.searchsorted(edges, numbers, side="right") - 1
    counts = np.bincount(bins, minlength=1)
    low, median, high = np.quantile(numbers, [0.1, 0.5, 0.9], method="inverted_cdf")
    return Numbers(
        edges=edges[: len(counts)].tolist(),
        counts=counts.tolist(),
        owners=int(owners.nunique()),
        low=round(float(low), 4),
        median=round(float(median), 4),
        high=round(float(high), 4),
    )


def _top(counts: pd.Series) -> Top:
    largest = np.sort(counts.to_numpy())[::-1][: -(-len(counts) // 100)]
    total = int(counts.sum())
    share = round(float(largest.sum()) / total, 6) if total else 0.0
    return Top(share=share, records=total, owners=len(counts))
