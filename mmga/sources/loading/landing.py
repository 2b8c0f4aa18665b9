"""A data set appears whole or not at all, in a folder beside it that is hidden until then."""

import ctypes
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmga.errors import InputError

AT_FDCWD = -100
RENAME_EXCHANGE = 2


@contextmanager
def landing(out: Path, *, replace: bool) -> Iterator[Path]:
    """Make a data set in a hidden folder beside `out`; rename it to `out` when all went well.

    Whatever ends the block early (an error, Ctrl-C) leaves `out` as it was.

    Args:
        out: Where the data set is to be.
        replace: Whether a data set that is there may go.

    Yields:
        A folder that goes away afterwards; make the data set as `data` in it.

    Raises:
        InputError: If `out` cannot be made, or `check_vacant` refuses it.
    """
    out = out.resolve()
    check_vacant(out, replace)
    # Its name is known before it is there: Ctrl-C at any moment finds something to take away.
    hidden = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    try:
        make_beside(out, hidden)
        yield hidden
        put_in_place(hidden / "data", out)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def make_beside(out: Path, hidden: Path) -> None:
    """Make a hidden folder beside `out`, its owner's alone: what lies in it may name people.

    Raises:
        InputError: If it cannot be made.
    """
    try:
        hidden.mkdir(parents=True, exist_ok=True, mode=0o700)
        hidden.chmod(0o700)  # one of an earlier version, too
    except OSError as error:
        raise InputError(
            f"{out} cannot be made: {error.strerror}"
            f"\nLook at the rights of {out.parent}, or name another folder."
        ) from None


def put_in_place(made: Path, out: Path) -> None:
    """Rename the folder `made` to `out`; what was `out` is then called `made`.

    What was there is moved away rather than written over: DVC links its files, read-only, to its
    cache. Where the system can exchange two folders at once, `out` is never missing.
    """
    if not out.exists():
        made.rename(out)
    elif not _exchanged(made, out):
        aside = made.with_name("replaced")
        out.rename(aside)
        try:
            made.rename(out)
        except BaseException:
            aside.rename(out)
            raise
        aside.rename(made)


def check_vacant(out: Path, replace: bool) -> None:
    """Refuse to make a data set where something else may be lost.

    Raises:
        InputError: If `out` is a file, or not empty and either `replace` is false or it is no data
            set (without `dataset.json` it may be anything, a home folder too).
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"{out} is a file; name a folder that is to be made")
    if not any(out.iterdir()):
        return
    if not (out / "dataset.json").is_file():
        raise InputError(
            f"{out} is not empty and holds no data set (no dataset.json), so it is left alone"
            "\nName another folder."
        )
    if not replace:
        raise InputError(f"{out} holds a data set already; add --force to replace it")


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system has exchanged two folders (Linux can, on most file systems)."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    paths = AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other)
    return int(rename(*paths, RENAME_EXCHANGE)) == 0
