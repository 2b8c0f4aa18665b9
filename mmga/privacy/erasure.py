"""A data set without some of its users: parts that knew them are written anew, the others stay."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmga.errors import InputError
from mmga.sources.identities.forgotten import NOBODY, Forgotten
from mmga.sources.identities.handles import (
    BEFORE,
    HANDLE,
    PARTS,
    SIGNS,
    Kind,
    folded,
    replaced,
)
from mmga.sources.identities.numbers import SCHEMA, TABLE, Identities, identity_files
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.loading.landing import put_in_place
from mmga.sources.loading.workplace import locked, restore, taken_up
from mmga.tables import IMAGES, TABLES, explained_damage, read_description, write_description

KEYS = {
    "users": ("user_id",),
    "posts": ("user_id",),
    "follows": ("follower_id", "followee_id"),
    "images": ("post_id",),
    TABLE: ("user_id",),
}
"""The columns of each table that say whose a record is."""

SCHEMAS = {**TABLES, "images": IMAGES, TABLE: SCHEMA}

TEXTS = {"users": "bio", "posts": "caption"}
"""The column of a table in which others may be named."""

REFERS = f"(?i)[{SIGNS}]|{'|'.join(map(re.escape, PARTS))}"
"""What a text that names somebody holds; most do not."""

ROWS = {"users": 65_536, "posts": 65_536, "follows": 1_000_000, "images": 128, TABLE: 65_536}
"""Of a table in memory at once."""


@dataclass(frozen=True)
class Part:
    """One file of a data set, and what of it must go."""

    file: Path
    table: str
    rows: int
    gone: int
    """Records of the users."""
    texts: int
    """Captions and bios of others that name them."""

    @property
    def changes(self) -> bool:
        """Whether it must be written anew."""
        return bool(self.gone or self.texts)


@dataclass(frozen=True)
class Erasure:
    """What a data set holds of some users."""

    users: frozenset[str]
    posts: frozenset[str]
    parts: list[Part]
    names: Pseudonyms | None = field(repr=False)
    """The key, where ids are pseudonyms: texts may hold the handles."""
    handles: frozenset[str] = frozenset()
    """What texts call them beside their ids, and what deliveries do; see `survey`."""

    @cached_property
    def called(self) -> frozenset[str]:
        """Their ids and handles as a text is asked about them: composed and in lower case."""
        return frozenset(map(folded, (*self.users, *self.handles)))

    @cached_property
    def no_handles(self) -> re.Pattern[str] | None:
        """Finds those in a text that the rule of handles does not know, such as `my-name`."""
        others = sorted(name for name in self.called if not HANDLE.fullmatch(name))
        names = "|".join(map(re.escape, others))
        return re.compile(rf"({BEFORE})(?:{names})(?![.-]?\w)", re.IGNORECASE) if others else None

    def gone(self) -> dict[str, int]:
        """Records that go, by table."""
        return self._sum("gone")

    def left(self) -> dict[str, int]:
        """Records that stay, by table."""
        rows = self._sum("rows")
        return {table: count - self.gone()[table] for table, count in rows.items()}

    def texts(self) -> int:
        """Captions and bios of others in which they are named."""
        return sum(part.texts for part in self.parts)

    def changed(self) -> list[Part]:
        """The parts that are written anew."""
        return [part for part in self.parts if part.changes]

    def _sum(self, what: str) -> dict[str, int]:
        counts: Counter[str] = Counter({table: 0 for table in KEYS if table != TABLE})
        for part in self.parts:
            if part.table in counts:
                counts[part.table] += getattr(part, what)
        return dict(counts)


def users_of(data: Path) -> set[str]:
    """Everyone whom a data set knows: users, authors, and both ends of the edges.

    Raises:
        InputError: If it is missing or cannot be read.
    """
    restore(data.resolve())
    if not (data / "dataset.json").is_file():
        raise InputError(f"{data} holds no data set (no dataset.json); `dvc pull` fetches it")
    return _known(data)


def _known(data: Path) -> set[str]:
    known: set[str] = set()
    for file, table in _files(data):
        if table == "images":
            continue
        for batch in _batches(file, table, KEYS[table]):
            for column in batch.columns:
                known.update(pc.unique(column).cast(pa.string()).to_pylist())
    return known - {None}


def survey(
    data: Path,
    users: Collection[str],
    names: Pseudonyms | None,
    handles: Collection[str] = (),
) -> Erasure:
    """Look for what a data set holds of some users; nothing is changed.

    Args:
        data: The data set.
        users: Ids as it has them.
        names: The key that made them, if it is here: it finds handles in texts.
        handles: What else texts call them: the pseudonym of `ann` where the id was `Ann`.

    Raises:
        InputError: If it cannot be read.
    """
    posts: set[str] = set()
    called = {*handles, *Identities.read(data).called(users)}
    for file, table in _files(data):
        if table == "posts":
            posts |= posts_of(file, users)
    begun = Erasure(frozenset(users), frozenset(posts), [], names, frozenset(called))
    return replace(begun, parts=list(_parts(data, begun)))


def posts_of(file: Path, users: Collection[str]) -> set[str]:
    """The posts of some users in a file of posts."""
    posts: set[str] = set()
    who = pa.array(sorted(users), pa.string())
    for batch in _batches(file, "posts", ("post_id", "user_id")):
        theirs = batch.filter(pc.is_in(batch["user_id"].cast(pa.string()), who))
        posts.update(theirs["post_id"].cast(pa.string()).to_pylist())
    return posts


def further(data: Path, found: Erasure) -> Iterator[tuple[Path, pa.RecordBatch]]:
    """What no erasure changes: columns that the layout does not know, of records that stay."""
    for file, table in _files(data):
        others = [name for name in pq.read_schema(file).names if name not in SCHEMAS[table].names]
        if others:
            for batch in _batches(file, table, [*KEYS[table], *others]):
                yield file, _without(batch, table, found)[0].select(others)


def erase(data: Path, found: Erasure) -> list[str]:
    """Put the data set without the users in the place of the one with them, whole or not at all.

    No file is written into: a part that changes is a new file, the others are linked, so they keep
    their bytes and their links to DVC's cache.

    Returns:
        The parts that were written anew, as paths within the data set.

    Raises:
        InputError: If nothing would be left to train on.
    """
    _refuse_nothing(data, found)
    # What an interrupted import has staged may be theirs, too: it is not gone on with.
    with locked(data.resolve()) as hidden, taken_up(hidden, "forget"):
        # Nothing can be added from now on.
        found = survey(data, found.users, found.names, found.handles)
        _refuse_nothing(data, found)
        changed = {part.file: part for part in found.changed()}
        new = hidden / "data"
        shutil.rmtree(new, ignore_errors=True)
        for file in sorted(data.rglob("*")):
            to = new / file.relative_to(data)
            if file.is_dir():
                to.mkdir(parents=True, exist_ok=True)
            elif file in changed:
                _write(changed[file], to, found)
            elif file != data / "dataset.json":
                to.parent.mkdir(parents=True, exist_ok=True)
                _link(file, to)
        write_description(new, _description(data, new, found))
        put_in_place(new, data.resolve())
    return [part.relative_to(data).as_posix() for part in changed]


def _refuse_nothing(data: Path, found: Erasure) -> None:
    for table in ("users", "follows"):
        if not found.left()[table]:
            raise InputError(
                f"no record of {table} would be left: nothing can be learned from the rest"
                f"\nDelete the data set instead: {data} and its versions in DVC."
            )


def _description(data: Path, new: Path, found: Erasure) -> dict[str, Any]:
    """`dataset.json` with the counts of today and one user more whom it does not name.

    Their names and numbers are forgotten like ids, but for those that mean others who are left.
    """
    old, left = read_description(data), Identities.read(new)
    theirs = Identities.read(data).called(found.users)
    theirs -= {*left.names, *left.numbers, *_known(new)}
    forgotten = Forgotten.read(old).including(*found.users, names=theirs, handles=found.called)
    counts = {**old.get("counts", {}), **found.left()}
    return {**old, "counts": counts, "forgotten": forgotten.described()}


def _files(data: Path) -> Iterator[tuple[Path, str]]:
    """The Parquet files of a data set and of which table they are, told by their columns.

    Raises:
        InputError: If one cannot be read or is of no table: nobody knows whom it knows.
    """
    identities = identity_files(data)
    for file in sorted(data.rglob("*.parquet")):
        if file in identities:
            yield file, TABLE
            continue
        with explained_damage(file):
            columns = set(pq.read_schema(file).names)
        named = ("images", "posts", "follows")
        kinds = [name for name in named if {*SCHEMAS[name].names} <= columns]
        if not kinds and "user_id" in columns and "post_id" not in columns:
            kinds = ["users"]
        if not kinds:
            raise InputError(f"{file} has the columns of no table; take it out of the data set")
        yield file, kinds[0]


def _batches(file: Path, table: str, columns: Collection[str] | None) -> Iterator[pa.RecordBatch]:
    with explained_damage(file), pq.ParquetFile(file) as stream:
        wanted = list(columns) if columns else None
        yield from stream.iter_batches(batch_size=ROWS[table], columns=wanted)


def _parts(data: Path, found: Erasure) -> Iterator[Part]:
    for file, table in _files(data):
        rows = gone = texts = 0
        columns = [*KEYS[table], *([TEXTS[table]] if table in TEXTS else [])]
        present = set(pq.read_schema(file).names)
        for batch in _batches(file, table, [name for name in columns if name in present]):
            left, changed = _without(batch, table, found)
            rows, gone, texts = rows + len(batch), gone + len(batch) - len(left), texts + changed
        yield Part(file, table, rows, gone, texts)


def _without(batch: pa.RecordBatch, table: str, found: Erasure) -> tuple[pa.RecordBatch, int]:
    """The records of others, and how many of their texts were changed."""
    ids = pa.array(sorted(found.posts if table == "images" else found.users), pa.string())
    theirs = pa.array([False] * len(batch), pa.bool_())
    for column in KEYS[table]:
        theirs = pc.or_(theirs, pc.is_in(batch[column].cast(pa.string()), ids))
    left = batch.filter(pc.invert(theirs))
    name = TEXTS.get(table)
    if name is None or name not in left.schema.names:
        return left, 0
    texts, changed = silent(left[name], found)
    return left.set_column(left.schema.names.index(name), left.schema.field(name), texts), changed


def silent(texts: pa.Array, found: Erasure) -> tuple[pa.Array, int]:
    """Texts in which the users are not named, and how many of them were changed."""
    candidates = pc.fill_null(pc.match_substring_regex(texts, REFERS), False)
    if not pc.any(candidates).as_py():
        return texts, 0
    values, changed = texts.to_pylist(), 0
    for row in pc.indices_nonzero(candidates).to_pylist():
        new = silenced(values[row], found)
        changed += new != values[row]
        values[row] = new
    return (pa.array(values, texts.type), changed) if changed else (texts, 0)


def silenced(text: str, found: Erasure) -> str:
    """A text that names neither the users nor their posts; the same one where it did not."""

    def nobody(name: str, kind: Kind) -> str | None:
        of = found.names.of if found.names is not None else None
        if kind == "post":
            theirs = name in found.posts or (of is not None and of(name, "post") in found.posts)
        else:
            theirs = name in found.called or (of is not None and of(name) in found.called)
        return NOBODY if theirs else None

    new = replaced(text, nobody, email=None)
    if found.no_handles is not None:
        new = found.no_handles.sub(rf"\1{NOBODY}", new)
    if new.count(NOBODY) == text.count(NOBODY):
        return text
    return new.replace(f"@{NOBODY}", NOBODY)


def _write(part: Part, to: Path, found: Erasure) -> None:
    """A part without the users; it stays, empty, where it held nobody else: its number is taken."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetFile(part.file) as old:
        groups = old.metadata.num_row_groups
        packed = old.metadata.row_group(0).column(0).compression.lower() if groups else "none"
        packed = "none" if packed == "uncompressed" else packed  # reading and writing differ
        writer = pq.ParquetWriter(to, old.schema_arrow, compression=packed)
    with writer:
        for batch in _batches(part.file, part.table, None):
            left, _ = _without(batch, part.table, found)
            if len(left):
                writer.write_batch(left)


def _link(file: Path, to: Path) -> None:
    if file.is_symlink():
        to.symlink_to(os.readlink(file))
        return
    try:
        os.link(file, to)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(file, to)
