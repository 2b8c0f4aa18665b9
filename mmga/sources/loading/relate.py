"""What relates staged records to one another and to a data set: which are written, which are not.

Only keys are read; texts and pictures are not. Of the records of a key that refer to what there
is the first is kept.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from mmga.errors import InputError
from mmga.progress import counter
from mmga.sources.identities.forgotten import REASON
from mmga.sources.loading.outofcore import EFFORTS, OutOfCore
from mmga.sources.loading.staged import SCHEMAS, Segments
from mmga.tables import IMAGES, KINDS, TABLES, image_parts, read_schema, table_files

IN_SET = "is in the data set already"

USER_IN_SET = f"the user {IN_SET}: topic and bio stay as they are there"
"""Files that are there do not change: whoever came without a profile gets none by `--append`."""


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
    """With `everyone`: the kinds of edges of which both ends are users."""


def relate(segments: Segments, folder: Path, question: Question) -> None:
    """Write what is dropped and why, in files that `mmga.sources.loading.related` reads.

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
            with (
                counter("relating", "queries") as bar,
                OutOfCore(work, effort, bar.update) as database,
            ):
                steps = Relations(database, segments, question).steps(folder)
                for number, (what, step) in enumerate(steps.items(), 1):
                    name = f"relating {what} ({number} of {len(steps)})"
                    bar.set_description_str(name, refresh=False)
                    step()
            return
        except duckdb.OutOfMemoryException:
            if effort is EFFORTS[-1]:
                raise
        finally:
            shutil.rmtree(work)


def _refuse_unreadable(old: Path) -> None:
    """Refuse a data set with a table that is no table; its content is read later."""
    for table, schema in TABLES.items():
        for file in table_files(old, table):
            read_schema(file, schema)
    for part in image_parts(old):
        read_schema(part, IMAGES)


