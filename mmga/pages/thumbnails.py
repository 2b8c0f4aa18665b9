"""A small copy of a picture, written into the page itself."""

import base64
import io
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
from PIL import Image

from mmga.tables import FORMATS, image_parts

Place = tuple[str, int]
"""Where a picture lies: the name of its part and its row there."""

THUMBNAIL = 96
"""Pixels of the longer side of a picture on a page."""


def thumbnail(content: bytes, side: int = THUMBNAIL, kind: str = "PNG") -> str:
    """A data URI of the picture, at most `side` pixels on its longer side.

    Args:
        content: The bytes of a picture that validation let pass.
        side: In pixels.
        kind: PNG shows every pixel; JPEG is a tenth of the bytes.
    """
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        image.draft("RGB", (2 * side, 2 * side))  # a JPEG need not be decoded in full
        small = image.convert("RGB")
        small.thumbnail((side, side))
    stream = io.BytesIO()
    small.save(stream, format=kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(stream.getvalue()).decode()


def picture_bytes(folder: Path, part: str, row: int) -> bytes | None:
    """The bytes of one picture of a data set; None where it has none."""
    path = next(path for path in image_parts(folder) if path.name == part)
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if row < rows:
                column = file.read_row_group(group, columns=["bytes"])["bytes"]
                content: bytes | None = column[row].as_py()
                return content
            row -= rows
    raise IndexError(f"{part} has no row {row}")


def pictures(folder: Path, places: Iterable[Place]) -> dict[Place, bytes]:
    """The bytes of several pictures; each group of rows is read once, however many lie in it.

    Args:
        folder: A data set in the canonical layout.
        places: Where they lie; one without bytes is left out.
    """
    wanted: dict[str, set[int]] = {}
    for part, row in places:
        wanted.setdefault(part, set()).add(row)
    found: dict[Place, bytes] = {}
    for path in image_parts(folder):
        rows = wanted.get(path.name, set())
        if not rows:
            continue
        with pq.ParquetFile(path) as file:
            first = 0
            for group in range(file.num_row_groups):
                end = first + file.metadata.row_group(group).num_rows
                here = sorted(row for row in rows if first <= row < end)
                if here:
                    column = file.read_row_group(group, columns=["bytes"])["bytes"]
                    contents = ((row, column[row - first].as_py()) for row in here)
                    found |= {(path.name, row): content for row, content in contents if content}
                first = end
    return found
