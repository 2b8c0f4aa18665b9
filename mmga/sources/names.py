"""Usernames as one spells them, and those that a caption mentions."""

import re
import unicodedata
from typing import Any

from mmga.sources.jsons import words

USERNAME = re.compile(r"\w[\w.]{0,99}")
"""Instagram allows letters of a to z, digits, `_` and `.`, 30 in all; others may allow more."""

MENTION = re.compile(r"(?:^|[^\w\n]|_)(?:@)(\w(?:(?:\w|(?:\.(?!\.))){0,28}(?:\w))?)", re.ASCII)
"""The rule of Instaloader, for lower-cased text in NFC: an e-mail address mentions nobody."""


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


def mentions(caption: str | None) -> list[str]:
    """The usernames that a caption mentions, each once, in their order.

    >>> mentions("With @Anna and @bert.c., not me@home.org; @anna again")
    ['anna', 'bert.c']
    """
    if not caption or "@" not in caption:
        return []
    text = unicodedata.normalize("NFC", caption).lower()
    return list(dict.fromkeys(MENTION.findall(text)))
