"""Exports as Instagram makes them: a folder or a zip a person, in mojibake, with dated follows."""

import json
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.sources.trees.world import Item, follows_of, items_of, picture_of, users_of

MONTH = "202001"


def mojibake(text: str) -> str:
    """Text as it stands in an export."""
    return text.encode().decode("latin-1")


def dumped(value: Any) -> bytes:
    """JSON as in an export: ASCII, with escapes."""
    return json.dumps(value, indent=2).encode("ascii")


def entry(name: str, when: int, shape: str = "value") -> dict[str, Any]:
    """A follower or followee: the name in `value`, in newer exports in `title`, or in `href`."""
    data: dict[str, Any] = {"href": f"https://www.instagram.com/{name}", "timestamp": when}
    if shape == "value":
        data["value"] = name
    elif shape == "title":
        data["href"] = f"https://www.instagram.com/_u/{name}"
    title = name if shape == "title" else ""
    return {"title": title, "media_list_data": [], "string_list_data": [data]}


def personal(name: str, bio: str = "I drink ☕️") -> dict[str, Any]:
    """The personal information."""
    texts = {"Email": "someone@example.invalid", "Username": name, "Name": name.title(), "Bio": bio}
    data = {k: {"href": "", "value": mojibake(v), "timestamp": 0} for k, v in texts.items()}
    return {"profile_user": [{"title": "", "media_map_data": {}, "string_map_data": data}]}


def post(item: Item, flaws: bool = False) -> dict[str, Any]:
    """A post, as in `posts_1.json`: of one picture the caption stands beside it.

    With flaws one in two hundred has neither a date nor a picture.
    """
    if flaws and item.number % 200 == 150:
        return {"media": [], "title": mojibake(item.caption)}
    media = [
        {"uri": f"media/posts/{MONTH}/{item.media_id}_{place}.jpg", "creation_timestamp": item.when,
         "title": mojibake(item.caption) if item.pictures == 1 else ""}
        for place in range(item.pictures)
    ]  # fmt: skip
    if item.pictures == 1:
        return {"media": media}
    return {"media": media, "title": mojibake(item.caption), "creation_timestamp": item.when}


def files_of(
    owner: str, items: list[Item], posts: int, flaws: bool = False
) -> Iterator[tuple[str, bytes]]:
    """The files of one person's export."""
    ties = list(follows_of(posts))
    followers = [entry(fan, when) for fan, account, when in ties if account == owner]
    following = [entry(account, when, "title") for fan, account, when in ties if fan == owner]
    lists = "connections/followers_and_following"
    yield (
        "personal_information/personal_information/personal_information.json",
        dumped(personal(owner)),
    )
    yield f"{lists}/followers_1.json", dumped(followers)
    yield f"{lists}/following.json", dumped({"relationships_following": following})
    yield (
        "your_instagram_activity/media/posts_1.json",
        dumped([post(item, flaws) for item in items]),
    )
    for item in items:
        for place in range(item.pictures):
            name = f"media/posts/{MONTH}/{item.media_id}_{place}.jpg"
            yield name, picture_of(item, place, flaws)


def write_files(folder: Path, files: Iterator[tuple[str, bytes]]) -> Path:
    """As a folder."""
    for name, content in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_zip(file: Path, files: Iterator[tuple[str, bytes]]) -> Path:
    """As the zip that Instagram sends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file


def write_tree(folder: Path, posts: int, flaws: bool = False) -> Path:
    """A folder of exports, every other one a zip."""
    folder = folder / "exports"
    for place, (owner, items) in enumerate(groupby(items_of(posts), key=lambda item: item.owner)):
        name = f"instagram-{owner}-2026-06-13-Ab{place:05d}"
        files = files_of(owner, list(items), posts, flaws)
        if place % 2:
            write_files(folder / name, files)
        else:
            write_zip(folder / f"{name}.zip", files)
    assert len(list(folder.iterdir())) == len(users_of(posts))
    return folder
