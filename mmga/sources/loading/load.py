"""Any source into the canonical layout: with flat memory, resumable, whole or not at all."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmga import __version__
from mmga.errors import InputError
from mmga.progress import counter
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.numbers import Identities, Renamed
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.loading.assembly import Assembly
from mmga.sources.loading.description import (
    About,
    Delivered,
    deliveries_of,
    described,
    refuse_other_ids,
    refuse_strange_days,
    refuse_unknowable,
)
from mmga.sources.loading.dropped import put_list
from mmga.sources.loading.fingerprint import fingerprint_of
from mmga.sources.loading.images import Pictures
from mmga.sources.loading.intake import Intake
from mmga.sources.loading.landing import check_vacant, put_in_place
from mmga.sources.loading.relate import Question, relate
from mmga.sources.loading.related import Related
from mmga.sources.loading.staged import Segments, SegmentWriter
from mmga.sources.loading.workplace import locked, restore, taken_up
from mmga.sources.loading.writing import DroppedList
from mmga.sources.source import Source, Unit
from mmga.tables import KINDS, next_part, read_description, table_files


@dataclass(frozen=True)
class Report:
    """What became of the records of each table: read + only_named = written + dropped.

    With `undirected`, each follow that was read may be written twice.
    """

    read: dict[str, int] = field(default_factory=dict)
    only_named: dict[str, int] = field(default_factory=dict)
    """Users who have no record, but whom other tables name."""
    written: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    """Table -> reason -> records."""
    dropped_file: Path | None = None
    """Where they are listed, one by one; none where nothing was dropped."""
    identified: int = 0
    """Users whose number, or another name of theirs, the data set did not know."""


@dataclass(frozen=True)
class Options:
    """How a source is loaded; the arguments of `load`."""

    about: About = field(default_factory=About)
    replace: bool = False
    append: bool = False
    everyone: bool = False
    undirected: bool = False
    makers: tuple[str, ...] = KINDS
    pseudonyms: Pseudonyms | None = None
    forgotten: Forgotten | None = None
    """Whom the data set that is there has forgotten."""
    renamed: Renamed | None = None
    """Whom ids and handles mean that are not those of the data set."""


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
        makers: With `everyone`: the kinds of edges whose ends are users; whoever is only mentioned
            need not be one.

    Whom the data set that is there has forgotten (`mmga forget`) does not come back: their records
    are dropped, and others' texts do not name them. Whoever is known by a number keeps the user_id
    under another name; see `mmga.sources.identities.numbers`.

    Raises:
        InputError: If something cannot be read, or nothing would be left.
    """
    out = out.resolve()
    restore(out)
    options = Options(about or About(), replace, append, everyone, undirected, makers, pseudonyms)
    _old(out, _forgetting(options, out))  # what is refused is so before the delivery is looked at
    units = source.units()
    with locked(out) as folder:
        options = _forgetting(options, out)  # from now on nobody else changes the data set
        old = _old(out, options)
        known = Identities.read(out) if append else Identities()
        called = _called(source, pseudonyms)
        told = known.told(called, options.forgotten or ())
        options = _knowing(options, known, called, out)
        with taken_up(folder, _fingerprint(source, units, options, out)):
            return _loaded(source, units, folder, out, options, old, told)


def _loaded(
    source: Source,
    units: Sequence[Unit],
    folder: Path,
    out: Path,
    options: Options,
    old: dict[str, Any] | None,
    told: Identities,
) -> Report:
    """Read, relate, write and put in place; `old` and `told` are what was known and what is new."""
    private = options.pseudonyms is not None
    segments = Segments(folder / "records")
    _read(source, units, segments, options)
    related = _related(segments, folder, options, out)
    pictures = Pictures(folder / "pictures", next_part(out) if options.append else 0)
    assembly = Assembly(folder / "data", segments, related, pictures, old is not None)
    if old is None:
        _refuse_nothing(assembly, out, private=private)
    count = pictures.write(related.plan, source.picture)
    with DroppedList(folder / "dropped.csv") as dropped:
        written = assembly.write(out, dropped, private=private)
    written["images"] = count
    counts = {name: dict(reasons) for name, reasons in dropped.counts.items()}
    only_named = related.only_named()
    new = Delivered(source.importer, options.about, written, counts, only_named)
    description = described(new, options.pseudonyms, old, out.name, options.forgotten)
    assembly.describe(description)
    told.write(assembly.data)
    # Before the data set: an import that is interrupted in between goes on, and replaces it.
    listed = put_list(dropped.file, out, len(description["deliveries"]) - 1)
    if old is None or any(written.values()) or told.lines:
        put_in_place(assembly.data, out)
    read = segments.records(undirected=options.undirected)
    identified = len({line.user_id for line in told.lines})
    return Report(read, only_named, written, counts, listed, identified)


