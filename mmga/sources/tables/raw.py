"""A raw table: a CSV or Parquet file whose columns are called whatever its maker called them."""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from mmga.errors import InputError
from mmga.sources.encodings import encoding_of
from mmga.sources.folders import files_in, folders_below
from mmga.sources.tables.stream import opened

BLOCK = 8 * 2**20
"""Bytes of CSV parsed at once, for which Arrow takes some forty times the memory; one record must
fit."""

PART_ROWS = 2**20
"""Records of Parquet after which another part begins."""

BATCH_BYTES = 8 * 2**20
BATCH_ROWS = 2**13
"""At most so much of Parquet, and so many records of a CSV, are handed on at once."""

END = "mmga:end"

SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*(?:\r?\n|\r)', re.IGNORECASE)
"""The line that Excel wants before the header, where the separator is not that of the country."""


@dataclass(frozen=True)
class Part:
    """A piece of a raw table."""

    first: int
    """The number of its first record, from 1."""
    groups: tuple[int, ...]
    """Row groups of Parquet; none: all there is."""


def raw_tables(path: Path, encoding: str) -> list["RawTable"]:
    """The files of a table: one, or all that a folder holds, in the order of their names.

    Engines that write a table into many files (Spark, BigQuery) put others beside them, which begin
    with a dot or an underscore (`_SUCCESS`), and files that hold nothing: these are passed over.

    Raises:
        InputError: If a folder holds none.
    """
    if not path.is_dir():
        return [RawTable(path, encoding)]
    files = [
        Path(file.path)
        for folder in folders_below(path, _is_engines)
        for file in files_in(path / folder)
        if not _is_engines(file.name) and not _holds_nothing(Path(file.path))
    ]
    if not files:
        raise InputError(f"{path} holds no file of a table; give CSV or Parquet")
    return [RawTable(file, encoding, path) for file in files]


