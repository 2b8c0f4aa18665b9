"""Every file of a delivery by its name, whether it lies in a folder or in an archive."""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from mmga.sources.jsons import UnreadableError
from mmga.sources.members import is_archive, opened
from mmga.sources.members.archive import Archive, Member
from mmga.sources.members.folder import files_below, open_below

LOOSE = -1
"""The archive of what lies in none."""

TABLE = """
CREATE TABLE member (
    key TEXT PRIMARY KEY, archive INTEGER, name TEXT, start INTEGER, packed INTEGER, size INTEGER,
    method INTEGER, crc INTEGER, problem TEXT, wanted INTEGER DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE left_out (place TEXT, reason TEXT);
"""


class Catalogue:
    """The files below a folder and in the archives below it, found by the last part of their names.

    It is kept in a temporary file, so that ten million names cost no memory. Any thread may use it.
    """

    def __init__(self, folder: Path, suffixes: tuple[str, ...]) -> None:
        """List everything once.

        Args:
            folder: Resolved already.
            suffixes: Of the files that are looked for, in lower case, with their dots.

        Raises:
            InputError: If an archive is damaged, or parts of it are missing.
        """
        self._folder = folder
        self._suffixes = suffixes
        self._lock = Lock()
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.executescript(TABLE)
        weakref.finalize(self, self._base.close)
        self._archive_names = [name for name in files_below(folder) if is_archive(name)]
        self._archives = self._opened()
        self._fill(chain(self._loose(), *map(self._packed, range(len(self._archives)))))

    def _opened(self) -> list[Archive]:
        return [opened(self._folder / name) for name in self._archive_names]

    def _loose(self) -> Iterator[tuple[int, Member]]:
        return ((LOOSE, Member(name)) for name in files_below(self._folder))

    def _packed(self, archive: int) -> Iterator[tuple[int, Member]]:
        return ((archive, member) for member in self._archives[archive].members())

    def _fill(self, members: Iterable[tuple[int, Member]]) -> None:
        self._base.execute("BEGIN")
        for archive, member in members:
            key = _key(member.name)
            if not key.lower().endswith(self._suffixes):
                if member.problem:
                    self._leave_out(archive, member, member.problem)
                continue
            row = (key, archive, *astuple(member))
            new = self._base.execute(
                "INSERT OR IGNORE INTO member VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)", row
            )
            if not new.rowcount:
                self._leave_out(archive, member, "has a name that another file has")
        self._base.execute("COMMIT")

    def _leave_out(self, archive: int, member: Member, reason: str) -> None:
        row = (self._where(archive, member.name), reason)
        self._base.execute("INSERT INTO left_out VALUES (?, ?)", row)

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Files that cannot be listed or whose name another file has, and why."""
        query = "SELECT * FROM left_out WHERE rowid > ? ORDER BY rowid LIMIT 1000"
        place = 0
        while True:
            with self._lock:
                found = self._base.execute(query, (place,)).fetchall()
            yield from found
            place += len(found)
            if not found:
                return

    def _where(self, archive: int, name: str) -> str:
        return name if archive == LOOSE else f"{self._archive_names[archive]}: {name}"

    def __contains__(self, key: str) -> bool:
        return self._row(key) is not None

    def is_wanted(self, key: str) -> bool:
        """Whether note was taken of a file."""
        with self._lock:
            query = "SELECT wanted FROM member WHERE key = ?"
            return bool(self._base.execute(query, (key,)).fetchone() == (1,))

    def where(self, key: str) -> str:
        """What to call a file when it is told of."""
        row = self._row(key)
        return self._where(row[0], row[1].name) if row else key

    def open(self, key: str, limit: int) -> BinaryIO:
        """A file by the last part of its name.

        Raises:
            UnreadableError: If it is not there, must not be read, is damaged, or is larger than
                `limit` bytes; reading may raise it too.
        """
        row = self._row(key)
        if row is None:
            raise UnreadableError("does not exist")
        archive, member = row
        if archive == LOOSE:
            return open_below(self._folder, member.name, limit)
        return self._archives[archive].open(member, limit)

    def read(self, key: str, limit: int) -> bytes:
        """The whole of it; see `open`."""
        with self.open(key, limit) as stream:
            return stream.read()

    def want(self, keys: Iterable[str]) -> None:
        """Take note that these files have a use."""
        with self._lock:
            self._base.execute("BEGIN")
            self._base.executemany(
                "UPDATE member SET wanted = 1 WHERE key = ?", ((k,) for k in keys)
            )
            self._base.execute("COMMIT")

    def cuts(self, suffixes: tuple[str, ...], every: int) -> list[str]:
        """Names that part the files with these suffixes into stretches of `every` or fewer.

        The first is empty; a stretch holds the names behind one, up to the next.
        """
        found = [""]
        while len(stretch := self.names(suffixes, found[-1], None, every)) == every:
            found.append(stretch[-1])
        return found

    def names(
        self, suffixes: tuple[str, ...], after: str, upto: str | None, most: int
    ) -> list[str]:
        """The files with these suffixes behind a name and up to another, in order."""
        return self._names(suffixes, after, upto, most, "")

    def unwanted(self, suffixes: tuple[str, ...], after: str, upto: str | None) -> list[str]:
        """Likewise, those of which nobody took note."""
        return self._names(suffixes, after, upto, -1, "AND wanted = 0")

    def _names(
        self, suffixes: tuple[str, ...], after: str, upto: str | None, most: int, also: str
    ) -> list[str]:
        like = " OR ".join("lower(key) LIKE ?" for _ in suffixes)
        query = (
            f"SELECT key FROM member WHERE key > ? AND (key <= ? OR ? IS NULL) {also}"
            f" AND ({like}) ORDER BY key LIMIT ?"
        )
        with self._lock:
            patterns = [f"%{suffix}" for suffix in suffixes]
            rows = self._base.execute(query, (after, upto, upto, *patterns, most))
            return [key for (key,) in rows.fetchall()]

    def _row(self, key: str) -> tuple[int, Member] | None:
        with self._lock:
            found = self._base.execute("SELECT * FROM member WHERE key = ?", (key,)).fetchone()
        return (found[1], Member(*found[2:9])) if found else None


def _key(name: str) -> str:
    return name.rpartition("/")[2]
