"""A raw table: a file whose columns are called whatever its maker called them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from mmga.errors import InputError
from mmga.sources.parquet import BATCH_ROWS

PART_ROWS = 2**20
"""Records of Parquet after which another part begins."""

Malformed = Callable[[int, str], None]
"""Is told the number of a record that is no row of its table, and why."""


@dataclass(frozen=True)
class Part:
    """A piece of a raw table."""

    first: int
    """The number of its first record, from 1."""
    groups: tuple[int, ...]
    """Row groups of Parquet; none: all there is."""


@dataclass(frozen=True)
class RawTable(ABC):
    """A table as a data team has it."""

    file: Path
    folder: Path | None
    """Which holds the table, where that is in many files, of which this is one."""
    is_parquet: ClassVar[bool]

    @property
    def name(self) -> str:
        """What the file is called in the list of what was dropped."""
        return str(self.file.relative_to(self.folder.parent) if self.folder else self.file.name)

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """The names in the header.

        Raises:
            InputError: If there is no readable header.
        """

    @abstractmethod
    def parts(self, rows: int = PART_ROWS) -> list[Part]:
        """Pieces that can be read by themselves: row groups of Parquet, a CSV as one.

        Args:
            rows: So many records, or a row group more, are a piece.
        """

    def read(
        self, columns: dict[str, str], malformed: Malformed, part: Part, rows: int = BATCH_ROWS
    ) -> Iterator[pa.Table]:
        """The wanted columns, some records at a time, so that memory stays flat.

        Args:
            columns: The name wanted -> the name in the header.
            malformed: Called with each record that is no row of this table.
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
        yield from self._read(columns, malformed, part, rows)

    @abstractmethod
    def _read(
        self, columns: dict[str, str], malformed: Malformed, part: Part, rows: int
    ) -> Iterator[pa.Table]: ...

    def _unreadable(self, error: Exception) -> InputError:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return InputError(
            f"{self.file} cannot be read as {'Parquet' if self.is_parquet else 'CSV'}: {said}"
            "\nIt may be truncated or in another encoding (--encoding)."
        )
