"""Zip archives in one file or many, however many files they hold, without unpacking them.

Python's `zipfile` reads no split archive and keeps half a kilobyte or more of each file in memory:
the archives of the Instagram Influencer Dataset are split and hold ten million files.
"""

import io
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mmga.errors import InputError
from mmga.sources.jsons import UnreadableError
from mmga.sources.members.archive import LINK, Member, problem_of
from mmga.sources.members.parts import Parts, Stretch

END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
ENTRY = struct.Struct("<4s6H3L5H2L")
HEADER = struct.Struct("<4s5H3L2H")

ENCRYPTED, UTF8 = 0x1, 0x800
STORED, DEFLATED = 0, 8
CHUNK = 2**16


def parts_of(file: Path) -> list[Path]:
    """The files of an archive in their order: `a.z01, a.z02, a.zip`, or `a.zip.001, a.zip.002`.

    Raises:
        InputError: If a number is missing.
    """
    name = file.name
    if name.lower().endswith(".001"):
        pattern, last = re.compile(re.escape(name[:-3]) + r"(\d{3,})"), []
    else:
        pattern, last = re.compile(re.escape(name[:-4]) + r"\.[zZ](\d{2,})"), [file]
    numbered = {
        int(found[1]): sibling
        for sibling in file.resolve().parent.iterdir()
        if (found := pattern.fullmatch(sibling.name))
    }
    for number in range(1, len(numbered) + 1):
        if number not in numbered:
            raise InputError(f"part {number} of {file} is missing; put it beside the others")
    return [numbered[number] for number in sorted(numbered)] + last


class Zip:
    """A zip archive; see `mmga.sources.members.archive.Archive`."""

    def __init__(self, files: list[Path]) -> None:
        """Find its list of files.

        Raises:
            InputError: If it is no zip, is damaged, or parts of it are missing.
        """
        self._file = files[-1]
        self.name = self._file.name
        self._parts = Parts(files)
        self._shift = 0
        self._count, self._size, self._place = self._directory()

    def _directory(self) -> tuple[int, int, int]:
        parts = self._parts
        tail_at = max(0, parts.size - END.size - 2**16)
        tail = parts.read(tail_at, parts.size - tail_at)
        found = _end_in(tail)
        if found is None:
            raise InputError(f"{self._file} is no zip archive, or it is truncated: fetch it again")
        end_at = tail_at + found
        _, disk, first_disk, _, count, size, offset, _ = END.unpack_from(tail, found)
        locator = tail[max(0, found - LOCATOR.size) : found]
        if locator.startswith(b"PK\x06\x07") and len(locator) == LOCATOR.size:
            _, at_disk, at, disks = LOCATOR.unpack(locator)
            disk = disks - 1
            self._check_parts(disk)
            end_at = self._at(at_disk, at)
            record = parts.read(end_at, END64.size)
            if len(record) < END64.size or not record.startswith(b"PK\x06\x06"):
                raise InputError(
                    f"{self._file} is damaged, its list of files is not to be found: fetch it again"
                )
            *_, first_disk, _, count, size, offset = END64.unpack(record)
        self._check_parts(disk)
        place = self._at(first_disk, offset)
        if len(parts.files) == 1:
            # Something may stand before the archive in its file, and be counted nowhere.
            self._shift = max(0, end_at - size - place)
        return count, size, place + self._shift

    def _check_parts(self, last: int) -> None:
        if last and last + 1 != len(self._parts.files):
            raise InputError(
                f"{self._file} is the end of {last + 1} parts, of which"
                f" {len(self._parts.files)} are there"
                f"\nPut {self._file.stem}.z01 to .z{last:02d} beside it, with nothing left out."
            )

    def _at(self, disk: int, offset: int) -> int:
        starts = self._parts.starts
        return (starts[disk] if disk < len(starts) else self._parts.size) + offset

    def members(self) -> Iterator[Member]:
        """Its files in their order; one with a `problem` stands for what cannot be listed."""
        stream = io.BufferedReader(Stretch(self._parts, self._place, self._size), 2**20)
        for _ in range(self._count):
            fixed = stream.read(ENTRY.size)
            if len(fixed) < ENTRY.size or not fixed.startswith(b"PK\x01\x02"):
                yield Member(self.name, problem="is damaged: its list of files ends too early")
                return
            fields = ENTRY.unpack(fixed)
            name, extra = stream.read(fields[10]), stream.read(fields[11])
            stream.read(fields[12])
            member = self._member(fields, name, extra)
            if not member.name.endswith("/"):
                yield member
        if stream.read(4) == b"PK\x01\x02":
            problem = "is damaged: its list of files goes on behind its end"
            yield Member(self.name, problem=problem)

    def _member(self, fields: tuple[int, ...], raw_name: bytes, extra: bytes) -> Member:
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        disk, mode, offset = fields[13], fields[15] >> 16, fields[16]
        size, packed, offset, disk = _large(extra, size, packed, offset, disk)
        name = _decoded(raw_name, flags)
        problem = problem_of(name)
        if flags & ENCRYPTED:
            problem = "is encrypted"
        elif stat.S_ISLNK(mode):
            problem = LINK
        elif method not in (STORED, DEFLATED):
            problem = f"is packed by a method that is not read here ({method})"
        start = self._at(disk, offset) + self._shift
        return Member(name, start, packed, size, method, crc, problem)

    def open(self, member: Member, limit: int) -> BinaryIO:
        """A file of it, unpacked while it is read.

        Raises:
            UnreadableError: If it is larger than `limit` bytes, or damaged; reading may too.
        """
        if member.problem:
            raise UnreadableError(member.problem)
        if max(member.size, member.packed) > limit:
            raise UnreadableError(f"is larger than {limit // 2**20} MiB")
        header = self._parts.read(member.start, HEADER.size)
        if len(header) < HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise UnreadableError("is not where the archive says")
        name, extra = HEADER.unpack(header)[-2:]
        place = member.start + HEADER.size + name + extra
        packed = Stretch(self._parts, place, member.packed)
        return io.BufferedReader(_Unpacked(packed, member), CHUNK)


