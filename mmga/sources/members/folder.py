"""The files below a folder, of which nothing outside it is ever read."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from mmga.sources.folders import files_in, folders_below, joined
from mmga.sources.jsons import UnreadableError


def files_below(folder: Path, without: Collection[str] = ()) -> Iterator[str]:
    """The names of all files below a folder, with slashes, in order; links are not followed.

    A link to a file is yielded (opening it says whether it leads out); what starts with a dot is
    left out.

    Args:
        folder: The folder.
        without: Folders right in it that are left out, too.

    Raises:
        InputError: If a folder cannot be read.
    """
    for below in folders_below(folder):
        if below.partition("/")[0] in without:
            continue
        names = (entry.name for entry in files_in(folder / below))
        yield from (joined(below, name) for name in names if not name.startswith("."))


def open_below(folder: Path, name: str, limit: int) -> BinaryIO:
    """A file below a folder, which is resolved already.

    Raises:
        UnreadableError: If the name leads out of the folder (upwards, absolute, by a link), or no
            ordinary file is there, or it is larger than `limit` bytes.
    """
    try:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise UnreadableError("lies outside the folder")
        if not file.is_file():
            raise UnreadableError("does not exist" if not file.exists() else "is no ordinary file")
        if file.stat().st_size > limit:
            raise UnreadableError(f"is larger than {limit // 2**20} MiB")
        return file.open("rb")
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a name with a NUL
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError("cannot be read") from None
