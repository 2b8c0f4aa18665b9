"""Who is who in a data set, whatever they are called: its users by the numbers of the platform."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from mmga.sources.identities.handles import Kind, may_refer, references, replaced
from mmga.tables import next_table_file, read_parquet, read_schema, table_files

TABLE = "identities"

SCHEMA = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("user_id", "name", "number")]
)
"""Columns of `identities.parquet`; no stage reads it."""


class Identity(NamedTuple):
    """That a user was called so by a delivery."""

    user_id: str
    name: str
    """What would be the user_id of whoever is known by this name alone."""
    number: str
    """What would be the user_id of whoever is known by this number alone."""


@dataclass(frozen=True)
class Renamed:
    """Whom the ids and handles of a delivery mean, where it is not who would be called so."""

    ids: Mapping[str, str]
    """Names and numbers, as ids -> user_id."""
    handles: Mapping[str, str]
    """Names alone."""

    def id(self, id: str) -> str:
        """The user_id that stands for an id of the delivery."""
        return self.ids.get(id, id)

    def in_text(self, text: str) -> str:
        """A caption or a bio, its handles as they stand in the data set; other texts stay.

        >>> Renamed({}, {"anna": "ann"}).in_text("with @Anna and @bob")
        'with @ann and @bob'
        """
        if not may_refer(text) or not any(self._instead(*word) for word in references(text)):
            return text
        return replaced(text, self._instead, email=None)

    def _instead(self, name: str, kind: Kind) -> str | None:
        return self.handles.get(name) if kind == "user" else None


@dataclass(frozen=True)
class Identities:
    """The users of a data set of whom a delivery told the number.

    >>> ann = Identities().told({"ann": "1"}, ())
    >>> for line in ann.told({"anna": "1", "ann": "2"}, ()).lines:
    ...     print(*line)
    ann anna 1
    2 ann 2
    """

    lines: tuple[Identity, ...] = ()
    """In the order of the deliveries: a name is that of the user who bore it last."""

    @classmethod
    def read(cls, data: Path) -> "Identities":
        """Those of a data set; none where it has no such file.

        Raises:
            InputError: If a file cannot be read, or lacks a column.
        """
        lines: list[Identity] = []
        for file in identity_files(data):
            read_schema(file, SCHEMA)
            columns = [column.to_pylist() for column in read_parquet(file, SCHEMA.names).columns]
            lines += map(Identity._make, zip(*columns, strict=True))
        return cls(tuple(lines))

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Number -> user_id."""
        return {line.number: line.user_id for line in self.lines}

    @cached_property
    def names(self) -> dict[str, str]:
        """Name -> the user_id of who bore it last."""
        return {line.name: line.user_id for line in self.lines}

    def meant(self, name: str, number: str, forgotten: Container[str]) -> str:
        """The user_id of whom a delivery calls so.

        Who is known by the number is the same user. A name that was borne by somebody else makes no
        id: that of whoever took it over is the number. So is that of whoever was forgotten, who is
        found out by it.
        """
        if number in self.numbers:
            return self.numbers[number]
        return number if number in forgotten or name in self.names else name

    def told(self, called: Mapping[str, str], forgotten: Container[str]) -> "Identities":
        """What a delivery tells that was not known.

        Args:
            called: Name -> number, both as ids; of several names of a number the one in use comes
                first.
            forgotten: Who must not come back.
        """
        new, seen = [], set[str]()
        for name, user in self._now(called, forgotten).items():
            number = called[name]
            known = number in self.numbers and self.names.get(name) == user
            known |= number in seen and name in self.names  # it was left, and may be another's
            seen.add(number)
            if not known and user not in forgotten:
                new.append(Identity(user, name, number))
        return Identities(tuple(new))

    def renamed(self, called: Mapping[str, str], forgotten: Container[str]) -> Renamed:
        """Whom a delivery means by its names and numbers; arguments as of `told`."""
        names = self.names | self._now(called, forgotten)
        ids = self.numbers | names  # who has only digits for a name is meant by it
        return Renamed(*({n: user for n, user in of.items() if n != user} for of in (ids, names)))

    def _now(self, called: Mapping[str, str], forgotten: Container[str]) -> dict[str, str]:
        """Name -> user_id: of several names of a number the one in use makes the id."""
        users: dict[str, str] = {}
        for name, number in called.items():
            users.setdefault(number, self.meant(name, number, forgotten))
        return {name: users[number] for name, number in called.items()}

    def called(self, users: Collection[str]) -> set[str]:
        """Every name and number of these users."""
        return {word for line in self.lines if line.user_id in users for word in line[1:]}

    def bearers(self, name: str) -> list[str]:
        """Who bore a name, the last one first."""
        users = [line.user_id for line in reversed(self.lines) if line.name == name]
        return list(dict.fromkeys(users))

    def write(self, data: Path) -> None:
        """Add a file to a data set; the files that are there stay. Nothing where there is none."""
        if not self.lines:
            return
        file = data / f"{TABLE}.parquet"
        columns = zip(*self.lines, strict=True)
        arrays = [pa.array(column, pa.string()) for column in columns]
        to = next_table_file(data, TABLE) if file.exists() else file
        pq.write_table(pa.table(arrays, schema=SCHEMA), to, compression="zstd")


def identity_files(data: Path) -> list[Path]:
    """The files of a data set that say who is who, in order; older data sets have none."""
    return [file for file in table_files(data, TABLE) if file.is_file()]
