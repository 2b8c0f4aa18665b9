"""The bytes of a CSV, in UTF-8 whatever it is written in, with some text behind them."""

import codecs
import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa


def opened(file: Path, encoding: str, end: str, escaped: bool) -> Any:
    r"""A stream for Arrow: the file, unpacked, in UTF-8, then `end`.

    Bytes of UTF-8 stay as they are, so that one that is none costs a cell and not the file. Where
    backslashes escape, one that escapes neither a quote nor a backslash (`\N`, `C:\new`, the last
    of a line) is doubled: Arrow would drop it, or glue on what follows.
    """
    whole = pa.input_stream(file, compression="detect")
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
    kept = re.compile(rb'(\\["\\])|\\') if escaped else None
    return pa.PythonFile(_Followed(whole, decoder, kept, end.encode()), mode="r")


class _Followed(io.RawIOBase):
    """A stream, perhaps decoded, with some bytes behind it."""

    def __init__(
        self,
        stream: Any,
        decoder: codecs.IncrementalDecoder | None,
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
            if self._decoder is not None:
                found = self._decoder.decode(found).encode()
            if self._escape is not None:
                found = self._doubled(self._escape, found)
            if found:
                return found
        last = self._decoder.decode(b"", final=True).encode() if self._decoder else b""
        found, self._end, self._decoder = self._half + last + self._end, b"", None
        self._half = b""
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
