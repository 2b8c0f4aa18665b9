"""The vocabulary: users, posts, images and follows, as every part of the project reads them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError, nearest

TIMESTAMP = pa.timestamp("us", tz="UTC")

TABLES: dict[str, pa.Schema] = {
    "users": pa.schema(
        [
            pa.field("user_id", pa.string(), nullable=False),
            ("topic", pa.string()),
            ("bio", pa.string()),
        ]
    ),
    "posts": pa.schema(
        [
            pa.field("post_id", pa.string(), nullable=False),
            pa.field("user_id", pa.string(), nullable=False),
            ("created_at", TIMESTAMP),
            ("caption", pa.string()),
        ]
    ),
    "follows": pa.schema(
        [
            pa.field("follower_id", pa.string(), nullable=False),
            pa.field("followee_id", pa.string(), nullable=False),
            ("followed_at", TIMESTAMP),
            pa.field("kind", pa.string(), nullable=False),
        ]
    ),
}
"""Columns and types of the tables that are a file a delivery each; see `table_files`."""

IMAGES = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("post_id", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
        pa.field("bytes", pa.binary(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
    ]
)
"""Columns and types of `images/part-*.parquet`; `position` counts a carousel's pictures from 0."""

FORMATS = ("JPEG", "PNG", "WEBP")
"""What a picture may be; Pillow's other decoders are never given foreign bytes."""

KINDS = ("follow", "mention", "tag")
"""What an edge of `follows` may be."""

PART_BYTES = 96 * 2**20
"""Picture bytes after which an image part is full: millions of pictures are hundreds of files."""

DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What pyarrow raises of a file that is none of Parquet; the last where a name is no text."""

AGAIN = "\nFetch the data again (dvc checkout data.dvc --force), or import them again."


def table_files(folder: Path, name: str) -> list[Path]:
    """The files of a table in their order: `NAME.parquet`, then `NAME-00001.parquet` and so on.

    Each delivery that was added to a data set has left a file of its own.
    """
    first = folder / f"{name}.parquet"
    return [first, *sorted(folder.glob(f"{name}-{'[0-9]' * 5}.parquet"))]


def next_table_file(folder: Path, name: str) -> Path:
    """Where the records of a further delivery go."""
    last = table_files(folder, name)[-1].stem.removeprefix(name).removeprefix("-")
    return folder / f"{name}-{int(last or 0) + 1:05d}.parquet"


Column = TypeVar("Column", pa.Array, pa.ChunkedArray)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """A table of a data set with the columns and types of `TABLES[name]`, from all its files.

    Args:
        folder: A data set in the canonical layout, such as `data/`.
        name: `users`, `posts` or `follows`.

    Raises:
        InputError: If a file is missing or unreadable, lacks a column, or holds a column that
            does not convert to its type.
    """
    tables = [read_table_file(file, name) for file in table_files(folder, name)]
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return frame


def read_table_file(file: Path, name: str) -> pa.Table:
    """One file of a table with the columns and types of `TABLES[name]`.

    Raises:
        InputError: As `read_table` does.
    """
    table = read_parquet(file)
    columns = []
    for field in TABLES[name]:
        if field.name not in table.column_names:
            raise InputError(
                f"{file}: column {field.name!r} is missing{nearest(field.name, table.column_names)}"
                f"\nThe columns of {name} are {', '.join(TABLES[name].names)}."
            )
        columns.append(_typed(file, table[field.name], field))
    return pa.table(columns, names=TABLES[name].names)


def _typed(file: Path, column: Column, field: pa.Field) -> Column:
    """The column of a file with the type of `field`; text does not become bytes."""
    try:
        if field.type == pa.binary() and "string" in str(column.type):
            raise pa.ArrowTypeError("a text is no file")
        typed = column.cast(field.type)
        typed.validate(full=True)  # a cast from text to text looks at no letter
    except pa.ArrowException as error:
        raise InputError(
            f"{file}: column {field.name!r} must be {field.type}, got {column.type}: {error}{AGAIN}"
        ) from None
    return typed


def write_table(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Write `frame` as a table of a data set; its columns must be those of `TABLES[name]`."""
    table = pa.Table.from_pandas(frame, schema=TABLES[name], preserve_index=False)
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table.replace_schema_metadata(None), folder / f"{name}.parquet", compression="zstd"
    )


@contextmanager
def explained_damage(file: Path) -> Iterator[None]:
    """Answer a file of a data set that is no Parquet, or damaged, with `InputError`."""
    try:
        yield
    except DAMAGED as error:
        raise InputError(
            f"{file} cannot be read as Parquet ({str(error).splitlines()[0]}).{AGAIN}"
        ) from None


def read_parquet(file: Path, columns: list[str] | None = None) -> pa.Table:
    """A whole Parquet file.

    Raises:
        InputError: If it is missing or cannot be read.
    """
    if not file.is_file():
        raise InputError(f"{file} is missing; a data set in the canonical layout has it{AGAIN}")
    with explained_damage(file):
        return pq.read_table(file, columns=columns)


def read_schema(file: Path, schema: pa.Schema) -> pa.Schema:
    """The schema of a Parquet file, the content of which is not read.

    Raises:
        InputError: If it is missing or cannot be read, or lacks a column of `schema`.
    """
    if not file.is_file():
        raise InputError(f"{file} is missing; a data set in the canonical layout has it{AGAIN}")
    with explained_damage(file):
        found = pq.read_schema(file)
    missing = [name for name in schema.names if name not in found.names]
    if missing:
        raise InputError(f"{file}: column {missing[0]!r} is missing{AGAIN}")
    return found


