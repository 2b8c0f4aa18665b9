"""Tables that do not fit in memory, related by DuckDB in parts that do."""

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import duckdb
import pyarrow as pa

IN_PARTS = re.compile(r"PART\((\w+)\)")


@dataclass(frozen=True)
class Effort:
    """How much is held in memory at once."""

    memory: str
    threads: int
    part_rows: int
    """Records without a text that are grouped or joined at once."""
    part_texts: int
    """Records that are known by a text and grouped or joined at once."""


EFFORTS = (
    Effort("128MB", min(cpu_count() or 1, 4), 3_000_000, 750_000),
    Effort("350MB", 1, 2_000_000, 500_000),
    Effort("800MB", 1, 1_000_000, 250_000),
)
"""Tried in turn where DuckDB cannot do with the memory; Python and Arrow need 300 MB beside it."""


class OutOfCore:
    """A database in a folder, which may fill the disk but not the memory. A context manager."""

    def __init__(
        self, folder: Path, effort: Effort, done: Callable[[], object] = lambda: None
    ) -> None:
        """Args are an empty folder, how much may be held, and what is called after each query."""
        self.effort = effort
        self._done = done
        self._opened = ExitStack()
        if set("?*[") & set(str(folder)):  # DuckDB takes them for more than signs in a name
            folder = Path(self._opened.enter_context(TemporaryDirectory(prefix="mmga-")))
        self._database = duckdb.connect(
            str(folder / "relate.duckdb"),
            config={
                "memory_limit": effort.memory,
                "threads": effort.threads,
                "temp_directory": str(folder / "spilled"),
                "preserve_insertion_order": False,
                # Nothing is fetched from a network.
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self.run("SET enable_progress_bar = false")

    def __enter__(self) -> "OutOfCore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._opened.close()

    def view(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        """Call the Parquet files `name`; without any it is a table without records."""
        if files:
            listed = ", ".join(f"'{_pattern(file)}'" for file in files)
            self.run(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")
            return
        self._database.register(f"no_{name}", schema.empty_table())
        self.run(f"CREATE VIEW {name} AS SELECT * FROM no_{name}")

    def make(self, table: str, query: str, *, rows: int = 0, texts: int = 0) -> None:
        """Make a table of the answers to a query, in parts.

        DuckDB takes what it groups and joins to disk, but fails where there is very much of it. So
        each table that takes part is divided by its key: `PART(key)` is true of one part of them.

        Args:
            table: Its name.
            query: With `PART(key)` for every table that is grouped or joined.
            rows: How many records are grouped or joined by numbers.
            texts: How many are by texts.
        """
        parts = max(rows // self.effort.part_rows, texts // self.effort.part_texts) + 1
        for part in range(parts):
            chosen = f"(hash(\\1) % {parts} = {part})" if parts > 1 else "true"
            how = f"INSERT INTO {table}" if part else f"CREATE TABLE {table} AS"
            self.run(f"{how} {IN_PARTS.sub(chosen, query)}")

    def drop(self, *tables: str) -> None:
        """Give back the room of tables."""
        for table in tables:
            self.run(f"DROP TABLE {table}")

    def run(self, statement: str) -> None:
        """Do something without an answer."""
        self._answer(statement)

    def ask(self, query: str) -> list[tuple[str | int, ...]]:
        """A short answer."""
        return self._answer(query).fetchall()

    def count(self, table: str) -> int:
        """How many records there are."""
        return int(self.ask(f"SELECT count(*) FROM {table}")[0][0])

    def _answer(self, query: str) -> duckdb.DuckDBPyConnection:
        try:
            answer = self._database.execute(query)
        except RuntimeError as error:
            if "interrupted" not in str(error):
                raise
            raise KeyboardInterrupt from None  # as DuckDB tells of Ctrl-C
        self._done()
        return answer

    def write(self, query: str, file: Path) -> None:
        """Write the answers to a query into a Parquet file."""
        to = str(file).replace("'", "''")
        self.run(f"COPY ({query}) TO '{to}' (FORMAT parquet, COMPRESSION zstd)")


def _pattern(path: Path) -> str:
    """A path as SQL takes it, in which `*`, `?` and `[` stand for themselves."""
    text = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
    return text.replace("'", "''")
