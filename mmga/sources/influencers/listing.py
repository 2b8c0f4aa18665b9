"""`influencers.txt`: who the influencers are, and what they post about; never their counts."""

import re
from collections.abc import Iterable, Iterator

from mmga.sources.jsons import words
from mmga.sources.names import username
from mmga.sources.source import Record, Unusable, User

SEPARATOR = re.compile(r"[\s=_+|-]*")

TOPICS = {
    "fasion": "fashion",
    "fashions": "fashion",
    "pets": "pet",
    "families": "family",
    "foods": "food",
    "interiors": "interior",
    "travels": "travel",
    "others": "other",
}
"""Categories that are another one misspelt, or in the plural; the rest stays as it is."""


def topic(category: str) -> str | None:
    """A category in the one way to write it; one that is not known stays as it is.

    >>> topic("Fasion "), topic("pets"), topic("Space Travel"), topic(" ")
    ('fashion', 'pet', 'Space Travel', None)
    """
    text = words(category)
    if text is None:
        return None
    known = text.strip().lower()
    if known in TOPICS or known in TOPICS.values() or known in ("beauty", "fitness"):
        return TOPICS.get(known, known)
    return text.strip()


def is_separator(line: str) -> bool:
    """Whether a line only parts the header from the rest, or is empty."""
    return SEPARATOR.fullmatch(line) is not None


def users(lines: Iterable[tuple[int, str | None]], file: str) -> Iterator[Record]:
    """The users on the lines of the file; the first that is no separator may be a header."""
    places = (0, 1)
    first = True
    for number, line in lines:
        where = f"{file}, line {number}"
        if line is None:
            yield Unusable(where, "users", "", "the line is no UTF-8, or too long")
            continue
        if is_separator(line):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        names = [cell.lower() for cell in cells]
        may_be_header, first = first, False
        if may_be_header and "username" in names:
            places = (
                names.index("username"),
                names.index("category") if "category" in names else len(names),
            )
            continue
        name = username(cells[places[0]]) if len(cells) > places[0] else None
        if name is None:
            tabs = len(cells) > 1 or len(line.split()) < 2
            reason = "holds no username" if tabs else "has no tab: separate the columns by tabs"
            yield Unusable(where, "users", line[:200], f"the line {reason}")
            continue
        yield User(where, name, topic(cells[places[1]]) if len(cells) > places[1] else None)
