"""`JSON-Image_files_mapping.txt`: which JSON is of whom, and which pictures go with it."""

import re
from dataclasses import dataclass

from mmga.sources.jsons import UnreadableError
from mmga.sources.names import username

QUOTED = r"""(?:'([^'\\]*)'|"([^"\\]*)")"""
LIST = re.compile(rf"\[\s*(?:{QUOTED}\s*(?:,\s*{QUOTED}\s*)*,?\s*)?\]")
"""A list of texts as Python writes it. It is read, never run."""

MOST = 1000
"""Pictures of a post; a carousel has 20 at most."""


@dataclass(frozen=True)
class Row:
    """A post, by the names of its files."""

    user: str
    """In the one way to write it."""
    raw_user: str
    """As the names of the files have it."""
    json: str
    pictures: list[str]

    @property
    def post_id(self) -> str:
        """The number in the name of the JSON."""
        return stem(self.json).removeprefix(f"{self.raw_user}-")

    def keys(self, name: str) -> tuple[str, str]:
        """What a file may be called: the mapping leaves out what stands before the number.

        The suffix is in lower case, as in a catalogue.
        """
        name = stem(name) + name[len(stem(name)) :].lower()
        return f"{self.raw_user}-{name}", name


def row(line: str) -> Row:
    r"""A line of the mapping.

    >>> row("00_rocketgirl\t1188140434601337485.info\t['1188140434601337485.jpg']").post_id
    '1188140434601337485'

    Raises:
        UnreadableError: If it is none, or a name in it would lead to another folder.
    """
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) < 3:
        raise UnreadableError("has no three columns, separated by tabs")
    user = username(cells[0])
    if user is None:
        raise UnreadableError("holds no username")
    if not LIST.fullmatch(cells[2]):
        raise UnreadableError("holds no list of pictures")
    pictures = [single or double for single, double in re.findall(QUOTED, cells[2])]
    if len(pictures) > MOST:
        raise UnreadableError(f"lists more than {MOST} pictures")
    for name in (cells[0], cells[1], *pictures):
        if not _is_plain(name):
            raise UnreadableError("names a file in another folder, or none")
    return Row(user, cells[0], cells[1], pictures)


def is_header(line: str) -> bool:
    """Whether the first line, but for separators, names the columns."""
    return "[" not in line and not line.rstrip().endswith((".info", "]"))


def stem(name: str) -> str:
    """A name without its suffix."""
    return name.rpartition(".")[0] or name


def _is_plain(name: str) -> bool:
    return bool(name) and name not in (".", "..") and not re.search(r"[/\\\0]", name)
