"""A visual style made visible: what a user's way of editing does to a picture of anything.

Style has four axes, each an ordinary edit: *tint* (cool to warm), *tone* (deep and punchy to bright
and matte), *colour* (nearly grey to vivid) and *edge* (dark vignette to white frame).
"""

import numpy as np

from mmga.sample.people import STYLE_AXES, Floats

SIGNAL = 2.0
"""How strongly a style (a vector of length 1) is edited in; each axis then varies by about 1."""

MOOD = 0.8
"""Standard deviation, by the same measure, of how one post departs from its user's style."""

GREY = np.array([0.299, 0.587, 0.114])


def look_of(style: Floats, chance: np.random.Generator) -> Floats:
    """The edit of one picture: the user's style and this post's mood, shape (STYLE_AXES,)."""
    return SIGNAL * style + MOOD * chance.normal(size=STYLE_AXES)


def edited(picture: Floats, look: Floats) -> Floats:
    """`picture`, an array (side, side, 3) of values from 0 to 1, edited in the manner of `look`."""
    tint, tone, colour, edge = np.clip(look, -2.5, 2.5)
    grey = (picture @ GREY)[..., None]
    out = grey + (picture - grey) * np.exp(0.45 * colour - 0.1)
    out = out * np.exp(np.array([0.16, 0.02, -0.18]) * tint)
    out = 0.5 + (out - 0.5) * np.exp(-0.3 * tone) + 0.09 * tone
    return _framed(np.clip(out, 0, 1), edge)


def _framed(picture: Floats, edge: float) -> Floats:
    """A dark vignette for a negative `edge`, a white frame for a positive one."""
    side = len(picture)
    if edge <= 0:
        axis = np.linspace(-1, 1, side) ** 2
        distance = axis[:, None] + axis[None, :]
        return picture * np.exp(0.42 * edge * np.maximum(distance - 0.35, 0))[..., None]
    width = round(side * 0.055 * edge)
    framed = np.full_like(picture, 0.97)
    inside = slice(width, side - width)
    framed[inside, inside] = picture[inside, inside]
    return framed
