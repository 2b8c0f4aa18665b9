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

SIGNS = "@＠﹫"

_AT = rf"(?:[{SIGNS}]|%40|&#0*64;|&#x0*40;|&commat;)"
"""As it stands in a text, in an address, or in a page."""

_UNSEEN = "[.\u00ad\u200b-\u200f\u2060-\u2064\ufeff]"
"""What may stand between the `@` and the handle: nobody sees it, or it is a dot too many."""

_SLASH = r"(?:\\?/|%(?:25)*2F)"

_BEGIN = r"(?:\b|2F)"
"""Of an address, which may stand in another one: `?u=https%3A%2F%2Finstagram.com`."""

_LOGIN = rf"(?:accounts{_SLASH}[\w/?&=%.-]{{0,99}}?next(?:=|%(?:25)*3D){_SLASH}+)?"
"""Instagram's page of login, behind which is the one that was asked for."""

_SITE = rf"{_BEGIN}instagr(?:am\.com|\.am)(?::\d+)?{_SLASH}+{_LOGIN}"
_BELOW = rf"(?:(?:stories|_u){_SLASH}+)?{_AT}?"
_APP = rf"(?:\binstagram:{_SLASH}+user\?username=|\big\.me{_SLASH}+m{_SLASH}+){_AT}?"
_TAKEN = r"taken-by(?:=|%(?:25)*3D)"

_ELSEWHERE = (
    rf"{_BEGIN}(?:(?:twitter|x)\.com|facebook\.com(?:{_SLASH}+(?:people|pages))?"
    rf"|t\.me(?:{_SLASH}+s)?|reddit\.com{_SLASH}+u(?:ser)?"
    rf"|bsky\.app{_SLASH}+profile|flickr\.com{_SLASH}+(?:photos|people)){_SLASH}+"
)
"""Other networks: many have one name in all."""

_OTHERWISE = f"(?:{_APP}|{_TAKEN}|{_ELSEWHERE})"

BEFORE = rf"(?:{_AT}{_UNSEEN}*|{_SITE}{_BELOW}|{_OTHERWISE})"
"""What stands before a handle, in any case of letters; also for RE2."""

PARTS = (
    *("instagr", "ig.me", "%40", "&#", "&commat;", "taken-by"),
    *("twitter.com", "x.com", "facebook.com", "t.me", "reddit.com", "bsky.app", "flickr.com"),
)
"""One of them, or one of `SIGNS`, is in every text that names somebody."""

_PAGES = "hashtag|intent|i|share|sharer|groups|events|watch|joinchat|s"
"""What an address of another network may name instead of a user."""

_TAIL = r"(?:\.?\w)*+"
"""What follows only where the rule's 30 characters are used up goes with the handle."""

_REFERENCE = re.compile(
    # Possessive, and begun at the first of its characters alone: linear in a text of any length.
    # What hangs on to the address (`a@x.org@b`) goes with it.
    r"(?P<email>(?<![\w.+%-])(?:[\w.+-]|%(?!40))++(?<=\w)(?:@|%40|&#0*64;|&#x0*40;|&commat;)"
    r"\w[\w-]*+(?:\.\w[\w-]*+)+"
    rf"(?:(?<=[^\W_])[{SIGNS}]\w[\w.-]*+)*+)"
    rf"|(?P<link>{_SITE}(?!{_SLASH}))"
    rf"(?:(?:[\w.]+{_SLASH}+)?(?P<how>p|reels?|tv){_SLASH}+(?P<post>[\w-]+)"
    rf"|{_BELOW}(?!(?:p|reels?|tv|explore|accounts|stories|_u){_SLASH})(?P<profile>{_HANDLE}){_TAIL})"
    rf"|(?P<app>{_OTHERWISE})(?!(?:{_PAGES}){_SLASH})(?P<called>{_HANDLE}){_TAIL}"
    rf"|[{SIGNS}](?P<mention>{_HANDLE}){_TAIL}"
    rf"|(?P<sign>{_AT}{_UNSEEN}*+)(?P<hidden>{_HANDLE}){_TAIL}",
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

    More is replaced than `mentions` finds: an `@` after a letter too, or written otherwise (`%40`,
    `&#64;`, with a sign behind it that nobody sees), a link to a profile, a link to a post. A text
    that refers to nobody is returned as it is; another is composed (NFC).

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
    lower = text.lower()
    return any(sign in text for sign in SIGNS) or any(part in lower for part in PARTS)


def references(text: str) -> Iterator[tuple[str, Kind]]:
    """The users and posts that `replaced` would ask about."""
    for found in _REFERENCE.finditer(_composed(text)):
        if found["post"]:
            yield found["post"], "post"
        elif handle := _handle(found):
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
    new = name(_handle(found).lower(), "user")
    if new is None:
        return whole
    # `@ann_@bob` mentions both, and so must what stands for it.
    apart = (
        " "
        if whole.endswith("_") and found.string[found.end() : found.end() + 1] in tuple(SIGNS)
        else ""
    )
    before = found["link"] or found["app"] or found["sign"] or "@"
    return f"{before}{new}{apart}"


def _handle(found: re.Match[str]) -> str:
    names = (found[group] for group in ("profile", "called", "mention", "hidden"))
    return next((name for name in names if name), "")


def _stands_alone(found: re.Match[str]) -> bool:
    before = found.string[max(found.start() - 1, 0) : found.start()]
    return not before.isalnum()


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
