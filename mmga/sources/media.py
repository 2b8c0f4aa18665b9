"""What Instagram's own JSON says of a post, in each of the shapes that it has had."""

import re
from datetime import datetime
from typing import Any

from mmga.sources.jsons import at, identifier, list_at, moment, words
from mmga.sources.names import username

SHORTCODE = re.compile(r"[\w-]{1,64}", re.ASCII)


def shortcode(node: Any) -> str | None:
    """The name of a post in its address."""
    code = identifier(at(node, "shortcode")) or identifier(at(node, "code"))
    return code if code and SHORTCODE.fullmatch(code) else None


def caption(node: Any) -> str | None:
    """The caption, as a list of edges, a text, or an object with a text."""
    for found in (
        at(node, "edge_media_to_caption", "edges", 0, "node", "text"),
        at(node, "caption"),
        at(node, "caption", "text"),
    ):
        text = words(found)
        if text is not None:
            return text
    return None


def taken_at(node: Any) -> datetime | None:
    """When the post was made."""
    for key in ("taken_at_timestamp", "date", "taken_at"):
        when = moment(at(node, key))
        if when is not None:
            return when
    return None


def tagged(node: Any) -> list[str]:
    """The users tagged in the pictures, each once; a carousel tags them in its parts too.

    What Instagram's app is told has them at another place; Instaloader keeps it in the node.
    """
    told = at(node, "iphone_struct") or node
    parts = [
        node,
        *(at(edge, "node") for edge in list_at(node, "edge_sidecar_to_children", "edges")),
    ]
    edges = [edge for part in parts for edge in list_at(part, "edge_media_to_tagged_user", "edges")]
    users = [at(edge, "node", "user") for edge in edges]
    for part in (told, *list_at(told, "carousel_media")):
        users += [at(tag, "user") for tag in list_at(part, "usertags", "in")]
    names = [username(at(user, "username")) for user in users]
    return list(dict.fromkeys(name for name in names if name))
