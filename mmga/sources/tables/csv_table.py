"""A raw table in CSV."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from mmga.errors import InputError
from mmga.sources.encodings import encoding_of
from mmga.sources.parquet import BATCH_ROWS
from mmga.sources.tables.dialect import Dialect, dialect_of
from mmga.sources.tables.raw import PART_ROWS, Malformed, Part, RawTable
from mmga.sources.tables.stream import opened

BLOCK = 8 * 2**20
"""Bytes of CSV parsed at once, for which Arrow takes some forty times the memory; one record must
fit."""

END = "mmga:end"

QUOTE, QUOTED = '"', ": a quote that is part of a value must be doubled"


@dataclass(frozen=True)
class CsvTable(RawTable):
    """A CSV with a header, separated by commas, semicolons, tabs or bars, plain or compressed.

    The suffix tells gzip, bz2 and zstd.
    """

    encoding: str = "utf-8"
    """Of a file whose bytes do not tell it; see `mmga.sources.encodings`."""
    is_parquet = False

    @property
    def columns(self) -> list[str]:
        """See `RawTable`."""
        return self._dialect.names

    def parts(self, rows: int = PART_ROWS) -> list[Part]:
        """See `RawTable`."""
        return [Part(1, ())]

    def _read(
        self, columns: dict[str, str], malformed: Malformed, part: Part, rows: int
    ) -> Iterator[pa.Table]:
        skipped: deque[int] = deque()
        before = 1 + self._dialect.separated  # Arrow counts lines before the records too

        def skip(row: Any) -> str:
            number = row.number - before
            skipped.append(number)
            wrong = f"has {row.actual_columns} values where the header has {row.expected_columns}"
            parted = self._dialect.quoted and QUOTE in row.text
            malformed(number, f"the record {wrong}{QUOTED if parted else ''}")
            return "skip"

        try:
            row = 0
            held: pa.Table | None = None
            with self._stream() as stream:
                for batch in self._batches(stream, columns, skip):
                    numbers = _without(row, len(batch), skipped)
                    row = int(numbers[-1])
                    if held is not None:
                        yield from _sliced(held)
                    found = {name: batch[raw] for name, raw in columns.items()}
                    held = pa.table({"row": pa.array(numbers, pa.int64()), **found})
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self._unreadable(error) from None
        yield from _sliced(self._without_end(held, columns, max([row, *skipped])))

    def _batches(
        self, stream: Any, columns: dict[str, str], skip: Callable[[Any], str]
    ) -> Iterator[pa.RecordBatch]:
        dialect = self._dialect
        reader = pa_csv.open_csv(
            stream,
            # Only one thread knows the numbers of the rows it skips.
            pa_csv.ReadOptions(
                use_threads=False, block_size=BLOCK, skip_rows=int(dialect.separated)
            ),
            pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=QUOTE if dialect.quoted else False,
                escape_char="\\" if dialect.escaped else False,
                newlines_in_values=dialect.quoted,
                invalid_row_handler=skip,
            ),
            pa_csv.ConvertOptions(
                column_types={raw: pa.binary() for raw in columns.values()},
                include_columns=sorted(set(columns.values())),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        for batch in reader:
            if len(batch):
                yield batch

    def _stream(self) -> Any:
        """The file, with one record more: where that does not arrive, a quote was not closed."""
        dialect = self._dialect
        end = "\n" + dialect.delimiter.join([END] * len(dialect.names)) + "\n"
        return opened(self.file, self._told_encoding, end, dialect.escaped)

    def _without_end(self, last: pa.Table | None, columns: dict[str, str], row: int) -> pa.Table:
        if last is not None:
            values = [last[name][-1].as_py() for name in columns]
            if all(value == END.encode() for value in values):
                return last.slice(0, len(last) - 1)
        raise InputError(
            f"{self.file}: a quote that opens in record {row} is not closed: all that follows is"
            " part of it"
            "\nClose it, or double a quote that is part of a value."
        )

    @cached_property
    def _told_encoding(self) -> str:
        """What the bytes tell, else what a person says."""
        try:
            with pa.input_stream(self.file, compression="detect") as stream:
                return encoding_of(stream, self.encoding)
        except OSError as error:
            raise self._unreadable(error) from None

    @cached_property
    def _dialect(self) -> Dialect:
        with pa.input_stream(self.file, compression="detect") as stream:
            try:
                start = bytes(stream.read(2**20))
            except OSError as error:
                raise self._unreadable(error) from None
        text = start.decode(self._told_encoding, errors="replace").removeprefix("\ufeff")
        try:
            return dialect_of(self.file, text, self._told_encoding)
        except csv.Error as error:
            raise self._unreadable(error) from None


def _without(last: int, count: int, skipped: deque[int]) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """The numbers of the next `count` records behind `last`, of which some were skipped."""
    pieces = []
    while count:
        while skipped and skipped[0] <= last + 1:
            last = max(last, skipped.popleft())
        length = min(skipped[0] - last - 1, count) if skipped else count
        pieces.append(np.arange(last + 1, last + 1 + length))
        last, count = last + length, count - length
    return np.concatenate(pieces)


def _sliced(table: pa.Table) -> Iterator[pa.Table]:
    """At most `BATCH_ROWS` records at a time, and once where there are none."""
    for start in range(0, max(len(table), 1), BATCH_ROWS):
        yield table.slice(start, BATCH_ROWS)
