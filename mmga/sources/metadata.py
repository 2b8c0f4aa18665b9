"""What a JPEG, PNG or WebP file says beside its picture is cut out; the picture's bytes stay.

EXIF, XMP, IPTC, comments and texts may tell a place, a device, a name. So may what nobody has
thought of, so it is the harmless parts that are listed: pixels, colours, density, animation. What
stands behind a part's own bytes, within its length, is cut off too.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator

from mmga.sources.colours import packed_profile_in, profile_in

JPEG_KEPT = frozenset({*range(0xC0, 0xE0), 0xE0, 0xE2, 0xEE} - {0xC8})
"""The picture's own, JFIF, ICC (other things in APP2 are cut) and Adobe's colour transform."""

PNG_KEPT = {
    **dict.fromkeys((b"PLTE", b"tRNS"), 768),
    **{b"IHDR": 13, b"IEND": 0, b"cHRM": 32, b"gAMA": 4, b"sBIT": 4, b"sRGB": 1, b"cICP": 4},
    **{b"mDCV": 24, b"cLLI": 8, b"bKGD": 6, b"pHYs": 9, b"acTL": 8, b"fcTL": 26},
    **dict.fromkeys((b"IDAT", b"fdAT"), None),
}
"""The parts that stay, but for the colour profile, and how many bytes each has at most."""

FRAME_KEPT = {b"VP8 ": None, b"VP8L": None, b"ALPH": None}
WEBP_KEPT = {**FRAME_KEPT, b"VP8X": 10, b"ANIM": 6}
"""The same of WebP and of a frame of its animations."""

_ICC, _ICC_PIECE = b"ICC_PROFILE\0", 65_519
"""What a colour profile's segments in a JPEG begin with, and what one can hold."""

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""What ends the picture data of a JPEG: a marker that is no restart and no stuffed byte."""

_JFIF = 16
_ADOBE = 14
"""Length of JFIF's segment without a thumbnail, and of Adobe's, the marker apart."""


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
    parts = list(_jpeg_parts(content))
    told = [segment for marker, segment in parts if marker == 0xE2]
    profile = _jpeg_profile(told)
    if profile != told:  # they go to where the first of them was
        at = next(n for n, (marker, _) in enumerate(parts) if marker == 0xE2)
        after = [part for part in parts[at:] if part[0] != 0xE2]
        parts = [*parts[:at], *((0xE2, segment) for segment in profile), *after]
    return content[:2] + b"".join(bytes((0xFF, marker)) + body for marker, body in parts)


def _jpeg_profile(segments: list[bytes]) -> list[bytes]:
    """The segments of a colour profile: the same ones where they hold it and nothing else."""
    ordered = sorted(segments, key=lambda segment: segment[14:16])
    numbers = [(n, len(segments)) for n in range(1, len(segments) + 1)]
    if [tuple(segment[14:16]) for segment in ordered] != numbers:
        return []
    content = b"".join(segment[16:] for segment in ordered)
    profile = profile_in(content)
    if profile is None or profile == content:
        return segments if profile else []
    pieces = [profile[at : at + _ICC_PIECE] for at in range(0, len(profile), _ICC_PIECE)]
    return [
        struct.pack(">H", 16 + len(piece)) + _ICC + bytes((n, len(pieces))) + piece
        for n, piece in enumerate(pieces, 1)
    ]


def _jpeg_parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while True:
        if not (found := _MARKER.match(content, at)):
            raise UnknownLayoutError("no marker")
        marker, at = found[1][0], found.end()
        if marker == 0xD9:  # what follows the end of the picture is none of it
            yield marker, b""
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
            yield marker, kept


def _jpeg_kept(marker: int, segment: bytes) -> bytes | None:
    if marker not in JPEG_KEPT:
        return None
    if marker == 0xE2:
        return segment if segment[2:14] == _ICC else None
    if marker == 0xEE:
        if segment[2:7] != b"Adobe" or len(segment) < _ADOBE:
            return None
        return struct.pack(">H", _ADOBE) + segment[2:_ADOBE]
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
            yield _bare_profile(chunk)
        elif kind in PNG_KEPT:
            body = chunk[8:-4][: PNG_KEPT[kind]]
            yield chunk if len(body) == length else _png_chunk(kind, body)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bare_profile(chunk: bytes) -> bytes:
    """A colour profile whose name, which may be any text, is `icc`; nothing if it is none."""
    name, _, packed = chunk[8:-4].partition(b"\0")
    kept = packed_profile_in(packed[1:])
    if packed[:1] != b"\0" or kept is None:
        return b""
    if name in (b"icc", b"ICC Profile") and kept == packed[1:]:
        return chunk
    return _png_chunk(b"iCCP", b"icc\0\0" + kept)


def _webp(content: bytes) -> bytes:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise UnknownLayoutError("no RIFF")
    (size,) = struct.unpack_from("<I", content, 4)
    chunks = list(_webp_chunks(content[12 : 8 + size]))
    # The flags say that there are EXIF (8), XMP (4) and a profile (32).
    gone = 0x0C if any(kind == b"ICCP" for kind, _ in chunks) else 0x2C
    kept = b"".join(
        _webp_chunk(kind, bytes([body[0] & ~gone]) + body[1:] if kind == b"VP8X" else body)
        for kind, body in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(kept)) + b"WEBP" + kept


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, body in _riff(content):
        if kind == b"ICCP":
            profile = profile_in(body)
            if profile:
                yield kind, profile
        elif kind == b"ANMF":
            frame = ((k, b) for k, b in _riff(body[16:]) if k in FRAME_KEPT)
            yield kind, body[:16] + _webp_all(frame)
        elif kind in WEBP_KEPT:
            yield kind, body[: WEBP_KEPT[kind]]


def _riff(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + length]
        if len(body) < length:
            raise UnknownLayoutError("a chunk is cut off")
        yield kind, body
        at += 8 + length + length % 2


def _webp_all(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(_webp_chunk(kind, body) for kind, body in chunks)


def _webp_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
