"""The things that pictures show, topic by topic: a few each, drawn with a handful of shapes.

A motif is drawn into a box whose corners are (0, 0), top left, and (1, 1). It gets a pen, two
colours (a main one and an accent, which vary from post to post) and chance for its details.
"""

from collections.abc import Callable

import numpy as np

from mmga.sample.pen import DARK, GREEN, METAL, PALE, SKINS, WOOD, Colour, Pen, one_of, shade

Motif = Callable[[Pen, Colour, Colour, np.random.Generator], None]


def lipstick(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A lipstick, turned out."""
    red = one_of(chance, ((200, 30, 60), (225, 80, 110), (150, 25, 50), (235, 110, 90)))
    pen.box(0.33, 0.55, 0.67, 0.98, DARK, 0.03)
    pen.box(0.36, 0.40, 0.64, 0.58, (212, 175, 85))
    pen.shape([(0.40, 0.42), (0.40, 0.14), (0.60, 0.02), (0.60, 0.42)], red)


def nail_polish(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A bottle of nail polish."""
    pen.box(0.39, 0.02, 0.61, 0.50, DARK, 0.05)
    pen.box(
        0.22,
        0.46,
        0.78,
        0.98,
        one_of(chance, ((215, 50, 90), (240, 130, 160), (130, 40, 90))),
        0.14,
    )
    pen.box(0.29, 0.56, 0.36, 0.86, (255, 225, 232), 0.03)


def made_up_face(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A face with eye shadow and red lips."""
    skin = one_of(chance, SKINS)
    hair = one_of(chance, ((60, 40, 30), (25, 22, 22), (190, 140, 70), (140, 60, 30)))
    pen.oval(0.5, 0.50, 0.46, 0.50, hair)
    pen.oval(0.5, 0.55, 0.33, 0.42, skin)
    for x in (0.37, 0.63):
        pen.oval(x, 0.46, 0.10, 0.06, shade(main, 0.8))
        pen.oval(x, 0.48, 0.07, 0.035, PALE)
        pen.oval(x, 0.48, 0.03, 0.035, DARK)
    pen.oval(0.5, 0.77, 0.13, 0.06, (205, 25, 60))
    pen.line([(0.39, 0.77), (0.61, 0.77)], 0.015, (120, 10, 35))


def people_group(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """Two parents and one child or two."""
    skin = one_of(chance, SKINS)
    _person(pen, 0.22, 0.05, 0.95, main, skin)
    _person(pen, 0.78, 0.12, 0.88, accent, skin)
    children = [(0.5, 0.45)] if chance.random() < 0.5 else [(0.42, 0.5), (0.60, 0.56)]
    for x, y in children:
        _person(pen, x, y, 1 - y, shade(accent, 1.25), skin)


def stroller(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A baby in a pram."""
    pen.line([(0.62, 0.55), (0.98, 0.16)], 0.05, DARK)
    pen.cut(0.45, 0.45, 0.39, 180, 300, shade(main, 0.8))
    pen.cut(0.45, 0.44, 0.38, 0, 180, main)
    pen.oval(0.36, 0.41, 0.10, 0.10, one_of(chance, SKINS))
    for x in (0.24, 0.68):
        pen.oval(x, 0.87, 0.12, 0.12, DARK)
        pen.oval(x, 0.87, 0.05, 0.05, METAL)


def dress(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A dress, at times with dots."""
    pen.line([(0.38, 0.02), (0.40, 0.16)], 0.04, main)
    pen.line([(0.62, 0.02), (0.60, 0.16)], 0.04, main)
    pen.shape([(0.34, 0.14), (0.66, 0.14), (0.62, 0.42), (0.38, 0.42)], main)
    pen.shape([(0.38, 0.42), (0.62, 0.42), (0.92, 0.98), (0.08, 0.98)], main)
    pen.box(0.36, 0.40, 0.64, 0.46, accent)
    for x, y in ((0.30, 0.80), (0.5, 0.68), (0.70, 0.82)) if chance.random() < 0.5 else ():
        pen.oval(x, y, 0.04, 0.04, accent)


def shirt_on_hanger(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A shirt on a hanger, at times striped."""
    pen.arc(0.5, 0.09, 0.07, 150, 400, 0.03, DARK)
    pen.line([(0.5, 0.15), (0.16, 0.33)], 0.035, DARK)
    pen.line([(0.5, 0.15), (0.84, 0.33)], 0.035, DARK)
    outline = [(0.40, 0.22), (0.60, 0.22), (0.98, 0.42), (0.88, 0.60), (0.76, 0.53), (0.76, 0.98),
               (0.24, 0.98), (0.24, 0.53), (0.12, 0.60), (0.02, 0.42)]  # fmt: skip
    pen.shape(outline, main)
    if chance.random() < 0.5:
        pen.box(0.24, 0.62, 0.76, 0.72, accent)
        pen.box(0.24, 0.80, 0.76, 0.86, accent)


def handbag(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A handbag with a clasp."""
    pen.arc(0.5, 0.38, 0.25, 180, 360, 0.05, shade(main, 0.6))
    pen.shape([(0.16, 0.38), (0.84, 0.38), (0.96, 0.95), (0.04, 0.95)], main)
    pen.shape([(0.16, 0.38), (0.84, 0.38), (0.80, 0.62), (0.20, 0.62)], shade(main, 0.75))
    pen.box(0.45, 0.55, 0.55, 0.69, (215, 180, 90), 0.02)


def dumbbell(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A dumbbell."""
    pen.box(0.2, 0.45, 0.8, 0.55, METAL)
    for x, h in ((0.02, 0.18), (0.12, 0.28), (0.76, 0.28), (0.88, 0.18)):
        pen.box(x, 0.5 - h, x + 0.11, 0.5 + h, DARK if h < 0.2 else shade(main, 0.7), 0.03)


def kettlebell(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A kettlebell."""
    pen.arc(0.5, 0.32, 0.24, 150, 390, 0.10, DARK)
    pen.oval(0.5, 0.66, 0.36, 0.32, DARK)
    pen.oval(0.5, 0.66, 0.16, 0.14, main)


def athlete(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """Somebody who squats with a barbell overhead."""
    skin = one_of(chance, SKINS)
    pen.line([(0.08, 0.22), (0.92, 0.22)], 0.05, METAL)
    for x in (0.06, 0.94):
        pen.box(x - 0.05, 0.06, x + 0.05, 0.38, DARK, 0.02)
    pen.line([(0.5, 0.45), (0.26, 0.40), (0.28, 0.22)], 0.07, skin)
    pen.line([(0.5, 0.45), (0.74, 0.40), (0.72, 0.22)], 0.07, skin)
    pen.oval(0.5, 0.30, 0.09, 0.10, skin)
    pen.box(0.40, 0.40, 0.60, 0.66, main, 0.05)
    pen.line([(0.45, 0.64), (0.30, 0.78), (0.34, 0.97)], 0.09, DARK)
    pen.line([(0.55, 0.64), (0.70, 0.78), (0.66, 0.97)], 0.09, DARK)


def plate(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A plate of food between fork and knife."""
    pen.oval(0.5, 0.5, 0.40, 0.40, PALE)
    pen.oval(0.5, 0.5, 0.30, 0.30, (228, 224, 216))
    foods = ((190, 60, 40), (85, 145, 60), (225, 165, 60), (130, 80, 45), (240, 200, 120))
    for _ in range(7):
        x, y = 0.5 + chance.uniform(-0.16, 0.16, 2)
        pen.oval(x, y, 0.10, 0.08, one_of(chance, foods))
    pen.line([(0.03, 0.15), (0.03, 0.85)], 0.035, METAL)
    pen.line([(0.97, 0.15), (0.97, 0.85)], 0.035, METAL)
    pen.box(0.0, 0.12, 0.065, 0.32, METAL)


def pizza(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A pizza from above."""
    pen.oval(0.5, 0.5, 0.48, 0.48, (205, 145, 75))
    pen.oval(0.5, 0.5, 0.41, 0.41, (245, 200, 90))
    for angle in np.arange(6) * np.pi / 3 + chance.uniform(0, 1):
        pen.oval(0.5 + 0.26 * np.cos(angle), 0.5 + 0.26 * np.sin(angle), 0.08, 0.08, (190, 45, 35))
        pen.oval(
            0.5 + 0.13 * np.cos(angle + 0.5), 0.5 + 0.13 * np.sin(angle + 0.5), 0.04, 0.03, GREEN
        )


def burger(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A burger."""
    pen.cut(0.5, 0.49, 0.44, 180, 360, (205, 140, 65))
    pen.box(0.03, 0.46, 0.97, 0.54, (95, 160, 65), 0.04)
    pen.box(0.06, 0.53, 0.94, 0.60, (205, 50, 40), 0.03)
    pen.box(0.05, 0.59, 0.95, 0.73, (95, 55, 35), 0.06)
    pen.shape([(0.1, 0.59), (0.9, 0.59), (0.7, 0.69)], (245, 190, 60))
    pen.box(0.07, 0.73, 0.93, 0.90, (205, 140, 65), 0.08)


def sofa(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A sofa with a cushion and a floor lamp."""
    pen.line([(0.92, 0.25), (0.92, 0.92)], 0.025, DARK)
    pen.shape([(0.84, 0.05), (1.0, 0.05), (1.06, 0.28), (0.78, 0.28)], (250, 220, 150))
    pen.box(0.06, 0.40, 0.80, 0.75, shade(main, 0.85), 0.08)
    pen.box(0.0, 0.55, 0.16, 0.86, main, 0.05)
    pen.box(0.70, 0.55, 0.86, 0.86, main, 0.05)
    pen.box(0.12, 0.64, 0.74, 0.86, main, 0.03)
    pen.box(0.22, 0.48, 0.40, 0.66, accent, 0.03)
    for x in (0.08, 0.74):
        pen.box(x, 0.86, x + 0.05, 0.94, WOOD)


def bed(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A bed under a picture."""
    pen.box(0.0, 0.25, 0.09, 0.90, WOOD, 0.02)
    pen.box(0.91, 0.48, 1.0, 0.90, WOOD, 0.02)
    pen.box(0.05, 0.56, 0.95, 0.78, PALE, 0.04)
    pen.box(0.12, 0.44, 0.36, 0.60, (255, 252, 248), 0.06)
    pen.box(0.38, 0.52, 0.95, 0.78, main, 0.05)
    pen.box(0.38, 0.52, 0.50, 0.78, accent)
    pen.box(0.44, 0.08, 0.80, 0.34, WOOD)
    pen.box(0.48, 0.12, 0.76, 0.30, shade(accent, 1.3))


def chair_and_plant(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A chair beside a potted plant."""
    pen.box(0.08, 0.25, 0.16, 0.95, WOOD)
    pen.box(0.06, 0.20, 0.18, 0.58, main, 0.03)
    pen.box(0.06, 0.56, 0.54, 0.66, main, 0.03)
    pen.box(0.46, 0.64, 0.53, 0.95, WOOD)
    pen.shape([(0.68, 0.68), (0.96, 0.68), (0.91, 0.96), (0.73, 0.96)], (185, 105, 70))
    for x, y in ((0.62, 0.40), (0.74, 0.26), (0.88, 0.28), (0.99, 0.42)):
        pen.line([(0.82, 0.68), (x, y)], 0.02, GREEN)
        pen.oval(x, y, 0.07, 0.11, GREEN)


def dog(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A dog's face."""
    fur = one_of(chance, ((175, 120, 65), (225, 190, 140), (90, 65, 50), (240, 235, 225)))
    pen.oval(0.5, 0.50, 0.36, 0.42, fur)
    for x in (0.14, 0.86):
        pen.oval(x, 0.42, 0.13, 0.32, shade(fur, 0.6))
    pen.oval(0.5, 0.68, 0.21, 0.19, shade(fur, 1.25))
    pen.oval(0.5, 0.60, 0.09, 0.065, DARK)
    pen.oval(0.5, 0.85, 0.07, 0.10, (235, 110, 125))
    for x in (0.35, 0.65):
        pen.oval(x, 0.42, 0.05, 0.06, DARK)


def cat(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A cat's face."""
    fur = one_of(chance, ((120, 120, 125), (225, 145, 70), (50, 48, 52), (235, 225, 210)))
    pen.shape([(0.10, 0.02), (0.16, 0.55), (0.46, 0.22)], fur)
    pen.shape([(0.90, 0.02), (0.84, 0.55), (0.54, 0.22)], fur)
    pen.oval(0.5, 0.57, 0.41, 0.38, fur)
    for x in (0.33, 0.67):
        pen.oval(x, 0.50, 0.09, 0.08, (190, 215, 90))
        pen.oval(x, 0.50, 0.025, 0.08, DARK)
    pen.shape([(0.45, 0.64), (0.55, 0.64), (0.5, 0.71)], (235, 130, 140))
    for x, y in ((0.0, 0.62), (0.0, 0.76), (1.0, 0.62), (1.0, 0.76)):
        pen.line([(0.5 + 0.16 * (1 if x else -1), 0.70), (x, y)], 0.015, shade(fur, 0.45))


def rabbit(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A rabbit's face."""
    fur = one_of(chance, ((240, 236, 230), (170, 140, 115), (130, 125, 125)))
    for x in (0.36, 0.64):
        pen.oval(x, 0.24, 0.10, 0.25, fur)
        pen.oval(x, 0.26, 0.05, 0.18, (240, 180, 185))
    pen.oval(0.5, 0.68, 0.33, 0.30, fur)
    for x in (0.37, 0.63):
        pen.oval(x, 0.62, 0.045, 0.055, DARK)
    pen.oval(0.5, 0.74, 0.05, 0.035, (230, 120, 135))
    pen.box(0.45, 0.82, 0.55, 0.91, (255, 255, 255))


def mountains(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """Snowy mountains and a sun."""
    pen.oval(chance.uniform(0.15, 0.85), 0.18, 0.11, 0.11, (255, 214, 90))
    pen.shape([(0.30, 0.95), (0.72, 0.22), (1.15, 0.95)], (105, 120, 150))
    pen.shape([(0.60, 0.43), (0.72, 0.22), (0.84, 0.43), (0.72, 0.37)], PALE)
    pen.shape([(-0.15, 0.95), (0.30, 0.34), (0.75, 0.95)], (80, 95, 125))
    pen.shape([(0.19, 0.49), (0.30, 0.34), (0.41, 0.49), (0.30, 0.44)], PALE)
    pen.box(-1, 0.86, 2, 2, (75, 130, 80))


def palm_beach(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A palm, a beach and the sea."""
    pen.oval(chance.uniform(0.6, 0.9), 0.22, 0.12, 0.12, (255, 195, 80))
    pen.box(-1, 0.58, 2, 0.82, (45, 140, 185))
    pen.box(-1, 0.78, 2, 2, (238, 214, 160))
    pen.line([(0.30, 0.90), (0.34, 0.60), (0.42, 0.30)], 0.06, WOOD)
    for x, y in ((0.05, 0.32), (0.16, 0.10), (0.46, 0.04), (0.72, 0.16), (0.78, 0.38)):
        pen.line([(0.42, 0.30), ((0.42 + x) / 2, min(0.30, y) - 0.02), (x, y)], 0.07, GREEN)


def suitcase(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A suitcase with a sticker."""
    pen.box(0.36, 0.02, 0.64, 0.30, DARK, 0.04)
    pen.box(0.42, 0.08, 0.58, 0.30, PALE)
    pen.box(0.12, 0.26, 0.88, 0.92, main, 0.08)
    for x in (0.28, 0.48, 0.68):
        pen.box(x, 0.30, x + 0.04, 0.88, shade(main, 0.7))
    pen.oval(0.62, 0.52, 0.13, 0.10, accent)
    for x in (0.24, 0.76):
        pen.oval(x, 0.95, 0.05, 0.05, DARK)


def book(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """An open book."""
    pen.shape([(0.0, 0.22), (0.5, 0.32), (1.0, 0.22), (1.0, 0.84), (0.5, 0.94), (0.0, 0.84)], main)
    pen.shape([(0.05, 0.18), (0.5, 0.28), (0.5, 0.88), (0.05, 0.78)], PALE)
    pen.shape([(0.95, 0.18), (0.5, 0.28), (0.5, 0.88), (0.95, 0.78)], (232, 228, 220))
    for y in (0.34, 0.44, 0.54, 0.64):
        pen.line([(0.12, y), (0.43, y + 0.07)], 0.02, METAL)
        pen.line([(0.88, y), (0.57, y + 0.07)], 0.02, METAL)


def car(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A car from the side."""
    pen.shape([(0.20, 0.50), (0.32, 0.28), (0.68, 0.28), (0.84, 0.50)], main)
    pen.shape([(0.27, 0.49), (0.35, 0.33), (0.49, 0.33), (0.49, 0.49)], (185, 215, 230))
    pen.shape([(0.53, 0.49), (0.53, 0.33), (0.65, 0.33), (0.75, 0.49)], (185, 215, 230))
    pen.box(0.0, 0.48, 1.0, 0.72, main, 0.07)
    pen.box(0.93, 0.53, 1.0, 0.60, (255, 235, 150))
    for x in (0.23, 0.77):
        pen.oval(x, 0.73, 0.11, 0.11, DARK)
        pen.oval(x, 0.73, 0.05, 0.05, METAL)


def guitar(pen: Pen, main: Colour, accent: Colour, chance: np.random.Generator) -> None:
    """A guitar."""
    wood = one_of(chance, ((190, 120, 55), (130, 70, 35), (215, 165, 95)))
    pen.line([(0.42, 0.60), (0.90, 0.10)], 0.07, (70, 45, 30))
    pen.line([(0.86, 0.14), (0.97, 0.03)], 0.11, DARK)
    pen.oval(0.28, 0.74, 0.26, 0.24, wood)
    pen.oval(0.46, 0.54, 0.19, 0.18, wood)
    pen.oval(0.40, 0.62, 0.08, 0.08, DARK)
    pen.line([(0.16, 0.80), (0.26, 0.89)], 0.035, DARK)


MOTIFS: dict[str, tuple[Motif, ...]] = {
    "beauty": (lipstick, nail_polish, made_up_face),
    "family": (people_group, stroller),
    "fashion": (dress, shirt_on_hanger, handbag),
    "fitness": (dumbbell, kettlebell, athlete),
    "food": (plate, pizza, burger),
    "interior": (sofa, bed, chair_and_plant),
    "pet": (dog, cat, rabbit),
    "travel": (mountains, palm_beach, suitcase),
    "other": (book, car, guitar),
}
"""What a picture of each topic may show; which one it is says nothing of the user."""


def _person(pen: Pen, x: float, y: float, h: float, clothes: Colour, skin: Colour) -> None:
    """A figure in frontal view, its head at (x, y), `h` high."""
    pen.oval(x, y + 0.11 * h, 0.10 * h, 0.12 * h, skin)
    pen.cut(x, y + 0.08 * h, 0.11 * h, 180, 360, shade(skin, 0.4))
    pen.box(x - 0.16 * h, y + 0.24 * h, x + 0.16 * h, y + 0.65 * h, clothes, 0.08 * h)
    pen.box(x - 0.12 * h, y + 0.60 * h, x - 0.02 * h, y + h, DARK)
    pen.box(x + 0.02 * h, y + 0.60 * h, x + 0.12 * h, y + h, DARK)