class Relations:
    """One table after another, each with what it refers to."""

    def __init__(self, database: OutOfCore, segments: Segments, question: Question) -> None:
        """Args are where it is worked out, of what, and what is asked."""
        self.database = database
        self.question = question
        self.counts = {table: segments.count(table) for table in SCHEMAS}
        for table, schema in SCHEMAS.items():
            database.view(table, segments.files(table), schema)
        old = question.old
        for table, schema in TABLES.items():
            database.view(f"old_{table}", table_files(old, table) if old else [], schema)
        database.view("old_images", image_parts(old) if old else [], IMAGES)
        for table in (*TABLES, "images"):
            self.counts[f"old_{table}"] = database.count(f"old_{table}")

    def steps(self, folder: Path) -> dict[str, Callable[[], None]]:
        """What is to be done, in this order, by name; the last one writes the answers."""
        return {
            "users": self._users,
            "ids": self._ids,
            "posts": self._posts,
            "follows": self._follows,
            "pictures": self._images,
            "answers": lambda: self._write(folder),
        }

    def _users(self) -> None:
        self._find_first("users", "user_id", "users")
        self._drop_but_first(
            "users", f"CASE WHEN old THEN '{USER_IN_SET}' ELSE 'the user_id came before' END"
        )

    def _ids(self) -> None:
        """`ids` are the users there may be, with a number each."""
        kinds = ", ".join(f"'{kind}'" for kind in self.question.makers)
        referred = f"""
            UNION ALL SELECT user_id FROM posts WHERE PART(user_id)
            UNION ALL SELECT follower_id FROM follows WHERE PART(follower_id) AND kind IN ({kinds})
            UNION ALL SELECT followee_id FROM follows WHERE PART(followee_id) AND kind IN ({kinds})
        """
        everyone = self.question.everyone
        counts = self.counts
        texts = counts["users"] + counts["old_users"]
        texts += (counts["posts"] + 2 * counts["follows"]) // 4 if everyone else 0  # many twice
        self.database.make(
            "numberless",
            f"""
            SELECT DISTINCT user_id FROM (
                SELECT user_id FROM old_users WHERE PART(user_id)
                UNION ALL SELECT user_id FROM users_first WHERE PART(user_id)
                {referred if everyone else ""}
            )
            """,
            texts=texts,
        )
        self.database.run(
            "CREATE TABLE ids AS SELECT user_id, (row_number() OVER ())::INTEGER AS id"
            " FROM numberless"
        )
        self.database.drop("numberless")
        self.counts["ids"] = self.database.count("ids")

    def _posts(self) -> None:
        self.database.make(
            "posts_owned",
            """
            SELECT n, post_id, id AS user
            FROM (SELECT n, post_id, user_id FROM posts WHERE PART(user_id))
            LEFT JOIN (SELECT * FROM ids WHERE PART(user_id)) USING (user_id)
            """,
            texts=self.counts["ids"],
        )
        self._refuse_strangers("posts", "user_id", "posts_owned", "user")
        self._find_first("posts", "post_id", "posts_owned", "user")
        self.database.drop("posts_owned")
        self._drop_but_first(
            "posts",
            f"""CASE WHEN user IS NULL THEN 'user_id is not in users'
                WHEN old THEN 'the post {IN_SET}' ELSE 'the post_id came before' END""",
        )

    def _follows(self) -> None:
        self._number_edges("old_follows", "old_edges", "0")
        self._number_edges("follows", "edges", "n")
        for column, end in (("follower_id", "fan"), ("followee_id", "followed")):
            self._refuse_strangers("follows", column, "edges", end)
        rows = self.counts["follows"] + self.counts["old_follows"]
        self.database.make(
            "follows_known",
            """
            SELECT edges.*, old.fan IS NOT NULL AS old
            FROM (SELECT * FROM edges WHERE PART(fan)) edges
            LEFT JOIN (SELECT DISTINCT fan, followed, kind FROM old_edges WHERE PART(fan)) old
                USING (fan, followed, kind)
            """,
            rows=rows,
        )
        self.database.drop("edges", "old_edges")
        self.database.make(
            "follows_first",
            """
            SELECT fan, followed, min(n) AS n FROM follows_known
            WHERE fan IS NOT NULL AND followed IS NOT NULL AND kind IS NOT NULL
                AND NOT self AND NOT old AND PART(fan)
            GROUP BY fan, followed, kind
            """,
            rows=rows,
        )
        self._drop_but_first(
            "follows",
            f"""CASE WHEN kind IS NULL THEN 'kind is none of {", ".join(KINDS)}'
                WHEN self THEN 'the user follows itself'
                WHEN fan IS NULL THEN 'follower_id is not in users'
                WHEN followed IS NULL THEN 'followee_id is not in users'
                WHEN old THEN 'the edge {IN_SET}'
                ELSE 'the follower_id and followee_id and kind came before' END""",
        )

    def _number_edges(self, table: str, made: str, n: str) -> None:
        """Make a table of edges in which numbers stand for users and kinds; null where unknown."""
        kinds = ", ".join(f"'{kind}'" for kind in KINDS)
        self.database.make(
            "half",
            f"""
            SELECT n, id AS fan, followee_id, kind, self
            FROM (
                SELECT {n} AS n, follower_id, followee_id, follower_id = followee_id AS self,
                    nullif(list_position([{kinds}], kind), 0)::TINYINT AS kind
                FROM {table} WHERE PART(follower_id)
            )
            LEFT JOIN (SELECT user_id AS follower_id, id FROM ids WHERE PART(user_id))
                USING (follower_id)
            """,
            texts=self.counts["ids"],
        )
        self.database.make(
            made,
            """
            SELECT n, fan, id AS followed, kind, self
            FROM (SELECT * FROM half WHERE PART(followee_id))
            LEFT JOIN (SELECT user_id AS followee_id, id FROM ids WHERE PART(user_id))
                USING (followee_id)
            """,
            texts=self.counts["ids"],
        )
        self.database.drop("half")

    def _images(self) -> None:
        """A picture's position is told here, before any is decoded: one that fails leaves a gap."""
        self.database.make(
            "shown",
            """
            SELECT n, coalesce(image_id, post_id || '_' || placed) AS image_id, placed AS position
            FROM (
                SELECT n, post_id, image_id, coalesce(position,
                    row_number() OVER (PARTITION BY post_id ORDER BY n) - 1)::INTEGER AS placed
                FROM images
                SEMI JOIN (
                    SELECT post_id FROM posts_first WHERE PART(post_id)
                    UNION ALL SELECT post_id FROM old_posts WHERE PART(post_id)
                ) USING (post_id)
                WHERE PART(post_id)
            )
            """,
            texts=self.counts["images"] + self.counts["old_posts"] + self.counts["posts"],
        )
        self._find_first("images", "image_id", "shown", "position")
        self.database.drop("shown")
        self.database.make(
            "images_told",
            f"""
            SELECT n, image_id, old, post_id IN (
                SELECT record FROM unusable WHERE "table" = 'posts' AND reason = '{REASON}'
            ) AS forgotten
            FROM (SELECT n, post_id FROM images WHERE PART(n))
            LEFT JOIN (SELECT n, image_id, old FROM images_known WHERE PART(n)) USING (n)
            """,
            rows=self.counts["images"],
        )
        self._drop_but_first(
            "images",
            f"""CASE WHEN forgotten THEN '{REASON}'
                WHEN image_id IS NULL THEN 'post_id is not in posts'
                WHEN old THEN 'the image_id (post and position) {IN_SET}'
                ELSE 'the image_id came before' END""",
            of="images_told",
        )

    def _find_first(self, table: str, key: str, of: str, beside: str | None = None) -> None:
        """Make `TABLE_known` and, of the first record of each new key in it, `TABLE_first`.

        Args:
            table: Which of the tables that a data set has.
            key: The column that is its key.
            of: Its records: n, the key and `beside`.
            beside: A column that goes along; a record in which it is null is not a first one.
        """
        texts = self.counts[table] + self.counts[f"old_{table}"]
        columns, first, usable = f"n, {key}", f"{key}, min(n) AS n", "NOT old"
        if beside:
            columns, usable = f"{columns}, {beside}", f"{beside} IS NOT NULL AND {usable}"
            first = f"{first}, arg_min({beside}, n) AS {beside}"
        self.database.make(
            f"{table}_known",
            f"""
            SELECT {columns}, old.{key} IS NOT NULL AS old
            FROM (SELECT {columns} FROM {of} WHERE PART({key}))
            LEFT JOIN (SELECT DISTINCT {key} FROM old_{table} WHERE PART({key})) old USING ({key})
            """,
            texts=texts,
        )
        self.database.make(
            f"{table}_first",
            f"""
            SELECT {first} FROM {table}_known
            WHERE {usable} AND PART({key}) GROUP BY {key}
            """,
            texts=texts,
        )

    def _drop_but_first(self, table: str, reason: str, of: str | None = None) -> None:
        """Make `TABLE_dropped` of records, of `TABLE_known`, that are not first of their key."""
        self.database.make(
            f"{table}_dropped",
            f"""
            SELECT n, n // 2 AS pair, {reason} AS reason FROM {of or f"{table}_known"}
            ANTI JOIN (SELECT n FROM {table}_first WHERE PART(n)) USING (n) WHERE PART(n)
            """,
            rows=self.counts[table],
        )

    def _write(self, folder: Path) -> None:
        for table in ("users", "posts", "images"):
            self._write_dropped(
                f"SELECT n, reason, true AS listed FROM {table}_dropped", folder, table
            )
        self._pairs()
        self._write_dropped("SELECT n, reason, listed FROM follows_told", folder, "follows")
        self.database.make(
            "plan",
            """
            SELECT n, "where", post_id, place, first.position, first.image_id
            FROM (SELECT * FROM images WHERE PART(n))
            JOIN (SELECT * FROM images_first WHERE PART(n)) first USING (n)
            """,
            texts=self.counts["images"],
        )
        self.database.write("SELECT * FROM plan ORDER BY n", folder / "plan.parquet")
        self._others()
        self.database.write("SELECT * FROM others ORDER BY user_id", folder / "others.parquet")

    def _write_dropped(self, query: str, folder: Path, table: str) -> None:
        self.database.write(f"{query} ORDER BY n", folder / f"{table}.parquet")

    def _pairs(self) -> None:
        """Of an undirected edge both ways are staged; it is listed once, if neither is written."""
        if not self.question.undirected:
            self.database.run(
                "CREATE VIEW follows_told AS SELECT *, true AS listed FROM follows_dropped"
            )
            return
        self.database.make(
            "follows_told",
            """
            SELECT n, reason, n % 2 = 0 AND count(*) OVER (PARTITION BY pair) = 2 AS listed
            FROM follows_dropped WHERE PART(pair)
            """,
            rows=self.counts["follows"],
        )

    def _others(self) -> None:
        """Users who are only referred to."""
        self.database.make(
            "referred",
            """
            SELECT user_id FROM (SELECT * FROM ids WHERE PART(id))
            SEMI JOIN (
                SELECT user AS id FROM posts_first WHERE PART(user)
                UNION ALL SELECT fan FROM follows_first WHERE PART(fan)
                UNION ALL SELECT followed FROM follows_first WHERE PART(followed)
            ) USING (id)
            """,
            texts=self.counts["ids"],
        )
        self.database.make(
            "others",
            """
            SELECT user_id FROM referred
            ANTI JOIN (
                SELECT user_id FROM users_first WHERE PART(user_id)
                UNION ALL SELECT user_id FROM old_users WHERE PART(user_id)
            ) USING (user_id)
            WHERE PART(user_id)
            """,
            texts=self.counts["ids"],
        )

    def _refuse_strangers(self, table: str, column: str, made: str, end: str) -> None:
        """Refuse a table of which not one record refers to users: the ids are of another kind."""
        if self.question.everyone or not self.counts[table] or not self.counts["ids"]:
            return
        if self.database.ask(f"SELECT 1 FROM {made} WHERE {end} IS NOT NULL LIMIT 1"):
            return
        first = self.database.ask(f"SELECT arg_min({column}, n) FROM {table}")[0][0]
        known = self.database.ask(
            """
            SELECT user_id FROM (SELECT user_id, n FROM users_first
                UNION ALL SELECT user_id, -1 FROM (SELECT user_id FROM old_users LIMIT 3))
            ORDER BY n, user_id LIMIT 3
            """
        )
        raise InputError(
            f"not one {column} of {table} is in users: {first!r} is none of"
            f" {', '.join(repr(id) for (id,) in known)} ...\nIs another column meant?"
            f" See --map {table}.{column}=COLUMN."
        )
