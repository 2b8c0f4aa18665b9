"""The files of a table: one, or all that a folder holds, in CSV or Parquet."""

from pathlib import Path

import pyarrow as pa

from mmga.errors import InputError, unreadable
from mmga.sources.folders import files_in, folders_below
from mmga.sources.tables.csv_table import CsvTable
from mmga.sources.tables.parquet_table import ParquetTable
from mmga.sources.tables.raw import RawTable


def raw_tables(path: Path, encoding: str) -> list[RawTable]:
    """The files of a table: one, or all that a folder holds, in the order of their names.

    Engines that write a table into many files (Spark, BigQuery) put others beside them, which begin
    with a dot or an underscore (`_SUCCESS`), and files that hold nothing: these are passed over.

    Raises:
        InputError: If a folder holds none.
    """
    if not path.is_dir():
        return [raw_table(path, encoding)]
    files = [
        Path(file.path)
        for folder in folders_below(path, _is_engines)
        for file in files_in(path / folder)
        if not _is_engines(file.name) and not _holds_nothing(Path(file.path))
    ]
    if not files:
        raise InputError(f"{path} holds no file of a table; give CSV or Parquet")
    return [raw_table(file, encoding, path) for file in files]


def raw_table(file: Path, encoding: str = "utf-8", folder: Path | None = None) -> RawTable:
    """A file of a table; its content decides the format, not its name.

    Args:
        file: Parquet or CSV.
        encoding: Of a CSV whose bytes do not tell it.
        folder: Which holds the table, if it is one of many files.

    Raises:
        InputError: If it is missing, no file, unreadable or empty.
    """
    try:
        str(file).encode()
    except UnicodeEncodeError:
        raise InputError(f"{str(file)!a}: the name is no UTF-8; rename it") from None
    try:
        # A pipe or a device may have no end, and a table is read more than once.
        if not file.is_file() and not file.is_dir() and file.exists():
            raise InputError(f"{file} is no ordinary file; write the table into one")
        with file.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise unreadable(file, error) from None
    if not start:
        raise InputError(f"{file} is empty: a table has at least a header")
    return ParquetTable(file, folder) if start == b"PAR1" else CsvTable(file, folder, encoding)


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
