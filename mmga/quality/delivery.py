"""What lies in `data/`, as far as it can be read."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError
from mmga.quality.pictures import index_pictures
from mmga.tables import IMAGES, TABLES, image_parts, read_description, read_table


@dataclass(frozen=True)
class Delivery:
    """The tables of a data set, and what is wrong with its files."""

    files: pd.DataFrame
    """One row a file: `file`, `problem` (why it cannot be read, or None), `extra` (columns that
    nobody reads, or None)."""
    tables: dict[str, pd.DataFrame]
    """`users`, `posts`, `images` (see `index_pictures`) and `follows`; those that can be read."""


def read_delivery(folder: Path, max_pixels: int) -> Delivery:
    """Read everything that can be read; what cannot becomes a `problem`, never an error.

    Args:
        folder: A data set in the canonical layout.
        max_pixels: Larger pictures are not decoded.
    """
    rows: list[tuple[str, str | None, str | None]] = []
    tables: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        problem = None
        try:
            tables[name] = read_table(folder, name)
        except InputError as error:
            problem = _without_path(error, folder)
        rows.append((f"{name}.parquet", problem, _extra(folder / f"{name}.parquet", TABLES[name])))
    rows += [(f"images/{part.name}", None, _extra(part, IMAGES)) for part in image_parts(folder)]
    for name, problem in (
        ("images", _index(folder, max_pixels, tables)),
        ("dataset.json", _description(folder)),
    ):
        if problem:
            rows.append((name, problem, None))
    columns = pd.Index(["file", "problem", "extra"])
    return Delivery(pd.DataFrame(rows, columns=columns).astype(object), tables)


def _index(folder: Path, max_pixels: int, tables: dict[str, pd.DataFrame]) -> str | None:
    try:
        tables["images"] = index_pictures(folder, max_pixels)
    except InputError as error:
        return _without_path(error, folder)
    return None


def _description(folder: Path) -> str | None:
    try:
        read_description(folder)
    except InputError as error:
        return _without_path(error, folder)
    return None


def _extra(file: Path, schema: pa.Schema) -> str | None:
    try:
        found = pq.read_schema(file).names
    except (pa.ArrowException, OSError):
        return None
    return ", ".join(name for name in found if name not in schema.names) or None


def _without_path(error: InputError, folder: Path) -> str:
    """The report must not depend on where the project lies."""
    return str(error).replace(str(folder), folder.name)
