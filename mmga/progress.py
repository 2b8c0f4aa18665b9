"""How long work tells a person where it stands."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def track(
    items: Iterable[T], what: str, *, total: int | None = None, unit: str = "it"
) -> Iterator[T]:
    """Yield `items`, with a bar and the time left on a terminal once two seconds have passed.

    Where stderr is no terminal (a log, a flow) a plain line stands in for the bar, two a minute.

    Args:
        items: What is worked through.
        what: The bar's label, a few words.
        total: How many items there are, where `items` has no length.
        unit: What one item is called.
    """
    terminal = sys.stderr.isatty()
    bar = tqdm(
        items,
        desc=what,
        total=total,
        unit=" " + unit,
        delay=2,
        mininterval=0.2 if terminal else 30,
        leave=terminal,
        ascii=not terminal,
    )
    return iter(bar)
