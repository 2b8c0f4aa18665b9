"""A colour profile (ICC) in a picture: kept where it is one, without what follows it."""

import zlib

MOST = 4 * 2**20
"""Bytes of a profile; those of printers have under one megabyte."""

_HEADER = 128


def profile_in(content: bytes) -> bytes | None:
    """The profile that `content` begins with; None where it is none.

    What a profile says of itself (its name, its maker) is part of it and stays.
    """
    size = int.from_bytes(content[:4], "big")
    if content[36:40] != b"acsp" or not _HEADER <= size <= min(len(content), MOST):
        return None
    return content[:size]


def packed_profile_in(packed: bytes) -> bytes | None:
    """The same of a compressed one, which stays compressed as it is where nothing follows."""
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(packed, MOST)
    except zlib.error:
        return None
    profile = profile_in(content)
    if profile is None or (profile == content and stream.eof and not stream.unused_data):
        return packed if profile else None
    return zlib.compress(profile)
