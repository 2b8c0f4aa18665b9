"""The bytes of a CSV, in UTF-8 whatever it is written in, with some text behind them."""

import codecs
import io
from pathlib import Path
from typing import Any

import pyarrow as pa


def opened(file: Path, encoding: str, end: str) -> Any:
    """A stream for Arrow: the file, unpacked, in UTF-8, then `end`.

    Bytes of UTF-8 stay as they are, so that one that is none costs a cell and not the file.
    """
    whole = pa.input_stream(file, compression="detect")
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
    return pa.PythonFile(_Followed(whole, decoder, end.encode()), mode="r")


class _Followed(io.RawIOBase):
    """A stream, perhaps decoded, with some bytes behind it."""

    def __init__(self, stream: Any, decoder: codecs.IncrementalDecoder | None, end: bytes) -> None:
        self._stream = stream
        self._decoder = decoder
        self._end = end

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, up to what other encodings of them take; none at the end."""
        while found := bytes(self._stream.read(size if size >= 0 else None)):
            if self._decoder is not None:
                found = self._decoder.decode(found).encode()
            if found:
                return found
        last = self._decoder.decode(b"", final=True).encode() if self._decoder else b""
        found, self._end, self._decoder = last + self._end, b"", None
        return found

    def close(self) -> None:
        self._stream.close()
        super().close()
