"""Exports of persons as units of records: their follows with dates, posts, pictures, mentions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from mmga.errors import InputError
from mmga.sources.folders import HIDDEN
from mmga.sources.instagram_export.exports import Export, exports_in, is_closed
from mmga.sources.instagram_export.left_out import SEVERAL, is_of_several, why_nobodys
from mmga.sources.instagram_export.owner import Owner, owner_of
from mmga.sources.instagram_export.person import Person
from mmga.sources.jsons import UnreadableError
from mmga.sources.loading.fingerprint import fingerprint_of
from mmga.sources.members import is_archive
from mmga.sources.pictures import MAX_BYTES, PictureError
from mmga.sources.source import NO_NUMBERS, Record, Unit, Unusable

OPEN = 16
"""Exports whose lists of files are held at once."""

LINKED = "the export is a link, which is not followed: put what it leads to in its place"
DAMAGED = "the archive is damaged or truncated, or parts of it are missing"
CLOSED = "the archive is of a kind that is not read: unpack it, or pack it as zip"
UNREADABLE = "the folder, or one in it, cannot be read"


class InstagramExport:
    """See `mmga.sources.source.Source`."""

    importer = "instagram-export"
    private_places = True
    numbers = NO_NUMBERS

    def __init__(self, root: Path, owners: Mapping[str, str] | None = None) -> None:
        """Say what there is.

        Args:
            root: An export (a folder or an archive), or a folder of many.
            owners: Whose they are where they do not say: label -> username, `""` for the only one.
        """
        self._root = root.resolve()
        self._owners = dict(owners or {})
        self._export: Callable[[str], Export] = lru_cache(OPEN)(partial(Export, self._root))

    def fingerprint(self) -> str:
        """See `Source`."""
        return fingerprint_of([self._root], self.importer, sorted(self._owners.items()))

    def units(self) -> Sequence[Unit]:
        """A unit a person, whose exports may be several; then what is nobody's.

        Raises:
            InputError: If there is no export, the only one is damaged, or `owners` names none.
        """
        if not self._root.exists():
            raise InputError(f"{self._root} does not exist; name an export, or a folder of exports")
        hidden: list[str] = []
        labels = list(exports_in(self._root, hidden.append))
        if not labels:
            raise InputError(
                f"{self._root} holds no export of Instagram: no folder with"
                "\nconnections/ or followers_and_following/, and no zip."
            )
        self._check_owners(labels)
        people: dict[str, tuple[Owner, list[str]]] = {}
        others: dict[str, str] = {}
        for label in labels:
            try:
                owner = self._owner(label)
            except UnreadableError as reason:
                others[label] = str(reason)
                continue
            except InputError:
                if len(labels) == 1:
                    raise
                others[label] = _fault(label)
                continue
            before, of_person = people.get(owner.name, (owner, []))
            people[owner.name] = (before if before.bio else owner), [*of_person, label]
        if not people:
            label, why = next(iter(others.items()))
            raise InputError(f"{self._root / label}: {why}")
        others |= dict.fromkeys(hidden, HIDDEN)
        persons = [Person(*people[name], self._export) for name in sorted(people)]
        return [
            *(Unit(f"person {one.owner.name}", one.records) for one in persons),
            *(Unit(f"left out {one}", partial(_unusable, one, others[one])) for one in others),
        ]

    def picture(self, place: str) -> bytes:
        """See `Source`."""
        label, _, name = place.partition("//")
        try:
            with self._export(label).open(name, MAX_BYTES) as stream:
                return stream.read()
        except (UnreadableError, OSError) as reason:
            raise PictureError(str(reason)) from None

    def _owner(self, label: str) -> Owner:
        """Whose an export is.

        Raises:
            UnreadableError: If nobody knows, or it must not be read.
            InputError: If it is a damaged archive, or a folder that cannot be read.
        """
        if (self._root / label).is_symlink():
            raise UnreadableError(LINKED)
        if is_closed(label):
            raise UnreadableError(CLOSED)
        export = self._export(label)
        if is_of_several(export):
            raise UnreadableError(SEVERAL)
        owner = owner_of(export, self._root.name, self._owners)
        if owner is None:
            raise UnreadableError(why_nobodys(export))
        return owner

    def _check_owners(self, labels: list[str]) -> None:
        if "" in self._owners and len(labels) > 1:
            raise InputError(
                f"there are {len(labels)} exports, of one person each"
                f"\nSay whose each one is, as in --owner {labels[0]}=NAME."
            )
        known = {"", self._root.name, *labels, *(Path(label).name for label in labels)}
        for label in sorted(set(self._owners) - known):
            raise InputError(f"no export is called {label!r}; one is called {labels[0]!r}")


def _fault(label: str) -> str:
    return DAMAGED if is_archive(label) else UNREADABLE


def _unusable(label: str, reason: str) -> Iterator[Record]:
    yield Unusable(label, "users", "", reason)
