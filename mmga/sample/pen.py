"""A pen that draws shapes into a box, and the colours of things."""

import numpy as np
from PIL import ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

DARK: Colour = (45, 42, 48)
PALE: Colour = (246, 243, 238)
METAL: Colour = (150, 155, 165)
WOOD: Colour = (140, 96, 60)
GREEN: Colour = (70, 135, 75)
SKINS: tuple[Colour, ...] = ((245, 208, 178), (224, 172, 125), (160, 110, 75), (105, 70, 50))


class Pen:
    """Draws shapes given in the coordinates of a motif's box."""

    def __init__(self, draw: ImageDraw.ImageDraw, left: float, top: float, size: float) -> None:
        self.draw, self.left, self.top, self.size = draw, left, top, size

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """An ellipse about (x, y) with the half axes rx and ry."""
        self.draw.ellipse([self._at(x - rx, y - ry), self._at(x + rx, y + ry)], fill=colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, r: float = 0) -> None:
        """A rectangle with corners rounded by r."""
        corners = [self._at(x0, y0), self._at(x1, y1)]
        self.draw.rounded_rectangle(corners, radius=r * self.size, fill=colour)

    def shape(self, points: list[Point], colour: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon([self._at(*point) for point in points], fill=colour)

    def line(self, points: list[Point], width: float, colour: Colour) -> None:
        """A polyline of some width with round joints."""
        at = [self._at(*point) for point in points]
        self.draw.line(at, fill=colour, width=max(1, round(width * self.size)), joint="curve")

    def arc(
        self, x: float, y: float, r: float, start: int, end: int, width: float, colour: Colour
    ) -> None:
        """An arc about (x, y), clockwise in degrees from three o'clock."""
        corners = [self._at(x - r, y - r), self._at(x + r, y + r)]
        self.draw.arc(corners, start, end, fill=colour, width=max(1, round(width * self.size)))

    def cut(self, x: float, y: float, r: float, start: int, end: int, colour: Colour) -> None:
        """A sector of the disc about (x, y), clockwise in degrees from three o'clock."""
        corners = [self._at(x - r, y - r), self._at(x + r, y + r)]
        self.draw.pieslice(corners, start, end, fill=colour)

    def _at(self, x: float, y: float) -> Point:
        return self.left + x * self.size, self.top + y * self.size


def one_of(chance: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    """One of `colours`."""
    return colours[chance.integers(len(colours))]


def shade(colour: Colour, factor: float) -> Colour:
    """A darker colour for a factor below 1, a lighter one above."""
    r, g, b = (min(255, round(part * factor)) for part in colour)
    return r, g, b
