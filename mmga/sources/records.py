"""Raw records become canonical ones, table by table; what does not fit is dropped and listed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mmga.errors import InputError
from mmga.sources.columns import Converter, count, identifier, moment, text
from mmga.sources.dropped import Dropped, Records
from mmga.sources.mapping import REQUIRED, Mapping
from mmga.sources.raw import RawTable
from mmga.tables import KINDS, TABLES

CONVERTERS: dict[str, tuple[Converter, str]] = {
    **dict.fromkeys(
        ["user_id", "post_id", "follower_id", "followee_id", "image_id"], (identifier, "id")
    ),
    **dict.fromkeys(
        ["topic", "bio", "caption", "tags", "kind", "file"],
        (text, "text (it is no UTF-8, or has a NUL byte)"),
    ),
    **dict.fromkeys(["created_at", "followed_at"], (moment, "time")),
    "position": (count, "whole number from 0"),
    "bytes": (lambda column, where: _binary(column, where), "picture"),
}
"""How a column is converted, and what a value that does not convert is not."""

BATCH = 2**31
"""Tables without pictures are worked on whole."""


@dataclass(frozen=True)
class Reader:
    """Reads raw tables with one mapping and lists what it drops in one place."""

    mapping: Mapping
    dropped: Dropped

    def batches(self, name: str, raw: RawTable, rows: int) -> tuple[int, Iterator[Records]]:
        """How many records a raw table has, and its records with canonical columns and types.

        A column that the raw table does not give is absent.

        Raises:
            InputError: If the table cannot be read, or a column is missing or of a wrong kind.
        """
        columns = self.mapping.of(name, raw.columns, raw.file)

        def malformed(row: int, reason: str) -> None:
            self.dropped.add_one(name, row, "", reason)

        total, tables = raw.read(columns, malformed, rows)
        where = {c: f"{raw.file}: column {r!r} ({name}.{c})" for c, r in columns.items()}
        return total, (self._converted(name, table, where) for table in tables)

    def whole(self, name: str, raw: RawTable) -> tuple[int, Records]:
        """The same for a table that is worked on whole."""
        total, batches = self.batches(name, raw, BATCH)
        found = list(batches)
        whole = pa.concat_tables([records.table for records in found])
        return total, Records(name, whole, self.dropped)

    def _converted(self, name: str, raw: pa.Table, where: dict[str, str]) -> Records:
        constants = self.mapping.constants_of(name)
        for column, value in constants.items():
            raw = raw.append_column(column, pa.array([value] * len(raw), pa.string()))
        columns = {"row": raw["row"]}
        unfit = {}
        for column, place in {**where, **{c: f"--set {name}.{c}" for c in constants}}.items():
            convert, what = CONVERTERS[column]
            columns[column] = convert(raw[column], place)
            fit = pc.or_(pc.is_valid(columns[column]), _empty(raw[column]))
            unfit[f"{column} is no {what}"] = fit
        records = Records(name, pa.table({**columns, **unfit}), self.dropped)
        for reason in unfit:
            records.keep(records.table[reason], reason)
        records.table = records.table.drop_columns(list(unfit))
        for column in REQUIRED[name]:
            records.keep(pc.is_valid(records.table[column]), f"{column} is missing")
        return records


def finished_posts(posts: Records) -> None:
    """Append tags to the captions as hashtags; an id that came before is dropped."""
    posts.keep_first(["post_id"])
    table = posts.table
    if "tags" not in table.column_names:
        return
    words = pc.replace_substring_regex(table["tags"], r"[^\S|]+", "")
    words = pc.replace_substring_regex(words, r"^\|+|\|+$", "")
    hashtags = pc.replace_substring_regex(words, r"\|+", " #")
    hashtags = pc.if_else(
        pc.not_equal(words, ""), pc.binary_join_element_wise("#", hashtags, ""), None
    )
    caption = (
        table["caption"] if "caption" in table.column_names else pa.nulls(len(table), "string")
    )
    both = pc.binary_join_element_wise(caption, hashtags, " ", null_handling="skip")
    both = pc.if_else(pc.not_equal(both, ""), both, None)
    kept = table.drop_columns([c for c in ("caption", "tags") if c in table.column_names])
    posts.table = kept.append_column("caption", both)


def finished_follows(follows: Records, undirected: bool) -> None:
    """Give every edge a kind; drop what follows itself, came before or is of no known kind.

    With `undirected` a pair is a follow in both directions and comes once, however it is turned.
    """
    if "kind" not in follows.table.column_names:
        kinds = pa.array(["follow"] * len(follows.table), pa.string())
        follows.table = follows.table.append_column("kind", kinds)
    known = pc.is_in(follows.table["kind"], pa.array(KINDS))
    follows.keep(known, f"kind is none of {', '.join(KINDS)}")
    follower, followee = follows.table["follower_id"], follows.table["followee_id"]
    follows.keep(pc.not_equal(follower, followee), "the user follows itself")
    if undirected:
        follower, followee = follows.table["follower_id"], follows.table["followee_id"]
        pairs = follows.table.drop_columns(["follower_id", "followee_id"])
        pairs = pairs.append_column("follower_id", pc.min_element_wise(follower, followee))
        follows.table = pairs.append_column("followee_id", pc.max_element_wise(follower, followee))
    follows.keep_first(["follower_id", "followee_id", "kind"])
    if undirected:
        there = follows.table
        back = {"follower_id": there["followee_id"], "followee_id": there["follower_id"]}
        back |= {c: there[c] for c in there.column_names if c not in back}
        follows.table = pa.concat_tables([there, pa.table(back).select(there.column_names)])


def keep_known(records: Records, column: str, known: pa.Array, owner: str) -> None:
    """Drop the records whose `column` is not among `known`, the ids of table `owner`."""
    records.keep(pc.is_in(records.table[column], known), f"{column} is not in {owner}")


def refuse_strangers(records: Records, column: str, known: pa.Array, owner: str) -> None:
    """Refuse a table of which not one record refers to table `owner`: the ids are of another kind.

    Raises:
        InputError: With an example of both.
    """
    ids = records.table[column]
    if not len(ids) or not len(known) or pc.any(pc.is_in(ids, known)).as_py():
        return
    raise InputError(
        f"not one {column} of {records.name} is in {owner}: {ids[0].as_py()!r} is none of"
        f" {', '.join(map(repr, known[:3].to_pylist()))} ...\nIs another column meant?"
        f" See --map {records.name}.{column}=COLUMN."
    )


def canonical(name: str, records: Records) -> pa.Table:
    """The columns of `TABLES[name]` in their order; null where the raw table gave none."""
    table, schema = records.table, TABLES[name]
    columns = [
        table[field.name] if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table([c.cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _binary(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise InputError(f"{where} must hold bytes, got {column.type}; a path is images.file")
    return column


def _empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        return pc.fill_null(pc.equal(pc.binary_length(column), 0), True)
    return pc.is_null(column)
