"""Records on disk between reading and writing: segments of whole units, each complete or not there.

A segment is a folder `FIRST-LAST` (numbers of units) with a Parquet file a table. It gets its name
when it is complete, so that an interrupted import knows which units it need not read again.
"""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmga.sources.parquet import batches_of
from mmga.tables import TABLES

_PLACE = [pa.field("n", pa.int64(), nullable=False), pa.field("where", pa.string())]

SCHEMAS: dict[str, pa.Schema] = {
    **{name: pa.schema([*_PLACE, *schema]) for name, schema in TABLES.items()},
    "images": pa.schema(
        [
            *_PLACE,
            pa.field("post_id", pa.string(), nullable=False),
            pa.field("place", pa.string(), nullable=False),
            ("position", pa.int32()),
            ("image_id", pa.string()),
        ]
    ),
    "unusable": pa.schema(
        [*_PLACE, ("table", pa.string()), ("record", pa.string()), ("reason", pa.string())]
    ),
}
"""Columns of each staged table. `n` orders the records of a table as they came; see `number`."""

IDS = {
    "users": ("user_id",),
    "posts": ("post_id", "user_id"),
    "images": ("post_id", "image_id"),
    "follows": ("follower_id", "followee_id"),
}
"""The columns that hold ids."""

SEGMENT_ROWS = 500_000
SEGMENT_SECONDS = 15.0
"""A segment ends with the first unit after so much: little is read twice, and files are few."""


def number(unit: int, record: int) -> int:
    """The `n` of a record of a unit, both counted from 0.

    It is even; the odd one behind it is that of the same edge the other way round.
    """
    return ((unit << 32) | record) << 1


class Segments:
    """The staged records of an import, which may have been interrupted."""

    def __init__(self, folder: Path) -> None:
        """Args is the folder; it is made where it is missing."""
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for begun in folder.glob("*.begun"):
            shutil.rmtree(begun)

    @property
    def units(self) -> int:
        """How many units are complete, from the first."""
        names = [path.name for path in self._complete()]
        return int(names[-1].partition("-")[2]) + 1 if names else 0

    def files(self, table: str) -> list[Path]:
        """The files of a staged table, in the order in which the records came."""
        found = [segment / f"{table}.parquet" for segment in self._complete()]
        return [file for file in found if file.exists()]

    def count(self, table: str) -> int:
        """How many records a staged table has."""
        return sum(int(pq.read_metadata(file).num_rows) for file in self.files(table))

    def records(self, *, undirected: bool) -> dict[str, int]:
        """How many records of each table were read, those that cannot be used among them.

        Args:
            undirected: Whether each edge was staged twice.
        """
        found = Counter({table: self.count(table) for table in IDS})
        if undirected:
            found["follows"] //= 2
        for records in self.read("unusable"):
            told = records["table"].filter(pc.is_in(records["table"], pa.array(list(IDS))))
            for pair in pc.value_counts(told):  # without values that are left out of a record
                found[pair["values"].as_py()] += pair["counts"].as_py()
        return {table: count for table, count in found.items() if count}

    def read(self, table: str) -> Iterator[pa.Table]:
        """The records of a staged table in order, some at a time."""
        for file in self.files(table):
            with pq.ParquetFile(file, buffer_size=2**20, pre_buffer=False) as stream:
                for batch in batches_of(stream):
                    yield pa.Table.from_batches([batch], SCHEMAS[table])

    def _complete(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.suffix != ".begun")


class SegmentWriter:
    """Writes records into segments; tell it where each unit ends. Use it as a context manager."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._first = self._next = segments.units
        self._writers: dict[str, Any] = {}
        self._rows = 0
        self._since = time.monotonic()

    def __enter__(self) -> "SegmentWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._complete()
        else:
            self._close()

    def write(self, table: str, records: pa.Table) -> None:
        """Records of the unit at work, with the columns of `SCHEMAS[table]`."""
        if table not in self._writers:
            self._folder.mkdir(exist_ok=True)
            self._writers[table] = pq.ParquetWriter(
                self._folder / f"{table}.parquet", SCHEMAS[table], compression="zstd"
            )
        self._writers[table].write_table(records)
        self._rows += len(records)

    def end_unit(self) -> None:
        """The unit at work is complete."""
        self._next += 1
        if self._rows >= SEGMENT_ROWS or time.monotonic() - self._since >= SEGMENT_SECONDS:
            self._complete()

    @property
    def _folder(self) -> Path:
        return self._segments.folder / f"{self._first:09d}.begun"

    def _complete(self) -> None:
        self._close()
        if self._next > self._first:
            self._folder.mkdir(exist_ok=True)  # units without a record are complete as well
            self._folder.rename(self._segments.folder / f"{self._first:09d}-{self._next - 1:09d}")
        self._first, self._rows, self._since = self._next, 0, time.monotonic()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}
