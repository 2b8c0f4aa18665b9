"""Every picture opened once: where it lies, how large it is, and what is wrong with it."""

import hashlib
import io
import os
import struct
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import ExifTags, Image, UnidentifiedImageError

from mmga.progress import track
from mmga.tables import FORMATS, read_images

COARSE = 3
"""Pixels a side to which a picture shrinks when its colours are compared."""

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
        ("phash", pa.string()),
        ("colours", pa.string()),
    ]
)
"""Columns and types of `build/clean/images.parquet`; `part` lies in `data/images/`, `phash` and
`colours` are those of `Look`."""

FOUND = pa.schema(
    [
        *INDEX,
        ("colour_range", pa.int16()),
        ("located", pa.bool_()),
        ("problem", pa.string()),
        ("altered", pa.bool_()),
    ]
)
"""`INDEX`, and what may be wrong: `colour_range` and `located` as in `Look`, `problem` (None for a
good picture), `altered` (not its SHA-256)."""


def index_pictures(folder: Path, max_pixels: int) -> pd.DataFrame:
    """One row a picture, with the columns of `FOUND`, in the order of the parts.

    Only the rows are kept, never the bytes: memory holds one batch of pictures at a time.

    Args:
        folder: A data set in the canonical layout.
        max_pixels: Pictures of more pixels (width times height) are not decoded.

    Raises:
        InputError: If a part cannot be read, lacks a column or holds one of another type.
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
            *seen, problem, digest = zip(*looks, strict=True)
            named = [batch[name] for name in ("image_id", "post_id", "position", "sha256")]
            altered = [a != b for a, b in zip(digest, batch["sha256"].to_pylist(), strict=True)]
            rows = range(first, first + len(batch))
            told = [[part.name] * len(batch), rows, *seen, problem, altered]
            fields = list(FOUND)[len(named) :]
            yield pa.record_batch(
                [
                    *named,
                    *(pa.array(list(t), f.type) for t, f in zip(told, fields, strict=True)),
                ],
                schema=FOUND,
            )


class Look(NamedTuple):
    """What one look at a picture tells; of one that something is wrong with only the last two."""

    width: int | None
    """In pixels."""
    height: int | None
    """Likewise."""
    phash: str | None
    """What it shows, in black and white: the perceptual hash (64 bits) in hexadecimal."""
    colours: str | None
    """In what colours: the RGB bytes of the picture at `COARSE` x `COARSE` pixels, likewise."""
    colour_range: int | None
    """Difference of the largest and the smallest value of a colour channel, of the widest one."""
    located: bool | None
    """Whether its EXIF data tell the place where it was taken."""
    problem: str | None
    """What is wrong with it."""
    sha256: str | None
    """Of the bytes."""


def look_at(content: bytes | None, max_pixels: int) -> Look:
    """Decode a picture of up to `max_pixels` pixels, given as the bytes of its file."""
    if not content:
        return _bad("it has no bytes", None)
    digest = hashlib.sha256(content).hexdigest()
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                return _bad(f"{width} x {height} is more than {max_pixels:,} pixels", digest)
            image.load()
            phash, colours, colour_range = _appearance(image)
            located = _located(image)
    except UnidentifiedImageError:
        return _bad(f"no {', '.join(FORMATS)}", digest)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _bad(f"more than {max_pixels:,} pixels", digest)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        return _bad(f"damaged ({str(error).split(' (')[0]})", digest)
    return Look(width, height, phash, colours, colour_range, located, None, digest)


def _bad(problem: str, sha256: str | None) -> Look:
    return Look(None, None, None, None, None, None, problem, sha256)


def _appearance(image: Image.Image) -> tuple[str, str, int]:
    """`phash`, `colours` and `colour_range` of a `Look`."""
    # Pillow warns where a palette with transparency loses it.
    whole = image.convert("RGBA") if image.mode == "P" else image
    flat = whole.convert("RGB")
    coarse = flat.resize((COARSE, COARSE), Image.Resampling.BOX)
    extrema = np.array(flat.getextrema())
    return str(imagehash.phash(whole)), coarse.tobytes().hex(), int(np.ptp(extrema, axis=1).max())


def _located(image: Image.Image) -> bool:
    """Whether the EXIF data hold a latitude; data that cannot be read hold none."""
    try:
        place = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error, UserWarning):
        return False
    return bool(place.get(ExifTags.GPS.GPSLatitude))
