"""Where pictures stand in a post of which several lines of the mapping tell."""

import sqlite3
import weakref
from collections.abc import Iterable

from mmga.sources.influencers.mapping import Row
from mmga.sources.members.catalogue import Catalogue


class Positions:
    """The positions of pictures in their posts, from 0.

    Lines that name the same info file name pictures of one post: they are counted on from line to
    line, and the same file has one position. Kept in a temporary file, as is the catalogue; by one
    thread at a time, and any may be the last to hold it.
    """

    def __init__(self, files: Catalogue, rows: Iterable[Row]) -> None:
        """Args are the files, note taken of what each line names, and all lines."""
        self._files = files
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._base.close)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute(
            "CREATE TABLE shown (info TEXT, picture TEXT, position INTEGER,"
            " PRIMARY KEY (info, picture))"
        )
        shared = (row for row in rows if any(map(files.is_shared, row.keys(row.json))))
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT OR IGNORE INTO shown SELECT ?1, ?2, count(*) FROM shown WHERE info = ?1",
            (
                (self._file(row, row.json), self._file(row, n))
                for row in shared
                for n in row.pictures
            ),
        )
        self._base.execute("COMMIT")

    def of(self, row: Row) -> list[int]:
        """The position of each picture of a line."""
        query = "SELECT picture, position FROM shown WHERE info = ?"
        known = dict(self._base.execute(query, (self._file(row, row.json),)))
        if not known:
            return list(range(len(row.pictures)))
        return [known[self._file(row, name)] for name in row.pictures]

    def _file(self, row: Row, name: str) -> str:
        """What a file is called, or would be if it were there."""
        keys = row.keys(name)
        return next((key for key in keys if key in self._files), keys[0])
