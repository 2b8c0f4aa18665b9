"""Ids become pseudonyms: the same one for the same id, and no way back without the key."""

import hmac
from typing import Literal

from mmga.sources.identities import handles
from mmga.sources.identities.key_file import key_file, make_key, read_key

Kind = Literal["user", "post", "image", "record", "place"]

DIGITS = 24
"""Hexadecimal digits of a pseudonym, 96 bits: among a billion ids the chance that any two share one
is 1 in 10^11 (n^2 / 2^97), and nobody without the key can look for two that do. With the letter
before them they are 25 characters, lower-case, so that a mention (at most 30) can hold one."""

LETTERS = {"user": "u", "post": "p", "image": "i", "record": "r", "place": "w"}
"""What a pseudonym begins with, so that a person sees of what it is and no one takes it for a
number. Records and places are those of the list of what an import dropped."""


class Pseudonyms:
    """Pseudonyms by HMAC-SHA256 with a secret key, for users, posts and pictures.

    An id is taken as it is: `Ann` and `ann` are two users; importers lower-case where the platform
    does. Handles in texts are lower-cased, as mentions are.

    >>> names = Pseudonyms(bytes(32))
    >>> names.of("ann")
    'ua12907a0fed9876cf4ae3e79'
    >>> names.in_text("with @Ann!") == f"with @{names.of('ann')}!"
    True
    """

    def __init__(self, key: bytes, *, texts: bool = True) -> None:
        """Args are a secret of at least 16 bytes, and whether captions and bios are treated."""
        if len(key) < 16:
            raise ValueError(f"a key must have at least 16 bytes, got {len(key)}")
        self._key = key
        self.texts = texts

    @classmethod
    def of_user(cls, *, texts: bool = True, make: bool = True) -> "Pseudonyms | None":
        """With the key of the person who runs this; see `mmga.sources.identities.key_file`.

        Args:
            texts: Whether captions and bios are treated.
            make: Whether a key is made where there is none; None is returned otherwise.

        Raises:
            InputError: If the key cannot be used.
        """
        file = key_file()
        if not make and not file.exists():
            return None
        return cls(make_key(file) if make else read_key(file), texts=texts)

    def __repr__(self) -> str:
        return f"Pseudonyms(key_id={self.key_id!r}, texts={self.texts})"

    @property
    def key_id(self) -> str:
        """Tells two keys apart, 16 hexadecimal digits, and says nothing of the key."""
        return hmac.digest(self._key, b"key id", "sha256").hex()[:16]

    def of(self, id: str, kind: Kind = "user") -> str:
        """The pseudonym of an id: 25 lower-case letters and digits.

        A user, a post and a picture of the same id have nothing in common.
        """
        # No kind holds a NUL, so no two pairs of kind and id are one message.
        message = f"{kind}\0{id}".encode("utf-8", "surrogatepass")
        return LETTERS[kind] + hmac.digest(self._key, message, "sha256").hex()[:DIGITS]

    def in_text(self, text: str) -> str:
        """A caption or a bio in which nobody is named by a handle.

        `@handle` and a link to a profile name the pseudonym of that user, a link to a post that of
        the post; an e-mail address becomes `[email]`. A handle that stands there as a bare word
        cannot be told from a word and stays. Where `texts` is false the text is returned as it is.
        """
        return handles.replaced(text, self.of) if self.texts else text
