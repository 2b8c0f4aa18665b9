"""What a source yields, for tests that need no data set."""

from typing import TypeVar

from mmga.sources.source import Record, Source

T = TypeVar("T")


def records_of(source: Source) -> list[Record]:
    """All records of all units."""
    return [record for unit in source.units() for record in unit.records()]


def of(kind: type[T], found: list[Record]) -> list[T]:
    """Those of one kind."""
    return [record for record in found if isinstance(record, kind)]