def _forgetting(options: Options, out: Path) -> Options:
    """With whom the data set that is added to, or replaced, has forgotten."""
    if not (options.append or options.replace):
        return options
    return replaced(options, forgotten=Forgotten.read(read_description(out)))


def _old(out: Path, options: Options) -> dict[str, Any] | None:
    """What is said of the data set that is added to; None where one is made."""
    if not options.append:
        check_vacant(out, options.replace)
        if options.forgotten:
            refuse_unknowable(read_description(out), options.pseudonyms)
        return None
    if not (out / "dataset.json").is_file():
        raise InputError(
            f"{out} holds no data set (no dataset.json) that could be added to; leave out --append"
        )
    if options.replace:
        raise InputError("--append adds to a data set, --force replaces it; drop one of them")
    old = read_description(out)
    refuse_other_ids(old, options.pseudonyms)
    refuse_strange_days(old)
    return old


def _called(source: Source, names: Pseudonyms | None) -> dict[str, str]:
    """Name -> number of those whose number a source knows, both as ids of the data set."""
    of = names.of if names else str
    return {of(name): of(number) for name, number in source.numbers.items()}


def _knowing(options: Options, known: Identities, called: Mapping[str, str], out: Path) -> Options:
    """With whom the names of a delivery mean; whoever was forgotten is so under a new one, too.

    Raises:
        InputError: If the data set has a user of such a name.
    """
    forgotten = options.forgotten
    renamed = known.renamed(called, forgotten or ())
    if forgotten:
        theirs = [name for name, number in called.items() if number in forgotten]
        theirs = [name for name in theirs if name not in known.names]
        if theirs and options.append:
            _refuse_forgotten(out, theirs)
        forgotten = forgotten.including(names=theirs)
    return replaced(options, renamed=renamed, forgotten=forgotten)


def _refuse_forgotten(out: Path, names: Sequence[str]) -> None:
    """Refuse to go on with users who turn out to have been forgotten: they came by name alone."""
    for file in table_files(out, "users"):
        among = [("user_id", "in", names)]
        found = pq.read_table(file, columns=["user_id"], filters=among)["user_id"].to_pylist()
        if found:
            raise InputError(
                "users of the data set are by their numbers ones who were forgotten, under another"
                f" name: {', '.join(found)}\nForget them: mmga forget {' '.join(found)}"
            )


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
        sorted(options.forgotten.users | options.forgotten.names) if options.forgotten else [],
    )


def _read(source: Source, units: Sequence[Unit], segments: Segments, options: Options) -> None:
    first = segments.units
    with SegmentWriter(segments) as writer, counter("records", "records") as bar:
        intake = Intake(
            writer,
            undirected=options.undirected,
            pseudonyms=options.pseudonyms,
            private_places=source.private_places,
            renamed=options.renamed,
            forgotten=options.forgotten,
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
        pa.default_memory_pool().release_unused()  # what reading took; DuckDB has a pool of its own
        old = out if options.append else None
        question = Question(options.everyone, options.undirected, old, options.makers)
        relate(segments, begun, question)
        begun.rename(there)
    return Related(there)


def _refuse_nothing(assembly: Assembly, out: Path, *, private: bool) -> None:
    """Refuse a delivery of which no user or no edge is left, with the reasons and a list."""
    segments, related = assembly.segments, assembly.related
    for table in ("follows", "users"):
        others = related.only_named().get(table, 0)
        if segments.count(table) + others > related.count_dropped(table):
            continue
        with DroppedList(assembly.data.with_name("dropped.csv")) as dropped:
            assembly.write(out, dropped, private=private)
        # As of an addition that adds nothing: a data set that stays keeps its own lists.
        listed = put_list(dropped.file, out, len(deliveries_of(read_description(out))))
        reasons = Counter(dropped.counts.get(table, {})).most_common()
        said = "; ".join(f"{count:,} x {reason}" for reason, count in reasons)
        place = f"\nWhat was left out is listed in {listed}: mend it there and import again."
        raise InputError(
            f"no record of {table} is left: {said or 'the table is empty'}{place if listed else ''}"
        )
