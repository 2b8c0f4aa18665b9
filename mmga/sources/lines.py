"""A long text in blocks of whole lines, each of which can be read without the others."""

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mmga.errors import InputError, unreadable
from mmga.sources.encodings import marked

BLOCK = 4 * 2**20
"""Bytes of a block, more or less."""

LONGEST = 2**16
"""A longer line is no record, and is not held in memory."""

UNITS = {
    "utf-8": "u1",
    "utf-16-le": "<u2",
    "utf-16-be": ">u2",
    "utf-32-le": "<u4",
    "utf-32-be": ">u4",
}
"""Of what numbers an encoding is made, one of which ends a line."""


@dataclass(frozen=True)
class Block:
    """Lines of a file."""

    file: Path
    encoding: str
    """A key of `UNITS`."""
    start: int
    """The first byte of its first line."""
    line: int
    """The number of its first line, from 1."""
    count: int
    """How many lines it has."""

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """The lines and their numbers; None stands for one that is too long or no UTF-8."""
        with self.file.open("rb") as stream:
            stream.seek(self.start)
            readline = _in_utf8(stream, self.encoding)
            for number in range(self.line, self.line + self.count):
                line = readline(LONGEST)
                too_long = len(line) >= LONGEST and not line.endswith(b"\n")
                while too_long and line and not line.endswith(b"\n"):
                    line = readline(LONGEST)
                yield number, None if too_long else _text(line)


def blocks(file: Path, size: int = BLOCK) -> list[Block]:
    """A file in blocks; its byte order mark says whether it is UTF-16 or UTF-32, else it is UTF-8.

    Raises:
        InputError: If it cannot be read, or is no UTF-16 or UTF-32 though it has the mark.
    """
    found = []
    try:
        with file.open("rb") as stream:
            encoding = marked(stream.read(4)) or "utf-8"
            stream.seek(0)
            unit = np.dtype(UNITS[encoding])
            decoder = codecs.getincrementaldecoder(encoding)() if unit.itemsize > 1 else None
            start = place = 0
            line = 1
            while content := stream.read(max(size // unit.itemsize, 1) * unit.itemsize):
                if decoder is not None:
                    decoder.decode(content)
                numbers = np.frombuffer(content, unit, len(content) // unit.itemsize)
                ends = np.flatnonzero(numbers == ord("\n"))
                if len(ends):
                    found.append(Block(file, encoding, start, line, len(ends)))
                    start, line = place + (int(ends[-1]) + 1) * unit.itemsize, line + len(ends)
                place += len(content)
            if decoder is not None:
                decoder.decode(b"", final=True)
            if start < place:
                found.append(Block(file, encoding, start, line, 1))
    except OSError as error:
        raise unreadable(file, error) from None
    except UnicodeError as error:
        raise InputError(
            f"{file} begins as {encoding} does and is none: {error}\nSave it as UTF-8."
        ) from None
    return found


def _in_utf8(stream: BinaryIO, encoding: str) -> Callable[[int], bytes]:
    """Reads a line, or so much of it."""
    if encoding == "utf-8":
        return stream.readline
    text = io.TextIOWrapper(stream, encoding, newline="\n")
    return lambda size: text.readline(size).encode()


def _text(line: bytes) -> str | None:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text.removeprefix("\ufeff").rstrip("\r\n")
