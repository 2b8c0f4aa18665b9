"""What relates staged records to one another and to a data set: which are written, which are not.

It is told out of core, by DuckDB: only keys are read, and what does not fit in memory goes to disk.
"""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError
from mmga.progress import track
from mmga.sources.staged import SCHEMAS, Segments
from mmga.tables import IMAGES, KINDS, TABLES, image_parts, read_schema, table_files

NO_VERDICT = pa.table(
    {
        "n": pa.array([], pa.int64()),
        "reason": pa.array([], pa.string()),
        "listed": pa.array([], pa.bool_()),
    }
)

IN_SET = "is in the data set already"


@dataclass(frozen=True)
class Question:
    """What is to be related."""

    everyone: bool
    """Whether whoever posts, follows or is followed is a user."""
    undirected: bool
    """Whether the staged edges come in pairs, one each way."""
    old: Path | None = None
    """The data set that the records are added to."""
    makers: tuple[str, ...] = KINDS
    """The kinds of edges whose ends `everyone` takes for users: a mention may be of anybody."""


@dataclass(frozen=True)
class Effort:
    """How much is held in memory at once."""

    memory: str
    threads: int
    part_rows: int
    """What is grouped is grouped in parts of about so many records."""


EFFORTS = (
    Effort("350MB", min(cpu_count() or 1, 4), 10_000_000),
    Effort("350MB", 1, 2_000_000),
    Effort("800MB", 1, 2_000_000),
)
"""Tried in turn, where DuckDB cannot do with the memory. Python and Arrow need 300 MB beside it."""


def relate(segments: Segments, folder: Path, question: Question) -> None:
    """Write what is dropped and why, in files that `Related` reads.

    Args:
        segments: The staged records.
        folder: An empty folder, also for what does not fit in memory.
        question: What is to be related.

    Raises:
        InputError: If not one record of a table refers to the users there are, or the data set
            that is added to cannot be read.
    """
    if question.old:
        _refuse_unreadable(question.old)
    for effort in EFFORTS:
        work = folder / "work"
        work.mkdir()
        try:
            with _connected(work, effort) as database:
                _relate(database, segments, folder, question, effort)
            return
        except duckdb.OutOfMemoryException:
            if effort is EFFORTS[-1]:
                raise
        finally:
            shutil.rmtree(work)


def _relate(
    database: duckdb.DuckDBPyConnection,
    segments: Segments,
    folder: Path,
    question: Question,
    effort: Effort,
) -> None:
    _view_staged(database, segments)
    _view_old(database, question.old)
    posts, edges, images = (segments.count(name) for name in ("posts", "follows", "images"))
    users = segments.count("users") + (posts + 2 * edges if question.everyone else 0)
    steps: list[Callable[[], None]] = [
        lambda: _relate_users(database, _parts(users, effort), question),
        lambda: _relate_posts(database, _parts(posts, effort), question.everyone),
        lambda: _relate_follows(database, _parts(edges, effort), question.everyone),
        lambda: _relate_images(database, _parts(images, effort)),
        lambda: _write(database, folder, question.undirected),
    ]
    for step in track(steps, "relations", unit="steps"):
        step()


def _parts(rows: int, effort: Effort) -> int:
    return rows // effort.part_rows + 1


def _grouped(database: duckdb.DuckDBPyConnection, table: str, query: str, parts: int) -> None:
    """Make a table of the answers to a query that groups, in which `PART(x)` chooses a part by x.

    DuckDB takes what is grouped to disk, but needs more memory than there is for very many groups.
    """
    for part in range(parts):
        chosen = re.sub(r"PART\((\w+)\)", rf"(hash(\1) % {parts} = {part})", query)
        make = f"INSERT INTO {table}" if part else f"CREATE TABLE {table} AS"
        database.execute(f"{make} {chosen}")


def _refuse_unreadable(old: Path) -> None:
    """Refuse a data set with a table that is no table; its content is read later."""
    for table, schema in TABLES.items():
        for file in table_files(old, table):
            read_schema(file, schema)
    for part in image_parts(old):
        read_schema(part, IMAGES)


