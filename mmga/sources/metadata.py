"""What a JPEG, PNG or WebP file says beside its picture is cut out; the picture's bytes stay.

EXIF, XMP, IPTC, comments and texts may tell a place, a device, a name. So may what nobody has
thought of, so it is the harmless parts that are listed: pixels, colours, density, animation.
"""

import re
import struct
import zlib
from collections.abc import Iterator

JPEG_KEPT = {0xE0, 0xE2, 0xEE}
"""JFIF, ICC (other things in APP2 are cut) and Adobe's colour transform; the rest of APPn goes."""

PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT"
    b" acTL fcTL fdAT".split()
)

WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""What ends the picture data of a JPEG: a marker that is no restart and no stuffed byte."""

_JFIF = 16
"""Length of JFIF's segment without a thumbnail, its marker apart."""


class UnknownLayoutError(ValueError):
    """The file is not built as its format says; its parts cannot be told apart."""


def bare(content: bytes, image_format: str) -> bytes:
    """`content` without anything but its picture; the same bytes where there is nothing else.

    Args:
        content: A file that Pillow can read to its end.
        image_format: As Pillow calls it: JPEG or MPO (its first picture is kept), PNG, WEBP.

    Raises:
        UnknownLayoutError: If its parts cannot be told apart, or it is of another format.
    """
    cut = {"JPEG": _jpeg, "MPO": _jpeg, "PNG": _png, "WEBP": _webp}.get(image_format)
    if cut is None:
        raise UnknownLayoutError(image_format)
    try:
        return cut(content)
    except (struct.error, IndexError) as error:
        raise UnknownLayoutError(str(error)) from None


def _jpeg(content: bytes) -> bytes:
    if content[:2] != b"\xff\xd8":
        raise UnknownLayoutError("no start of image")
    return content[:2] + b"".join(_jpeg_parts(content))


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    at = 2
    while True:
        if not (found := _MARKER.match(content, at)):
            raise UnknownLayoutError("no marker")
        marker, at = found[1][0], found.end()
        if marker == 0xD9:  # what follows the end of the picture is none of it
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", content, at)
        segment = content[at : at + length]
        if length < 2 or len(segment) < length:
            raise UnknownLayoutError("a segment is cut off")
        at += length
        if marker == 0xDA:
            after = _MARKER.search(content, at)
            if after is None:
                raise UnknownLayoutError("no end of image")
            segment, at = segment + content[at : after.start()], after.start()
        kept = _jpeg_kept(marker, segment)
        if kept is not None:
            yield bytes((0xFF, marker)) + kept


def _jpeg_kept(marker: int, segment: bytes) -> bytes | None:
    if marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in JPEG_KEPT):
        return None
    if marker == 0xE2:
        return segment if segment[2:14] == b"ICC_PROFILE\0" else None
    if marker == 0xEE:
        return segment if segment[2:7] == b"Adobe" else None
    if marker == 0xE0:
        if segment[2:7] != b"JFIF\0" or len(segment) < _JFIF:
            return None  # JFXX: a thumbnail, perhaps of what was cut away
        if len(segment) > _JFIF:
            return struct.pack(">H", _JFIF) + segment[2:14] + b"\0\0"
    return segment


def _png(content: bytes) -> bytes:
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise UnknownLayoutError("no signature")
    return content[:8] + b"".join(_png_chunks(content))


def _png_chunks(content: bytes) -> Iterator[bytes]:
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise UnknownLayoutError("a chunk is cut off")
        at += len(chunk)
        if kind == b"iCCP":
            yield _unnamed_profile(chunk)
        elif kind in PNG_KEPT:
            yield chunk


def _unnamed_profile(chunk: bytes) -> bytes:
    """A colour profile whose name, which may be any text, is `icc`."""
    name, _, profile = chunk[8:-4].partition(b"\0")
    if name in (b"icc", b"ICC Profile"):
        return chunk
    named = b"iCCPicc\0" + profile
    return struct.pack(">I", len(named) - 4) + named + struct.pack(">I", zlib.crc32(named))


def _webp(content: bytes) -> bytes:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise UnknownLayoutError("no RIFF")
    (size,) = struct.unpack_from("<I", content, 4)
    chunks = b"".join(_webp_chunks(content, min(8 + size, len(content))))
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _webp_chunks(content: bytes, end: int) -> Iterator[bytes]:
    at = 12
    while at < end:
        kind, length = struct.unpack_from("<4sI", content, at)
        chunk = content[at : at + 8 + length + length % 2]
        if len(chunk) < 8 + length:
            raise UnknownLayoutError("a chunk is cut off")
        at += len(chunk)
        if kind == b"VP8X":  # its flags say that there are EXIF (8) and XMP (4)
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if kind in WEBP_KEPT:
            yield chunk
