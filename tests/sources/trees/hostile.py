"""Pictures, captions and times as nobody would want them, in a small tree of each importer."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from mmga.sources.influencers import Influencers
from mmga.sources.instagram_export import InstagramExport
from mmga.sources.instaloader import Instaloader
from mmga.sources.source import Source
from tests.sources.trees import influencers, instagram_export, instaloader
from tests.sources.trees.world import START, Item, jpeg

ANN = Item(0, "ann", 1, START, "plain", [], [], 1)
BOB = Item(900, "bob", 2, START, "with @ann", ["ann"], [], 0)


@dataclass(frozen=True)
class Odd:
    """A post of ann's: whatever JSON may hold, and whatever a picture may be."""

    caption: Any = "plain"
    when: Any = START
    picture: bytes | None = None


def picture(image_format: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """A small picture, 24 wide and 16 high."""
    stream = io.BytesIO()
    Image.new(mode, (24, 16), 200).save(stream, image_format, **options)
    return stream.getvalue()


def bomb() -> bytes:
    """A PNG whose header claims 20,000 x 20,000 pixels."""
    png = picture("PNG")
    header = b"IHDR" + struct.pack(">II", 20_000, 20_000) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def turned() -> bytes:
    """A JPEG that says it lies on its side, and where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    return picture(exif=exif)


def animated() -> bytes:
    """A GIF of two frames."""
    frames = [Image.new("P", (24, 16), n) for n in (1, 2)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


PICTURES: dict[str, tuple[bytes, str | None]] = {
    "mislabelled: a PNG called .jpg": (picture("PNG"), None),
    "in CMYK": (picture(mode="CMYK"), None),
    "turned by EXIF": (turned(), None),
    "animated": (animated(), None),
    "of zero bytes": (b"", "the picture is empty"),
    "truncated": (picture(quality=95)[:300], "the picture cannot be decoded"),
    "no picture but a page": (b"<html>Not found</html>", "the picture cannot be decoded"),
    "of too many pixels": (bomb(), "the picture has too many pixels"),
}
"""What it is -> its bytes, and why it is dropped, if it is."""

Tree = Callable[[Path, list[Odd]], Source]


def instaloader_tree(folder: Path, odd: list[Odd]) -> Source:
    """Posts of ann, whom bob follows."""
    profiles = folder / "profiles"
    bob = instaloader.write_profile(profiles / "bob", "bob", 2)
    ann = instaloader.write_profile(profiles / "ann", "ann", 1)
    instaloader.write_post(bob, BOB)
    for number, post in enumerate(odd):
        item = replace(ANN, number=number, when=START + number)
        more = {"edge_media_to_caption": {"edges": [{"node": {"text": post.caption}}]}}
        made = instaloader.write_post(ann, item, taken_at_timestamp=post.when, **more)
        made.with_name(instaloader.base_of(item.when) + ".txt").unlink()
        if post.picture is not None:
            (ann / f"{instaloader.base_of(item.when)}.jpg").write_bytes(post.picture)
    (folder / "edges.csv").write_text("bob,ann\n")
    return Instaloader(profiles, folder / "edges.csv")


def instagram_export_tree(folder: Path, odd: list[Odd]) -> Source:
    """Posts of ann, whom bob follows."""
    top, posts = folder / "exports" / "instagram-ann-2026-06-13-x", []
    for number, post in enumerate(odd):
        uri = f"media/posts/202001/{number}.jpg"
        text = post.caption
        if isinstance(text, str) and text.encode("utf-8", "replace").decode() == text:
            text = instagram_export.mojibake(text)
        posts.append({"media": [{"uri": uri, "title": text, "creation_timestamp": post.when}]})
        content = jpeg(number) if post.picture is None else post.picture
        instagram_export.write_files(top, iter([(uri, content)]))
    lists = "connections/followers_and_following"
    files = {
        "personal_information/personal_information.json": instagram_export.personal("ann"),
        f"{lists}/followers_1.json": [instagram_export.entry("bob", START)],
        "content/posts_1.json": posts,
    }
    dumped = ((name, instagram_export.dumped(value)) for name, value in files.items())
    instagram_export.write_files(top, dumped)
    return InstagramExport(folder / "exports")


def influencers_tree(folder: Path, odd: list[Odd]) -> Source:
    """Posts of ann, whom bob mentions."""
    root = folder / "influencers"
    root.mkdir(parents=True)
    (root / "influencers.txt").write_text("ann\tfood\nbob\tpets\n")
    lines, files = [influencers.mapping_line(BOB)], {}
    files[f"info/bob-{BOB.media_id}.info"] = json.dumps(influencers.info(BOB)).encode()
    for number, post in enumerate(odd):
        item = replace(ANN, number=number)
        lines.append(influencers.mapping_line(item))
        more = {"edge_media_to_caption": {"edges": [{"node": {"text": post.caption}}]}}
        info = influencers.info(item, taken_at_timestamp=post.when, **more)
        files[f"info/ann-{item.media_id}.info"] = json.dumps(info).encode()
        content = jpeg(number) if post.picture is None else post.picture
        files[f"image/ann-{item.media_id}.jpg"] = content
    (root / "JSON-Image_files_mapping.txt").write_text("".join(lines))
    influencers.write_files(root, "all", "zip", iter(files.items()))
    return Influencers(root)


TREES: dict[str, Tree] = {
    "instaloader": instaloader_tree,
    "instagram-export": instagram_export_tree,
    "influencers": influencers_tree,
}
