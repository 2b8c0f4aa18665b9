"""Whether a file names a user or a post: surely, perhaps, or not."""

import html
import json
import mmap
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmga.privacy.erasure import TEXTS, Erasure, silent
from mmga.sources.identities.pseudonyms import DIGITS
from mmga.tables import DAMAGED

State = Literal["clean", "may know", "knows"]

STATES: tuple[State, ...] = ("clean", "may know", "knows")

IDS = {"user_id": "users", "follower_id": "users", "followee_id": "users", "post_id": "posts"}
"""Columns of tables, and keys of JSON, and whose ids they hold."""

NUMBERS = (".npy", ".npz", ".pt", ".safetensors")
"""Arrays: whom they are of says the table beside them."""

PACKED = (
    *(b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd"),
    *(b"%PDF", b"\xff\xfe", b"\xfe\xff"),
)
"""How files begin that nobody looks into: archives, PDF, UTF-16."""

HASHED = re.compile(rb"[a-z][0-9a-f]{%d}" % DIGITS)
"""A pseudonym, which means nothing else anywhere."""

KEY = re.compile(rf'"({"|".join(IDS)})"\s*:\s*"$'.encode())

BEGINS = rb"(?:(?<![0-9A-Za-z_]%s)|(?<=\\[bfnrt]%s)|(?<=%%[0-9A-Fa-f]{2}%s)|(?<=\\u[0-9a-f]{4}%s))"
"""A word does here, behind an escape too. It stands behind the word's first byte, so that the
search stops at such bytes alone."""


class Search:
    """Looks for ids in files of any kind.

    A file *knows* where it is sure: an id where nothing else can stand (`IDS`), a mention in a
    caption or a bio, a pseudonym anywhere. A word elsewhere may mean something else (`14`, `fans`):
    it *may know*, and so may what cannot be looked into.
    """

    def __init__(
        self,
        users: Collection[str],
        posts: Collection[str] = (),
        called: Collection[str] = (),
    ) -> None:
        """Args are ids (and handles where they are known), and what texts alone call the users."""
        self.users = frozenset(users)
        self.posts = frozenset(posts)
        self._called = frozenset(called) - self.users
        self._named = Erasure(self.users, self.posts, [], None, frozenset(called))

    def found_below(self, folder: Path, *but: Path) -> dict[Path, State]:
        """The files in a folder that name one of them, by their content or their name.

        Args:
            folder: Which.
            but: Leave out what lies below these.
        """
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = [path for path in paths if not any(map(path.is_relative_to, but))]
        found = {
            file: surest([self.in_file(file), self.in_text(str(file.relative_to(folder)))])
            for file in files
        }
        return {file: state for file, state in found.items() if state != "clean"}

    def in_file(self, file: Path) -> State:
        """Whether the content of a file does; what cannot be read may."""
        try:
            if file.suffix in NUMBERS or not file.stat().st_size:
                return "clean"
            with (
                file.open("rb") as stream,
                mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
            ):
                if content[:4] == b"PAR1":
                    return self._in_table(file)
                return "may know" if content[:6].startswith(PACKED) else self._in_bytes(content)
        except DAMAGED:
            return "may know"

    def in_text(self, text: str) -> State:
        """Whether a text does."""
        return self._in_bytes(text.encode("utf-8", "surrogatepass"))

    def in_batch(self, batch: pa.RecordBatch) -> State:
        """Whether records do."""
        columns = zip(batch.schema.names, batch.columns, strict=True)
        return surest(self._in_words(name, words) for name, c in columns for words in _words(c))

    def _in_table(self, file: Path) -> State:
        with pq.ParquetFile(file) as table:
            kinds = {field.name: field.type for field in table.schema_arrow}
            names = [name for name, kind in kinds.items() if name in IDS or _has_text(kind)]
            return surest(map(self.in_batch, table.iter_batches(columns=names)))

    def _in_words(self, column: str, words: pa.Array) -> State:
        if column in IDS:
            return "knows" if pc.any(pc.is_in(words, self._ids[column])).as_py() else "clean"
        if column in TEXTS.values():
            return "knows" if silent(words, self._named)[1] else "clean"
        return self.in_text("\n".join(pc.drop_null(pc.unique(words)).to_pylist()))

    def _in_bytes(self, content: bytes | mmap.mmap) -> State:
        """A word by itself is sure where it is a pseudonym, or the value of a key for ids."""
        found: State = "clean"
        for match in self._pattern.finditer(content):
            begin, end = match.span()
            key = KEY.search(content[max(begin - 32, 0) : begin])
            values = self._values[key[1]] if key and content[end : end + 1] == b'"' else set()
            if match[0] in values or HASHED.fullmatch(match[0]):
                return "knows"
            found = "may know"
        return found

    @cached_property
    def _ids(self) -> dict[str, pa.Array]:
        return {name: pa.array(sorted(getattr(self, of)), pa.string()) for name, of in IDS.items()}

    @cached_property
    def _values(self) -> dict[bytes, set[bytes]]:
        return {
            key.encode(): {form for word in getattr(self, of) for form in _forms(word)}
            for key, of in IDS.items()
        }

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        words = (*self.users, *self.posts, *(f"@{name}" for name in self._called))
        forms = sorted({form for word in words for form in _forms(word)})
        some = [
            re.escape(first) + BEGINS % ((re.escape(first),) * 4) + _any_of([f[1:] for f in alike])
            for first, alike in groupby(forms, lambda form: form[:1])
        ]
        return re.compile(rb"(?:" + b"|".join(some) + rb")(?![0-9A-Za-z_])")


def surest(states: Iterable[State]) -> State:
    """The last of `STATES` among some."""
    return max(states, key=STATES.index, default="clean")


def _forms(word: str) -> set[bytes]:
    """As a text holds it, JSON, and HTML (Python's and Jinja's, where quotes are numbers)."""
    page = html.escape(word)
    jinja = page.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    forms = (word, json.dumps(word)[1:-1], page, jinja)
    return {form.encode("utf-8", "surrogatepass") for form in forms}


def _any_of(words: list[bytes]) -> bytes:
    """A pattern of sorted words that begins once what they begin with: quick however many."""
    first, last = words[0], words[-1]
    if first == last:
        return re.escape(first)
    pairs = enumerate(zip(first, last, strict=False))
    same = first[: next((n for n, (one, other) in pairs if one != other), len(first))]
    rest = groupby((word[len(same) :] for word in words), lambda word: word[:1])
    return re.escape(same) + b"(?:" + b"|".join(_any_of(list(some)) for _, some in rest) + b")"


def _has_text(kind: pa.DataType) -> bool:
    """Texts, as they are, coded, or in lists and records."""
    if pa.types.is_dictionary(kind):
        return _has_text(kind.value_type)
    if pa.types.is_nested(kind):
        return any(_has_text(kind.field(n).type) for n in range(kind.num_fields))
    plain = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(kind) for is_kind in plain)


def _words(column: pa.Array) -> Iterator[pa.Array]:
    """The texts in a column, and its whole numbers: they may be ids, too."""
    kind = column.type
    if pa.types.is_map(kind):
        yield from (words for inner in (column.keys, column.items) for words in _words(inner))
    elif pa.types.is_struct(kind):
        yield from (words for inner in column.flatten() for words in _words(inner))
    elif pa.types.is_nested(kind):
        yield from _words(column.flatten())
    elif _has_text(kind) or pa.types.is_integer(kind):
        yield column.cast(pa.string())
