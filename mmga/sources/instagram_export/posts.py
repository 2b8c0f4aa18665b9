"""The owner's own posts in an export: captions, dates, and where the pictures are."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mmga.sources.instagram_export.mojibake import repaired
from mmga.sources.jsons import at, list_at, moment, words

POSTS = re.compile(r"(?P<root>(?:.*/)?)(?:posts|reels|igtv_videos)(?:_\d+)?\.json")
OTHERS = re.compile(
    r"(?:.*/)?(?:stories|archived_posts|recently_deleted_content|other_content)(?:_\d+)?\.json"
)
"""What is no post, or is one no more."""

INNER = re.compile(r"(?:your_instagram_activity/)?(?:content/|media/|posts/)?$")
"""Where posts stand below the top of an export, to which the paths of the pictures are relative."""

VIDEO = (".mp4", ".mov", ".m4v", ".webm", ".srt")


@dataclass(frozen=True)
class Found:
    """A post."""

    post_id: str
    when: datetime | None
    caption: str | None
    pictures: list[str]
    """As they are called, relative to the top of the export."""


class Posts:
    """Gives the posts of one export, in one part or more, ids, of which an export has none.

    An id is made of the owner, the second and, where several were posted in one, the number in it;
    so the same post in a later export has the same id.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._times: Counter[str] = Counter()

    def read(self, entry: Any) -> Found | None:
        """A post; None if nothing tells it from others, or there is none."""
        media = list_at(entry, "media") or ([entry] if at(entry, "uri") else [])
        labels = dict(_labels(entry))
        stamps = [at(entry, "creation_timestamp"), at(entry, "timestamp")]
        stamps += [at(one, "creation_timestamp") for one in media]
        when = next((found for stamp in stamps if (found := moment(stamp))), None)
        uris = [uri for one in media if (uri := words(at(one, "uri")))]
        if when is None and not uris:
            return None
        titles = [at(entry, "title"), labels.get("Caption"), *(at(one, "title") for one in media)]
        caption = next((text for title in titles if (text := repaired(title))), None)
        pictures = [uri for uri in uris if not uri.lower().endswith(VIDEO)]
        return Found(self._id(when, uris), when, caption, pictures)

    def _id(self, when: datetime | None, uris: list[str]) -> str:
        second = f"{when.timestamp():.0f}" if when else uris[0].rpartition("/")[2]
        self._times[second] += 1
        key = f"{self._owner} {second} {self._times[second]}"
        return hashlib.sha256(key.encode()).hexdigest()[:20]


def top_of(name: str) -> str:
    """The folder that the pictures of a file of posts are relative to.

    >>> top_of("instagram-ann-2026-01-01-x/your_instagram_activity/media/posts_1.json")
    'instagram-ann-2026-01-01-x/'
    """
    found = POSTS.fullmatch(name)
    return INNER.sub("", found["root"]) if found else ""


def _labels(entry: Any) -> Iterator[tuple[str, Any]]:
    for pair in list_at(entry, "label_values"):
        if isinstance(label := at(pair, "label"), str):
            yield label, at(pair, "value")
