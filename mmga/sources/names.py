"""Usernames in the one way to write them, and those that a caption mentions."""

import re
from typing import Any

from mmga.sources.identities.handles import mentions
from mmga.sources.jsons import words

USERNAME = re.compile(r"\w[\w.]{0,99}")
"""Instagram allows letters of a to z, digits, `_` and `.`, 30 in all; others may allow more."""


def username(value: Any) -> str | None:
    """A username in the one way to write it: lower-case, without `@`; None if it is none.

    >>> username(" @Anna.B ")
    'anna.b'
    >>> username("two words") is None
    True
    """
    text = words(value)
    if text is None:
        return None
    name = text.strip().removeprefix("@").lower()
    return name if USERNAME.fullmatch(name) else None


def mentioned(caption: str | None) -> list[str]:
    """The usernames that a caption mentions, each once, in their order.

    >>> mentioned("With @Anna and @bert.c, not me@home.org; @anna again")
    ['anna', 'bert.c']
    """
    return list(dict.fromkeys(mentions(caption))) if caption and "@" in caption else []
