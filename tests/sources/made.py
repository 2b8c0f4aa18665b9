"""A source whose records a test has made up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.pictures import PictureError
from mmga.sources.source import Record, Unit
from mmga.tables import TABLES, read_images, read_table


class PowerCut(BaseException):
    """As Ctrl-C is, no `Exception`."""


@dataclass
class Made:
    """Its units are lists of records; its pictures are found by their place."""

    parts: Sequence[Sequence[Record]]
    pictures: dict[str, bytes] = field(default_factory=dict)
    version: str = "1"
    fails_at: str = ""
    """The unit at which reading ends with an error, or the place of a picture."""
    importer: str = "made"
    private_places: bool = False
    numbers: Mapping[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    """The units and the places that were read."""

    def fingerprint(self) -> str:
        return self.version

    def units(self) -> Sequence[Unit]:
        return [Unit(str(n), lambda n=n: self._records(n)) for n in range(len(self.parts))]

    def picture(self, place: str) -> bytes:
        self._fail(place)
        if place not in self.pictures:
            raise PictureError("does not exist")
        return self.pictures[place]

    def _records(self, part: int) -> Iterator[Record]:
        self._fail(str(part))
        yield from self.parts[part]

    def _fail(self, name: str) -> None:
        if name == self.fails_at:
            raise PowerCut(f"the power fails at {name}")
        self.read.append(name)


def contents(out: Path) -> dict[str, list[tuple]]:
    """All records of a data set, sorted."""
    found = {
        name: sorted(
            (tuple(None if value != value else value for value in row) for row in rows),
            key=repr,
        )
        for name in TABLES
        for rows in [read_table(out, name).astype(object).itertuples(index=False, name=None)]
    }
    images = [tuple(row.values()) for _, _, batch in read_images(out) for row in batch.to_pylist()]
    return {**found, "images": sorted(images)}


def files_of(out: Path) -> dict[str, bytes]:
    """The bytes of each file of a data set, and of the lists of what was dropped."""
    found = {str(f.relative_to(out)): f.read_bytes() for f in out.rglob("*") if f.is_file()}
    return found | {file.name: file.read_bytes() for file in dropped_files_of(out).values()}