class Related:
    """What `relate` found out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def plan(self) -> Path:
        """Pictures of accepted posts, in order: n, where, post_id, place, position, image_id."""
        return self.folder / "plan.parquet"

    @property
    def others(self) -> Path:
        """The ids of users who are only referred to, sorted."""
        return self.folder / "others.parquet"

    def count_others(self, table: str) -> int:
        """How many records a table has beside those that were staged."""
        return int(pq.read_metadata(self.others).num_rows) if table == "users" else 0

    def count_dropped(self, table: str) -> int:
        """How many of the staged records are not written."""
        return int(pq.read_metadata(self.folder / f"{table}.parquet").num_rows)

    def reasons(self, table: str) -> Counter[str]:
        """Why records are not written, and how many."""
        found: Counter[str] = Counter()
        for told in _read(self.folder / f"{table}.parquet"):
            found.update(told.filter(told["listed"])["reason"].to_pylist())
        return found

    def dropped(self, table: str) -> "Verdicts":
        """Which records of a table are not written."""
        return Verdicts(_read(self.folder / f"{table}.parquet"))


class Verdicts:
    """Goes along with the records of a table, in their order, and says which are not written."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        """Args are tables with columns `n`, ascending, and `reason`."""
        self._tables = iter(tables)
        self._ahead = NO_VERDICT

    def upto(self, n: int) -> pa.Table:
        """The verdicts on records up to `n` that were not told yet: n, reason, listed."""
        told = []
        while True:
            numbers = self._ahead["n"].to_numpy()
            count = int(numbers.searchsorted(n, side="right"))
            told.append(self._ahead.slice(0, count))
            if count < len(numbers):
                self._ahead = self._ahead.slice(count)
                break
            following = next(self._tables, None)
            if following is None:
                self._ahead = NO_VERDICT
                break
            self._ahead = following
        return pa.concat_tables([part for part in told if len(part)] or [NO_VERDICT])


def _read(file: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(file) as stream:
        for batch in stream.iter_batches(65536, use_threads=False):
            yield pa.Table.from_batches([batch])


def _connected(folder: Path, effort: Effort) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(folder / "relate.duckdb"),
        config={
            "memory_limit": effort.memory,
            "threads": effort.threads,
            "temp_directory": str(folder / "spilled"),
            "preserve_insertion_order": False,
            # Nothing is fetched from a network.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )


def _view_staged(database: duckdb.DuckDBPyConnection, segments: Segments) -> None:
    for table, schema in SCHEMAS.items():
        _view(database, table, segments.files(table), schema)


def _view_old(database: duckdb.DuckDBPyConnection, old: Path | None) -> None:
    for table, schema in TABLES.items():
        files = table_files(old, table) if old else []
        _view(database, f"old_{table}", files, schema)
    _view(database, "old_images", image_parts(old) if old else [], IMAGES)


def _view(
    database: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], schema: pa.Schema
) -> None:
    if files:
        listed = ", ".join(f"'{_literal(file)}'" for file in files)
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")
        return
    database.register(f"no_{name}", schema.empty_table())
    database.execute(f"CREATE VIEW {name} AS SELECT * FROM no_{name}")


def _literal(path: Path) -> str:
    """A path as SQL, in which `*`, `?` and `[` stand for themselves."""
    text = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
    return text.replace("'", "''")


def _relate_users(database: duckdb.DuckDBPyConnection, parts: int, question: Question) -> None:
    """`ids` are the users there may be, with a number each."""
    _grouped(
        database,
        "users_first",
        """
        SELECT user_id, min(n) AS n FROM users ANTI JOIN old_users USING (user_id)
        WHERE PART(user_id) GROUP BY user_id
        """,
        parts,
    )
    database.execute(
        f"""
        CREATE TABLE users_dropped AS
            SELECT n, CASE WHEN old.user_id IS NULL THEN 'the user_id came before'
                ELSE 'the user {IN_SET}' END AS reason
            FROM users ANTI JOIN users_first USING (n)
            LEFT JOIN (SELECT DISTINCT user_id FROM old_users) old USING (user_id)
        """
    )
    kinds = ", ".join(f"'{kind}'" for kind in question.makers)
    some = "" if question.makers == KINDS else f"AND kind IN ({kinds})"
    referred = f"""
        UNION ALL SELECT user_id FROM posts WHERE PART(user_id)
        UNION ALL SELECT follower_id FROM follows WHERE PART(follower_id) {some}
        UNION ALL SELECT followee_id FROM follows WHERE PART(followee_id) {some}
    """
    _grouped(
        database,
        "numberless",
        f"""
        SELECT DISTINCT user_id FROM (
            SELECT user_id FROM old_users WHERE PART(user_id)
            UNION ALL SELECT user_id FROM users_first WHERE PART(user_id)
            {referred if question.everyone else ""}
        )
        """,
        parts,
    )
    database.execute(
        """
        CREATE TABLE ids AS SELECT user_id, (row_number() OVER ())::INTEGER AS id FROM numberless;
        DROP TABLE numberless;
        """
    )


def _relate_posts(database: duckdb.DuckDBPyConnection, parts: int, everyone: bool) -> None:
    database.execute(
        """
        CREATE TABLE posts_known AS
            SELECT n, post_id, ids.id AS user, old.post_id IS NOT NULL AS old
            FROM posts LEFT JOIN ids USING (user_id)
            LEFT JOIN (SELECT DISTINCT post_id FROM old_posts) old USING (post_id)
        """
    )
    if not everyone:
        _refuse_strangers(database, "posts", "user_id", "SELECT 1 FROM posts_known WHERE user > 0")
    _grouped(
        database,
        "posts_first",
        """
        SELECT post_id, min(n) AS n, arg_min(user, n) AS user FROM posts_known
        WHERE user IS NOT NULL AND NOT old AND PART(post_id) GROUP BY post_id
        """,
        parts,
    )
    database.execute(
        f"""
        CREATE TABLE posts_dropped AS
            SELECT n, CASE WHEN user IS NULL THEN 'user_id is not in users'
                WHEN old THEN 'the post {IN_SET}' ELSE 'the post_id came before' END AS reason
            FROM posts_known ANTI JOIN posts_first USING (n);
        """
    )


def _relate_follows(database: duckdb.DuckDBPyConnection, parts: int, everyone: bool) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    database.execute(
        f"""
        CREATE TABLE old_edges AS
            SELECT DISTINCT fan.id AS fan, followed.id AS followed,
                list_position([{kinds}], kind)::TINYINT AS kind
            FROM old_follows JOIN ids fan ON follower_id = fan.user_id
            JOIN ids followed ON followee_id = followed.user_id;
        CREATE TABLE edges AS
            SELECT n, fan.id AS fan, followed.id AS followed, follower_id = followee_id AS self,
                list_position([{kinds}], kind)::TINYINT AS kind
            FROM follows LEFT JOIN ids fan ON follower_id = fan.user_id
            LEFT JOIN ids followed ON followee_id = followed.user_id;
        """
    )
    if not everyone:
        for column, end in (("follower_id", "fan"), ("followee_id", "followed")):
            found = f"SELECT 1 FROM edges WHERE {end} > 0"
            _refuse_strangers(database, "follows", column, found)
    _grouped(
        database,
        "edges_first",
        """
        SELECT fan, followed, kind, min(n) AS n FROM edges
        ANTI JOIN old_edges USING (fan, followed, kind)
        WHERE fan IS NOT NULL AND followed IS NOT NULL AND kind IS NOT NULL AND NOT self
            AND PART(fan)
        GROUP BY fan, followed, kind
        """,
        parts,
    )
    database.execute(
        f"""
        CREATE TABLE follows_dropped AS
            SELECT n, CASE
                WHEN kind IS NULL THEN 'kind is none of {", ".join(KINDS)}'
                WHEN self THEN 'the user follows itself'
                WHEN fan IS NULL THEN 'follower_id is not in users'
                WHEN followed IS NULL THEN 'followee_id is not in users'
                WHEN old THEN 'the edge {IN_SET}'
                ELSE 'the follower_id and followee_id and kind came before' END AS reason
            FROM edges ANTI JOIN edges_first USING (n)
            LEFT JOIN (SELECT *, true AS old FROM old_edges) USING (fan, followed, kind);
        """
    )


def _relate_images(database: duckdb.DuckDBPyConnection, parts: int) -> None:
    """A picture's position is told here, before any is decoded: one that fails leaves a gap."""
    database.execute(
        """
        CREATE TABLE shown AS
            SELECT n, coalesce(image_id, post_id || '_' || place) AS image_id, place AS position
            FROM (
                SELECT n, post_id, image_id, coalesce(position,
                    row_number() OVER (PARTITION BY post_id ORDER BY n) - 1)::INTEGER AS place
                FROM images
                SEMI JOIN (
                    SELECT post_id FROM posts_first UNION ALL SELECT post_id FROM old_posts
                ) USING (post_id)
            )
        """
    )
    _grouped(
        database,
        "shown_first",
        """
        SELECT min(n) AS n, image_id FROM shown ANTI JOIN old_images USING (image_id)
        WHERE PART(image_id) GROUP BY image_id
        """,
        parts,
    )
    database.execute(
        f"""
        CREATE TABLE images_dropped AS
            SELECT n, CASE WHEN shown.image_id IS NULL THEN 'post_id is not in posts'
                WHEN old.image_id IS NOT NULL THEN 'the picture {IN_SET}'
                ELSE 'the image_id came before' END AS reason
            FROM images ANTI JOIN shown_first USING (n) LEFT JOIN shown USING (n)
            LEFT JOIN (SELECT DISTINCT image_id FROM old_images) old
                ON shown.image_id = old.image_id;
        """
    )


