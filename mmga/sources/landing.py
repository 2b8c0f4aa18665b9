"""A data set appears whole or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmga.errors import InputError


@contextmanager
def landing(out: Path, *, replace: bool) -> Iterator[Path]:
    """Make a data set in a hidden folder beside `out`; rename it to `out` when all went well.

    Whatever ends the block early (an error, Ctrl-C) leaves `out` as it was. What was there is moved
    away rather than written over: DVC links its files, read-only, to its cache.

    Args:
        out: Where the data set is to be.
        replace: Whether a data set that is there may go.

    Yields:
        A folder that goes away afterwards; make the data set as `data` in it.

    Raises:
        InputError: If `out` is a file, or not empty and either `replace` is false or it is no data
            set (without `dataset.json` it may be anything, a home folder too).
    """
    out = out.resolve()
    _check_vacant(out, replace)
    # Its name is known before it is there: Ctrl-C at any moment finds something to take away.
    hidden = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    try:
        try:
            hidden.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"{out} cannot be made: {error.strerror}") from None
        yield hidden
        if out.exists():
            out.rename(hidden / "replaced")
        try:
            (hidden / "data").rename(out)
        except BaseException:
            if (hidden / "replaced").exists():
                (hidden / "replaced").rename(out)
            raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _check_vacant(out: Path, replace: bool) -> None:
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
