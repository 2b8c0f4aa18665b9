"""A property of the data before and now, one drawing each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mmga.pages.drawing import BAR, GRID, LABEL, marks, short, svg
from mmga.pages.render import shown
from mmga.quality.drift_words import NUMBERS, title
from mmga.quality.profile import Numbers, Profile, Shares

BEFORE, NOW = "#b0b6c3", BAR
"""The colours of the old data and the new."""

KINDS = 12
"""Topics, or languages, that a drawing shows at most."""


def drawings(old: Profile, new: Profile) -> dict[str, str]:
    """An SVG element by property; only those that both profiles have."""
    drawn = {}
    for name in old.shares.keys() & new.shares.keys():
        a, b = old.shares[name], new.shares[name]
        if a.counts and b.counts:
            drawn[name] = svg(_bars(a, b), title=title(name))
    for name in old.numbers.keys() & new.numbers.keys():
        c, d = old.numbers[name], new.numbers[name]
        if c.counts and d.counts:
            drawn[name] = svg(_steps(name, c, d), title=title(name))
    return drawn


def _bars(old: Shares, new: Shares) -> Callable[[Any], None]:
    before, now = ({k: n / sum(s.counts.values()) for k, n in s.counts.items()} for s in (old, new))
    kinds = sorted(before | now, key=lambda k: (-max(before.get(k, 0), now.get(k, 0)), k))[:KINDS]
    names = [shown(kind, LABEL) for kind in kinds]

    def draw(axes: Any) -> None:
        places = np.arange(len(kinds))[::-1]
        axes.barh(places + 0.2, [before.get(k, 0) for k in kinds], 0.36, color=BEFORE)
        axes.barh(places - 0.2, [now.get(k, 0) for k in kinds], 0.36, color=NOW)
        axes.set_yticks(places, names)
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.grid(axis="x", color=GRID)
        axes.tick_params(axis="y", length=0)

    return draw


def _steps(name: str, old: Numbers, new: Numbers) -> Callable[[Any], None]:
    """Which share of the records lies at or below each value."""
    edges = max((old, new), key=lambda one: len(one.edges)).edges

    def draw(axes: Any) -> None:
        for one, colour, width in ((old, BEFORE, 4.5), (new, NOW, 1.6)):
            reached = np.cumsum(one.counts) / sum(one.counts)
            padded = np.pad(reached, (0, len(edges) - len(reached)), constant_values=1)
            axes.step(edges, padded, where="post", color=colour, linewidth=width)
        first = min(_first(old), _first(new))
        if edges[-1] > 10 * max(1, first):
            axes.set_xscale("symlog", linthresh=1)
            axes.set_xlim(left=0.8 * first)
            ticks = marks(first, edges[-1])
            axes.set_xticks(ticks, map(short, ticks))
        axes.set(xlabel=NUMBERS[name][2] if name in NUMBERS else name, ylim=(0, 1.02))
        axes.set_ylabel("records with at most so many")
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.grid(color=GRID)

    return draw


def _first(numbers: Numbers) -> float:
    """Where the first record lies."""
    return numbers.edges[int(np.flatnonzero(numbers.counts)[0])]
