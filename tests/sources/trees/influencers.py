"""The Instagram Influencer Dataset as its authors hand it out: texts with flaws, and split zips."""

import json
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from tests.sources.trees.world import Item, items_of, picture_of, text_of, users_of

BOM = "\ufeff"
CATEGORIES = ("fashion", "fasion", "pets", "food", "travel", "beauty")
HEADER = "Username\tCategory\t#Followers\t#Followees\t#Posts\n"
SEPARATOR = "=" * 20 + "\t" + "=" * 20 + "\t=====\t=====\t=====\n"

How = Literal["loose", "zip", "split", "tar", "tar.gz"]


def info(item: Item, **more: Any) -> dict[str, Any]:
    """The JSON of a post: the node itself."""
    tags = [{"node": {"user": {"username": name}}} for name in item.tags]
    return {
        "__typename": "GraphImage",
        "id": str(item.media_id),
        "shortcode": item.code,
        "taken_at_timestamp": item.when,
        "is_video": False,
        "owner": {"id": str(item.owner_id), "username": item.owner},
        "edge_media_to_caption": {"edges": [{"node": {"text": item.caption}}]},
        "edge_media_to_tagged_user": {"edges": tags},
        "edge_media_preview_like": {"count": 12},
        **more,
    }


def pictures_of(item: Item) -> list[str]:
    """How the mapping calls the pictures of a post: only the first is called like the post."""
    return [f"{item.media_id + place}.jpg" for place in range(item.pictures)]


def mapping_line(item: Item) -> str:
    """A line of the mapping."""
    return f"{item.owner}\t{item.media_id}.info\t{pictures_of(item)!r}\n"


def files_of(posts: int, kind: str, flaws: bool = False) -> Iterator[tuple[str, bytes]]:
    """The members of the archives: `info` or `image`."""
    for item in items_of(posts):
        if kind == "info":
            content = text_of(item, json.dumps(info(item)).encode(), flaws)
            yield f"info/{item.owner}-{item.media_id}.info", content
        else:
            for place, name in enumerate(pictures_of(item)):
                yield f"image/{item.owner}-{name}", picture_of(item, place, flaws)


def write_texts(folder: Path, posts: int) -> None:
    """Both text files, with a BOM, a separator and a duplicate row."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "influencers.txt").open("w", encoding="utf-8") as stream:
        stream.write(BOM + HEADER + SEPARATOR)
        for place, name in enumerate(users_of(posts)):
            stream.write(f"{name}\t{CATEGORIES[place % len(CATEGORIES)]}\t{place}\t1\t2\n")
    with (folder / "JSON-Image_files_mapping.txt").open("w", encoding="utf-8") as stream:
        stream.write("influencer_name\tJSON_PostMetadata_file_name\tImage_file_name\n")
        for item in items_of(posts):
            stream.write(mapping_line(item) * (2 if item.number == 1 else 1))


def write_files(folder: Path, name: str, how: How, files: Iterator[tuple[str, bytes]]) -> None:
    """The members, loose or in an archive called `name`."""
    if how == "loose":
        for path, content in files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    elif how in ("tar", "tar.gz"):
        with tarfile.open(folder / f"{name}.{how}", "w:gz" if how == "tar.gz" else "w") as archive:
            for path, content in files:
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                archive.addfile(entry, BytesIO(content))
    else:
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files:
                archive.writestr(path, content)
        if how == "split":
            split_zip(
                folder / f"{name}.zip", max(400, (folder / f"{name}.zip").stat().st_size // 4)
            )


def write_tree(folder: Path, posts: int, how: How = "split", flaws: bool = False) -> Path:
    """The whole data set."""
    folder = folder / "influencers"
    write_texts(folder, posts)
    write_files(folder, "posts_info", how, files_of(posts, "info", flaws))
    write_files(folder, "posts_image", how, files_of(posts, "image", flaws))
    return folder


def split_zip(file: Path, size: int) -> list[Path]:
    """Make `a.z01, a.z02, ..., a.zip` of `a.zip`, as `zip -s` does.

    The first part begins with a signature, and the list of files says in which part and where in it
    each of them begins; so do the records behind the list say it of the list.
    """
    content = bytearray(b"PK\x07\x08" + file.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    count, directory_size, directory = struct.unpack_from("<HLL", content, end + 10)
    large = content[end - 20 :].startswith(b"PK\x06\x07")
    if large:
        (record,) = struct.unpack_from("<Q", content, end - 12)
        record += 4
        count, directory_size, directory = struct.unpack_from("<3Q", content, record + 32)
    place = directory = directory + 4
    last = (end - 1) // size
    for _ in range(count):
        lengths = struct.unpack_from("<3H", content, place + 28)
        (offset,) = struct.unpack_from("<L", content, place + 42)
        part, within = divmod(offset + 4, size)
        struct.pack_into("<H", content, place + 34, part)
        struct.pack_into("<L", content, place + 42, within)
        place += 46 + sum(lengths)
    part, within = divmod(directory, size)
    if large:
        struct.pack_into(
            "<LL4Q", content, record + 16, last, part, count, count, directory_size, within
        )
        struct.pack_into("<LQL", content, end - 16, record // size, record % size, last + 1)
    else:
        struct.pack_into(
            "<HHHHLL", content, end + 4, last, part, count, count, directory_size, within
        )
    parts = [file.with_suffix(f".z{n + 1:02d}") for n in range(last)] + [file]
    for number, part_file in enumerate(parts):
        stop = None if part_file is file else (number + 1) * size
        part_file.write_bytes(content[number * size : stop])
    return parts
