"""The files of a delivery, in a folder or inside archives, which are read in place."""

from pathlib import Path

from mmga.errors import InputError
from mmga.sources.members.archive import Archive
from mmga.sources.members.tars import Tar
from mmga.sources.members.zips import Zip, parts_of

SUFFIXES = (".zip", ".zip.001", ".tar", ".tar.gz", ".tgz")
"""What an archive is called; the other parts of a split one go with it."""


def is_archive(name: str) -> bool:
    """Whether a file is called like an archive, or like the last or first part of a split one."""
    return name.lower().endswith(SUFFIXES)


def opened(file: Path) -> Archive:
    """An archive, ready to be read.

    Raises:
        InputError: If it is none, is damaged, or parts of it are missing.
    """
    if file.name.lower().endswith((".zip", ".zip.001")):
        return Zip(parts_of(file))
    if is_archive(file.name):
        return Tar(file)
    raise InputError(f"{file} is no archive that is read here ({', '.join(SUFFIXES)}); unpack it")
