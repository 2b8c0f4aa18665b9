"""Pictures that lie as bytes in a column of Parquet, each found by its number."""

import threading
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence

import pyarrow as pa

from mmga.errors import InputError
from mmga.sources.loading.images import AHEAD
from mmga.sources.pictures import MAX_BYTES, PictureError
from mmga.sources.tables.parquet_table import ParquetTable
from mmga.sources.tables.raw import Part, RawTable

BATCH = 16
"""Pictures read at once."""


class PictureColumn:
    """Reads pictures that are asked for nearly in their order, by several threads."""

    def __init__(self, raws: Sequence[RawTable], column: str) -> None:
        """Args are the files of the table, whose records are counted on, and its column.

        Raises:
            InputError: If the column does not hold bytes.
        """
        self._column = column
        self._groups: list[tuple[int, RawTable, Part]] = []
        before = 0
        for raw in raws:
            table = _with_bytes(raw, column)
            self._groups += [(before, table, part) for part in table.parts(rows=1)]
            before += table.rows
        self._firsts = [before + part.first for before, _, part in self._groups]
        self._lock = threading.Lock()
        self._held: deque[tuple[int, pa.Array]] = deque(maxlen=AHEAD // BATCH + 2)
        self._batches: Iterator[tuple[int, pa.Array]] = iter(())
        self._next = 0

    def read(self, place: str) -> bytes:
        """The picture with this number, from 1.

        Raises:
            PictureError: If there is none, or it is too large.
        """
        row = int(place)
        with self._lock:
            value = self._found(row)
        if not value.is_valid:
            raise PictureError("is missing")
        content: bytes = value.as_py()
        if len(content) > MAX_BYTES:
            raise PictureError(f"is larger than {MAX_BYTES // 2**20} MiB")
        return content

    def _found(self, row: int) -> pa.Scalar:
        oldest = self._held[0][0] if self._held else self._next
        group = self._firsts[bisect_right(self._firsts, row) - 1]
        if row < oldest or group > self._next:
            self._held.clear()
            self._batches = self._from(group)
        while True:
            for first, batch in self._held:
                if first <= row < first + len(batch):
                    return batch[row - first]
            first, batch = next(self._batches)
            self._held.append((first, batch))
            self._next = first + len(batch)

    def _from(self, first: int) -> Iterator[tuple[int, pa.Array]]:
        for before, raw, part in self._groups[bisect_left(self._firsts, first) :]:
            for table in raw.read({"bytes": self._column}, lambda *_: None, part, BATCH):
                yield before + table["row"][0].as_py(), table["bytes"].combine_chunks()


def _with_bytes(raw: RawTable, column: str) -> ParquetTable:
    if not isinstance(raw, ParquetTable):
        raise InputError(f"{raw.file}: a CSV cannot hold the bytes of pictures; give Parquet")
    kind = raw.type_of(column)
    if not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        raise InputError(
            f"{raw.file}: column {column!r} (images.bytes) must hold bytes, got {kind};"
            " a path is images.file"
        )
    return raw
