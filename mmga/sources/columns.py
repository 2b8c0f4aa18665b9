"""A raw column becomes a canonical one; what cannot become null, so that it can be dropped."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mmga.errors import InputError
from mmga.tables import TIMESTAMP

Converter = Callable[[pa.ChunkedArray, str], pa.ChunkedArray]
"""A raw column and how to call it in a message -> a canonical column, as long; null where null and
where a value cannot be what it should be."""

UNITS = {"s": 1e8, "ms": 1e11, "us": 1e14, "ns": 1e17}
"""A number counts in the last unit of which it has at least so many: from 1973 to 5138 these do not
overlap, and a year (2024) or a day (20240102) written as a number falls below all of them."""


def text(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Words as they are; null where empty, not UTF-8, or with a NUL byte (which databases refuse).

    Raises:
        InputError: If the column holds lists, structures or another thing that is no text.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type):
        raise InputError(f"{where} must hold one text a record, got {column.type}")
    try:
        words = column.cast(pa.string())
    except pa.ArrowInvalid:
        words = pa.chunked_array([[_decoded(v) for v in column.to_pylist()]], pa.string())
    except pa.ArrowNotImplementedError:
        raise InputError(f"{where} must hold text, got {column.type}") from None
    usable = pc.and_(pc.not_equal(words, ""), pc.invert(pc.match_substring(words, "\0")))
    return pc.if_else(usable, words, None)


def identifier(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Ids as text without space around them; 12.0, which 12 becomes beside an empty cell, is 12."""
    if pa.types.is_floating(column.type):
        exact = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), 2.0**53))
        whole = pc.if_else(exact, column, None)
        column = whole.cast(pa.int64())
    words = pc.utf8_trim_whitespace(text(column, where))
    return pc.if_else(pc.not_equal(words, ""), words, None)


def count(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Whole numbers from 0."""
    words: pd.Series[Any] = text(column, where).to_pandas()
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    return _column(
        numbers.where((numbers >= 0) & (numbers % 1 == 0) & (numbers < 2**31)), pa.int32()
    )


def moment(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Times in UTC, from ISO 8601 (without a zone: UTC) or a count since 1970.

    Whether a count is of seconds, milliseconds, micro- or nanoseconds is told from the median, one
    unit for the whole column.

    Raises:
        InputError: If most values are no times, or the unit cannot be told.
    """
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        naive = getattr(column.type, "tz", None) is None
        micro = column.cast(pa.timestamp("us") if naive else TIMESTAMP, safe=False)
        return micro.cast(TIMESTAMP)
    words: pd.Series[Any] = text(column, where).to_pandas()
    given = words.notna()
    if not given.any():
        return pa.chunked_array([pa.nulls(len(column), TIMESTAMP)])
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    if numbers.notna().sum() * 2 > given.sum():
        return _column(_since_1970(numbers, where), TIMESTAMP)
    times = pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce")
    if times.notna().sum() * 2 < given.sum():
        example = words[given & times.isna()].iloc[0]
        raise InputError(
            f"{where}: {example!r} is no time, nor are most of the others"
            "\nGive ISO 8601 (2026-11-23T21:57:00Z) or seconds since 1970, or leave it unmapped."
        )
    return _column(times, TIMESTAMP)


def _since_1970(numbers: "pd.Series[float]", where: str) -> "pd.Series[pd.Timestamp]":
    typical = float(numbers.abs().median())
    units = [unit for unit, least in UNITS.items() if typical >= least]
    if not units:
        raise InputError(
            f"{where}: {typical:.0f} may be a day or a year, hardly a count of seconds since 1970"
            "\nGive ISO 8601 (2026-11-23T21:57:00Z) or seconds since 1970, or leave it unmapped."
        )
    micro = numbers * {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[units[-1]]
    within = micro.where(micro.abs() < 2.5e17)  # the year 9892
    return pd.to_datetime(within.round().astype("Int64"), unit="us", utc=True)


def _column(series: "pd.Series[Any]", kind: pa.DataType) -> pa.ChunkedArray:
    array = pa.Array.from_pandas(series, type=kind, safe=False)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return None