def _is_engines(name: str) -> bool:
    """Whether an engine hides a file or a folder of a name; `_day=1` is a value of a column."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _holds_nothing(file: Path) -> bool:
    """Whether a file is empty, packed or not; what cannot be read is told by who reads it."""
    try:
        if not file.is_file() or file.stat().st_size == 0:
            return file.is_file()
        with pa.input_stream(file, compression="detect") as stream:
            return not stream.read(1)
    except (OSError, ValueError, pa.ArrowException):
        return False


@dataclass(frozen=True)
class RawTable:
    """A table as a data team has it.

    The content decides the format, not the file's name: Parquet, or CSV with a header, separated by
    commas, semicolons or tabs, plain or compressed (gzip, bz2, zstd by its suffix).
    """

    file: Path
    encoding: str = "utf-8"
    """Of a CSV whose bytes do not tell it; see `mmga.sources.encodings`."""
    folder: Path | None = None
    """Which holds the table, where that is in many files, of which this is one."""

    @property
    def name(self) -> str:
        """What the file is called in the list of what was dropped."""
        return str(self.file.relative_to(self.folder.parent) if self.folder else self.file.name)

    @cached_property
    def is_parquet(self) -> bool:
        """Whether the file starts as Parquet does.

        Raises:
            InputError: If it is missing, no file, unreadable or empty.
        """
        try:
            str(self.file).encode()
        except UnicodeEncodeError:
            raise InputError(f"{str(self.file)!a}: the name is no UTF-8; rename it") from None
        try:
            # A pipe or a device may have no end, and a table is read more than once.
            if not self.file.is_file() and not self.file.is_dir() and self.file.exists():
                raise InputError(f"{self.file} is no ordinary file; write the table into one")
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

    @property
    def rows(self) -> int:
        """How many records Parquet has."""
        with self._parquet() as file:
            return int(file.metadata.num_rows)

    def type_of(self, column: str) -> pa.DataType:
        """The type of a column of Parquet."""
        with self._parquet() as file:
            return file.schema_arrow.field(column).type

    def parts(self, rows: int = PART_ROWS) -> list["Part"]:
        """Pieces that can be read by themselves: row groups of Parquet, a CSV as one.

        Args:
            rows: So many records, or a row group more, are a piece.
        """
        if not self.is_parquet:
            return [Part(1, ())]
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

    def read(
        self,
        columns: dict[str, str],
        malformed: Callable[[int, str], None],
        part: "Part",
        rows: int = BATCH_ROWS,
    ) -> Iterator[pa.Table]:
        """The wanted columns, some records at a time, so that memory stays flat.

        Args:
            columns: The name wanted -> the name in the header.
            malformed: Called with the number of a record that is no row of this table, and why.
            part: One of `parts()`.
            rows: At most so many records of Parquet at a time.

        Yields:
            The wanted columns and `row`, the number from 1. CSV values are binary, an empty one
            null; Parquet values have the types they have.

        Raises:
            InputError: If the file cannot be parsed, or a wanted column appears twice.
        """
        for raw in columns.values():
            if self.columns.count(raw) > 1:
                raise InputError(f"{self.file}: two columns are called {raw!r}; rename one of them")
        if self.is_parquet:
            yield from self._read_parquet(columns, part, rows)
        else:
            yield from self._read_csv(columns, malformed)

    def _read_parquet(self, columns: dict[str, str], part: "Part", rows: int) -> Iterator[pa.Table]:
        first = part.first
        wanted = sorted(set(columns.values()))
        with self._parquet() as file:
            try:
                for batch in batches_of(file, wanted, part.groups, rows):
                    found = {name: batch[raw] for name, raw in columns.items()}
                    yield pa.table({"row": _numbers(first, len(batch)), **found})
                    first += len(batch)
            except (pa.ArrowException, OSError) as error:
                raise self._unreadable("Parquet", error) from None

    def _parquet(self) -> Any:
        try:
            return pq.ParquetFile(self.file, buffer_size=2**20, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable("Parquet", error) from None

    def _read_csv(
        self, columns: dict[str, str], malformed: Callable[[int, str], None]
    ) -> Iterator[pa.Table]:
        skipped: deque[int] = deque()
        before = 1 + self._header[2]  # Arrow counts lines before the records too

        def skip(row: Any) -> str:
            number = row.number - before
            skipped.append(number)
            wrong = f"has {row.actual_columns} values where the header has {row.expected_columns}"
            malformed(number, f"the record {wrong}")
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
            raise self._unreadable("CSV", error) from None
        yield from _sliced(self._without_end(held, columns, max([row, *skipped])))

    def _batches(
        self, stream: Any, columns: dict[str, str], skip: Callable[[Any], str]
    ) -> Iterator[pa.RecordBatch]:
        _, delimiter, separated = self._header
        reader = pa_csv.open_csv(
            stream,
            # Only one thread knows the numbers of the rows it skips.
            pa_csv.ReadOptions(use_threads=False, block_size=BLOCK, skip_rows=int(separated)),
            pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
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
        names, delimiter, _ = self._header
        end = "\n" + delimiter.join([END] * len(names)) + "\n"
        return opened(self.file, self._told_encoding, end)

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
            raise self._unreadable("CSV", error) from None

    @cached_property
    def _header(self) -> tuple[list[str], str, bool]:
        """The names, what separates them, and whether a line before them says so."""
        with pa.input_stream(self.file, compression="detect") as stream:
            try:
                start = bytes(stream.read(2**20))
            except OSError as error:
                raise self._unreadable("CSV", error) from None
        text = start.decode(self._told_encoding, errors="replace").removeprefix("\ufeff")
        said = SEPARATOR.match(text)
        text = text[said.end() :] if said else text
        first = text.lstrip("\r\n").partition("\n")[0]
        if not first.strip():
            raise InputError(f"{self.file} has no header: its first line must name the columns")
        if "\ufffd" in first or not first.strip("\r").replace("\t", "").isprintable():
            raise InputError(
                f"{self.file} is no table: its first line is no text in {self._told_encoding}"
                "\nGive CSV or Parquet, or name the encoding with --encoding."
            )
        delimiter = said[1] if said else max(",;\t", key=first.count)
        try:
            names = next(csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=delimiter))
        except csv.Error as error:
            raise self._unreadable("CSV", error) from None
        return names, delimiter, said is not None

    def _unreadable(self, kind: str, error: Exception) -> InputError:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return InputError(
            f"{self.file} cannot be read as {kind}: {said}"
            "\nIt may be truncated or in another encoding (--encoding)."
        )


def batches_of(
    file: Any,
    columns: list[str] | None = None,
    groups: Iterable[int] | None = None,
    most: int = BATCH_ROWS,
) -> Iterator[pa.RecordBatch]:
    """The records of an open Parquet file, at most `most` at a time, fewer where they are long."""
    rows = max(file.metadata.num_rows, 1)
    size = sum(
        file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups)
    )
    fitting = min(max(BATCH_BYTES * rows // max(size, 1), 16), most)
    chosen = list(groups) if groups is not None else list(range(file.num_row_groups))
    yield from file.iter_batches(fitting, chosen, columns, use_threads=False)


def _numbers(first: int, count: int) -> pa.Array:
    return pa.array(range(first, first + count), pa.int64())


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
