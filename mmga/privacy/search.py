"""Whether a file names a user or a post: by value in tables, as a whole word elsewhere."""

import html
import json
import mmap
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmga.sources.identities.handles import BEFORE
from mmga.tables import DAMAGED

NUMBERS = (".npy", ".npz", ".pt", ".safetensors")
"""Arrays: whom they are of says the table beside them."""


class Search:
    """Looks for ids in files of any kind."""

    def __init__(
        self,
        users: Collection[str],
        posts: Collection[str] = (),
        called: Collection[str] = (),
    ) -> None:
        """Args are ids (and handles where they are known), and what texts alone call the users."""
        self.users = frozenset(users)
        self.words = self.users | frozenset(posts)
        self._called = frozenset(called) - self.users

    def found_below(self, folder: Path) -> list[Path]:
        """The files in a folder that name one of them, by their content or their name."""
        return [file for file in _files(folder) if self.names(file) or self._in_name(file, folder)]

    def names(self, file: Path) -> bool:
        """Whether the content of a file does; what cannot be read as its ending says does not."""
        if file.suffix in NUMBERS or not file.stat().st_size:
            return False
        if file.suffix == ".parquet":
            try:
                return self.in_table(file)
            except DAMAGED:
                return False
        with (
            file.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            return self._pattern.search(content) is not None

    def in_text(self, text: str) -> bool:
        """Whether a text does."""
        return self._pattern.search(text.encode("utf-8", "surrogatepass")) is not None

    def _in_name(self, file: Path, folder: Path) -> bool:
        return self.in_text(str(file.relative_to(folder)))

    def in_table(self, file: Path) -> bool:
        """Whether a Parquet file does, by its columns of text."""
        with pq.ParquetFile(file) as table:
            columns = [f.name for f in table.schema_arrow if _is_text(f.type)]
            for batch in table.iter_batches(columns=columns):
                for column in batch.columns:
                    words = _words(column)
                    if pc.any(pc.is_in(words, self._ids)).as_py():
                        return True
                    if pc.any(pc.match_substring_regex(words, self._mention)).as_py():
                        return True
        return False

    @cached_property
    def _ids(self) -> pa.Array:
        return pa.array(sorted(self.words), pa.string())

    @cached_property
    def _mention(self) -> str:
        """In RE2, for texts in tables: `@user` as a whole word, or a link to one."""
        users = "|".join(map(re.escape, sorted(self.users | self._called)))
        return rf"(?i){BEFORE}(?:{users})(?:[^0-9A-Za-z_]|$)"

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """As JSON and HTML (Python's and Jinja's) write them, too."""
        forms = {
            form
            for word in (*self.words, *(f"@{name}" for name in self._called))
            for form in (word, json.dumps(word)[1:-1], html.escape(word), _as_in_jinja(word))
        }
        words = b"|".join(
            re.escape(form.encode("utf-8", "surrogatepass")) for form in sorted(forms)
        )
        return re.compile(rb"(?<![0-9A-Za-z_])(?:" + words + rb")(?![0-9A-Za-z_])")


def _as_in_jinja(word: str) -> str:
    """Quotes are numbers there."""
    return html.escape(word).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _files(folder: Path) -> Iterator[Path]:
    yield from (file for file in sorted(folder.rglob("*")) if file.is_file())


def _is_text(kind: pa.DataType) -> bool:
    """Texts, as they are, in lists or coded."""
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _is_text(kind.value_type)
    plain = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(kind) for is_kind in plain)


def _words(column: pa.Array) -> pa.Array:
    while pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = column.flatten()
    return column.cast(pa.string())
