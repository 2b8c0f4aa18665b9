"""Where a text names a user: @mentions, links to profiles and posts, e-mail addresses."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal

Kind = Literal["user", "post"]

EMAIL = "[email]"
"""What stands for an e-mail address: half of it may be a handle, so it goes as a whole."""

_HANDLE = r"\w(?:(?:\w|\.(?!\.)){0,28}\w)?"
"""Instagram's rule: at most 30 word characters and dots, no two dots in a row, none at an end."""

HANDLE = re.compile(_HANDLE)
"""A whole handle."""

_REFERENCE = re.compile(
    # Possessive, and begun at the first of its characters alone: linear in a text of any length.
    # What hangs on to the address (`a@x.org@b`) goes with it.
    r"(?P<email>(?<![\w.+%-])[\w.+%-]++(?<=\w)@\w[\w-]*+(?:\.\w[\w-]*+)+"
    r"(?:(?<=[^\W_])[@＠﹫]\w[\w.-]*+)*+)"
    r"|(?P<link>\binstagr(?:am\.com|\.am)/)"
    r"(?:(?:[\w.]+/)?(?P<how>p|reels?|tv)/(?P<post>[\w-]+)"
    rf"|(?:stories/)?@?(?!(?:p|reels?|tv|explore|accounts|stories)/)(?P<profile>{_HANDLE})"
    # What follows only where the rule's 30 characters are used up goes with the handle.
    r"(?:\.?\w)*+)"
    rf"|[@＠﹫](?P<mention>{_HANDLE})(?:\.?\w)*+",
    re.IGNORECASE,
)


def mentions(text: str) -> list[str]:
    r"""The users whom a text mentions, lower-case, in order, each as often as it comes.

    The rule is Instaloader's: composed (NFC) text in whatever case, and an `@` after a letter or a
    digit mentions nobody. Unlike there an `@` at the start of a line counts, as it does for a
    reader.

    >>> mentions("with @Ann.Lee and\n@bob, ann@x.org")
    ['ann.lee', 'bob']
    """
    return [
        found["mention"].lower()
        for found in _REFERENCE.finditer(_composed(text))
        if found["mention"] and _stands_alone(found)
    ]


def replaced(text: str, name: Callable[[str, Kind], str | None], email: str | None = EMAIL) -> str:
    """`text` with what `name` says for each user and post that it refers to.

    More is replaced than `mentions` finds: an `@` after a letter too, a link to a profile, a link
    to a post. A text that refers to nobody is returned as it is; another is composed (NFC).

    Args:
        text: A caption or a bio.
        name: The lower-case handle of a user, or the code of a post, and which of the two -> what
            stands for it; None leaves it as it was.
        email: What stands for an e-mail address; None leaves it.
    """
    return _REFERENCE.sub(lambda found: _instead(found, name, email), _composed(text))


def folded(handle: str) -> str:
    """A handle as `replaced` asks about it: composed (NFC) and in lower case."""
    return _composed(handle).lower()


def may_refer(text: str) -> bool:
    """False where `text` surely names nobody; much quicker than looking."""
    return any(sign in text for sign in "@＠﹫") or "instagr" in text.lower()


def references(text: str) -> Iterator[tuple[str, Kind]]:
    """The users and posts that `replaced` would ask about."""
    for found in _REFERENCE.finditer(_composed(text)):
        if found["post"]:
            yield found["post"], "post"
        elif handle := found["profile"] or found["mention"]:
            yield handle.lower(), "user"


def _instead(
    found: re.Match[str], name: Callable[[str, Kind], str | None], email: str | None
) -> str:
    whole = found[0]
    if found["email"]:
        return whole if email is None else email
    if found["post"]:
        new = name(found["post"], "post")
        return whole if new is None else f"{found['link']}{found['how']}/{new}"
    new = name((found["profile"] or found["mention"]).lower(), "user")
    if new is None:
        return whole
    # `@ann_@bob` mentions both, and so must what stands for it.
    apart = (
        " "
        if whole.endswith("_") and found.string[found.end() : found.end() + 1] in tuple("@＠﹫")
        else ""
    )
    return f"{found['link'] or '@'}{new}{apart}"


def _stands_alone(found: re.Match[str]) -> bool:
    before = found.string[max(found.start() - 1, 0) : found.start()]
    return not before.isalnum()


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
