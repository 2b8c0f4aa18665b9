"""Which encoding a text is in: what its bytes tell for certain, else what a person says."""

import codecs
from typing import Any

from mmga.errors import InputError

# The four bytes of UTF-32 begin with the two of UTF-16.
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order marks, and what they say."""

CHUNK = 2**20
"""Bytes that are looked at at once."""

FEW, FEWER = 8, 3
"""With so many different characters beyond ASCII valid UTF-8 is nothing else. Of the Chinese signs
of GB 18030 18 in 100 are valid UTF-8 by accident, eight of them once in a million; where each byte
is a character, one beyond ASCII is rarely followed by another of the right kind."""


def marked(start: bytes) -> str | None:
    """The encoding of which a file that begins so has the byte order mark."""
    return next((name for mark, name in MARKS.items() if start.startswith(mark)), None)


def is_utf8(encoding: str) -> bool:
    """Whether it is UTF-8, with a byte order mark or without.

    Raises:
        InputError: If no encoding of text is called so.
    """
    try:
        codecs.getincrementaldecoder(encoding)
        "".encode(encoding)
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except (LookupError, UnicodeError):
        raise InputError(f"no encoding is called {encoding!r}; try gb18030") from None


def encoding_of(stream: Any, said: str) -> str:
    """The encoding of a binary stream, of which no more is read than is needed.

    A byte order mark decides. Without one, valid UTF-8 is UTF-8, unless it has so few characters
    beyond ASCII that it may as well be what is said.

    Args:
        stream: Read from its start, some bytes at a time.
        said: What a person says.

    Raises:
        InputError: If no encoding of text is called as is said.
    """
    named = "utf-8" if is_utf8(said) else said
    start = bytes(stream.read(CHUNK))
    if mark := marked(start):
        return mark
    return "utf-8" if named == "utf-8" or _must_be_utf8(start, stream, named) else named


def _must_be_utf8(start: bytes, stream: Any, named: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    other: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(named)()
    a_byte_each = len(bytes(range(128, 256)).decode(named, "replace")) == 128
    enough = FEWER if a_byte_each else FEW
    seen: set[str] = set()
    content, ended = start, False
    while not ended:
        following = bytes(stream.read(CHUNK))
        ended = not following
        try:
            text = decoder.decode(content, final=ended)
        except UnicodeDecodeError:
            return False
        if "\0" in text:  # as it is in UTF-16 and UTF-32 without a mark
            return False
        if len(seen) < enough and not text.isascii():
            seen |= {sign for sign in set(text) if not sign.isascii()}
        if other is not None and len(seen) < enough:
            try:
                other.decode(content, final=ended)
            except UnicodeError:
                other = None
        content = following
    return other is None or len(seen) >= enough or b"\0" in "\n".encode(named)
