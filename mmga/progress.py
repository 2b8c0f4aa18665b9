"""How long work tells a person where it stands."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")

DELAY = 2
"""Seconds before a bar appears: quick work shows none."""

PAUSE = 30
"""Seconds between two lines where stderr is no terminal."""


def track(
    items: Iterable[T],
    what: str,
    *,
    total: int | None = None,
    unit: str = "it",
    initial: int = 0,
) -> Iterator[T]:
    """Yield `items`, with a bar and the time left on a terminal once two seconds have passed.

    Where stderr is no terminal (a log, a flow) a plain line stands in for the bar, two a minute.

    Args:
        items: What is worked through.
        what: The bar's label, a few words.
        total: How many items there are, where `items` has no length.
        unit: What one item is called.
        initial: How many were done before; they count in `total`.
    """
    return iter(_bar(items, what, total, unit, initial))


def counter(what: str, unit: str, total: int | None = None) -> "tqdm[Any]":
    """A bar for work that tells by `update(count)` how much more is done.

    Use it as a context manager. Where nobody knows the `total` beforehand the bar has no end.
    """
    return _bar(None, what, total, unit, 0)


def _bar(
    items: Iterable[Any] | None, what: str, total: int | None, unit: str, initial: int
) -> "tqdm[Any]":
    terminal = sys.stderr.isatty()
    return tqdm(
        items,
        desc=what,
        total=total,
        unit=" " + unit,
        initial=initial,
        delay=DELAY,
        mininterval=0.2 if terminal else PAUSE,
        maxinterval=10 if terminal else PAUSE,  # how long it stays silent where nothing moves
        leave=terminal,
        ascii=not terminal,
    )
