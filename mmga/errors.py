"""What a person is told when something they gave cannot be used."""

import errno
import functools
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import ParamSpec

P = ParamSpec("P")


class InputError(ValueError):
    """Something given from outside (data, parameters, an argument) cannot be used.

    Its text is printed to a person as it is, without a traceback: one to three lines that name the
    subject, the rule, the value found and the way out.
    """


def unreadable(file: object, error: OSError) -> InputError:
    """What to raise where the system does not give a file."""
    return InputError(f"{file} cannot be read: {error.strerror}\nLook at its path and its rights.")


REFUSALS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EEXIST
}  # fmt: skip
"""Why a system gives or takes no file: rights, space, a file where a folder should be."""


def explanation(error: Exception) -> str | None:
    r"""What a person is told of an error; None where they, and their disk, have no part in it.

    >>> explanation(PermissionError(13, "Permission denied", "build/quality"))
    'build/quality: Permission denied\nLook at what is there, its rights and the room on its disk.'
    >>> explanation(KeyError("dim"))
    """
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.errno in REFUSALS:
        where = f"{error.filename}: " if error.filename else ""  # pyarrow names it in the text
        way_out = "Look at what is there, its rights and the room on its disk."
        return f"{where}{error.strerror}\n{way_out}"
    return None


MANY = 1000
"""Words that one is compared with letter by letter; of more, those with half of its letters."""


def nearest(word: str, known: list[str]) -> str:
    """`"; did you mean 'dim'?"` for a misspelt word, or nothing when no known word is like it.

    >>> nearest("dmi", ["dim", "seed"])
    "; did you mean 'dim'?"
    >>> nearest("zebra", ["dim", "seed"])
    ''
    """
    if len(known) > MANY:
        half = max(1, len(word) // 2)
        known = [k for k in known if k.startswith(word[:half]) or k.endswith(word[-half:])][:MANY]
    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else ""


def explained(main: Callable[P, None]) -> Callable[P, None]:
    """Make an entry point answer what has an `explanation` with it on stderr and exit status 1."""

    @functools.wraps(main)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            main(*args, **kwargs)
        except (InputError, OSError) as error:
            told = explanation(error)
            if told is None:
                raise
            print(f"error: {told}", file=sys.stderr)
            raise SystemExit(1) from None

    return wrapped
