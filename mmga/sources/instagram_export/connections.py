"""Followers and followees in an export, in all the shapes that they have had, with their dates."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mmga.sources.instagram_export.mojibake import repaired
from mmga.sources.jsons import at, list_at, moment
from mmga.sources.names import username
from mmga.sources.source import Edge, Unusable

FOLLOWERS = re.compile(r"(?:.*/)?followers(?:_\d+)?\.json")
FOLLOWING = re.compile(r"(?:.*/)?following(?:_\d+)?\.json")

Tie = Edge | Unusable


def follow(entry: Any, owner: str, *, of_owner: bool, where: str) -> Iterator[Tie]:
    """The follows that an entry of a list tells.

    Args:
        entry: `{title, string_list_data: [{href, value, timestamp}]}`, any part of it missing.
        owner: Whose export it is.
        of_owner: Whether they are the owner's followers; otherwise the owner follows them.
        where: The entry's place.
    """
    for data in list_at(entry, "string_list_data") or [{}]:
        other = _name(entry, data)
        if other is None:
            yield Unusable(where, "follows", "", "the entry names nobody")
            continue
        when = moment(at(data, "timestamp")) or moment(at(entry, "timestamp"))
        fan, account = (other, owner) if of_owner else (owner, other)
        yield Edge(where, fan, account, when)


def _name(entry: Any, data: Any) -> str | None:
    """In `value`, in newer exports in `title`, or in a label; else the end of the link."""
    labels = {at(pair, "label"): at(pair, "value") for pair in list_at(entry, "label_values")
              if isinstance(at(pair, "label"), str)}  # fmt: skip
    for text in (at(data, "value"), at(entry, "title"), labels.get("Username")):
        name = username(repaired(text))
        if name is not None:
            return name
    href = at(data, "href") or labels.get("URL")
    try:
        path = urlsplit(href).path if isinstance(href, str) else ""
    except ValueError:
        return None
    return username(path.rstrip("/").rpartition("/")[2])
