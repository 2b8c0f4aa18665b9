"""A drawing as an SVG element: the same bytes for the same numbers."""

import html
import io
import re
import warnings
from collections.abc import Callable
from typing import Any

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
