"""Which raw column, or which constant, becomes which canonical column."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmga.errors import InputError, nearest

COLUMNS = {
    "users": ("user_id", "topic", "bio"),
    "posts": ("post_id", "user_id", "created_at", "caption", "tags"),
    "images": ("post_id", "file", "bytes", "position", "image_id"),
    "follows": ("follower_id", "followee_id", "followed_at", "kind"),
}
"""What a raw table may give. Beyond the canonical columns: `posts.tags` (`a|b`, appended to the
caption as hashtags) and `images.file` (a path below the image folder)."""

REQUIRED = {
    "users": ("user_id",),
    "posts": ("post_id", "user_id"),
    "images": ("post_id",),
    "follows": ("follower_id", "followee_id"),
}
"""What every record must have."""


@dataclass(frozen=True)
class Mapping:
    """What a person said with `--map` and `--set`, each as (table, column) -> raw name or value."""

    columns: dict[tuple[str, str], str]
    constants: dict[tuple[str, str], str]

    @classmethod
    def parse(cls, maps: Iterable[str], constants: Iterable[str]) -> "Mapping":
        """From `TABLE.COLUMN=RAW` and `TABLE.COLUMN=VALUE`.

        Raises:
            InputError: If one is malformed, names an unknown table or column, or is said twice; or
                if a constant stands for a key.
        """
        mapping = cls(_assignments("--map", maps), _assignments("--set", constants))
        for table, column in mapping.constants:
            if column in REQUIRED[table] or column in ("image_id", "file", "bytes"):
                raise InputError(
                    f"--set {table}.{column}: a key cannot be one value for every record"
                )
            if (table, column) in mapping.columns:
                raise InputError(f"{table}.{column} is given by --map and by --set; drop one")
        return mapping

    def tables(self) -> set[str]:
        """The tables that something was said of."""
        return {table for table, _ in (*self.columns, *self.constants)}

    def of(self, table: str, header: list[str], file: Path) -> dict[str, str]:
        """Canonical column -> raw column, for a raw table with these columns.

        A raw column that already has a canonical name needs no `--map`, nor does the only one that
        has it in another case of letters or with space around it; other columns are ignored.

        Raises:
            InputError: If a mapped raw column does not exist, or a required one is not mapped.
        """
        found = {}
        for column in COLUMNS[table]:
            raw = self.columns.get((table, column))
            if raw is not None and raw not in header:
                raise InputError(
                    f"{file} has no column {raw!r}{nearest(raw, header)}"
                    f"\nIts columns are {_listed(header)}."
                )
            if raw is None and (table, column) not in self.constants:
                raw = _called(column, header)
            if raw is not None:
                found[column] = raw
        for column in REQUIRED[table]:
            if column not in found:
                raise InputError(
                    f"{file} has no column {column!r}; say which one it is:"
                    f" --map {table}.{column}=COLUMN\nIts columns are {_listed(header)}."
                )
        return found

    def constants_of(self, table: str) -> dict[str, str]:
        """Canonical column -> the value that every record gets."""
        return {column: value for (t, column), value in self.constants.items() if t == table}


def _called(column: str, header: list[str]) -> str | None:
    """The column that has this name: exactly, or as the only one but for case and outer space."""
    if column in header:
        return column
    alike = [name for name in header if name.strip().lower() == column]
    return alike[0] if len(alike) == 1 else None


def _assignments(option: str, texts: Iterable[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for text in texts:
        target, equals, value = text.partition("=")
        table, dot, column = target.strip().partition(".")
        if not (equals and dot and value):
            raise InputError(
                f"{option} takes TABLE.COLUMN=..., as in users.user_id=id; got {text!r}"
            )
        if table not in COLUMNS:
            raise InputError(
                f"{option} {text}: no table {table!r}{nearest(table, list(COLUMNS))}"
                f"\nThe tables are {_listed(COLUMNS)}."
            )
        if column not in COLUMNS[table]:
            raise InputError(
                f"{option} {text}: {table} has no column {column!r}"
                f"{nearest(column, list(COLUMNS[table]))}"
                f"\nIts columns are {_listed(COLUMNS[table])}."
            )
        if (table, column) in found:
            raise InputError(f"{option} {table}.{column} is given twice; drop one")
        found[table, column] = value
    return found


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:20]) + (" ..." if len(shown) > 20 else "")
