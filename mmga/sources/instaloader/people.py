"""Who is who in folders of Instaloader: a user who changed the name is one user all the same."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mmga.sources.jsons import UnreadableError, at, identifier
from mmga.sources.names import username


@dataclass(frozen=True)
class Sighting:
    """A place where a username and a numeric id stand together."""

    folder: str
    file: str | None
    """The JSON of a profile; None: a file `id`."""
    name: str
    number: str
    in_use: bool
    """Whether the folder is called so, which Instaloader renames when a user changes the name."""
    latest: str
    """The name of the folder's last post: its date, as a rule."""


@dataclass
class People:
    """Usernames by numeric ids, and which name is the one in use."""

    current: dict[str, Sighting] = field(default_factory=dict)
    """Numeric id -> where its username in use was seen."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Username in use -> numeric id."""
    earlier: dict[str, str] = field(default_factory=dict)
    """Earlier username -> the one in use."""
    profiles: dict[str, Sighting] = field(default_factory=dict)
    """Numeric id -> the JSON of its profile that is taken."""
    bare: dict[str, list[str]] = field(default_factory=dict)
    """Folder -> the names in use of whom there is no such JSON, but a file `id` in it."""
    folders: set[str] = field(default_factory=set)
    """Those in which a username and its id stand together: the folders of profiles."""
    nameless: set[str] = field(default_factory=set)
    """Numeric ids of which each name is now another's."""

    @classmethod
    def of(cls, sightings: Iterable[Sighting]) -> "People":
        """Make up one's mind: of several names of an id the one of the newest folder is in use."""
        people, seen = cls(), sorted(sightings, key=_rank, reverse=True)
        people.folders = {one.folder for one in seen}
        for one in seen:
            if one.file is not None:
                people.profiles.setdefault(one.number, one)
            if one.number not in people.current and one.name not in people.numbers:
                people.current[one.number] = one
                people.numbers[one.name] = one.number
        for one in seen:
            if one.number not in people.current:
                people.nameless.add(one.number)
            elif one.name not in people.numbers:
                people.earlier[one.name] = people.current[one.number].name
        for number, one in people.current.items():
            if number not in people.profiles:
                people.bare.setdefault(one.folder, []).append(one.name)
        return people

    def name(self, name: str) -> str:
        """The name in use of whom a username stands for."""
        return self.earlier.get(name, name)

    def known(self, name: str, number: str | None) -> str:
        """The name in use of a user.

        Raises:
            UnreadableError: If the name is now that of somebody with another id.
        """
        if number in self.current:
            return self.current[number].name
        name = self.name(name)
        if number in self.nameless or (number and self.numbers.get(name, number) != number):
            raise UnreadableError("has an owner whose name is now that of another user")
        return name

    def owner(self, node: Any, folder_user: str | None) -> str:
        """Whose a post is: by the id in it, by the name in it, by its folder.

        Raises:
            UnreadableError: If that cannot be told.
        """
        number = identifier(at(node, "owner", "id")) or identifier(at(node, "owner", "pk"))
        name = username(at(node, "owner", "username"))
        if name is None and number in self.current:
            return self.current[number].name
        if name is None and number and self.numbers.get(folder_user or "") != number:
            # A post of a hashtag tells its owner by the id alone.
            return number
        name = name or folder_user
        if name is None:
            raise UnreadableError("does not say whose it is")
        return self.known(name, number)

    def referred(self, token: str) -> str | None:
        """Whom a name or a numeric id of an edge file means; None if it is neither.

        12.0 is 12, beside an empty cell written by pandas, unless somebody here is called so.

        Raises:
            UnreadableError: If it is the id of one user and the name of another.
        """
        name = username(token)
        if name and re.fullmatch(r"\d+\.0", name) and self.name(name) not in self.numbers:
            name = name[:-2]
        if name is None or not name.isdecimal() or name not in self.current:
            return name and self.name(name)
        if name in self.numbers and self.numbers[name] != name:
            raise UnreadableError("is the id of one user and the name of another")
        return self.current[name].name


def _rank(one: Sighting) -> tuple[bool, str, bool, str, str]:
    return one.in_use, one.latest, one.file is not None, one.folder, one.file or ""
