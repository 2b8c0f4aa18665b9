"""The files of the Instagram Influencer Dataset as units of records."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

from mmga.errors import InputError
from mmga.sources.folders import folders_below
from mmga.sources.influencers.listing import is_separator, users
from mmga.sources.influencers.mapping import Row, is_header, row, stem
from mmga.sources.influencers.positions import Positions
from mmga.sources.influencers.posts import INFO, PICTURES, post_records
from mmga.sources.jsons import UnreadableError
from mmga.sources.lines import Block, blocks
from mmga.sources.loading.fingerprint import fingerprint_of
from mmga.sources.members.catalogue import Catalogue
from mmga.sources.pictures import MAX_BYTES, PictureError
from mmga.sources.source import NO_NUMBERS, Record, Unit, Unusable
from mmga.sources.ties import Ties

LISTING = "influencers.txt"
MAPPING = "JSON-Image_files_mapping.txt"

OTHER_PICTURES = (".gif", ".heic", ".avif", ".bmp", ".tiff")
"""What is not read, but told as a picture."""

BLOCK = 2**18
"""Bytes of the mapping that make a unit: some thousand posts."""

STRETCH = 2000
"""Files that make a unit where the mapping does not name them."""


class Influencers:
    """See `mmga.sources.source.Source`."""

    importer = "influencers"
    private_places = True
    numbers = NO_NUMBERS

    def __init__(self, folder: Path) -> None:
        """Say what there is: the folder with `influencers.txt`, and all the rest below it."""
        self._root = folder.resolve()

    def fingerprint(self) -> str:
        """See `Source`; of the millions of files in folders only the folders are looked at."""
        below = folders_below(self._root, hidden=lambda _: False, unreadable=lambda _: None)
        folders = [f"{name} {(self._root / name).stat().st_mtime_ns}" for name in below]
        files = (path for path in sorted(self._root.glob("*")) if path.is_file())
        return fingerprint_of(files, self.importer, folders)

    def units(self) -> Sequence[Unit]:
        """The users; the posts of the mapping; what no line of it names.

        Raises:
            InputError: If there are no influencers, or an archive is damaged or incomplete.
        """
        if not self._root.is_dir():
            raise InputError(f"{self._root} is no folder; name the one that holds {LISTING}")
        listing, mapping = self._find(LISTING), self._mapping
        if listing is None:
            raise InputError(f"{self._root} holds no {LISTING}; name the folder that does")
        files = self._files
        units = [Unit("influencers", partial(_users, listing))]
        if mapping:
            units += [Unit(f"mapping {b.line}", partial(self._posts, b)) for b in self._blocks]
        for kind, suffixes in (("info", INFO), ("pictures", PICTURES)):
            cuts = files.cuts(suffixes, STRETCH)
            for after, upto in zip(cuts, [*cuts[1:], None], strict=True):
                records = self._unnamed if kind == "info" else self._unnamed_pictures
                units.append(Unit(f"unnamed {kind} {after}", partial(records, after, upto)))
        return [*units, Unit("left out", self._left_out)]

    def picture(self, place: str) -> bytes:
        """See `Source`."""
        try:
            return self._files.read(place, MAX_BYTES)
        except UnreadableError as reason:
            raise PictureError(str(reason)) from None

    @cached_property
    def _files(self) -> Catalogue:
        texts = [file for file in (self._find(LISTING), self._mapping) if file]
        apart = [file.relative_to(self._root).as_posix() for file in texts]
        return Catalogue(self._root, (*INFO, *PICTURES), apart)

    @cached_property
    def _mapping(self) -> Path | None:
        return self._find(MAPPING)

    @cached_property
    def _blocks(self) -> list[Block]:
        return blocks(self._mapping, BLOCK) if self._mapping else []

    @cached_property
    def _header(self) -> int | None:
        """The number of the line of the mapping that is its header."""
        lines = (numbered for block in self._blocks for numbered in block.lines())
        for number, line in lines:
            if line is None or not is_separator(line):
                return number if line is not None and is_header(line) else None
        return None

    def _find(self, name: str) -> Path | None:
        """A text in the folder, or in a folder right below it."""
        for file in (self._root / name, *sorted(self._root.glob(f"*/{name}"))):
            if file.is_file() and file.resolve().is_relative_to(self._root):
                return file
        return None

    def _rows(self, block: Block) -> Iterator[tuple[str, Row | Unusable]]:
        for number, line in block.lines():
            where = f"{block.file.name}, line {number}"
            if line is not None and (is_separator(line) or number == self._header):
                continue
            try:
                if line is None:
                    raise UnreadableError("is no UTF-8, or too long")
                yield where, row(line)
            except UnreadableError as reason:
                yield where, Unusable(where, "posts", (line or "")[:200], f"the line {reason}")

    def _posts(self, block: Block) -> Iterator[Record]:
        ties = Ties()
        for where, found in self._rows(block):
            if isinstance(found, Unusable):
                yield found
            else:
                positions = self._positions.of(found)
                yield from post_records(self._files, found, positions, where, ties)
        yield from ties.edges()

    def _named(self, block: Block) -> list[Row]:
        return [found for _, found in self._rows(block) if isinstance(found, Row)]

    @cached_property
    def _noted(self) -> Catalogue:
        """The files, note taken of those that the mapping names."""
        for block in self._blocks:
            rows = self._named(block)
            self._files.want(
                key for one in rows for name in (one.json, *one.pictures) for key in one.keys(name)
            )
        return self._files

    @cached_property
    def _positions(self) -> Positions:
        rows = (row for block in self._blocks for row in self._named(block))
        return Positions(self._noted, rows)

    def _unnamed(self, after: str, upto: str | None) -> Iterator[Record]:
        """Posts that the mapping does not name; the picture that is called alike is theirs."""
        ties = Ties()
        for key in self._noted.unwanted(INFO, after, upto):
            user, _, number = stem(key).rpartition("-")
            name = f"{stem(key)}.jpg"
            free = name in self._files and not self._files.is_wanted(name)
            pictures = [name.removeprefix(f"{user}-")] if free else []
            try:
                found = row(f"{user}\t{number}.info\t{pictures!r}")
            except UnreadableError:
                place = self._files.where(key)
                yield Unusable(place, "posts", key, "the name does not say whose the post is")
                if free:
                    place, reason = self._files.where(name), "the info file of its post is unusable"
                    yield Unusable(place, "images", name, reason)
                continue
            positions = range(len(found.pictures))
            yield from post_records(self._files, found, positions, self._files.where(key), ties)
        yield from ties.edges()

    def _unnamed_pictures(self, after: str, upto: str | None) -> Iterator[Record]:
        for key in self._noted.unwanted(PICTURES, after, upto):
            info = f"{stem(key)}.info"
            if info not in self._files or self._files.is_wanted(info) or not key.endswith(".jpg"):
                place = self._files.where(key)
                yield Unusable(place, "images", key, "the mapping does not name the picture")

    def _left_out(self) -> Iterator[Record]:
        for place, reason in self._files.left_out():
            table = "images" if place.lower().endswith((*PICTURES, *OTHER_PICTURES)) else "posts"
            yield Unusable(place, table, place.rpartition("/")[2], f"the file {reason}")


def _users(file: Path) -> Iterator[Record]:
    lines = chain.from_iterable(block.lines() for block in blocks(file))
    yield from users(lines, file.name)
