"""A raw table in Parquet."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmga.sources.parquet import batches_of
from mmga.sources.tables.raw import PART_ROWS, Malformed, Part, RawTable
from mmga.tables import DAMAGED


@dataclass(frozen=True)
class ParquetTable(RawTable):
    """A file of Parquet."""

    is_parquet = True

    @cached_property
    def columns(self) -> list[str]:
        """See `RawTable`."""
        with self._parquet() as file:
            return list(file.schema_arrow.names)

    @property
    def rows(self) -> int:
        """How many records there are."""
        with self._parquet() as file:
            return int(file.metadata.num_rows)

    def type_of(self, column: str) -> pa.DataType:
        """The type of a column."""
        with self._parquet() as file:
            return file.schema_arrow.field(column).type

    def parts(self, rows: int = PART_ROWS) -> list[Part]:
        """See `RawTable`."""
        found = []
        with self._parquet() as file:
            first, count = 1, 0
            groups: list[int] = []
            for group in range(file.num_row_groups):
                groups.append(group)
                count += file.metadata.row_group(group).num_rows
                if count >= rows or group == file.num_row_groups - 1:
                    found.append(Part(first, tuple(groups)))
                    first, groups, count = first + count, [], 0
        return found

    def _read(
        self, columns: dict[str, str], malformed: Malformed, part: Part, rows: int
    ) -> Iterator[pa.Table]:
        first = part.first
        wanted = sorted(set(columns.values()))
        with self._parquet() as file:
            try:
                for batch in batches_of(file, wanted, part.groups, rows):
                    found = {name: batch[raw] for name, raw in columns.items()}
                    yield pa.table({"row": _numbers(first, len(batch)), **found})
                    first += len(batch)
            except DAMAGED as error:
                raise self._unreadable(error) from None

    def _parquet(self) -> Any:
        try:
            return pq.ParquetFile(self.file, buffer_size=2**20, pre_buffer=False)
        except DAMAGED as error:
            raise self._unreadable(error) from None


def _numbers(first: int, count: int) -> pa.Array:
    return pa.array(range(first, first + count), pa.int64())