class _Unpacked(io.RawIOBase):
    """The content of a member; never more than the archive says, whatever it really holds."""

    def __init__(self, packed: Stretch, member: Member) -> None:
        self._packed = packed
        self._member = member
        self._inflate = zlib.decompressobj(-15) if member.method == DEFLATED else None
        self._waiting = b""
        self._given = 0
        self._crc = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._next(len(buffer))
        self._given += len(content)
        self._crc = zlib.crc32(content, self._crc)
        if self._given > self._member.size or (not content and self._given < self._member.size):
            raise UnreadableError("is not as long as the archive says")
        if not content and self._crc != self._member.crc:
            raise UnreadableError("is damaged: its checksum is wrong")
        buffer[: len(content)] = content
        return len(content)

    def _next(self, most: int) -> bytes:
        if self._inflate is None:
            return self._packed.read(most) or b""
        try:
            while not self._inflate.eof:
                self._waiting = self._waiting or self._packed.read(CHUNK) or b""
                content = self._inflate.decompress(self._waiting, most)
                at_end = not self._waiting
                self._waiting = self._inflate.unconsumed_tail
                if content or at_end:
                    return content
        except zlib.error:
            raise UnreadableError("is damaged: it cannot be unpacked") from None
        return b""


def _end_in(tail: bytes) -> int | None:
    """Where the record at the end begins: its comment ends with the file, and may look like one."""
    found = len(tail)
    while (found := tail.rfind(b"PK\x05\x06", 0, found)) >= 0:
        if len(tail) - found >= END.size:
            comment = END.unpack_from(tail, found)[-1]
            if found + END.size + comment == len(tail):
                return found
    return None


def _large(extra: bytes, *values: int) -> tuple[int, ...]:
    """Size, packed size, offset and disk, from the extra field where they do not fit their own."""
    found, place = list(values), 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            content = extra[place + 4 : place + 4 + length]
            for number, (value, code) in enumerate(zip(values, "QQQL", strict=True)):
                width = struct.calcsize("<" + code)
                full = 0xFFFF if code == "L" else 0xFFFFFFFF
                if value == full and len(content) >= width:
                    (found[number],) = struct.unpack_from("<" + code, content)
                    content = content[width:]
        place += 4 + length
    return tuple(found)


def _decoded(name: bytes, flags: int) -> str:
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        text = name.decode("utf-8", "replace") if flags & UTF8 else name.decode("cp437")
    return text.partition("\0")[0].replace("\\", "/")
