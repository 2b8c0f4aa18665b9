"""The JSON files of Instaloader, packed or not, and what each is about."""

import lzma
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from mmga.sources.jsons import MAX_BYTES, UnreadableError, at, parsed
from mmga.sources.members.folder import open_below

MEMORY = 128 * 2**20
"""What LZMA may take; its own highest setting takes half of it."""

XZ = b"\xfd7zXZ\x00"

Kind = Literal["post", "profile", "story", "bookkeeping"]
KINDS: dict[str, Kind] = {
    "Post": "post",
    "Profile": "profile",
    "StoryItem": "story",
    "Hashtag": "bookkeeping",
    "FrozenNodeIterator": "bookkeeping",
}


@dataclass(frozen=True)
class Node:
    """What a JSON file holds."""

    kind: Kind
    content: dict[str, Any]


def read_node(folder: Path, name: str) -> Node:
    """A JSON file below a folder, which is resolved already.

    Version 4 wraps the node and says of what type it is; version 3 wrote the bare node.

    Raises:
        UnreadableError: If it cannot be read, is larger than it may be, or is nothing that
            Instaloader writes.
    """
    with open_below(folder, name, MAX_BYTES) as stream:
        packed = stream.read(len(XZ)) == XZ
        stream.seek(0)
        value = parsed(unpacked(stream) if packed else stream.read(MAX_BYTES))
    content = at(value, "node") or value
    kind = at(value, "instaloader", "node_type")
    if not isinstance(content, dict) or not (kind is None or isinstance(kind, str)):
        raise UnreadableError("is nothing that Instaloader writes")
    if kind in KINDS:
        return Node(KINDS[kind], content)
    if kind is None and ("shortcode" in content or "code" in content):
        return Node("post", content)
    if kind is None and "username" in content:
        return Node("profile", content)
    raise UnreadableError("is nothing that Instaloader writes")


def unpacked(stream: BinaryIO, limit: int = MAX_BYTES) -> bytes:
    """What an LZMA file holds.

    Raises:
        UnreadableError: If it is damaged, ends too early, holds more than `limit` bytes, or would
            take much memory.
    """
    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, MEMORY)
    found: list[bytes] = []
    left = limit
    try:
        while not decoder.eof:
            content = stream.read(2**16) if decoder.needs_input else b""
            if decoder.needs_input and not content:
                raise UnreadableError("ends too early: it is truncated")
            found.append(decoder.decompress(content, left + 1))
            left -= len(found[-1])
            if left < 0:
                raise UnreadableError(f"unpacks to more than {limit // 2**20} MiB")
    except lzma.LZMAError as error:
        reason = "would take too much memory" if "emory" in str(error) else "is damaged"
        raise UnreadableError(f"{reason}: it cannot be unpacked") from None
    return b"".join(found)
