"""Any source into the canonical layout: with flat memory, resumable, whole or not at all."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmga import __version__
from mmga.errors import InputError
from mmga.progress import counter
from mmga.sources.description import About, Delivered, described, refuse_other_ids
from mmga.sources.fingerprint import fingerprint_of
from mmga.sources.images import Pictures
from mmga.sources.intake import Intake, Pseudonyms
from mmga.sources.landing import check_vacant, put_in_place
from mmga.sources.relate import Question, Related, relate
from mmga.sources.source import Source, Unit
from mmga.sources.staged import Segments, SegmentWriter
from mmga.sources.workplace import restore, workplace
from mmga.sources.writing import DroppedList, list_pictures, write_empty, write_records
from mmga.tables import (
    KINDS,
    TABLES,
    next_part,
    next_table_file,
    read_description,
    write_description,
)


@dataclass(frozen=True)
class Report:
    """What became of the records of each table."""

    read: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    """Table -> reason -> records."""
    dropped_file: Path | None = None
    """Where they are listed, one by one; none where nothing was dropped."""


@dataclass(frozen=True)
class Options:
    """How a source is loaded; the arguments of `load`."""

    about: About = field(default_factory=About)
    replace: bool = False
    append: bool = False
    everyone: bool = False
    undirected: bool = False
    pseudonyms: Pseudonyms | None = None
    makers: tuple[str, ...] = KINDS


def dropped_file_of(out: Path) -> Path:
    """The list of dropped records lies beside the data set: the set holds its own files alone."""
    out = out.resolve()
    return out.with_name(f"{out.name}.dropped.csv")


def load(
    source: Source,
    out: Path,
    about: About | None = None,
    *,
    replace: bool = False,
    append: bool = False,
    everyone: bool = False,
    undirected: bool = False,
    pseudonyms: Pseudonyms | None = None,
    makers: tuple[str, ...] = KINDS,
) -> Report:
    """Write the canonical layout of `mmga.tables` into `out`, whole or not at all.

    Records without a key, with a key that came before or with a reference to nothing are dropped
    and listed; so are pictures that cannot be decoded. An import that was interrupted goes on where
    it was when it is begun again with the same source and options.

    Args:
        source: What there is.
        out: The folder to make, or to add to.
        about: What is said of the delivery.
        replace: Whether a data set that is there already may be replaced.
        append: Whether the delivery is added to the data set that is there; its files stay as they
            are, what it has already is dropped.
        everyone: Whether whoever posts, follows or is followed is a user; otherwise only the users
            that the source names (and those of the data set that is added to).
        undirected: Whether an edge is a friendship, that is an edge in both directions.
        pseudonyms: How ids are replaced before anything is written.
        makers: The kinds of edges that make users where `everyone` is one; others do not, and are
            dropped where an end is no user.

    Raises:
        InputError: If something cannot be read, or nothing would be left.
    """
    options = Options(about or About(), replace, append, everyone, undirected, pseudonyms, makers)
    out = out.resolve()
    restore(out)
    old = _old(out, options)
    units = source.units()
    with workplace(out, _fingerprint(source, units, options, out)) as folder:
        segments = Segments(folder / "records")
        _read(source, units, segments, options)
        related = _related(segments, folder, options, out)
        if old is None:
            _refuse_nothing(segments, related, options)
        pictures = Pictures(folder / "pictures", next_part(out) if append else 0)
        count = pictures.write(related.plan, source.picture)
        report = _land(folder, out, segments, related, pictures, count, source, options, old)
    return report


def _old(out: Path, options: Options) -> dict[str, Any] | None:
    """What is said of the data set that is added to; None where one is made."""
    if not options.append:
        check_vacant(out, options.replace)
        return None
    if not (out / "dataset.json").is_file():
        raise InputError(
            f"{out} holds no data set (no dataset.json) that could be added to; leave out --append"
        )
    if options.replace:
        raise InputError("--append adds to a data set, --force replaces it; drop one of them")
    old = read_description(out)
    refuse_other_ids(old, options.pseudonyms)
    return old


def _fingerprint(source: Source, units: Sequence[Unit], options: Options, out: Path) -> str:
    names = options.pseudonyms
    return fingerprint_of(
        [out] if options.append else [],
        __version__,
        source.importer,
        source.fingerprint(),
        [unit.name for unit in units],
        (options.append, options.everyone, options.undirected, options.makers),
        names and (names.key_id, names.texts),
    )


def _read(source: Source, units: Sequence[Unit], segments: Segments, options: Options) -> None:
    first = segments.units
    with SegmentWriter(segments) as writer, counter("records", "records") as bar:
        intake = Intake(
            writer,
            undirected=options.undirected,
            pseudonyms=options.pseudonyms,
            private_places=source.private_places,
        )
        for unit_number, unit in enumerate(units[first:], first):
            intake.begin(unit_number)
            for record in unit.records():
                bar.update(intake.take(record))
            intake.flush()
            writer.end_unit()


def _related(segments: Segments, folder: Path, options: Options, out: Path) -> Related:
    there, begun = folder / "related", folder / "related.begun"
    if not there.exists():
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir()
        old = out if options.append else None
        question = Question(options.everyone, options.undirected, options.makers, old)
        relate(segments, begun, question)
        begun.rename(there)
    return Related(there)


def _land(
    folder: Path,
    out: Path,
    segments: Segments,
    related: Related,
    pictures: Pictures,
    count: int,
    source: Source,
    options: Options,
    old: dict[str, Any] | None,
) -> Report:
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    if old is not None:
        _link(out, data)
    (folder / "dropped.csv").unlink(missing_ok=True)
    written = {}
    with DroppedList(folder / "dropped.csv") as dropped:
        for table in TABLES:
            file = data / f"{table}.parquet" if old is None else next_table_file(data, table)
            written[table] = write_records(table, segments, related, file, dropped)
            if old is None and not written[table]:
                write_empty(table, file)
        private = options.pseudonyms is not None
        list_pictures(segments, related, pictures.dropped(), dropped, private=private)
    written["images"] = count
    for part in sorted((folder / "pictures" / "images").glob("part-*.parquet")):
        (data / "images").mkdir(exist_ok=True)
        os.link(part, data / "images" / part.name)
    counts = {name: dict(reasons) for name, reasons in dropped.counts.items()}
    new = Delivered(source.importer, options.about, written, counts)
    (data / "dataset.json").unlink(missing_ok=True)
    write_description(data, described(new, options.pseudonyms, old, out.name))
    listed = dropped_file_of(out)
    listed.unlink(missing_ok=True)
    if counts:
        (folder / "dropped.csv").rename(listed)
    if old is None or any(written.values()):
        put_in_place(data, out)
    read = _counts_read(segments, options.undirected)
    return Report(read, written, counts, listed if counts else None)


def _link(old: Path, new: Path) -> None:
    """The same files in another folder, without writing one: links, where the system has them."""
    for file in old.rglob("*"):
        to = new / file.relative_to(old)
        if file.is_symlink():
            to.symlink_to(os.readlink(file))
        elif file.is_dir():
            to.mkdir(exist_ok=True)
        else:
            try:
                os.link(file, to)
            except OSError:
                shutil.copy2(file, to)


def _counts_read(segments: Segments, undirected: bool) -> dict[str, int]:
    read = {table: segments.count(table) for table in (*TABLES, "images")}
    if undirected:
        read["follows"] //= 2
    unusable: Counter[str] = Counter()
    for records in segments.read("unusable"):
        for pair in pc.value_counts(records["table"]):
            unusable[pair["values"].as_py()] += pair["counts"].as_py()
    return {table: read[table] + unusable[table] for table in read if read[table] + unusable[table]}


def _refuse_nothing(segments: Segments, related: Related, options: Options) -> None:
    """Refuse a delivery of which no user or no edge is left, with the reasons."""
    for table in ("follows", "users"):
        more = int(pq.read_metadata(related.others).num_rows) if table == "users" else 0
        file = pq.read_table(related.folder / f"{table}.parquet")
        if segments.count(table) + more > len(file):
            continue
        reasons: Counter[str] = Counter(file.filter(file["listed"])["reason"].to_pylist())
        for records in segments.read("unusable"):
            reasons.update(records.filter(pc.equal(records["table"], table))["reason"].to_pylist())
        said = "; ".join(f"{count:,} x {reason}" for reason, count in reasons.most_common())
        raise InputError(f"no record of {table} is left: {said or 'the table is empty'}")
