"""The records of a Parquet file, some at a time."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

BATCH_BYTES = 8 * 2**20
BATCH_ROWS = 2**13
"""At most so much, and so many records, are handed on at once."""


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
