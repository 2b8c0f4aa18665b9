"""The bytes of a CSV, in UTF-8 whatever it is written in, with some text behind them."""

import codecs
import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STRAY = "\ufdd0"
"""Stands for a byte that is no text, which Arrow could not show of a record that it cannot part. No
text holds it: Unicode keeps it for uses like this one."""

_ESCAPED = re.compile("[\udc80-\udcff]")
"""What Python makes of such a byte."""


def opened(file: Path, encoding: str, end: str, escaped: bool) -> Any:
    r"""A stream for Arrow: the file, unpacked, in UTF-8, then `end`.

    A byte that is no UTF-8 becomes `STRAY`, so that it costs a cell and not the file. Where
    backslashes escape, one that escapes neither a quote nor a backslash (`\N`, `C:\new`, the last
    of a line) is doubled: Arrow would drop it, or glue on what follows.
    """
    whole = pa.input_stream(file, compression="detect")
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    kept = re.compile(rb'(\\["\\])|\\') if escaped else None
    return pa.PythonFile(_Followed(whole, decoder, kept, end.encode()), mode="r")


def restored(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of bytes in which what was no UTF-8 is none."""
    return pc.replace_substring(column, STRAY.encode(), b"\xff")


class _Followed(io.RawIOBase):
    """A stream, decoded, with some bytes behind it."""

    def __init__(
        self,
        stream: Any,
        decoder: codecs.IncrementalDecoder,
        escape: "re.Pattern[bytes] | None",
        end: bytes,
    ) -> None:
        self._stream = stream
        self._decoder = decoder
        self._escape = escape
        self._half = b""
        self._end = end

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, up to what other encodings of them take; none at the end."""
        while found := bytes(self._stream.read(size if size >= 0 else None)):
            found = _encoded(self._decoder.decode(found))
            if self._escape is not None:
                found = self._doubled(self._escape, found)
            if found:
                return found
        last = _encoded(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        found, self._half, self._end = self._half + last + self._end, b"", b""
        return found

    def _doubled(self, escape: "re.Pattern[bytes]", found: bytes) -> bytes:
        found = self._half + found
        slashes = len(found) - len(found.rstrip(b"\\"))
        whole = len(found) - slashes % 2
        self._half = found[whole:]
        return escape.sub(lambda pair: pair[1] or b"\\\\", found[:whole])

    def close(self) -> None:
        self._stream.close()
        super().close()


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _ESCAPED.sub(STRAY, text).encode()
