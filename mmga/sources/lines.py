"""A long text in blocks of whole lines, each of which can be read without the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmga.errors import InputError

BLOCK = 4 * 2**20
"""Bytes of a block, more or less."""

LONGEST = 2**16
"""A longer line is no record, and is not held in memory."""


@dataclass(frozen=True)
class Block:
    """Lines of a file."""

    file: Path
    start: int
    """The first byte of its first line."""
    end: int
    """The byte behind its last line."""
    line: int
    """The number of its first line, from 1."""

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """The lines and their numbers; None stands for one that is too long or no UTF-8."""
        with self.file.open("rb") as stream:
            stream.seek(self.start)
            number = self.line
            while stream.tell() < self.end and (line := stream.readline(LONGEST)):
                too_long = len(line) == LONGEST and not line.endswith(b"\n")
                while too_long and line and not line.endswith(b"\n"):
                    line = stream.readline(LONGEST)
                yield number, None if too_long else _text(line)
                number += 1


def blocks(file: Path, size: int = BLOCK) -> list[Block]:
    """A file in blocks.

    Raises:
        InputError: If it cannot be read, or is UTF-16.
    """
    found = []
    try:
        with file.open("rb") as stream:
            if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
                raise InputError(f"{file} is UTF-16; save it as UTF-8")
            stream.seek(0)
            start, line = 0, 1
            while content := stream.read(size):
                lines = content.count(b"\n")
                end = stream.tell()
                while not content.endswith(b"\n") and (content := stream.readline(LONGEST)):
                    end = stream.tell()
                    lines += content.endswith(b"\n")
                found.append(Block(file, start, end, line))
                start, line = end, line + lines
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    return found


def _text(line: bytes) -> str | None:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text.removeprefix("\ufeff").rstrip("\r\n")