def image_parts(folder: Path) -> list[Path]:
    """The image parts of a data set in their order; none where it has no pictures."""
    return sorted((folder / "images").glob("part-*.parquet"))


def next_part(folder: Path) -> int:
    """The number of the next image part of a data set."""
    numbers = [part.stem.removeprefix("part-") for part in image_parts(folder)]
    return max((int(number) + 1 for number in numbers if number.isdigit()), default=0)


def read_images(
    folder: Path, columns: list[str] | None = None, rows: int = 256
) -> Iterator[tuple[Path, int, pa.RecordBatch]]:
    """The pictures of a data set, a batch at a time, so that memory stays flat.

    Args:
        folder: A data set in the canonical layout.
        columns: The columns wanted; all by default.
        rows: At most so many pictures a batch.

    Yields:
        The part's path, the row of the batch's first picture in that part, and the batch.

    Raises:
        InputError: If a part cannot be read, lacks a column, or holds one that does not convert to
            its type.
    """
    for part in image_parts(folder):
        with explained_damage(part), pq.ParquetFile(part) as file:
            missing = set(columns or IMAGES.names) - set(file.schema_arrow.names)
            if missing:
                raise InputError(f"{part}: column {sorted(missing)[0]!r} is missing{AGAIN}")
            first = 0
            for batch in file.iter_batches(batch_size=rows, columns=columns or IMAGES.names):
                fields = [IMAGES.field(name) for name in batch.schema.names]
                typed = [_typed(part, batch[field.name], field) for field in fields]
                yield part, first, pa.record_batch(typed, names=batch.schema.names)
                first += len(batch)


class ImageWriter:
    """Writes pictures into `images/part-*.parquet`, starting a new part when one is full.

    Parts that exist are left as they are: a new delivery only adds parts.

    Use it as a context manager; `written` counts the pictures, `parts` the complete parts.
    """

    FLUSHED = 8 * 2**20
    """Bytes of pictures held until they are written."""

    def __init__(
        self, folder: Path, part_bytes: int = PART_BYTES, first_part: int | None = None
    ) -> None:
        """Args are the data set, the size of a part, and its first number where it is told."""
        self.folder = folder / "images"
        self.part_bytes = part_bytes
        self.written = 0
        self.parts = 0
        self._rows: list[tuple[str, str, int, bytes, str]] = []
        self._pending = 0
        self._in_part = 0
        self._next_part = next_part(folder) if first_part is None else first_part
        self._file: pq.ParquetWriter | None = None

    def __enter__(self) -> "ImageWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.end_part()

    def end_part(self) -> None:
        """Complete the part at work, if there is one: what comes next begins another."""
        self._flush()
        self._close()

    def add(
        self,
        image_id: str,
        post_id: str,
        position: int,
        content: bytes,
        sha256: str | None = None,
    ) -> None:
        """Write one picture, given as the bytes of a JPEG, PNG or WebP file.

        `sha256` is what a delivery says of the bytes; by default it is computed from them.
        """
        digest = sha256 or hashlib.sha256(content).hexdigest()
        self._rows.append((image_id, post_id, position, content, digest))
        self._pending += len(content)
        self.written += 1
        if len(self._rows) == 1024 or self._pending >= self.FLUSHED:
            self._flush()
        if self._in_part >= self.part_bytes:
            self._close()

    def _flush(self) -> None:
        if not self._rows:
            return
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = f"part-{self._next_part:05d}.parquet"
            self._file = pq.ParquetWriter(self.folder / name, IMAGES, compression="none")
            self._next_part += 1
            self._in_part = 0
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(list(c), f.type) for c, f in zip(columns, IMAGES, strict=True)]
        self._file.write_table(pa.table(arrays, schema=IMAGES))
        self._in_part += self._pending
        self._rows, self._pending = [], 0

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self.parts += 1


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Write `dataset.json`: name, source, licence, counts, how ids were treated, who made it."""
    text = json.dumps(description, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / "dataset.json").write_text(text + "\n", encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """What `dataset.json` says; empty where the data set has none.

    Raises:
        InputError: If it is not a JSON object.
    """
    file = folder / "dataset.json"
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{file} must hold a JSON object, got {type(content).__name__}")
    return content


FIRST_DAY, LAST_DAY = date(2004, 1, 1), date(2099, 12, 31)
"""On which data can have been collected: no social medium that this project knows of is older."""


def collected_on(description: Mapping[str, Any]) -> date | None:
    """The day on which the data were collected: nothing in them is later. None where nobody says.

    Args:
        description: Of `read_description`, or one of its deliveries.

    Raises:
        InputError: If it is not a day.
    """
    day = description.get("collected_on")
    if day is None:
        return None
    try:
        found = date.fromisoformat(day)
    except (TypeError, ValueError):
        found = date.min
    if not FIRST_DAY <= found <= LAST_DAY:
        raise InputError(
            "dataset.json: collected_on must be a day such as 2026-11-30, between"
            f" {FIRST_DAY} and {LAST_DAY}, got {day!r}"
        )
    return found
