"""Raw records become canonical ones, some at a time; what does not fit is told with the reason."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from mmga.sources.loading.intake import KEYS
from mmga.sources.source import Batch, Record, Unusable
from mmga.sources.tables.columns import Clock, Converter, count, identifier, is_rounded, text
from mmga.sources.tables.mapping import REQUIRED, Mapping
from mmga.sources.tables.nulls import Nulls, as_bytes
from mmga.sources.tables.raw import Part, RawTable
from mmga.sources.tables.stream import BROKEN

TIMES = ("created_at", "followed_at")

ID: tuple[Converter, str] = (identifier, "id (it is blank, a fraction, or has a NUL byte)")

CONVERTERS: dict[str, tuple[Converter, str]] = {
    **dict.fromkeys(["user_id", "post_id", "follower_id", "followee_id", "image_id"], ID),
    **dict.fromkeys(
        ["topic", "bio", "caption", "tags", "kind", "file"], (text, "text (it has a NUL byte)")
    ),
    "position": (count, "whole number from 0"),
}
"""How a column is converted, and what a value that does not convert is not; see also `NO_UTF8`."""

NO_UTF8 = "is no UTF-8"
ENCODING = ": name its encoding with --encoding; files in UTF-8 stay so"

ROUNDED = "is a rounded number (as 1.23E+17): export the ids as text"

MUST = {"images": ("file", "position")}
"""Columns of which each record needs a value where the raw table has the column."""


class Reader:
    """Reads one raw table with a mapping of its columns."""

    def __init__(
        self,
        name: str,
        raw: RawTable,
        mapping: Mapping,
        clocks: Callable[[], dict[str, Clock]],
        pointed: Callable[[], set[str]],
        nulls: Nulls,
        before: int = 0,
    ) -> None:
        """Say what is read, and how.

        Args:
            name: Of the canonical table.
            raw: The table, or one of its files.
            mapping: What a person said of its columns.
            clocks: How the times of each column are written; see `clocks_of`.
            pointed: Which columns of ids are written with a point; see `pointed_of`.
            nulls: What stands for no value.
            before: How many records the files before it have, by which pictures in a column are
                counted.
        """
        self.name = name
        self.raw = raw
        self.clocks = clocks
        self.pointed = pointed
        self.nulls = nulls
        self.before = before
        self.columns = mapping.of(name, raw.columns, raw.file)
        self.constants = mapping.constants_of(name)
        if "bytes" in self.columns:  # they are read later, one by one
            del self.columns["bytes"]

    @property
    def ids(self) -> dict[str, str]:
        """The columns of ids, and what they are called in the file."""
        return {c: raw for c, raw in self.columns.items() if CONVERTERS.get(c) == ID}

    def converted(self, records: pa.Table, column: str) -> pa.ChunkedArray:
        """The ids of a column of raw records."""
        return identifier(self.nulls.without(records[column]), self._place(column))

    def records(self, part: Part) -> Iterator[Record]:
        """The records of a part of the raw table, and those that cannot be used.

        Raises:
            InputError: If the table cannot be read, or a column is of a wrong kind.
        """
        faults: list[Unusable] = []

        def malformed(row: int, reason: str) -> None:
            faults.append(Unusable(self._where(row), self.name, "", reason))

        for table in self.raw.read(self.columns, malformed, part):
            yield from faults
            faults.clear()
            yield from self._converted(table)
        yield from faults

    def show(self, clocks: dict[str, Clock], seen: Callable[[int], object]) -> None:
        """Show the times of all records to the clock of their column; `seen` is told how many."""
        for column, value in self.constants.items():
            if column in TIMES:
                self._clock(clocks, column).see(_same(value, 1))
        columns = {column: raw for column, raw in self.columns.items() if column in TIMES}
        if columns:
            for part in self.raw.parts():
                for table in self.raw.read(columns, lambda *_: None, part):
                    for column in columns:
                        self._clock(clocks, column).see(self.nulls.without(table[column]))
                    seen(len(table))

    def _clock(self, clocks: dict[str, Clock], column: str) -> Clock:
        return clocks.setdefault(column, Clock(self._place(column)))

    def _converted(self, raw: pa.Table) -> Iterator[Record]:
        for column in self.columns:
            self.nulls.see(raw[column], f"{self.name}.{column}")
            given = self.nulls.without(raw[column])
            raw = raw.set_column(raw.column_names.index(column), column, given)
        for column, value in self.constants.items():
            raw = raw.append_column(column, _same(value, len(raw)))
        columns = {"row": raw["row"]}
        reason = pa.chunked_array([pa.nulls(len(raw), pa.string())])
        timeless: dict[str, pa.ChunkedArray] = {}
        for column in (*self.columns, *self.constants):
            columns[column], what = self._convert(column, raw[column])
            fit = pc.or_(pc.is_valid(columns[column]), _empty(raw[column]))
            if column in TIMES:
                timeless[column] = pc.invert(fit)
            else:
                if CONVERTERS[column] == ID:
                    whole = pc.invert(is_rounded(columns[column]))
                    reason = _first(reason, whole, f"{column} {ROUNDED}")
                if pc.all(fit).as_py() is False:
                    fault = f"{column} {NO_UTF8}{'' if self.raw.is_parquet else ENCODING}"
                    reason = _first(reason, _in_utf8(raw[column]), fault)
                reason = _first(reason, fit, f"{column} is no {what}")
        for column in (*REQUIRED[self.name], *MUST.get(self.name, ())):
            if column in columns:
                reason = _first(reason, pc.is_valid(columns[column]), f"{column} is missing")
        good = pc.is_null(reason)
        table = pa.table({**columns, "reason": reason})
        yield from self._told(table.filter(pc.invert(good)), self.name)
        for column, lost in timeless.items():
            # A record without its time is worth keeping; that it had one is told all the same.
            told = table.filter(pc.and_(good, lost))
            said = _same(f"{column} is no time: it is left empty", len(told))
            told = told.set_column(told.column_names.index("reason"), "reason", said)
            yield from self._told(told, f"{self.name}.{column}")
        yield Batch(self.name, self._finished(table.filter(good)))

    def _convert(self, column: str, values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str]:
        if column in TIMES:
            return self._clock(self.clocks(), column).moment(values), "time"
        convert, what = CONVERTERS[column]
        found = convert(values, self._place(column))
        if CONVERTERS[column] == ID and column in self.pointed():
            found = pc.replace_substring_regex(found, r"\.0$", "")
        return found, what

    def _told(self, bad: pa.Table, of: str) -> Iterator[Record]:
        """Records that cannot be used, or of which a column cannot (`posts.created_at`)."""
        if not len(bad):
            return
        keys = [
            pc.fill_null(bad[key], "")
            for key in ("file" if key == "place" else key for key in KEYS[self.name])
            if key in bad.column_names
        ]
        yield Batch(
            "unusable",
            pa.table(
                {
                    "where": self._wheres(bad["row"]),
                    "table": _same(of, len(bad)),
                    "record": pc.utf8_trim_whitespace(pc.binary_join_element_wise(*keys, " ")),
                    "reason": bad["reason"],
                }
            ),
        )

    def _finished(self, records: pa.Table) -> pa.Table:
        columns = {name: records[name] for name in records.column_names}
        columns["where"] = self._wheres(columns["row"])
        if self.name == "images":
            columns["place"] = columns.get(
                "file", pc.add(columns["row"], self.before).cast(pa.string())
            )
        if "tags" in columns:
            nothing = pa.nulls(len(records), pa.string())
            columns["caption"] = with_tags(columns.get("caption", nothing), columns["tags"])
        return pa.table(columns)

    def _wheres(self, rows: pa.ChunkedArray) -> pa.ChunkedArray:
        file = self.raw.name.encode(errors="replace").decode()
        return pc.binary_join_element_wise(f"{file} record", rows.cast(pa.string()), " ")

    def _where(self, row: int) -> str:
        return f"{self.raw.name} record {row}"

    def _place(self, column: str) -> str:
        if column in self.constants:
            return f"--set {self.name}.{column}"
        place = self.raw.folder or self.raw.file
        return f"{place}: column {self.columns[column]!r} ({self.name}.{column})"


def with_tags(caption: pa.ChunkedArray, tags: pa.ChunkedArray) -> pa.ChunkedArray:
    """Captions with tags (`a|b`) appended as hashtags."""
    words = pc.replace_substring_regex(tags, r"[^\S|]+", "")
    words = pc.replace_substring_regex(words, r"^\|+|\|+$", "")
    hashtags = pc.replace_substring_regex(words, r"\|+", " #")
    hashtags = pc.if_else(
        pc.not_equal(words, ""), pc.binary_join_element_wise("#", hashtags, ""), None
    )
    # `null_handling="skip"` loses the rows in which both are missing (pyarrow 25).
    both = pc.binary_join_element_wise(caption, hashtags, " ")
    return pc.coalesce(both, caption, hashtags)


def _first(reason: pa.ChunkedArray, fit: pa.ChunkedArray, fault: str) -> pa.ChunkedArray:
    """The reasons so far; `fault` where there is none yet and a value does not fit."""
    if pc.all(fit).as_py() is not False:
        return reason
    return pc.if_else(pc.and_(pc.is_null(reason), pc.invert(fit)), fault, reason)


def _in_utf8(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether each value is UTF-8, as far as it is bytes."""
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return pa.chunked_array([pa.array([True] * len(column), pa.bool_())])
    found = [value is None or _decodes(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(found, pa.bool_())])


def _decodes(value: bytes) -> bool:
    try:
        return BROKEN not in value.decode()
    except UnicodeDecodeError:
        return False


def _same(value: str, count: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([value] * count, pa.string())])


def _empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    found = as_bytes(column)
    if found is None:
        return pc.is_null(column)
    return pc.fill_null(pc.equal(pc.binary_length(found), 0), True)
