"""What is known of a file inside an archive, and which names are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

LINK = "is a link"
"""The problem of a member that is no file, but leads to one or to a folder."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive."""

    name: str
    """Its path, with slashes."""
    start: int = 0
    """Where it begins: its header in a zip, its content in a tar."""
    packed: int = 0
    """Bytes in the archive."""
    size: int = 0
    """Bytes when unpacked, as the archive says."""
    method: int = 0
    """How a zip holds it: 0 as it is, 8 deflated."""
    crc: int = 0
    """Of the unpacked bytes, in a zip."""
    problem: str | None = None
    """Why it cannot be read, in words that follow its name."""


class Archive(Protocol):
    """Files in one file, or in the parts of a split one."""

    name: str
    """What the member is called that stands for the archive, where some cannot be listed."""

    def members(self) -> Iterator[Member]:
        """Its files in their order, with flat memory; folders are left out."""
        ...

    def open(self, member: Member, limit: int) -> BinaryIO:
        """A file of it, unpacked while it is read; by one thread at a time.

        Raises:
            UnreadableError: If it is larger than `limit` bytes, or damaged; reading may raise it
                too.
        """
        ...


def problem_of(name: str) -> str | None:
    """Why a name must not be followed: it leads out of the folder that it lies in.

    >>> problem_of("image/1.jpg") is None
    True
    >>> problem_of("../etc/passwd")
    'has a name that leads out of the archive'
    """
    steps = name.split("/")
    if name.startswith("/") or ".." in steps or ":" in steps[0][1:2]:
        return "has a name that leads out of the archive"
    return None
