"""What a person is told when something they gave cannot be used."""

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


def nearest(word: str, known: list[str]) -> str:
    """`"; did you mean 'dim'?"` for a misspelt word, or nothing when no known word is like it.

    >>> nearest("dmi", ["dim", "seed"])
    "; did you mean 'dim'?"
    >>> nearest("zebra", ["dim", "seed"])
    ''
    """
    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else ""


def explained(main: Callable[P, None]) -> Callable[P, None]:
    """Make an entry point answer `InputError` with its text on stderr and exit status 1."""

    @functools.wraps(main)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            main(*args, **kwargs)
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(1) from None

    return wrapped
