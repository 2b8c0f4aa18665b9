"""A tree as Instaloader 4.15 writes it: a folder a profile, LZMA JSON, captions, pictures."""

import json
import lzma
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from mmga.sources.instaloader import Instaloader
from mmga.sources.source import Record
from tests.sources.trees.reading import records_of
from tests.sources.trees.world import START, Item, follows_of, items_of, jpeg, picture_of, text_of

VERSION = "4.15"

ANN = Item(1, "ann", 1, START, "hello", [], [], 1)
"""A post to begin with."""


def records(root: Path, edges: Path | None = None) -> list[Record]:
    """All that a tree and a file of follows come to."""
    return records_of(Instaloader(root, edges))


def base_of(when: int) -> str:
    """The base name of a post's files."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d_%H-%M-%S_UTC")


def write_json(file: Path, node: dict[str, Any], node_type: str, packed: bool = True) -> Path:
    """A structure as `save_structure_to_file` writes it."""
    wrapped = {"node": node, "instaloader": {"version": VERSION, "node_type": node_type}}
    if packed:
        file = file.with_name(file.name + ".json.xz")
        with lzma.open(file, "wt", check=lzma.CHECK_NONE) as stream:
            json.dump(wrapped, stream, separators=(",", ":"))
    else:
        file = file.with_name(file.name + ".json")
        file.write_text(json.dumps(wrapped, indent=4, sort_keys=True))
    return file


def post_node(item: Item) -> dict[str, Any]:
    """The node of a post, as far as anybody reads it."""
    tags = [{"node": {"user": {"username": name}, "x": 0.5, "y": 0.5}} for name in item.tags]
    return {
        "__typename": "GraphSidecar" if item.pictures > 1 else "GraphImage",
        "id": str(item.media_id),
        "shortcode": item.code,
        "taken_at_timestamp": item.when,
        "display_url": "https://example.invalid/picture.jpg",
        "is_video": False,
        "owner": {"id": str(item.owner_id), "username": item.owner},
        "edge_media_to_caption": {"edges": [{"node": {"text": item.caption}}]},
        "edge_media_to_tagged_user": {"edges": tags},
        "edge_media_preview_like": {"count": item.number % 97},
        "accessibility_caption": None,
    }


def profile_node(name: str, number: int, **more: Any) -> dict[str, Any]:
    """The node of a profile."""
    return {
        "id": str(number),
        "username": name,
        "full_name": name.title(),
        "biography": f"I am {name} ☕️",
        "edge_followed_by": {"count": 10_000},
        "business_category_name": ["Travel", "Food", None][number % 3],
        **more,
    }


def write_profile(folder: Path, name: str, number: int, **more: Any) -> Path:
    """A profile's folder with its files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "id").write_text(f"{number}\n")
    write_json(folder / f"{name}_{number}", profile_node(name, number, **more), "Profile")
    (folder / f"{base_of(1_600_000_000)}_profile_pic.jpg").write_bytes(jpeg(number))
    return folder


def write_post(
    folder: Path, item: Item, packed: bool = True, flaws: bool = False, **more: Any
) -> Path:
    """A post's files; its JSON is returned."""
    base = folder / base_of(item.when)
    for place in range(item.pictures):
        suffix = f"_{place + 1}" if item.pictures > 1 else ""
        base.with_name(f"{base.name}{suffix}.jpg").write_bytes(picture_of(item, place, flaws))
    base.with_name(base.name + ".txt").write_bytes((item.caption + "\n").encode())
    file = write_json(base, post_node(item) | more, "Post", packed)
    if flaws:
        file.write_bytes(text_of(item, file.read_bytes(), flaws))
    return file


def write_edges(file: Path, posts: int) -> Path:
    """The file of follows."""
    lines = [f"{fan},{account},{when}\n" for fan, account, when in follows_of(posts)]
    file.write_text("follower,followee,timestamp\n" + "".join(lines))
    return file


def write_tree(folder: Path, posts: int, flaws: bool = False) -> tuple[Path, Path]:
    """A whole tree and its edge file."""
    for owner, items in groupby(items_of(posts), key=lambda item: (item.owner, item.owner_id)):
        profile = write_profile(folder / "profiles" / owner[0], *owner)
        for item in items:
            write_post(profile, item, flaws=flaws)
    return folder / "profiles", write_edges(folder / "edges.csv", posts)
