"""What lies in `data/`, as far as it can be read."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError
from mmga.quality.pictures import index_pictures
from mmga.tables import (
    DAMAGED,
    IMAGES,
    TABLES,
    collected_on,
    image_parts,
    read_description,
    read_table,
    table_files,
)


@dataclass(frozen=True)
class Delivery:
    """The tables of a data set, and what is wrong with its files."""

    files: pd.DataFrame
    """One row a file: `file`, `problem` (why it cannot be read, or None), `extra` (columns that
    nobody reads, or None), `miscounted` (how many records `dataset.json` speaks of, where there are
    more or fewer, or None)."""
    tables: dict[str, pd.DataFrame]
    """`users`, `posts`, `images` (see `index_pictures`) and `follows`; those that can be read."""
    collected_on: date | None = None
    """The day after which nothing can have happened, as `dataset.json` says."""


def read_delivery(folder: Path, max_pixels: int) -> Delivery:
    """Read everything that can be read; what cannot becomes a `problem`, never an error.

    Args:
        folder: A data set in the canonical layout.
        max_pixels: Larger pictures are not decoded.
    """
    tables: dict[str, pd.DataFrame] = {}
    problems: dict[str, str | None] = {}
    for name in TABLES:
        try:
            tables[name] = read_table(folder, name)
            problems[name] = None
        except InputError as error:
            problems[name] = _without_path(error, folder)
    problems["images"] = _index(folder, max_pixels, tables)
    described, day, problem = _description(folder)
    rows = [
        _row(f"{name}.parquet", problems[name], None, _miscounted(name, tables, described))
        for name in TABLES
    ]
    rows += [
        _row(file.name, None, _extra(file, schema))
        for name, schema in TABLES.items()
        for file in table_files(folder, name)
    ]
    rows += [
        _row(f"images/{part.name}", None, _extra(part, IMAGES)) for part in image_parts(folder)
    ]
    rows.append(_row("images", problems["images"], None, _miscounted("images", tables, described)))
    rows.append(_row("dataset.json", problem))
    return Delivery(pd.DataFrame(rows).astype(object), tables, day)


def _row(
    file: str, problem: str | None, extra: str | None = None, miscounted: str | None = None
) -> dict[str, str | None]:
    return {"file": file, "problem": problem, "extra": extra, "miscounted": miscounted}


def _miscounted(
    name: str, tables: dict[str, pd.DataFrame], described: dict[str, Any]
) -> str | None:
    """What `dataset.json` counts and what there is, where they differ."""
    counts = described.get("counts")
    said = counts.get(name) if isinstance(counts, dict) else None
    if name not in tables or not isinstance(said, int) or said == len(tables[name]):
        return None
    return f"dataset.json counts {said:,} {name}, there are {len(tables[name]):,}"


def _index(folder: Path, max_pixels: int, tables: dict[str, pd.DataFrame]) -> str | None:
    try:
        tables["images"] = index_pictures(folder, max_pixels)
    except InputError as error:
        return _without_path(error, folder)
    return None


def _description(folder: Path) -> tuple[dict[str, Any], date | None, str | None]:
    try:
        described = read_description(folder)
        return described, collected_on(described), None
    except InputError as error:
        return {}, None, _without_path(error, folder)


def _extra(file: Path, schema: pa.Schema) -> str | None:
    try:
        found = pq.read_schema(file).names
    except DAMAGED:
        return None
    return ", ".join(name for name in found if name not in schema.names) or None


def _without_path(error: InputError, folder: Path) -> str:
    """The report must not depend on where the project lies."""
    return str(error).replace(str(folder), folder.name)
