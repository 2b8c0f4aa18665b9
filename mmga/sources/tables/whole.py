"""What is told of a column before it is read, from all the files of its table together."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mmga.progress import counter
from mmga.sources.tables.columns import Clock, is_rounded
from mmga.sources.tables.records import Reader


def clocks_of(readers: Sequence[Reader]) -> dict[str, Clock]:
    """How the times of each column of a table are written."""
    clocks: dict[str, Clock] = {}
    with counter(f"looking at the times of {readers[0].name}", "records") as bar:
        for reader in readers:
            reader.show(clocks, bar.update)
    return clocks


def pointed_of(readers: Sequence[Reader]) -> set[str]:
    """The columns of ids that are all written as `12.0`, which 12 becomes beside an empty cell.

    Of most tables some records of one file tell that there are none.
    """
    left = set(readers[0].ids)
    for reader in readers:
        for part in reader.raw.parts():
            for ids in reader.raw.read({c: reader.ids[c] for c in left}, lambda *_: None, part):
                left = {column for column in left if _are_pointed(reader.converted(ids, column))}
                if not left:
                    return left
    return left


def _are_pointed(ids: pa.ChunkedArray) -> bool:
    found = pc.or_(pc.match_substring_regex(ids, r"^-?\d+\.0$"), is_rounded(ids))
    return pc.all(found).as_py() is not False
