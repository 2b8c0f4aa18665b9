"""Every picture opened once: where it lies, how large it is, and what is wrong with it."""

import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, UnidentifiedImageError

from mmga.progress import track
from mmga.tables import image_parts, read_images

FORMATS = ("JPEG", "PNG", "WEBP")
"""What the canonical layout allows; Pillow's other decoders are never given foreign bytes."""

INDEX = pa.schema(
    [
        ("image_id", pa.string()),
        ("post_id", pa.string()),
        ("position", pa.int32()),
        ("sha256", pa.string()),
        ("part", pa.string()),
        ("row", pa.int32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
    ]
)
"""Columns and types of `build/clean/images.parquet`; `part` lies in `data/images/`."""

FOUND = INDEX.append(pa.field("problem", pa.string())).append(pa.field("altered", pa.bool_()))
"""`INDEX`, and what is wrong: `problem` (None for a good picture), `altered` (not its SHA-256)."""


def index_pictures(folder: Path, max_pixels: int) -> pd.DataFrame:
    """One row a picture, with the columns of `FOUND`, in the order of the parts.

    Only the rows are kept, never the bytes: memory holds one batch of pictures at a time.

    Args:
        folder: A data set in the canonical layout.
        max_pixels: Pictures of more pixels (width times height) are not decoded.

    Raises:
        InputError: If a part cannot be read or lacks a column.
    """
    batches = list(_inspected(folder, max_pixels))
    found: pd.DataFrame = pa.Table.from_batches(batches, FOUND).to_pandas()
    return found


def _inspected(folder: Path, max_pixels: int) -> Iterator[pa.RecordBatch]:
    look = partial(look_at, max_pixels=max_pixels)
    with ThreadPoolExecutor(os.cpu_count()) as pool, warnings.catch_warnings():
        # Pillow only warns of pictures between one and two times its limit.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for part, first, batch in track(read_images(folder), "pictures", unit="batch"):
            # Decoding leaves Python's lock, so threads share the work.
            looks = list(pool.map(look, batch["bytes"].to_pylist()))
            width, height, problem, digest = zip(*looks, strict=True)
            named = [batch[name] for name in ("image_id", "post_id", "position", "sha256")]
            altered = [a != b for a, b in zip(digest, batch["sha256"].to_pylist(), strict=True)]
            rows = range(first, first + len(batch))
            columns = [*named, [part.name] * len(batch), rows, width, height, problem, altered]
            yield pa.record_batch(
                [
                    column.cast(field.type)
                    if isinstance(column, pa.Array)
                    else pa.array(list(column), field.type)
                    for column, field in zip(columns, FOUND, strict=True)
                ],
                schema=FOUND,
            )


def look_at(
    content: bytes | None, max_pixels: int
) -> tuple[int | None, int | None, str | None, str | None]:
    """Width and height in pixels, what is wrong (None if nothing), and the SHA-256 of the bytes.

    A picture that something is wrong with has no width and height.
    """
    if not content:
        return None, None, "it has no bytes", None
    digest = hashlib.sha256(content).hexdigest()
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                return None, None, f"{width} x {height} is more than {max_pixels:,} pixels", digest
            image.load()
    except UnidentifiedImageError:
        return None, None, f"no {', '.join(FORMATS)}", digest
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None, None, f"more than {max_pixels:,} pixels", digest
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        return None, None, f"damaged ({str(error).split(' (')[0]})", digest
    return width, height, None, digest


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
