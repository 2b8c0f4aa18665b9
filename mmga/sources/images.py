"""The pictures of a delivery, from a folder or a column, into image parts with flat memory."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mmga.errors import InputError
from mmga.progress import track
from mmga.sources.dropped import Dropped, Records
from mmga.sources.pictures import PictureError, read_below, strict_pixels, usable
from mmga.sources.raw import RawTable
from mmga.sources.records import Reader, keep_known
from mmga.tables import ImageWriter

BATCH = 64
"""Pictures in memory at once."""

Row = dict[str, Any]


def import_images(
    reader: Reader, raw: RawTable, folder: Path, post_ids: pa.Array, writer: ImageWriter
) -> int:
    """Write every usable picture of a known post; list the others.

    Args:
        reader: What reads the raw table and lists what is dropped.
        raw: One record a picture: its post, and its path in `folder` or its bytes.
        folder: Where the paths begin; nothing outside it is read.
        post_ids: The posts there are.
        writer: Where the pictures go.

    Returns:
        How many records were read.

    Raises:
        InputError: If there is neither `images.file` nor `images.bytes`, or both, or no folder.
    """
    columns = reader.mapping.of("images", raw.columns, raw.file)
    if ("file" in columns) == ("bytes" in columns):
        raise InputError(
            f"{raw.file}: pictures are named by a path or held as bytes, one of the two;"
            "\nadd --map images.file=COLUMN or --map images.bytes=COLUMN"
        )
    if "file" in columns and not folder.is_dir():
        raise InputError(f"{folder} is no folder; say where the pictures are with --image-folder")
    if "bytes" in columns and not raw.is_parquet:
        raise InputError(f"{raw.file}: a CSV cannot hold the bytes of pictures; give Parquet")
    total, batches = reader.batches("images", raw, BATCH)
    with strict_pixels(), ThreadPoolExecutor() as threads:
        rows = _rows(batches, post_ids, folder.resolve(), threads)
        _write(track(rows, "pictures", total=total, unit="pictures"), writer, reader.dropped)
    return total


def _rows(
    batches: Iterator[Records], post_ids: pa.Array, folder: Path, threads: ThreadPoolExecutor
) -> Iterator[tuple[Row, bytes | PictureError]]:
    for records in batches:
        keep_known(records, "post_id", post_ids, "posts")
        for column in {"file", "bytes", "position"} & set(records.table.column_names):
            records.keep(pc.is_valid(records.table[column]), f"{column} is missing")
        rows = records.table.to_pylist()
        contents = threads.map(lambda row: _content(row, folder), rows)
        yield from zip(rows, contents, strict=True)


def _content(row: Row, folder: Path) -> bytes | PictureError:
    try:
        return usable(row["bytes"] if "bytes" in row else read_below(folder, row["file"]))
    except PictureError as reason:
        return reason


def _write(
    rows: Iterator[tuple[Row, bytes | PictureError]], writer: ImageWriter, dropped: Dropped
) -> None:
    seen: set[str] = set()
    in_post: Counter[str] = Counter()
    for row, content in rows:
        post = row["post_id"]
        record = f"{post} {row.get('file', '')}".rstrip()
        if isinstance(content, PictureError):
            dropped.add_one("images", row["row"], record, f"the picture {content}")
            continue
        position = row.get("position", in_post[post])
        image_id = row.get("image_id") or f"{post}_{position}"
        if image_id in seen:
            dropped.add_one("images", row["row"], record, "the image_id came before")
            continue
        seen.add(image_id)
        in_post[post] += 1
        writer.add(image_id, post, position, content)
