"""A drawing as an SVG element: the same bytes for the same numbers."""

import html
import io
import math
import re
import warnings
from collections.abc import Callable
from typing import Any

LABEL = 22
"""Characters of a name at an axis, at most."""

INK, BAR, GRID = "#3b4252", "#4c72b0", "#e6e8ee"
STYLE = {
    "svg.hashsalt": "mmga",  # else the ids in a drawing differ from run to run
    "svg.fonttype": "none",  # text stays text: any script, and a reader can search it
    "text.parse_math": False,  # a topic with two dollar signs is no formula
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": "#b8bdca",
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.axisbelow": True,
}


def svg(
    draw: Callable[[Any], None], size: tuple[float, float] = (4.4, 2.7), title: str = ""
) -> str:
    """What `draw` draws on one pair of axes, as an SVG element to be put into a page.

    Args:
        draw: Given the axes.
        size: Width and height in inches; the page scales it.
        title: What it shows, for those who do not see it.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE), warnings.catch_warnings():
        # The reader's fonts draw the text; matplotlib's only measure it.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    element = text.getvalue()[text.getvalue().index("<svg") :]
    # Groups have names of their own in every drawing, which are doubled in a page with two.
    element = re.sub(r'<g id="[^"]*"', "<g", element)
    label = f' role="img" aria-label="{html.escape(title)}"' if title else ""
    return element.replace("<svg", f"<svg{label}", 1)


def marks(low: float, high: float) -> list[int]:
    """Where an axis of counts that grows by factors has its ticks.

    >>> marks(0, 60), marks(150, 5_003), marks(1, 100_000)
    ([0, 1, 2, 5, 10, 20, 50], [200, 500, 1000, 2000, 5000], [1, 10, 100, 1000, 10000, 100000])
    >>> marks(11, 19), marks(72, 72)
    ([11, 19], [72])
    """
    steps = (1,) if high >= 1_000 * max(1, low) else (1, 2, 5)
    decades = range(int(math.log10(max(1, high))) + 1)
    found = [0, *(step * 10**decade for decade in decades for step in steps)]
    inside = [mark for mark in found if low <= mark <= high]
    return inside if len(inside) > 1 else sorted({math.ceil(low), math.floor(high)})


def short(value: float, place: int | None = None) -> str:
    """A count as it is written at a tick, so short that it does not touch the next.

    >>> short(0), short(950), short(2_500), short(60_000), short(1_000_000)
    ('0', '950', '2.5k', '60k', '1M')
    """
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
