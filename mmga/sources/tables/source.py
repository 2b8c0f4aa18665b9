"""Users, posts, images and edges as CSV or Parquet, whatever their columns are called."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path

from mmga.errors import InputError
from mmga.sources.loading.fingerprint import fingerprint_of
from mmga.sources.pictures import read_below
from mmga.sources.source import Unit
from mmga.sources.tables.column import PictureColumn
from mmga.sources.tables.files import raw_tables
from mmga.sources.tables.mapping import Mapping
from mmga.sources.tables.nulls import Nulls
from mmga.sources.tables.parquet_table import ParquetTable
from mmga.sources.tables.raw import RawTable
from mmga.sources.tables.records import Reader
from mmga.sources.tables.whole import clocks_of, pointed_of


@dataclass
class Tables:
    """A `Source`: what a data team hands over. Only the edges are a must."""

    files: Map[str, Path]
    """Of each table that there is (users, posts, images, follows) its file, or a folder of them."""
    mapping: Mapping
    image_folder: Path | None = None
    """Where the paths of `images.file` begin; by default the folder of the images table."""
    encoding: str = "utf-8"
    """Of each CSV whose bytes do not tell it; see `mmga.sources.encodings`."""
    complete: bool = True
    """Whether it must do without a data set to which it is added."""
    null_words: Sequence[str] = ()
    """What else stands for no value; see `mmga.sources.tables.nulls`."""
    importer: str = field(default="tables", init=False)
    private_places: bool = field(init=False)
    numbers: Map[str, str] = field(default_factory=dict, init=False)
    _find: Callable[[str], bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Files and folders in a folder may be called after people (`author=ann`)."""
        self.private_places = any(file.is_dir() for file in self.files.values())

    @cached_property
    def nulls(self) -> Nulls:
        """What stands for no value, and what was seen of it."""
        return Nulls(self.null_words)

    @property
    def everyone(self) -> bool:
        """Without a table of users, everyone who posts, follows or is followed is a user."""
        return "users" not in self.files

    def fingerprint(self) -> str:
        """The files of the tables, and what is said of them; pictures are known by their names."""
        options = (self.files, self.mapping, self.image_folder, self.encoding, self.null_words)
        return fingerprint_of(self.files.values(), *options)

    def units(self) -> Sequence[Unit]:
        """Each CSV, and each so many records of Parquet.

        Raises:
            InputError: If a table is missing or cannot be read, or a column is not there.
        """
        self._check()
        return [unit for name in self.files for unit in self._units_of(name)]

    def picture(self, place: str) -> bytes:
        """The bytes of a picture, from the folder or the column."""
        if self._find is None:
            raise RuntimeError("units() comes before picture()")
        return self._find(place)

    def refuse_inside(self, out: Path) -> None:
        """Refuse to make a data set where the delivery lies, or in it.

        Raises:
            InputError: Its files would go away, or those of the data set would be read.
        """
        out = out.resolve()
        for table in self.files.values():
            if out.is_relative_to(table.resolve()):
                raise InputError(f"{out} lies in {table}, which is read; name another folder")
        folder = [self.image_folder] if self.image_folder else []
        for path in (*self.files.values(), *folder):
            if path.resolve().is_relative_to(out):
                raise InputError(
                    f"{path} lies in {out}, which is what is made; name another folder"
                )

    def _units_of(self, name: str) -> Iterator[Unit]:
        raws = raw_tables(self.files[name], self.encoding)
        columns = self._columns(name, raws)
        if name == "images":
            self._find = self._finder(raws, columns)
        before = 0
        readers: list[Reader] = []
        clocks = cache(lambda: clocks_of(readers))
        pointed = cache(lambda: pointed_of(readers))
        for raw in raws:
            reader = Reader(name, raw, self.mapping, clocks, pointed, self.nulls, before)
            readers.append(reader)
            for part in raw.parts():
                yield Unit(f"{name}: {raw.name} from {part.first}", partial(reader.records, part))
            before += raw.rows if "bytes" in columns and isinstance(raw, ParquetTable) else 0

    def _columns(self, name: str, raws: Sequence[RawTable]) -> dict[str, str]:
        """Canonical column -> raw column, the same in all files of a table.

        Raises:
            InputError: If one has a column that another lacks: it would be lost there.
        """
        first = self.mapping.of(name, raws[0].columns, raws[0].file)
        for raw in raws[1:]:
            found = self.mapping.of(name, raw.columns, raw.file)
            if found.keys() != first.keys():
                column = min(found.keys() ^ first.keys())
                lacks, has = (raw, raws[0]) if column in first else (raws[0], raw)
                raise InputError(
                    f"{lacks.file} has no column {column!r}, which {has.file} has: the files of a"
                    f" table have the same columns\nAdd it (it may be empty) to all of them."
                )
        return first

    def _finder(self, raws: Sequence[RawTable], columns: Map[str, str]) -> Callable[[str], bytes]:
        place = self.files["images"]
        if ("file" in columns) == ("bytes" in columns):
            raise InputError(
                f"{place}: pictures are named by a path or held as bytes, one of the two;"
                "\nadd --map images.file=COLUMN or --map images.bytes=COLUMN"
            )
        if "bytes" in columns:
            return PictureColumn(raws, columns["bytes"]).read
        folder = self.image_folder or (place if place.is_dir() else place.parent)
        if not folder.is_dir():
            raise InputError(
                f"{folder} is no folder; say where the pictures are with --image-folder"
            )
        return partial(read_below, folder.resolve())

    def _check(self) -> None:
        if self.complete and "follows" not in self.files:
            raise InputError(
                "--follows is missing: a table of who follows whom, from which fans are predicted"
                "\nIt needs the columns follower_id and followee_id; if they are called otherwise:"
                "\n--map follows.follower_id=COLUMN --map follows.followee_id=COLUMN"
            )
        if not self.files:
            raise InputError("there is nothing to add: give a table of users, posts or follows")
        if self.complete and "images" in self.files and "posts" not in self.files:
            raise InputError("pictures belong to posts; give the table of posts too")
        unused = sorted(self.mapping.tables() - set(self.files))
        if unused:
            raise InputError(f"something is mapped for {unused[0]}, but there is no such file")
