"""Folders of Instaloader, and a file of follows, as units of records."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from mmga.errors import InputError
from mmga.sources.folders import folders_below
from mmga.sources.instaloader.edges import EdgeFile
from mmga.sources.instaloader.files import (
    DATED,
    ID,
    PROFILE,
    TITLE,
    is_hidden,
    is_written,
    names_in,
    profiles_in,
)
from mmga.sources.instaloader.folder import Folder, number_of
from mmga.sources.instaloader.nodes import read_node
from mmga.sources.instaloader.people import People, Sighting
from mmga.sources.jsons import UnreadableError, at
from mmga.sources.loading.fingerprint import fingerprint_of
from mmga.sources.members.folder import open_below
from mmga.sources.names import username
from mmga.sources.pictures import read_below
from mmga.sources.source import NO_NUMBERS, Record, Unit, Unusable

MAX_DOUBTS = 3
"""So many files called like a profile's that are none: the others of the folder are none either."""


class Instaloader:
    """See `mmga.sources.source.Source`."""

    importer = "instaloader"
    private_places = True

    def __init__(self, folder: Path, edges: Path | None = None) -> None:
        """Say what there is.

        Args:
            folder: A folder of profiles, or one profile's.
            edges: Who follows whom; see `EdgeFile`.
        """
        self._root = folder.resolve()
        self._edges = edges
        self.numbers: Mapping[str, str] = NO_NUMBERS

    def fingerprint(self) -> str:
        """See `Source`."""
        return fingerprint_of([self._root, *([self._edges] if self._edges else [])], self.importer)

    def units(self) -> Sequence[Unit]:
        """A unit a folder, then those that cannot be read, then some of the edge file.

        Raises:
            InputError: If there is nothing of Instaloader, or the edge file cannot be read.
        """
        if not self._root.is_dir():
            raise InputError(f"{self._root} is no folder; name the one that holds the profiles")
        folders: list[str] = []
        unreadable: list[str] = []
        sightings: list[Sighting] = []
        any_written = False
        for folder in folders_below(self._root, unreadable=unreadable.append):
            names = names_in(self._root / folder)
            sightings += self._sightings(folder, [name for name in names if not is_hidden(name)])
            any_written |= any(map(is_written, names))
            if names:  # whatever they are: what is not understood is to be told
                folders.append(folder)
        if unreadable and not any_written:
            raise InputError(f"{self._root / unreadable[0]} cannot be read; look at its rights")
        if not any_written:
            raise InputError(
                f"{self._root} holds nothing that Instaloader writes (.json.xz, .json, .txt, id, "
                "pictures)"
                "\nName the folder that holds the folders of the profiles."
            )
        people = People.of(sightings)
        earlier = {name: people.numbers[now] for name, now in people.earlier.items()}
        self.numbers = people.numbers | earlier  # those in use come first
        edges = self._edges and self._edges.resolve()
        units = [
            Unit(f"folder {folder}", Folder(self._root, folder, people, edges).records)
            for folder in folders
        ]
        if unreadable:
            units.append(Unit("unreadable folders", partial(_unreadable, sorted(unreadable))))
        if self._edges:
            file = EdgeFile(self._edges, people)
            units += [Unit(f"edges {b.line}", partial(file.records, b)) for b in file.blocks]
        return units

    @property
    def is_one_profile(self) -> bool:
        """Whether the folder is that of one profile, and no other lies below it."""
        folders = folders_below(self._root, unreadable=lambda _: None)
        if list(islice(folders, 2)) != ["."]:
            return False
        names = names_in(self._root)
        ids = [name for name in names if ID.fullmatch(name)]
        return max(len(ids), len(profiles_in(names))) == 1

    def picture(self, place: str) -> bytes:
        """See `Source`."""
        return read_below(self._root, place)

    def _sightings(self, folder: str, names: list[str]) -> Iterator[Sighting]:
        posts = (name for name in names if DATED.match(name) and not TITLE.fullmatch(name))
        latest = max(posts, default="")
        user, doubts = username((self._root / folder).name), 0
        profiles = profiles_in(names)
        for name in names:
            if found := ID.fullmatch(name):
                called, number = username(found["name"]) or user, self._number(f"{folder}/{name}")
                if called and number:
                    yield Sighting(folder, None, called, number, True, latest)
            elif name in profiles and doubts < MAX_DOUBTS:
                seen = self._profile(folder, name)
                doubts += seen is None
                if seen:
                    yield Sighting(folder, name, *seen, seen[0] == user, latest)

    def _number(self, place: str) -> str | None:
        try:
            with open_below(self._root, place, 1000) as stream:
                text = stream.read().decode("ascii", errors="replace").strip()
        except UnreadableError:
            return None
        return text if text.isdecimal() else None

    def _profile(self, folder: str, name: str) -> tuple[str, str] | None:
        try:
            node = read_node(self._root, f"{folder}/{name}")
        except UnreadableError:
            found = PROFILE.fullmatch(name)
            called = username(found["name"]) if found else None
            return (called, found["id"]) if found and called else None
        called, number = username(at(node.content, "username")), number_of(node.content)
        return (called, number) if node.kind == "profile" and called and number else None


def _unreadable(folders: list[str]) -> Iterator[Record]:
    for folder in folders:
        yield Unusable(folder, "posts", folder, "the folder cannot be read")
