"""Records of a unit are checked, their ids perhaps pseudonymised, and staged in columns."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mmga.sources.identities.forgotten import REASON, Forgotten
from mmga.sources.identities.numbers import Renamed
from mmga.sources.identities.pseudonyms import Kind, Pseudonyms
from mmga.sources.loading.staged import IDS, SCHEMAS, SegmentWriter, number
from mmga.sources.source import Batch, Edge, Picture, Post, Record, Unusable, User

TABLE_OF: dict[type, str] = {
    User: "users",
    Post: "posts",
    Picture: "images",
    Edge: "follows",
    Unusable: "unusable",
}

KEYS = {
    "users": ("user_id",),
    "posts": ("post_id",),
    "images": ("post_id", "place"),
    "follows": ("follower_id", "followee_id"),
}
"""What a record is known by in the list of what was dropped."""

TEXTS = {"users": ("bio",), "posts": ("caption",)}
"""The columns in which a person may name another."""

KINDS: dict[str, Kind] = {"post_id": "post", "image_id": "image"}
"""What kind of id a column holds; a user's where it is not here."""

BUFFERED = 4096
BUFFERED_CHARACTERS = 4 * 2**20
"""Records are put into columns by so many, or sooner where their texts are long."""


class Intake:
    """Takes the records of one unit after another."""

    def __init__(
        self,
        writer: SegmentWriter,
        *,
        undirected: bool = False,
        pseudonyms: Pseudonyms | None = None,
        private_places: bool = False,
        renamed: Renamed | None = None,
        forgotten: Forgotten | None = None,
    ) -> None:
        """Args are where the records go, and as in `load` and `Source`."""
        self._writer = writer
        self._undirected = undirected
        self._pseudonyms = pseudonyms
        self._private_places = private_places
        self._renamed = renamed
        self._forgotten = forgotten
        self._buffers: dict[str, list[tuple[Any, ...]]] = {name: [] for name in SCHEMAS}
        self._characters = 0
        self._unit = self._record = 0

    def begin(self, unit: int) -> None:
        """What comes next belongs to this unit (its number, from 0)."""
        self._unit, self._record = unit, 0

    def take(self, record: Record) -> int:
        """Stage a record or a batch of them, and say how many they were."""
        if isinstance(record, Batch):
            self._flush(record.table)
            self._stage(record.table, _in_full(record, self._numbers(len(record.columns))))
            return len(record.columns)
        table = TABLE_OF[type(record)]
        values = tuple(getattr(record, name) for name in SCHEMAS[table].names[1:])
        self._buffers[table].append((number(self._unit, self._record), *values))
        self._record += 1
        self._characters += sum(len(value) for value in values if isinstance(value, str))
        if len(self._buffers[table]) == BUFFERED or self._characters > BUFFERED_CHARACTERS:
            self.flush()
        return 1

    def flush(self) -> None:
        """Stage all that was taken."""
        for table in self._buffers:
            self._flush(table)
        self._characters = 0

    def _numbers(self, count: int) -> pa.Array:
        first, self._record = self._record, self._record + count
        start = number(self._unit, first)
        return pa.array(range(start, start + 2 * count, 2), pa.int64())

    def _flush(self, table: str) -> None:
        rows, self._buffers[table] = self._buffers[table], []
        if not rows:
            return
        schema = SCHEMAS[table]
        columns = [
            _column(list(values), field.type)
            for values, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        self._stage(table, pa.table(columns, names=schema.names))

    def _stage(self, table: str, records: pa.Table) -> None:
        records = _as_text(records, ("where", "record"))
        if table != "unusable":
            records, bad = checked(table, records)
            if len(bad):
                self._stage("unusable", bad)
        if self._pseudonyms is not None:
            records = self._pseudonymised(table, records, self._pseudonyms)
        if self._renamed:
            records = self._as_known(table, records, self._renamed)
        if self._forgotten:
            records = self._without(self._forgotten, table, records)
        if table == "follows" and self._undirected:
            records = _both_ways(records)
        if len(records):
            self._writer.write(table, records.cast(SCHEMAS[table]))

    def _pseudonymised(self, table: str, records: pa.Table, names: Pseudonyms) -> pa.Table:
        changes: dict[str, Callable[[str], str]] = {}
        for column in IDS.get(table, ()):
            kind: Kind = KINDS.get(column, "user")
            changes[column] = partial(names.of, kind=kind)
        if names.texts:
            changes |= dict.fromkeys(TEXTS.get(table, ()), names.in_text)
        if table == "unusable":
            changes["record"] = lambda record: names.of(record, "record") if record else ""
        if self._private_places:
            changes["where"] = lambda where: names.of(where, "place")
        for column, change in changes.items():
            records = _replaced(records, column, each(records[column], change))
        return records

    def _as_known(self, table: str, records: pa.Table, renamed: Renamed) -> pa.Table:
        """With users called as the data set does, in texts too unless these hold bare handles."""
        changes: dict[str, Callable[[str], str]] = {}
        if renamed.ids:
            changes |= dict.fromkeys(_user_ids(table), renamed.id)
        if renamed.handles and (self._pseudonyms is None or self._pseudonyms.texts):
            changes |= dict.fromkeys(TEXTS.get(table, ()), renamed.in_text)
        for column, change in changes.items():
            records = _replaced(records, column, each(records[column], change))
        return records

    def _without(self, forgotten: Forgotten, table: str, records: pa.Table) -> pa.Table:
        """The records of others, in which nobody who was forgotten is named.

        The id of a post stays among what cannot be used until its pictures are known by it.
        """
        out_of = partial(forgotten.out_of, names=self._pseudonyms)
        for column in TEXTS.get(table, ()):
            records = _replaced(records, column, each(records[column], out_of))
        good = pa.array([True] * len(records), pa.bool_())
        for column in _user_ids(table):
            users = records[column].combine_chunks()
            gone = pa.array(sorted(forgotten.among(pc.unique(users).to_pylist())), pa.string())
            good = pc.and_(good, pc.invert(pc.is_in(users, gone)))
        bad = records.filter(pc.invert(good))
        if len(bad):
            nothing = pa.array([""] * len(bad), pa.string())
            columns = {"n": bad["n"], "where": nothing if self._private_places else bad["where"]}
            columns["table"] = pa.array([table] * len(bad), pa.string())
            columns["record"] = bad["post_id"] if table == "posts" else nothing
            columns["reason"] = pa.array([REASON] * len(bad), pa.string())
            self._writer.write("unusable", pa.table(columns).cast(SCHEMAS["unusable"]))
        return records.filter(good)


def checked(table: str, records: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The records that can be used, and the others as `unusable`, each with its first fault.

    Ids are trimmed. A record without an id that it must have cannot be used, nor one with a text
    that has a NUL byte (which databases refuse) or is no text: a half of a pair of surrogates.
    """
    schema = SCHEMAS[table]
    reason = pa.chunked_array([pa.nulls(len(records), pa.string())])
    for field in schema:
        column = records[field.name]
        if pa.types.is_binary(column.type):  # see `_column`
            column, broken = _decoded(column)
            records = _replaced(records, field.name, column)
            reason = pc.if_else(broken, f"{field.name} is no text (it is no Unicode)", reason)
        if not pa.types.is_string(column.type) or field.name == "where":
            continue
        if field.name in IDS[table]:
            column = pc.utf8_trim_whitespace(column)
            column = pc.if_else(pc.equal(column, ""), None, column)
            records = _replaced(records, field.name, column)
        if not field.nullable:
            missing = pc.is_null(column)
            reason = pc.if_else(
                pc.and_(missing, pc.is_null(reason)), f"{field.name} is missing", reason
            )
        nul = pc.fill_null(pc.match_substring(column, "\0"), False)
        if pc.any(nul).as_py():
            reason = pc.if_else(nul, f"{field.name} is no text (it has a NUL byte)", reason)
    good = pc.is_null(reason)
    if pc.all(good).as_py() is not False:
        return records, records.slice(0, 0)
    bad = records.filter(pc.invert(good))
    unusable = {
        "n": bad["n"],
        "where": bad["where"],
        "table": pa.array([table] * len(bad), pa.string()),
        "record": key_of(table, bad),
        "reason": pc.drop_null(reason),
    }
    return records.filter(good), pa.table(unusable)


def _user_ids(table: str) -> set[str]:
    """The columns of a table that hold ids of users."""
    return set(IDS.get(table, ())) - set(KINDS)


def key_of(table: str, records: pa.Table) -> pa.ChunkedArray:
    """What records are known by, a text each."""
    keys = [pc.fill_null(records[column], "") for column in KEYS[table]]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*keys, " "))


def each(column: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """A column of texts with each changed, the same ones once; null stays null."""
    coded = pa.chunked_array([column.combine_chunks().dictionary_encode()]).combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    words = [None if word is None else change(word) for word in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(coded.indices)])


def _in_full(batch: Batch, numbers: pa.Array) -> pa.Table:
    given, count = batch.columns, len(batch.columns)
    columns = []
    for field in SCHEMAS[batch.table]:
        if field.name == "n":
            columns.append(numbers)
            continue
        here = field.name in given.column_names
        column = given[field.name].cast(field.type) if here else pa.nulls(count, field.type)
        columns.append(pc.fill_null(column, "follow") if field.name == "kind" else column)
    return pa.table(columns, names=SCHEMAS[batch.table].names)


def _both_ways(edges: pa.Table) -> pa.Table:
    """Each edge, and behind it the same the other way round."""
    back = edges.rename_columns({"follower_id": "followee_id", "followee_id": "follower_id"})
    back = back.select(edges.column_names)
    back = _replaced(back, "n", pc.add(edges["n"], 1))
    return pa.concat_tables([edges, back]).sort_by("n")


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # JSON can hold a half of a pair of surrogates
        raw = [None if v is None else str(v).encode(errors="surrogatepass") for v in values]
        return pa.array(raw, pa.binary())


def _as_text(records: pa.Table, columns: Sequence[str]) -> pa.Table:
    """With these columns as text, whatever is none replaced by a mark: they are only shown."""
    for column in set(columns) & set(records.column_names):
        if pa.types.is_binary(records[column].type):
            records = _replaced(records, column, _decoded(records[column])[0])
    return records


def _decoded(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.Array]:
    values = column.to_pylist()
    words = [None if value is None else value.decode(errors="replace") for value in values]
    broken = [
        word is not None and word.encode() != value
        for value, word in zip(values, words, strict=True)
    ]
    return pa.chunked_array([pa.array(words, pa.string())]), pa.array(broken)


def _replaced(records: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return records.set_column(records.column_names.index(name), name, column)
