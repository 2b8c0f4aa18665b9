"""Staged records into the canonical tables, in their order; what is dropped is listed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from mmga.progress import counter
from mmga.sources.identities.forgotten import REASON
from mmga.sources.loading.images import DROPPED
from mmga.sources.loading.intake import KEYS
from mmga.sources.loading.related import Related, Verdicts
from mmga.sources.loading.staged import Segments
from mmga.tables import TABLES

COLUMNS = pa.schema([(name, pa.string()) for name in ("table", "where", "record", "reason")])
"""The list of what was dropped: the table, where the record was read, its key, and why."""

STEP = 1024
GROUP_ROWS = 64 * STEP
GROUP_BYTES = 32 * 2**20
"""A row group is full at so many records or bytes, wherever segments begin: so that an import that
was interrupted writes the same bytes as one that was not."""


class DroppedList:
    """Writes dropped records into a CSV file and counts them by table and reason.

    Use it as a context manager; there is no file where nothing was dropped.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.counts: dict[str, Counter[str]] = {}
        self._writer: Any = None

    def __enter__(self) -> "DroppedList":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, records: pa.Table) -> None:
        """Records with the columns of `COLUMNS`."""
        if not len(records):
            return
        alike = records.group_by(["table", "reason"]).aggregate([([], "count_all")])
        for found in alike.to_pylist():
            counts = self.counts.setdefault(found["table"], Counter())
            counts[found["reason"]] += found["count_all"]
        if self._writer is None:
            self._writer = pa_csv.CSVWriter(self.file, COLUMNS)
        known = pc.not_equal(records["reason"], REASON)  # whoever was forgotten is not named here
        at = records.column_names.index("record")
        records = records.set_column(at, "record", pc.if_else(known, records["record"], ""))
        self._writer.write_table(records.select(COLUMNS.names))


def write_records(
    table: str, segments: Segments, related: Related, file: Path, dropped: DroppedList
) -> int:
    """Write the records of `users`, `posts` or `follows` that are kept, list the others.

    Returns:
        How many were written; where there are none there is no file.
    """
    list_unusable(table, segments, dropped)
    kept = _kept(table, segments, related.dropped(table), dropped)
    if table == "users":
        kept = _chained(kept, _others(related.others))
    return _write_table(kept, TABLES[table], file)


def list_pictures(
    segments: Segments,
    related: Related,
    undecodable: Iterable[pa.Table],
    dropped: DroppedList,
    *,
    private: bool,
) -> None:
    """List the pictures that are not written.

    Args:
        segments: The staged records.
        related: What was found out about them.
        undecodable: Those that could not be used, in order: n, reason.
        dropped: The list.
        private: Whether their places must not be told.
    """
    list_unusable("images", segments, dropped)
    verdicts = related.dropped("images")
    faults = Verdicts(undecodable)
    for records in _staged("images", segments, "listing pictures"):
        last = records["n"][-1].as_py()
        told = pa.concat_tables(
            [found.upto(last).select(DROPPED.names).cast(DROPPED) for found in (verdicts, faults)]
        )
        dropped.add(_listed("images", records, told, private))


def list_unusable(table: str, segments: Segments, dropped: DroppedList) -> None:
    """List the records of a table that could not be used, and values of it that could not."""
    for records in segments.read("unusable"):
        values = pc.starts_with(records["table"], f"{table}.")
        dropped.add(records.filter(pc.or_(pc.equal(records["table"], table), values)))


def write_empty(table: str, file: Path) -> None:
    """A table without a record."""
    pq.write_table(TABLES[table].empty_table(), file, compression="zstd")


def _staged(table: str, segments: Segments, what: str) -> Iterator[pa.Table]:
    """The staged records of a table, with a bar called `what`."""
    with counter(what, "records", segments.count(table)) as bar:
        for records in segments.read(table):
            yield records
            bar.update(len(records))
            pa.default_memory_pool().release_unused()  # which the pool would keep


def _kept(
    table: str, segments: Segments, verdicts: Verdicts, dropped: DroppedList
) -> Iterator[pa.Table]:
    for records in _staged(table, segments, f"writing {table}"):
        found = verdicts.upto(records["n"][-1].as_py())
        if len(found):
            dropped.add(_listed(table, records, found.filter(found["listed"]), False))
            records = records.filter(pc.invert(pc.is_in(records["n"], found["n"])))
        yield records.select(TABLES[table].names)


def _listed(table: str, records: pa.Table, told: pa.Table, private: bool) -> pa.Table:
    """The records that are told of, as the list of what was dropped has them."""
    position = pc.index_in(records["n"], told["n"])
    bad = records.filter(pc.is_valid(position))
    keys = [bad[key] for key in KEYS[table] if not (private and key == "place")]
    return pa.table(
        {
            "table": pa.array([table] * len(bad), pa.string()),
            "where": bad["where"],
            "record": pc.binary_join_element_wise(*keys, " "),
            "reason": told["reason"].take(pc.drop_null(position)),
        }
    )


def _others(file: Path) -> Iterator[pa.Table]:
    """Users who are only referred to: nothing is known of them but the id."""
    with pq.ParquetFile(file) as stream:
        for batch in stream.iter_batches(STEP, use_threads=False):
            nothing = pa.nulls(len(batch), pa.string())
            columns = [batch["user_id"], nothing, nothing]
            yield pa.table(columns, schema=TABLES["users"])


def _chained(*tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    for some in tables:
        yield from some


def _write_table(tables: Iterable[pa.Table], schema: pa.Schema, file: Path) -> int:
    written = 0
    writer: Any = None
    try:
        for group in _grouped(tables):
            writer = writer or pq.ParquetWriter(file, schema, compression="zstd")
            writer.write_table(group.cast(schema).combine_chunks(), row_group_size=GROUP_ROWS)
            written += len(group)
    finally:
        if writer is not None:
            writer.close()
    return written


def _grouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same records in row groups, cut by their number and size alone."""
    held: list[pa.Table] = []
    rows = size = 0
    for step in _stepped(tables):
        held.append(step)
        rows, size = rows + len(step), size + _characters(step)
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
            yield pa.concat_tables(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.concat_tables(held)


def _stepped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same records, `STEP` at a time."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        while len(table):
            part = table.slice(0, STEP - rows)
            table = table.slice(len(part))
            held.append(part)
            rows += len(part)
            if rows == STEP:
                yield pa.concat_tables(held)
                held, rows = [], 0
    if rows:
        yield pa.concat_tables(held)


def _characters(table: pa.Table) -> int:
    texts = [column for column in table.columns if pa.types.is_string(column.type)]
    return sum(pc.sum(pc.binary_length(text)).as_py() or 0 for text in texts)
