"""Files that follow one another, read as if they were one."""

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from threading import Lock

from mmga.errors import unreadable


class Parts:
    """The bytes of one file or several; any thread may read, at any place."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Open the files.

        Raises:
            InputError: If one of them cannot be read.
        """
        self.files = files
        self._lock = Lock()
        try:
            sizes = [file.stat().st_size for file in files]
            self._streams = [file.open("rb") for file in files]
        except OSError as error:
            raise unreadable(error.filename, error) from None
        self.starts = [0, *accumulate(sizes)][:-1]
        """Where each file begins."""
        self.size = sum(sizes)

    def read(self, place: int, count: int) -> bytes:
        """At most `count` bytes from `place` on; fewer at the end."""
        found = []
        with self._lock:
            while count > 0 and 0 <= place < self.size:
                part = bisect_right(self.starts, place) - 1
                stream = self._streams[part]
                stream.seek(place - self.starts[part])
                content = stream.read(count)
                if not content:
                    break  # the file has become shorter
                found.append(content)
                place += len(content)
                count -= len(content)
        return b"".join(found)

    def __del__(self) -> None:
        for stream in getattr(self, "_streams", []):
            stream.close()


class Stretch(io.RawIOBase):
    """Some bytes of `Parts`, from a place on, as a stream."""

    def __init__(self, parts: Parts, place: int, size: int) -> None:
        self._parts = parts
        self._place = place
        self._left = size

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as there is something."""
        content = self._parts.read(self._place, min(len(buffer), self._left))
        buffer[: len(content)] = content
        self._place += len(content)
        self._left -= len(content)
        return len(content)
