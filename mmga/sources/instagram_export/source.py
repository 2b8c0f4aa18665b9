"""Exports of persons as units of records: their follows with dates, posts, pictures, mentions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from mmga.errors import InputError
from mmga.sources.instagram_export.exports import Export, exports_in
from mmga.sources.instagram_export.owner import Owner, owner_of
from mmga.sources.instagram_export.person import Person
from mmga.sources.jsons import UnreadableError
from mmga.sources.loading.fingerprint import fingerprint_of
from mmga.sources.members import is_archive
from mmga.sources.pictures import MAX_BYTES, PictureError
from mmga.sources.source import NO_NUMBERS, Record, Unit, Unusable

OPEN = 16
"""Exports whose lists of files are held at once."""

NOBODYS = "the export does not say whose it is: name the person with --owner"
DAMAGED = "the archive is damaged or truncated, or parts of it are missing"
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
        labels = list(exports_in(self._root))
        if not labels:
            raise InputError(
                f"{self._root} holds no export of Instagram: no folder with"
                "\nconnections/ or followers_and_following/, and no zip."
            )
        self._check_owners(labels)
        people: dict[str, tuple[Owner, list[str]]] = {}
        others: list[Unit] = []
        for label in labels:
            try:
                owner = owner_of(self._export(label), self._root.name, self._owners)
            except InputError:
                if len(labels) == 1:
                    raise
                others.append(Unit(f"damaged {label}", partial(_unusable, label, _fault(label))))
                continue
            if owner is None:
                others.append(Unit(f"nobody's {label}", partial(_unusable, label, NOBODYS)))
                continue
            before, of_person = people.get(owner.name, (owner, []))
            people[owner.name] = (before if before.bio else owner), [*of_person, label]
        if not people:
            raise InputError(f"{self._root}: {NOBODYS}")
        persons = [Person(*people[name], self._export) for name in sorted(people)]
        return [*(Unit(f"person {one.owner.name}", one.records) for one in persons), *others]

    def picture(self, place: str) -> bytes:
        """See `Source`."""
        label, _, name = place.partition("//")
        try:
            with self._export(label).open(name, MAX_BYTES) as stream:
                return stream.read()
        except (UnreadableError, OSError) as reason:
            raise PictureError(str(reason)) from None

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
