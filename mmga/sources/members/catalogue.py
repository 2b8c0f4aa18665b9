"""Every file of a delivery by its name, whether it lies in a folder or in an archive."""

import os
import sqlite3
import weakref
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, replace
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from mmga.sources.folders import folders_below, joined
from mmga.sources.jsons import UnreadableError
from mmga.sources.members import is_archive, opened
from mmga.sources.members.archive import Archive, Member
from mmga.sources.members.folder import open_below
from mmga.sources.members.zips import parts_of

LOOSE = -1
"""The archive of what lies in none."""

FOREIGN = "is none of the data set"

CACHE = 16 * 2**10
"""KiB that SQLite may hold of it."""

TABLES = """
CREATE TABLE member (
    key TEXT, archive INTEGER, name TEXT, start INTEGER, packed INTEGER, size INTEGER,
    method INTEGER, crc INTEGER, problem TEXT, wanted INTEGER DEFAULT 0
);
CREATE TABLE left_out (archive INTEGER, name TEXT, reason TEXT);
"""

RELATED = """
CREATE INDEX by_key ON member (key, archive, name);
INSERT INTO left_out
    SELECT archive, name, problem FROM member WHERE key IS NULL ORDER BY archive, name;
INSERT INTO left_out
    SELECT archive, name, 'has a name that another file has' FROM member AS it
    WHERE EXISTS (SELECT 1 FROM member AS other WHERE other.key = it.key
        AND (other.archive, other.name, other.rowid) < (it.archive, it.name, it.rowid))
    ORDER BY key, archive, name;
"""


