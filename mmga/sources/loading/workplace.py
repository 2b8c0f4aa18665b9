"""The hidden folder in which an import works, and finds again what an interrupted one had done."""

import contextlib
import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from mmga.errors import InputError
from mmga.sources.loading.landing import make_beside

LOCK = "lock"
STATE = "import.json"


def workplace_of(out: Path) -> Path:
    """It lies beside the data set, on the same disk, and is always called the same."""
    return out.with_name(f".{out.name}.import")


def restore(out: Path) -> None:
    """Put back a data set that a kill has caught in the moment in which it was to be replaced."""
    aside = workplace_of(out) / "replaced"
    with contextlib.suppress(PermissionError):  # of another person's import
        if aside.exists() and not out.exists():
            aside.rename(out)


@contextlib.contextmanager
def locked(out: Path) -> Iterator[Path]:
    """The folder, while nobody else changes the data set; what was left in it stays.

    Args:
        out: The data set that is to be made; its folder is resolved.

    Raises:
        InputError: If another import into `out` is at work, or the folder cannot be made.
    """
    folder = workplace_of(out)
    make_beside(out, folder)
    try:
        lock = FileLock(folder / LOCK).acquire(timeout=0)
    except Timeout:
        raise InputError(f"another import into {out} is at work; wait until it has ended") from None
    with lock:
        try:
            yield folder
        finally:
            if folder.exists() and {path.name for path in folder.iterdir()} <= {LOCK}:
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def taken_up(folder: Path, fingerprint: str) -> Iterator[None]:
    """What an interrupted import of the same delivery has left in the folder, or nothing.

    The folder goes away when the block ends well or with an `InputError`. Anything else (Ctrl-C, a
    kill, a full disk) leaves it, for the next import of the same.

    Args:
        folder: It is locked.
        fingerprint: Says which import this is.

    Raises:
        InputError: If the disk is full.
    """
    _take_up(folder, fingerprint)
    try:
        yield
    except InputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except BaseException as error:
        if os.strerror(errno.ENOSPC) in str(error):  # of Python, Arrow or DuckDB
            raise InputError(
                f"the disk is full: what is made here, {folder}, takes as much as the delivery and"
                " more\nMake room: the same command goes on from there. Otherwise delete it."
            ) from None
        print(
            f"The import was interrupted: the same command goes on from there."
            f"\nOtherwise delete {folder}",
            file=sys.stderr,
        )
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _take_up(folder: Path, fingerprint: str) -> None:
    file = folder / STATE
    begun = _read(file)
    if begun == fingerprint:
        print("Going on where the import was interrupted.", file=sys.stderr)
        return
    if begun is not None:
        print(
            "An interrupted import is not gone on with: its delivery or its options were others.",
            file=sys.stderr,
        )
    for path in folder.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    file.write_text(json.dumps({"fingerprint": fingerprint}))


def _read(file: Path) -> str | None:
    try:
        return str(json.loads(file.read_text())["fingerprint"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, OSError):
        return "unreadable"
