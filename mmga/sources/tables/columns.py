"""A raw column becomes a canonical one; what cannot become null, so that it can be dropped."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mmga.errors import InputError
from mmga.sources.tables.nulls import PERHAPS, in_full
from mmga.tables import TIMESTAMP

Converter = Callable[[pa.ChunkedArray, str], pa.ChunkedArray]
"""A raw column and how to call it in a message -> a canonical column, as long; null where null and
where a value cannot be what it should be."""

UNITS = {"s": 1e8, "ms": 1e11, "us": 1e14, "ns": 1e17}
"""A number counts in the last unit of which it has at least so many: from 1973 to 5138 these do not
overlap, and a year (2024) or a day (20240102) written as a number falls below all of them."""

EARLIEST, LATEST = -6.2e16, 2.5e17
"""Microseconds since 1970 of the years 5 and 9892: beyond, calendars differ or end."""

WAY_OUT = "\nGive ISO 8601 (2026-11-23T21:57:00Z) or seconds since 1970, or leave it unmapped."

ONE_VALUE = "\nWrite the value that is meant into a column of its own, or map another one."


def text(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Words as they are; null where empty, not UTF-8, or with a NUL byte (which databases refuse).

    Raises:
        InputError: If the column holds lists, structures or another thing that is no text.
    """
    column = in_full(column)
    if pa.types.is_nested(column.type):
        raise InputError(f"{where} must hold one text a record, got {column.type}{ONE_VALUE}")
    try:
        words = column.cast(pa.string())
    except pa.ArrowInvalid:
        words = pa.chunked_array([[_decoded(v) for v in column.to_pylist()]], pa.string())
    except pa.ArrowNotImplementedError:
        raise InputError(f"{where} must hold text, got {column.type}{ONE_VALUE}") from None
    usable = pc.and_(pc.not_equal(words, ""), pc.invert(pc.match_substring(words, "\0")))
    return pc.if_else(usable, words, None)


