"""The file of follows beside the folders (Instaloader writes none): who follows whom, and when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mmga.errors import InputError
from mmga.sources.instaloader.people import People
from mmga.sources.jsons import UnreadableError, moment
from mmga.sources.lines import Block, blocks
from mmga.sources.source import Edge, Record, Unusable

FOLLOWER = {"follower", "follower_id", "follower_name", "source", "src", "from", "fan", "user"}
FOLLOWEE = {"followee", "followee_id", "followee_name", "following", "followed", "follows"}
FOLLOWEE |= {"target", "dst", "to", "account"}
TIME = {"timestamp", "time", "date", "followed_at", "created_at"}

WORD = re.compile(
    r"(?:user|follow(?:er|ee|ing|ed)?s?|source|src|target|dst|dest|destination|from|to|fan|account"
    r"|node|id|name|username|time|timestamp|date|followed_at|created_at)"
    r"[ _-]?(?:id|name|username|handle|a|b|[0-9])?"
)
"""What a column may be called, whether or not it is known what it then holds."""


@dataclass(frozen=True)
class Columns:
    """Where on a line the values stand, and what stands between them."""

    header: bool
    delimiter: str = ","
    follower: int = 0
    followee: int = 1
    time: int | None = 2

    @classmethod
    def of(cls, first: str) -> "Columns":
        """Tell from the first line; without a header they stand in the order of the names above.

        >>> Columns.of("followee;follower")
        Columns(header=True, delimiter=';', follower=1, followee=0, time=None)
        """
        delimiter = max(",;\t", key=first.count)
        names = [name.lower() for name in _cells(first, delimiter)]
        places = [[i for i, n in enumerate(names) if n in known] for known in (FOLLOWER, FOLLOWEE)]
        if not (places[0] and places[1]):
            return cls(False, delimiter)
        times = [i for i, name in enumerate(names) if name in TIME]
        return cls(True, delimiter, places[0][0], places[1][0], times[0] if times else None)


class EdgeFile:
    """Lines `follower,followee[,timestamp]`, of names or numeric ids, with or without a header.

    A header that does not tell which column is which is refused: taken for a follow, it would make
    users of its words, and might have all follows the wrong way round.
    """

    def __init__(self, file: Path, people: People) -> None:
        """Find its blocks.

        Raises:
            InputError: If it cannot be read, or has a header of other words.
        """
        self.file = file
        self._people = people
        self.blocks = blocks(file)
        lines = self.blocks[0].lines() if self.blocks else iter(())
        filled = ((number, line) for number, line in lines if line is None or line.strip())
        self._first, line = next(filled, (1, None))
        self._columns = Columns.of(line or "")
        if line and not self._columns.header:
            self._refuse_header(line)

    def records(self, block: Block) -> Iterator[Record]:
        """The follows of a block of lines."""
        for number, line in block.lines():
            if line is not None and not line.strip():
                continue
            if number == self._first and self._columns.header:
                continue
            where = f"{self.file.name}, line {number}"
            try:
                yield from self._edge(line, where)
            except UnreadableError as reason:
                yield Unusable(where, "follows", (line or "")[:200], f"the line {reason}")

    def _refuse_header(self, line: str) -> None:
        cells = [cell.lower() for cell in _cells(line, self._columns.delimiter)]
        known = self._people.numbers.keys() | self._people.earlier.keys()
        if any(WORD.fullmatch(cell) for cell in cells if cell not in known):
            raise InputError(
                f"{self.file} does not tell in its first line which column is the follower and"
                f" which the followee: {line[:200]!r}"
                "\nCall the columns follower and followee; if there is no header,"
                " put the line follower,followee before the first."
            )

    def _edge(self, line: str | None, where: str) -> Iterator[Record]:
        if line is None:
            raise UnreadableError("is no UTF-8, or too long")
        columns = self._columns
        cells = _cells(line, columns.delimiter)
        if len(cells) <= max(columns.follower, columns.followee):
            raise UnreadableError("names no two users")
        ends = [self._people.referred(cells[i]) for i in (columns.follower, columns.followee)]
        if ends[0] is None or ends[1] is None:
            raise UnreadableError("holds what is no username and no id")
        given = (
            cells[columns.time] if columns.time is not None and columns.time < len(cells) else ""
        )
        when = time(given)
        if given and when is None:
            reason = "followed_at is no time: it is left empty"
            yield Unusable(where, "follows.followed_at", " ".join(map(str, ends)), reason)
        yield Edge(where, ends[0], ends[1], when)


def time(text: str) -> datetime | None:
    """A time in UTC: a count since 1970, or ISO 8601, without a zone in UTC; None if it is none."""
    if re.fullmatch(r"[\d.]+", text):
        return moment(text)
    try:
        when = datetime.fromisoformat(text.removesuffix(" UTC"))  # as BigQuery writes it
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip("\"'").strip() for cell in line.split(delimiter)]