class Catalogue:
    """The files below a folder and in the archives below it, found by the last part of their names.

    Their suffixes are in lower case there, however the files are called. It is kept in a temporary
    file, so that ten million names cost no memory. Any thread may use it.
    """

    def __init__(
        self, folder: Path, suffixes: tuple[str, ...], apart: Collection[str] = ()
    ) -> None:
        """List everything once.

        Args:
            folder: Resolved already.
            suffixes: Of the files that are looked for, in lower case, with their dots.
            apart: Files, relative to the folder, that are read otherwise.

        Raises:
            InputError: If an archive is damaged, parts of it are missing, or a folder cannot be
                read.
        """
        self._folder = folder
        self._suffixes = suffixes
        self._apart = frozenset(apart)
        self._lock = Lock()
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._base.close)
        self._base.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -{CACHE};{TABLES}"
        )
        self._archive_names: list[str] = []
        self._archives: list[Archive] = []
        self._add(self._loose(folder))
        self._archive_names.sort()
        self._archives = [opened(folder / name) for name in self._archive_names]
        self._drop_parts()
        self._add(chain.from_iterable(map(self._packed, range(len(self._archives)))))
        self._base.executescript(RELATED)

    def _loose(self, folder: Path) -> Iterator[tuple[int, Member]]:
        """In no order: a folder may hold more names than memory does."""
        for below in folders_below(folder):
            with os.scandir(folder / below) as scan:
                for entry in scan:
                    name = joined(below, entry.name)
                    if entry.name.startswith("."):
                        yield LOOSE, Member(name)
                    elif entry.is_dir(follow_symlinks=False):
                        continue
                    elif is_archive(entry.name):
                        self._archive_names.append(name)
                    elif name not in self._apart:
                        yield LOOSE, Member(name)

    def _packed(self, archive: int) -> Iterator[tuple[int, Member]]:
        return ((archive, member) for member in self._archives[archive].members())

    def _add(self, members: Iterable[tuple[int, Member]]) -> None:
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT INTO member VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (self._listed(archive, _storable(member)) for archive, member in members),
        )
        self._base.execute("COMMIT")

    def _listed(self, archive: int, member: Member) -> tuple[object, ...]:
        """A row; what is not looked for gets no key, but a problem, to be told as left out."""
        last = member.name.rpartition("/")[2]
        suffix = next((s for s in self._suffixes if last.lower().endswith(s)), None)
        if suffix and not last.startswith("."):
            return (last[: -len(suffix)] + suffix, archive, *astuple(member))
        problem = "has a name that begins with a dot" if last.startswith(".") else FOREIGN
        return (None, archive, *astuple(replace(member, problem=member.problem or problem)))

    def _drop_parts(self) -> None:
        """Parts of a split archive are read with its last or first one: they are not left out."""
        for name in self._archive_names:
            if name.lower().endswith((".zip", ".zip.001")):
                above = name[: -len(name.rpartition("/")[2])]
                parts = [(LOOSE, above + part.name) for part in parts_of(self._folder / name)]
                self._base.executemany("DELETE FROM member WHERE archive = ? AND name = ?", parts)

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Files that are not looked for, or whose name another file has, and why."""
        query = "SELECT * FROM left_out WHERE rowid > ? ORDER BY rowid LIMIT 1000"
        place = 0
        while True:
            with self._lock:
                found = self._base.execute(query, (place,)).fetchall()
            for archive, name, reason in found:
                yield self._where(archive, name), reason
            place += len(found)
            if not found:
                return

    def _where(self, archive: int, name: str) -> str:
        return name if archive == LOOSE else f"{self._archive_names[archive]}: {name}"

    def __contains__(self, key: str) -> bool:
        return self._row(key) is not None

    def is_wanted(self, key: str) -> bool:
        """Whether note was taken of a file."""
        return self._times_wanted(key) > 0

    def is_shared(self, key: str) -> bool:
        """Whether note was taken of a file more than once."""
        return self._times_wanted(key) > 1

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
        if member.problem:
            raise UnreadableError(member.problem)
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
                "UPDATE member SET wanted = wanted + 1 WHERE key = ?", ((k,) for k in keys)
            )
            self._base.execute("COMMIT")

    def cuts(self, suffixes: tuple[str, ...], every: int) -> list[str]:
        """Names that part the files with these suffixes into stretches of `every` or fewer.

        The first is empty; a stretch holds the names behind one, up to the next.
        """
        found = [""]
        while len(stretch := self._names(suffixes, found[-1], None, every, "")) == every:
            found.append(stretch[-1])
        return found

    def unwanted(self, suffixes: tuple[str, ...], after: str, upto: str | None) -> list[str]:
        """Files with these suffixes of which nobody took note, from behind a name to another."""
        return self._names(suffixes, after, upto, -1, "AND wanted = 0")

    def _names(
        self, suffixes: tuple[str, ...], after: str, upto: str | None, most: int, also: str
    ) -> list[str]:
        like = " OR ".join("key LIKE ?" for _ in suffixes)
        query = (
            f"SELECT DISTINCT key FROM member WHERE key > ? AND (key <= ? OR ? IS NULL) {also}"
            f" AND ({like}) ORDER BY key LIMIT ?"
        )
        with self._lock:
            patterns = [f"%{suffix}" for suffix in suffixes]
            rows = self._base.execute(query, (after, upto, upto, *patterns, most))
            return [key for (key,) in rows.fetchall()]

    def _times_wanted(self, key: str) -> int:
        with self._lock:
            query = "SELECT max(wanted) FROM member WHERE key = ?"
            return self._base.execute(query, (key,)).fetchone()[0] or 0

    def _row(self, key: str) -> tuple[int, Member] | None:
        query = "SELECT * FROM member WHERE key = ? ORDER BY archive, name, rowid LIMIT 1"
        with self._lock:
            found = self._base.execute(query, (key,)).fetchone()
        return (found[1], Member(*found[2:9])) if found else None


def _storable(member: Member) -> Member:
    """A name that is no UTF-8 comes with halves of surrogate pairs, which nothing can store."""
    if member.name.isascii():
        return member
    name = member.name.encode("utf-8", "replace").decode()
    return member if name == member.name else Member(name, problem="has a name that is no UTF-8")
