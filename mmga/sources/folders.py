"""The folders of a delivery, however many and however deep."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from mmga.errors import InputError

HIDDEN = "the name begins with a dot: it is not looked into"

SHOWN = 200
"""Letters of the path of a folder that cannot be read."""


def folders_below(
    root: Path,
    hidden: Callable[[str], bool] = lambda name: name.startswith("."),
    unreadable: Callable[[str], None] | None = None,
) -> Iterator[str]:
    """The folder (`.`) and all below it, relative to it, each before those in it, in order.

    Links are not followed. Folders nest deeper than Python's functions may (`os.walk` is one that
    calls itself).

    Args:
        root: The folder.
        hidden: Whether a folder of a name is not looked into.
        unreadable: Called with each folder that cannot be read, which is not yielded.

    Raises:
        InputError: If a folder cannot be read and `unreadable` is not given.
    """
    ahead = ["."]
    while ahead:
        folder = ahead.pop()
        try:
            with os.scandir(root / folder) as scan:
                below = [e.name for e in scan if e.is_dir(follow_symlinks=False)]
        except OSError as error:
            if unreadable is None:
                shown = str(root / folder)
                shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]} ..."
                raise InputError(
                    f"the folder {shown} cannot be read: {error.strerror}"
                    "\nLook at its rights, or take it out."
                ) from None
            unreadable(folder)
            continue
        yield folder
        seen = (name for name in sorted(below, reverse=True) if not hidden(name))
        ahead += [joined(folder, name) for name in seen]


def files_in(folder: Path) -> list[os.DirEntry[str]]:
    """What is no folder in a folder that can be read, links among it, in order."""
    with os.scandir(folder) as scan:
        found = [entry for entry in scan if not entry.is_dir(follow_symlinks=False)]
    return sorted(found, key=lambda entry: entry.name)


def joined(folder: str, name: str) -> str:
    """What is called `name` in a folder, relative to the root of `folders_below`."""
    return name if folder == "." else f"{folder}/{name}"
