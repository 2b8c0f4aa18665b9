"""Users, posts, images and edges as CSV or Parquet, whatever their columns are called."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mmga import __version__
from mmga.errors import InputError
from mmga.sources.dropped import Dropped, Records
from mmga.sources.images import import_images
from mmga.sources.landing import landing
from mmga.sources.mapping import Mapping
from mmga.sources.raw import RawTable
from mmga.sources.records import (
    Reader,
    canonical,
    finished_follows,
    finished_posts,
    keep_known,
    refuse_strangers,
)
from mmga.tables import ImageWriter, write_description, write_table


@dataclass(frozen=True)
class Delivery:
    """What a data team hands over. Only the edges are a must."""

    files: Map[str, Path]
    """The file of each table that there is: users, posts, images, follows."""
    mapping: Mapping
    image_folder: Path | None = None
    """Where the paths of `images.file` begin; by default the folder of the images table."""
    undirected: bool = False
    """Whether an edge is a friendship, that is a follow in both directions."""
    encoding: str = "utf-8"
    """Of every CSV."""
    name: str = "unnamed"
    source: str = "not stated"
    licence: str = "not stated"


@dataclass(frozen=True)
class Report:
    """What became of the records of each table."""

    read: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    """Table -> reason -> records."""
    dropped_file: Path | None = None
    """Where they are listed, one by one; none where nothing was dropped."""


def dropped_file_of(out: Path) -> Path:
    """The list of dropped records lies beside the data set: the set holds its own files alone."""
    out = out.resolve()
    return out.with_name(f"{out.name}.dropped.csv")


def import_tables(delivery: Delivery, out: Path, *, replace: bool = False) -> Report:
    """Write the canonical layout of `mmga.tables` into `out`, whole or not at all.

    Without a table of users, everyone who posts, follows or is followed is a user. Records without
    a key, with a key that came before or with a reference to nothing are dropped and listed; so
    are pictures that cannot be decoded.

    Args:
        delivery: What there is.
        out: The folder to make.
        replace: Whether a data set that is there already may be replaced.

    Raises:
        InputError: If something cannot be read, a column is missing, or nothing would be left.
    """
    _check(delivery, out)
    listed = dropped_file_of(out)
    with landing(out, replace=replace) as hidden:
        data = hidden / "data"
        with Dropped(hidden / "dropped.csv") as dropped:
            report = _write(delivery, data, dropped)
        write_description(data, _description(delivery, report))
        listed.unlink(missing_ok=True)
        if dropped.counts:
            dropped.file.rename(listed)
            return Report(report.read, report.written, report.dropped, listed)
        return report


def _check(delivery: Delivery, out: Path) -> None:
    if "follows" not in delivery.files:
        raise InputError("who follows whom is missing: fans are predicted from it")
    if "images" in delivery.files and "posts" not in delivery.files:
        raise InputError("pictures belong to posts; give the table of posts too")
    unused = sorted(delivery.mapping.tables() - set(delivery.files))
    if unused:
        raise InputError(f"something is mapped for {unused[0]}, but there is no such file")
    folder = [delivery.image_folder] if delivery.image_folder else []
    for path in (*delivery.files.values(), *folder):
        if path.resolve().is_relative_to(out.resolve()):
            raise InputError(f"{path} lies in {out}, which is what is made; name another folder")


def _write(delivery: Delivery, data: Path, dropped: Dropped) -> Report:
    reader = Reader(delivery.mapping, dropped)
    raw = {name: RawTable(file, delivery.encoding) for name, file in delivery.files.items()}
    read: dict[str, int] = {}
    records: dict[str, Records] = {}
    for name in ("users", "posts", "follows"):
        if name in raw:
            read[name], records[name] = reader.whole(name, raw[name])
    _finish(records, delivery.undirected)
    tables = {name: canonical(name, found) for name, found in records.items()}
    tables.setdefault("users", canonical("users", _everyone(records, dropped)))
    tables.setdefault("posts", canonical("posts", Records("posts", pa.table({}), dropped)))
    for name, table in tables.items():
        write_table(data, name, table.to_pandas())
    written = {name: len(tables[name]) for name in ("users", "posts", "follows")}
    with ImageWriter(data) as writer:
        if "images" in raw:
            folder = delivery.image_folder or delivery.files["images"].parent
            post_ids = tables["posts"]["post_id"].combine_chunks()
            read["images"] = import_images(reader, raw["images"], folder, post_ids, writer)
    written["images"] = writer.written
    counts = {name: dict(reasons) for name, reasons in dropped.counts.items()}
    _refuse_nothing(written, counts)
    return Report(read, written, counts)


def _finish(records: dict[str, Records], undirected: bool) -> None:
    if "posts" in records:
        finished_posts(records["posts"])
    finished_follows(records["follows"], undirected)
    if "users" not in records:
        return
    records["users"].keep_first(["user_id"])
    users = records["users"].table["user_id"].combine_chunks()
    for name, column in (
        ("posts", "user_id"),
        ("follows", "follower_id"),
        ("follows", "followee_id"),
    ):
        if name in records:
            refuse_strangers(records[name], column, users, "users")
            keep_known(records[name], column, users, "users")


def _everyone(records: dict[str, Records], dropped: Dropped) -> Records:
    follows = records["follows"].table
    ids = [*follows["follower_id"].chunks, *follows["followee_id"].chunks]
    if "posts" in records:
        ids += records["posts"].table["user_id"].chunks
    users = pc.unique(pa.chunked_array(ids, pa.string()))
    return Records("users", pa.table({"user_id": users.sort()}), dropped)


def _refuse_nothing(written: dict[str, int], dropped: dict[str, dict[str, int]]) -> None:
    for name in ("follows", "users"):
        if written[name]:
            continue
        reasons = sorted(dropped.get(name, {}).items(), key=lambda item: -item[1])
        said = "; ".join(f"{count:,} x {reason}" for reason, count in reasons)
        raise InputError(f"no record of {name} is left: {said or 'the table is empty'}")


def _description(delivery: Delivery, report: Report) -> dict[str, object]:
    return {
        "name": delivery.name,
        "source": delivery.source,
        "licence": delivery.licence,
        "counts": report.written,
        "dropped": report.dropped,
        "ids": "not pseudonymised by this importer",
        "made_by": f"mmga {__version__}, import tables",
    }
