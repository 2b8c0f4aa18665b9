"""The list of what an import left out, and why."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

COLUMNS = pa.schema(
    [
        ("table", pa.string()),
        ("row", pa.int64()),
        ("record", pa.string()),
        ("reason", pa.string()),
    ]
)
"""The table, the record's number in its file (from 1, the header apart), its key, and why."""

KEYS = {
    "users": ("user_id",),
    "posts": ("post_id",),
    "images": ("post_id", "file"),
    "follows": ("follower_id", "followee_id"),
}


class Dropped:
    """Writes dropped records into a CSV file and counts them by table and reason.

    Use it as a context manager; there is no file where nothing was dropped.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.counts: dict[str, Counter[str]] = {}
        self._writer: Any = None

    def __enter__(self) -> "Dropped":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, table: str, rows: pa.Array, records: pa.Array, reason: str) -> None:
        """Records of one table that are left out for one reason; their numbers and their keys."""
        if not len(rows):
            return
        self.counts.setdefault(table, Counter())[reason] += len(rows)
        if self._writer is None:
            self._writer = pa_csv.CSVWriter(self.file, COLUMNS)
        same = [pa.array([text] * len(rows), pa.string()) for text in (table, reason)]
        self._writer.write_table(pa.table([same[0], rows, records, same[1]], schema=COLUMNS))

    def add_one(self, table: str, row: int, record: str, reason: str) -> None:
        """One record."""
        self.add(table, pa.array([row], pa.int64()), pa.array([record], pa.string()), reason)


class Records:
    """Records of one table under inspection: some are dropped, the others stay in order."""

    def __init__(self, name: str, table: pa.Table, dropped: Dropped) -> None:
        """Args are the table's name, its canonical columns and `row`, and where to list."""
        self.name = name
        self.table = table
        self.dropped = dropped

    def keep(self, good: pa.Array | pa.ChunkedArray, reason: str) -> None:
        """Keep the records for which `good` is true and list the others under `reason`."""
        good = pc.fill_null(good, False)
        if pc.all(good).as_py() is not False:
            return
        bad = self.table.filter(pc.invert(good))
        self.dropped.add(self.name, bad["row"], _keys(self.name, bad), reason)
        self.table = self.table.filter(good)

    def keep_first(self, columns: list[str]) -> None:
        """Keep the first of the records that agree in `columns`."""
        again = self.table.select(columns).to_pandas().duplicated()
        self.keep(pa.array(~again), f"the {' and '.join(columns)} came before")


def _keys(name: str, table: pa.Table) -> pa.ChunkedArray:
    keys = [pc.fill_null(table[key], "") for key in KEYS[name] if key in table.column_names]
    return pc.binary_join_element_wise(*keys, " ")
