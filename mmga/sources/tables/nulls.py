r"""Words that stand for no value in a file that cannot leave one out, such as `\N`."""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

DATABASES = r"\N"
"""What Hive, MySQL and PostgreSQL write for no value: it is nobody's id and nobody's text."""

PERHAPS = ("NULL", "null", "None", "NaN", "nan")
"""What others write, and what somebody may be called: a value, unless a person says otherwise."""


class Nulls:
    """Takes such words for no value, and knows what a person should be told of them."""

    def __init__(self, said: Iterable[str] = ()) -> None:
        """Args are the words that a person gave."""
        self._none = pa.array(sorted({DATABASES, *said}), pa.large_string()).cast(pa.large_binary())
        untold = sorted({DATABASES, *PERHAPS} - set(said))
        self._untold = pa.array(untold, pa.large_string()).cast(pa.large_binary())
        self._seen: Counter[tuple[str, str]] = Counter()

    def without(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """A raw column, null where such a word stands, or a number that is none (NaN)."""
        words = as_bytes(column)
        if words is None:
            column = in_full(column)
            if not pa.types.is_floating(column.type):
                return column
            return pc.if_else(pc.is_nan(column), None, column)
        found = pc.is_in(words, self._none)
        if not pc.any(found).as_py():
            return column
        return pc.if_else(found, pa.scalar(None, words.type), words)

    def see(self, column: pa.ChunkedArray, name: str) -> None:
        """Take note of what a raw column, called `TABLE.COLUMN`, has of words that nobody gave."""
        words = as_bytes(column)
        if words is None:
            return
        untold = words.filter(pc.is_in(words, self._untold))
        for pair in pc.value_counts(untold):
            self._seen[name, pair["values"].as_py().decode()] += pair["counts"].as_py()

    def hints(self) -> list[str]:
        """What was seen, a line each; an import that was interrupted has not seen all."""
        return [
            f"{name} has {count:,} x {word}, taken for {_taken(word)}"
            for (name, word), count in sorted(self._seen.items())
        ]


def _taken(word: str) -> str:
    return "none" if word == DATABASES else f"values; --null {word} makes them none"


def in_full(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values themselves, where a column holds numbers that stand for them."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def as_bytes(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Texts or bytes of any type of Parquet as large binary; None where a column holds others."""
    column = in_full(column)
    kind = column.type
    if (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
    ):
        return column.cast(pa.large_binary())
    return None
