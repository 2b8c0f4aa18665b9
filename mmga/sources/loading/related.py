"""What was found out of the relations of staged records, read along with them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

NO_VERDICT = pa.table(
    {
        "n": pa.array([], pa.int64()),
        "reason": pa.array([], pa.string()),
        "listed": pa.array([], pa.bool_()),
    }
)


class Related:
    """What `mmga.sources.loading.relate` has left in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def plan(self) -> Path:
        """Pictures of accepted posts, in order: n, where, post_id, place, position, image_id."""
        return self.folder / "plan.parquet"

    @property
    def others(self) -> Path:
        """The ids of users who are only referred to, sorted."""
        return self.folder / "others.parquet"

    def only_named(self) -> dict[str, int]:
        """How many records a table gets beside those that were staged; none where it gets none."""
        count = int(pq.read_metadata(self.others).num_rows)
        return {"users": count} if count else {}

    def count_dropped(self, table: str) -> int:
        """How many of the staged records are not written."""
        return int(pq.read_metadata(self.folder / f"{table}.parquet").num_rows)

    def dropped(self, table: str) -> "Verdicts":
        """Which records of a table are not written."""
        return Verdicts(_read(self.folder / f"{table}.parquet"))


class Verdicts:
    """Goes along with the records of a table, in their order, and says which are not written."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        """Args are tables with columns `n`, ascending, and `reason`."""
        self._tables = iter(tables)
        self._ahead = NO_VERDICT

    def upto(self, n: int) -> pa.Table:
        """The verdicts on records up to `n` that were not told yet: n, reason, listed."""
        told = []
        while True:
            numbers = self._ahead["n"].to_numpy()
            count = int(numbers.searchsorted(n, side="right"))
            told.append(self._ahead.slice(0, count))
            if count < len(numbers):
                self._ahead = self._ahead.slice(count)
                break
            following = next(self._tables, None)
            if following is None:
                self._ahead = NO_VERDICT
                break
            self._ahead = following
        return pa.concat_tables([part for part in told if len(part)] or [NO_VERDICT])


def _read(file: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(file) as stream:
        for batch in stream.iter_batches(65536, use_threads=False):
            yield pa.Table.from_batches([batch])