def _write(database: duckdb.DuckDBPyConnection, folder: Path, undirected: bool) -> None:
    # Of an undirected edge both ways were staged; it is listed once, and if neither is written.
    other = "JOIN follows_dropped other ON other.n = it.n + 1"
    for table in ("users", "posts", "follows", "images"):
        pairs = undirected and table == "follows"
        listed = f"SELECT it.n FROM follows_dropped it {other} WHERE it.n % 2 = 0"
        _copy(
            database,
            f"""
            SELECT n, reason, {"n IN (" + listed + ")" if pairs else "true"} AS listed
            FROM {table}_dropped ORDER BY n
            """,
            folder / f"{table}.parquet",
        )
    _copy(
        database,
        """
        SELECT n, "where", post_id, place, shown.position, shown.image_id
        FROM images JOIN shown_first USING (n) JOIN shown USING (n) ORDER BY n
        """,
        folder / "plan.parquet",
    )
    _copy(
        database,
        """
        SELECT user_id FROM ids
        SEMI JOIN (
            SELECT user AS id FROM posts_first
            UNION ALL SELECT fan FROM edges_first UNION ALL SELECT followed FROM edges_first
        ) USING (id)
        ANTI JOIN users_first USING (user_id) ANTI JOIN old_users USING (user_id)
        ORDER BY user_id
        """,
        folder / "others.parquet",
    )


def _copy(database: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    to = str(file).replace("'", "''")
    database.execute(f"COPY ({query}) TO '{to}' (FORMAT parquet, COMPRESSION zstd)")


def _refuse_strangers(
    database: duckdb.DuckDBPyConnection, table: str, column: str, found: str
) -> None:
    """Refuse a table of which not one record refers to users: the ids are of another kind."""
    first: list[Any] = database.execute(
        f"SELECT {column} FROM {table} ORDER BY n LIMIT 1"
    ).fetchall()
    known = database.execute(
        """
        SELECT user_id FROM (SELECT user_id, n FROM users_first
            UNION ALL SELECT user_id, -1 FROM (SELECT user_id FROM old_users LIMIT 3))
        ORDER BY n, user_id LIMIT 3
        """
    ).fetchall()
    if not first or not known or database.execute(f"{found} LIMIT 1").fetchall():
        return
    raise InputError(
        f"not one {column} of {table} is in users: {first[0][0]!r} is none of"
        f" {', '.join(repr(id) for (id,) in known)} ...\nIs another column meant?"
        f" See --map {table}.{column}=COLUMN."
    )
