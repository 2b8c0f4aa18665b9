"""The bytes of a CSV, in UTF-8 whatever it is written in, with some text behind them."""

import codecs
import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa

BROKEN = "\0\uffff"
"""In no text: Arrow cannot tell of a record of another length that holds what is no UTF-8."""

ESCAPED = re.compile("[\udc80-\udcff]")
"""What Python makes of bytes that are no UTF-8."""


def opened(file: Path, encoding: str, end: str, escaped: bool) -> Any:
    r"""A stream for Arrow: the file, unpacked, in UTF-8, then `end`.

    For a byte that is no UTF-8 `BROKEN` stands, so that it costs a cell and not the file. Where
    backslashes escape, one before neither a quote nor a backslash (`\N`, `C:\new`, or the end of a
    line) is doubled: Arrow would drop it, and make one of two lines.
    """
    whole = pa.input_stream(file, compression="detect")
    lenient = "surrogateescape" if encoding == "utf-8" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(lenient)
    kept = re.compile(rb'(\\["\\])|\\') if escaped else None
    return pa.PythonFile(_Followed(whole, decoder, kept, end), mode="r")


class _Followed(io.RawIOBase):
    """A stream, decoded, with some bytes behind it."""

    def __init__(
        self,
        stream: Any,
        decoder: codecs.IncrementalDecoder,
        escape: "re.Pattern[bytes] | None",
        end: str,
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
            if found := self._encoded(self._decoder.decode(found)):
                return found
        last, self._end = self._decoder.decode(b"", final=True) + self._end, ""
        return self._encoded(last)

    def _encoded(self, text: str) -> bytes:
        try:
            found = text.encode()
        except UnicodeEncodeError:
            found = ESCAPED.sub(BROKEN, text).encode()
        return self._doubled(self._escape, found) if self._escape is not None else found

    def _doubled(self, escape: "re.Pattern[bytes]", found: bytes) -> bytes:
        found = self._half + found
        slashes = len(found) - len(found.rstrip(b"\\"))
        whole = len(found) - slashes % 2
        self._half = found[whole:]
        return escape.sub(lambda pair: pair[1] or b"\\\\", found[:whole])

    def close(self) -> None:
        self._stream.close()
        super().close()
