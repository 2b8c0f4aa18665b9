"""A raw table: a CSV or Parquet file whose columns are called whatever its maker called them."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from mmga.errors import InputError

BLOCK = 32 * 2**20
"""Bytes of CSV parsed at once; one record must fit."""

WIDE_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class RawTable:
    """A table as a data team has it.

    The content decides the format, not the file's name: Parquet, or CSV with a header, separated by
    commas, semicolons or tabs, plain or compressed (gzip, bz2, zstd by its suffix).
    """

    file: Path
    encoding: str = "utf-8"

    @cached_property
    def is_parquet(self) -> bool:
        """Whether the file starts as Parquet does.

        Raises:
            InputError: If it is missing, no file, unreadable or empty.
        """
        try:
            with self.file.open("rb") as stream:
                start = stream.read(4)
        except OSError as error:
            raise InputError(f"{self.file} cannot be read: {error.strerror}") from None
        if not start:
            raise InputError(f"{self.file} is empty: a table has at least a header")
        return start == b"PAR1"

    @cached_property
    def columns(self) -> list[str]:
        """The names in the header.

        Raises:
            InputError: If there is no readable header.
        """
        if self.is_parquet:
            with self._parquet() as file:
                return list(file.schema_arrow.names)
        return self._header[0]

    def read(
        self, columns: dict[str, str], malformed: Callable[[int, str], None], rows: int
    ) -> tuple[int, Iterator[pa.Table]]:
        """How many records there are, and the wanted columns, some records at a time.

        Args:
            columns: The name wanted -> the name in the header.
            malformed: Called with the number of a record that is no row of this table, and why.
            rows: At most so many records at a time; memory stays flat on Parquet.

        Returns:
            The count, and one table or more of the wanted columns and `row`, the number from 1.
            CSV values are binary, an empty one null; Parquet values have the types they have.

        Raises:
            InputError: If the file cannot be parsed, or a wanted column appears twice.
        """
        for raw in columns.values():
            if self.columns.count(raw) > 1:
                raise InputError(f"{self.file}: two columns are called {raw!r}; rename one of them")
        if self.is_parquet:
            return self._read_parquet(columns, rows)
        return self._read_csv(columns, malformed, rows)

    def _read_parquet(self, columns: dict[str, str], rows: int) -> tuple[int, Iterator[pa.Table]]:
        with self._parquet() as file:
            total = file.metadata.num_rows

        def batches() -> Iterator[pa.Table]:
            first = 1
            wanted = sorted(set(columns.values()))
            with self._parquet() as file:
                try:
                    empty = [file.read(columns=wanted)] if not total else []
                    for batch in empty or file.iter_batches(batch_size=rows, columns=wanted):
                        found = {name: batch[raw] for name, raw in columns.items()}
                        numbers = pa.array(range(first, first + len(batch)), pa.int64())
                        yield pa.table({"row": numbers, **found})
                        first += len(batch)
                except (pa.ArrowException, OSError) as error:
                    raise self._unreadable("Parquet", error) from None

        return total, batches()

    def _parquet(self) -> Any:
        try:
            return pq.ParquetFile(self.file)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable("Parquet", error) from None

    def _read_csv(
        self, columns: dict[str, str], malformed: Callable[[int, str], None], rows: int
    ) -> tuple[int, Iterator[pa.Table]]:
        skipped: set[int] = set()

        def skip(row: Any) -> str:
            skipped.add(row.number - 1)  # the header is its row 1
            wrong = f"has {row.actual_columns} values where the header has {row.expected_columns}"
            malformed(row.number - 1, f"the record {wrong}")
            return "skip"

        try:
            table = pa_csv.read_csv(
                self.file,
                # Only one thread knows the numbers of the rows it skips.
                pa_csv.ReadOptions(use_threads=False, block_size=BLOCK, encoding=self.encoding),
                pa_csv.ParseOptions(
                    delimiter=self._header[1], newlines_in_values=True, invalid_row_handler=skip
                ),
                pa_csv.ConvertOptions(
                    column_types={raw: pa.binary() for raw in columns.values()},
                    include_columns=sorted(set(columns.values())),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self._unreadable("CSV", error) from None
        numbers = [n for n in range(1, len(table) + len(skipped) + 1) if n not in skipped]
        found = {name: table[raw] for name, raw in columns.items()}
        whole = pa.table({"row": pa.array(numbers, pa.int64()), **found})
        starts = range(0, max(len(whole), 1), rows)
        return len(numbers) + len(skipped), (whole.slice(start, rows) for start in starts)

    @cached_property
    def _header(self) -> tuple[list[str], str]:
        with pa.input_stream(self.file, compression="detect") as stream:
            try:
                start = bytes(stream.read(2**20))
            except OSError as error:
                raise self._unreadable("CSV", error) from None
        wide = WIDE_ENCODINGS.get(start[:2])
        if wide and self.encoding == "utf-8":
            raise InputError(f"{self.file} is not UTF-8 but {wide}; add --encoding {wide}")
        encoding = "utf-8-sig" if self.encoding.lower() in ("utf-8", "utf8") else self.encoding
        try:
            text = start.decode(encoding, errors="replace")
        except LookupError:
            raise InputError(f"no encoding is called {self.encoding!r}; try gb18030") from None
        first = text.lstrip("\r\n").partition("\n")[0]
        if not first.strip():
            raise InputError(f"{self.file} has no header: its first line must name the columns")
        if "\ufffd" in first or not first.strip("\r").replace("\t", "").isprintable():
            raise InputError(
                f"{self.file} is no table: its first line is no text in {self.encoding}"
                "\nGive CSV or Parquet, or name the encoding with --encoding."
            )
        delimiter = max(",;\t", key=first.count)
        names = next(csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=delimiter))
        return names, delimiter

    def _unreadable(self, kind: str, error: Exception) -> InputError:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return InputError(
            f"{self.file} cannot be read as {kind}: {said}"
            "\nIt may be truncated or in another encoding (--encoding)."
        )
