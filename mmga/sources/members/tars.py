"""Tar archives, plain or by gzip, read at any place without unpacking them."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import indexed_gzip

from mmga.errors import unreadable
from mmga.sources.jsons import UnreadableError
from mmga.sources.members.archive import LINK, Member, problem_of

HEADER_BYTES = 2**20
"""A longer header (of names, of attributes) is no header."""

RATIO = 200
"""How many times its own size a gzip may unpack to; pictures are packed 1:1, JSON 1:10."""

WINDOWS = 4096
"""Places of a gzip, 32 KiB each, from which it can be read without reading what comes before."""

CUT = "ends too early: it is truncated"
DAMAGED = "is damaged: a header in it cannot be read"


class Tar:
    """A tar archive; see `mmga.sources.members.archive.Archive`."""

    def __init__(self, file: Path) -> None:
        """Open it.

        Raises:
            InputError: If it cannot be read.
        """
        self.name = file.name
        self._lock = Lock()
        try:
            size = file.stat().st_size
            with file.open("rb") as stream:
                is_gzip = stream.read(2) == b"\x1f\x8b"
            self._stream: BinaryIO = (
                indexed_gzip.IndexedGzipFile(
                    str(file), spacing=max(2**20, 16 * size // WINDOWS), buffer_size=2**16
                )
                if is_gzip
                else file.open("rb")
            )
        except OSError as error:
            raise unreadable(file, error) from None
        self._most = RATIO * size + 64 * 2**20 if is_gzip else size
        self._beyond = "unpacks to far more than it has" if is_gzip else CUT

    def __del__(self) -> None:
        if hasattr(self, "_stream"):
            self._stream.close()

    def members(self) -> Iterator[Member]:
        """Its files in their order; one with a `problem` stands for what cannot be listed."""
        self._stream.seek(0)
        try:
            with tarfile.open(fileobj=_Headers(self._stream), mode="r:") as tar:  # type: ignore[call-overload]
                while (info := tar.next()) is not None:
                    tar.members.clear()  # it would remember them all
                    if info.size < 0:  # `next` would go back, and never end
                        raise UnreadableError(DAMAGED)
                    if info.offset_data + info.size > self._most:
                        yield Member(_name(info), problem=self._beyond)
                        raise UnreadableError(self._beyond)
                    if not info.isdir():
                        yield _member(info)
                self._check_end(tar.offset)
        except UnreadableError as reason:
            yield Member(self.name, problem=str(reason))
        except (tarfile.TarError, OSError, EOFError, ValueError, indexed_gzip.ZranError):
            yield Member(self.name, problem="is no tar archive, or it ends too early")

    def _check_end(self, place: int) -> None:
        """See that nothing but zeros comes where `tarfile` has found no more members.

        It says nothing of a header that is damaged or breaks off: that is an end to it, too.

        Raises:
            UnreadableError: If something else comes.
        """
        self._stream.seek(place)
        block = self._stream.read(tarfile.BLOCKSIZE)
        if len(block) < tarfile.BLOCKSIZE:
            raise UnreadableError(CUT)
        if block.strip(b"\0"):
            raise UnreadableError(DAMAGED)
        while content := self._stream.read(HEADER_BYTES):
            if content.strip(b"\0"):
                raise UnreadableError("goes on behind its end: a header in it may be damaged")
            if self._stream.tell() > self._most:
                raise UnreadableError(self._beyond)

    def open(self, member: Member, limit: int) -> BinaryIO:
        """A file of it.

        Raises:
            UnreadableError: If it is larger than `limit` bytes, or damaged.
        """
        if member.problem:
            raise UnreadableError(member.problem)
        if member.size > limit:
            raise UnreadableError(f"is larger than {limit // 2**20} MiB")
        with self._lock:
            try:
                self._stream.seek(member.start)
                content = self._stream.read(member.size)
            except (OSError, EOFError, ValueError, indexed_gzip.ZranError):
                raise UnreadableError("is damaged: it cannot be unpacked") from None
        if len(content) < member.size:
            raise UnreadableError(CUT)
        return io.BytesIO(content)


def _name(info: tarfile.TarInfo) -> str:
    return info.name.replace("\\", "/").removeprefix("./")


def _member(info: tarfile.TarInfo) -> Member:
    name = _name(info)
    problem = problem_of(name)
    if info.issym() or info.islnk():
        problem = LINK
    elif not info.isreg() or info.issparse():
        problem = "is no ordinary file"
    return Member(name, info.offset_data, info.size, info.size, problem=problem)


class _Headers:
    """A stream of which nothing large is read at once: the length in a header may be anything."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, count: int) -> bytes:
        if not 0 <= count <= HEADER_BYTES:
            raise UnreadableError("has a header that is too long, or of no length")
        return self._stream.read(count)