def identifier(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Ids as text without space around them.

    12.0, which 12 becomes beside an empty cell, is 12, as is the 12.00 of a decimal; the 16 bytes
    of a UUID are its usual text.
    """
    column = in_full(column)
    if pa.types.is_decimal(column.type):
        column = _mapped(column, _whole)
    if pa.types.is_floating(column.type):
        most = (
            2.0 ** {16: 11, 32: 24, 64: 53}[column.type.bit_width]
        )  # from there on some are rounded
        column = column.cast(pa.float64())
        exact = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), most))
        column = pc.if_else(exact, column, None).cast(pa.int64())
    if isinstance(column.type, pa.UuidType):
        column = _mapped(column.cast(pa.binary(16)), lambda value: str(UUID(bytes=value)))
    elif column.type == pa.binary(16):  # a UUID whose writer did not call it so, or text
        column = _mapped(column, _sixteen)
    words = pc.utf8_trim_whitespace(text(column, where))
    return pc.if_else(pc.not_equal(words, ""), words, None)


def is_rounded(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether ids are what is made of long numbers: others have the same.

    Spreadsheets write `1.23E+17`, Java and Spark `1.23E17`; a `1E17` may be hexadecimal.
    """
    shape = r"^\d([.,]\d+[Ee]\+?|[Ee]\+)\d{2,3}$"
    return pc.fill_null(pc.match_substring_regex(ids, shape), False)


def count(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Whole numbers from 0."""
    words: pd.Series[Any] = text(column, where).to_pandas()
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    return _column(
        numbers.where((numbers >= 0) & (numbers % 1 == 0) & (numbers < 2**31)), pa.int32()
    )


def moment(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Times of a column that is held whole; see `Clock`."""
    clock = Clock(where)
    clock.see(column)
    return clock.moment(column)


class Clock:
    """Reads times in UTC, from ISO 8601 (without a zone: UTC) or a count since 1970.

    What the column is, is told before a value of it is read: show all of it to `see`, some at a
    time, then read it with `moment`. Whether a count is of seconds, milliseconds, micro- or
    nanoseconds is told from the median, one unit for the whole column. A count whose own size tells
    another one is no time: it would be one of 1970, or beyond the year 5138.
    """

    def __init__(self, where: str) -> None:
        """Args is how to call the column in a message."""
        self.where = where
        self._given = self._times = 0
        self._sizes = np.zeros(len(UNITS) + 1, np.int64)
        self._small: float | None = None
        self._strange: str | None = None

    def see(self, column: pa.ChunkedArray) -> None:
        """Take a part of the column into account."""
        if _is_time(column.type):
            return
        words: pd.Series[Any] = text(column, self.where).to_pandas().dropna()
        found = _as_numbers(words)
        numbers = found.dropna().abs()
        self._given += len(words)
        self._sizes += np.bincount(
            np.searchsorted(list(UNITS.values()), numbers, side="right"), minlength=len(UNITS) + 1
        )
        if self._small is None and (numbers < UNITS["s"]).any():
            self._small = float(numbers[numbers < UNITS["s"]].iloc[0])
        if len(numbers) < len(words):
            times = _as_times(words).notna()
            self._times += int(times.sum())
            strange = words[~times & found.isna()]
            if self._strange is None and len(strange):
                self._strange = str(strange.iloc[0])

    def moment(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The times of a part of the column; null where a value is none.

        Raises:
            InputError: If most values of the column are no times, or the unit cannot be told.
        """
        if _is_time(column.type):
            return _from_typed(column)
        unit = self._unit()
        words: pd.Series[Any] = text(column, self.where).to_pandas()
        if not words.notna().any():
            return pa.chunked_array([pa.nulls(len(column), TIMESTAMP)])
        if unit is None:
            return _column(_as_times(words), TIMESTAMP)
        return _column(_since_1970(_of_size(_as_numbers(words), unit), unit), TIMESTAMP)

    def _unit(self) -> str | None:
        """The unit of a count; None where times are ISO 8601."""
        numbers = int(self._sizes.sum())
        if numbers * 2 > self._given:
            below = np.cumsum(self._sizes)
            size = int(np.searchsorted(below, (numbers + 1) // 2))
            if size == 0:
                raise InputError(
                    f"{self.where}: {self._small:.0f} may be a day or a year, hardly a count of"
                    f" seconds since 1970{WAY_OUT}"
                )
            return list(UNITS)[size - 1]
        if self._times * 2 < self._given:
            null = f"\n--null {self._strange} says that it stands for no value."
            raise InputError(
                f"{self.where}: {self._strange!r} is no time, nor are most of the others"
                f"{null if self._strange in PERHAPS else WAY_OUT}"
            )
        return None


def since_1970(number: float) -> datetime | None:
    """A lone count since 1970, in the unit that its size tells; None where it can be no time.

    >>> since_1970(1700000000) == since_1970(1700000000000)
    True
    >>> since_1970(2024) is None
    True
    """
    number = float(number) if abs(number) < 1e300 else float("inf")
    size = int(np.searchsorted(list(UNITS.values()), abs(number), side="right"))
    if size == 0 or not np.isfinite(number):
        return None
    found = _since_1970(pd.Series([float(number)]), list(UNITS)[size - 1]).iloc[0]
    return None if pd.isna(found) else found.to_pydatetime()


def _mapped(column: pa.ChunkedArray, change: Callable[[Any], str | None]) -> pa.ChunkedArray:
    found = [None if value is None else change(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(found, pa.string())])


def _whole(value: Decimal) -> str | None:
    return f"{value:.0f}" if value == value.to_integral_value() else None


def _sixteen(value: bytes) -> str:
    """What an id of 16 bytes says: a UUID shows by its version, or by being no text."""
    uuid = UUID(bytes=value)
    if uuid.version is not None:  # its ninth byte begins no character
        return str(uuid)
    return _decoded(value) or str(uuid)


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _from_typed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times of Parquet in UTC; null where their count cannot be one of microseconds."""
    kind = column.type
    if pa.types.is_date(kind):
        a_second, stored = (1 / 86400, pa.int32()) if kind == pa.date32() else (1e3, pa.int64())
    else:
        a_second, stored = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit], pa.int64()
    seconds = pc.divide(column.cast(stored).cast(pa.float64(), safe=False), a_second)
    within = pc.and_(pc.greater(seconds, EARLIEST / 1e6), pc.less(seconds, LATEST / 1e6))
    usable = pc.if_else(within, column, None)
    naive = getattr(kind, "tz", None) is None
    micro = usable.cast(pa.timestamp("us") if naive else TIMESTAMP, safe=False)
    return micro.cast(TIMESTAMP)


def _as_numbers(words: "pd.Series[Any]") -> "pd.Series[float]":
    numbers: pd.Series[float] = pd.to_numeric(words, errors="coerce").astype("float64")
    return numbers


def _as_times(words: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    words = words.where(words.str.match(r"\s*[\d+-]", na=False))  # pandas takes `now` for a time
    words = words.str.replace(r" UTC$", "Z", regex=True)  # as BigQuery writes it
    return pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce")


def _of_size(numbers: "pd.Series[float]", unit: str) -> "pd.Series[float]":
    """Counts that may be of this unit, by their size or because they are soon after 1970.

    0 is none: it stands for a time that is not known.
    """
    sizes = np.searchsorted(list(UNITS.values()), numbers.abs(), side="right")
    return numbers.where(((sizes == 0) & (numbers != 0)) | (sizes == list(UNITS).index(unit) + 1))


def _since_1970(numbers: "pd.Series[float]", unit: str) -> "pd.Series[pd.Timestamp]":
    micro = numbers * {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[unit]
    within = micro.where((micro > EARLIEST) & (micro < LATEST))
    return pd.to_datetime(within.round().astype("Int64"), unit="us", utc=True)


def _column(series: "pd.Series[Any]", kind: pa.DataType) -> pa.ChunkedArray:
    array = pa.Array.from_pandas(series, type=kind, safe=False)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return None
