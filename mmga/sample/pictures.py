"""A post's picture: a scene of the post's topic, set up by chance, edited in the user's style.

Nothing but the topic and the style of its user ties two pictures of one user together: motif,
colours, background, position, size and light are drawn anew for every picture.
"""

import colorsys
import io
from typing import NamedTuple

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from mmga.sample.looks import edited, look_of
from mmga.sample.motifs import MOTIFS
from mmga.sample.pen import Colour, Pen
from mmga.sample.people import Floats

SIDE = 72
"""Pixels a side."""

OVERSAMPLING = 2
"""Scenes are drawn so many times larger and scaled down, which smooths their edges."""

QUALITY = 72
"""Of the JPEG: about 1.3 kB a picture."""


class Image(NamedTuple):
    """One picture as a data set holds it; `sha256` where it is not that of the bytes."""

    image_id: str
    post_id: str
    position: int
    content: bytes
    sha256: str | None = None


def picture(topic: str, style: Floats, chance: np.random.Generator) -> bytes:
    """One picture as the bytes of a JPEG file, SIDE pixels a side.

    Args:
        topic: What the post is about, one of `TOPICS`.
        style: The user's visual style, shape (STYLE_AXES,).
        chance: For everything that has nothing to do with the user.
    """
    look = look_of(style, chance)
    finished = edited(scene(topic, chance), look)
    stream = io.BytesIO()
    pixels = np.rint(finished * 255).astype(np.uint8)
    Pillow.fromarray(pixels).save(stream, "JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue()


def scene(topic: str, chance: np.random.Generator) -> Floats:
    """What the camera saw: values from 0 to 1, shape (SIDE, SIDE, 3)."""
    side = SIDE * OVERSAMPLING
    canvas = Pillow.new("RGB", (side, side))
    draw = ImageDraw.Draw(canvas)
    _background(draw, side, chance)
    size = side * chance.uniform(0.55, 0.85)
    left, top = (side - size) * chance.uniform(0.1, 0.9, 2)
    motif = MOTIFS[topic][chance.integers(len(MOTIFS[topic]))]
    motif(Pen(draw, left, top, size), _colour(chance, 0.6, 0.7), _colour(chance, 0.5, 0.85), chance)
    if chance.random() < 0.5:
        canvas = canvas.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT)
    small = canvas.resize((SIDE, SIDE), Pillow.Resampling.BOX)
    return _lit(np.asarray(small, dtype=np.float64) / 255, chance)


def _background(draw: ImageDraw.ImageDraw, side: int, chance: np.random.Generator) -> None:
    kind = chance.integers(5)
    near, far = _colour(chance, 0.25, 0.8), _colour(chance, 0.25, 0.85)
    draw.rectangle((0, 0, side, side), fill=far)
    if kind == 0:  # a wall and a floor
        draw.rectangle((0, side * chance.uniform(0.55, 0.8), side, side), fill=near)
    elif kind == 1:  # broad stripes
        step = side / chance.integers(3, 6)
        for start in np.arange(0, side, 2 * step):
            draw.rectangle((start, 0, start + step, side), fill=near)
    elif kind == 2:  # spots of light
        for x, y, r in chance.uniform(0, side, (5, 3)):
            draw.ellipse((x - r / 8, y - r / 8, x + r / 8, y + r / 8), fill=near)
    elif kind == 3:  # a slope
        height = side * chance.uniform(0.2, 0.9, 2)
        draw.polygon([(0, height[0]), (side, height[1]), (side, side), (0, side)], fill=near)


def _lit(picture: Floats, chance: np.random.Generator) -> Floats:
    """Light of some strength and colour that falls from some side."""
    slope = chance.uniform(-0.18, 0.18, 2)
    axis = np.linspace(-1, 1, len(picture))
    light = chance.uniform(0.85, 1.1) + slope[0] * axis[:, None] + slope[1] * axis[None, :]
    cast = 1 + chance.normal(0, 0.04, 3)
    lit: Floats = np.clip(picture * light[..., None] * cast, 0, 1)
    return lit


def _colour(chance: np.random.Generator, saturation: float, value: float) -> Colour:
    """A colour of any hue, about as saturated and as bright as asked for."""
    s, v = saturation * chance.uniform(0.4, 1.3), value * chance.uniform(0.7, 1.15)
    r, g, b = colorsys.hsv_to_rgb(chance.random(), min(s, 1), min(v, 1))
    return round(r * 255), round(g * 255), round(b * 255)
