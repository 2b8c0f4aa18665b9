"""What one look at a picture tells of its appearance."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mmga.quality.pictures import COARSE, look_at


def drawn(colour: str, side: int = 96) -> Image.Image:
    """A bag on a table."""
    image = Image.new("RGB", (96, 96), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 60, 96, 96), fill="tan")
    pen.polygon([(30, 40), (66, 40), (72, 74), (24, 74)], fill=colour)
    pen.arc((36, 20, 60, 60), 180, 360, fill="black", width=4)
    return image.resize((side, side))


def look(image: Image.Image, kind: str = "PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return look_at(stream.getvalue(), 10**6)


def differing(one, other) -> int:
    return (int(one.phash, 16) ^ int(other.phash, 16)).bit_count()


def shade(one, other) -> float:
    a, b = (np.frombuffer(bytes.fromhex(x.colours), np.uint8).astype(int) for x in (one, other))
    return float(np.abs(a - b).mean())


def test_a_copy_in_another_size_or_format_looks_nearly_the_same():
    original = look(drawn("red"))
    copies = [
        look(drawn("red", 64)),
        look(drawn("red", 200)),
        look(drawn("red"), "JPEG", quality=50),
        look(drawn("red"), "WEBP"),
    ]
    assert len({copy.sha256 for copy in [original, *copies]}) == 5
    for copy in copies:
        assert differing(original, copy) <= 4
        assert shade(original, copy) < 5


def test_the_hash_knows_the_shape_and_the_colours_the_colour():
    red, blue = look(drawn("red")), look(drawn("blue"))
    assert differing(red, blue) <= 8
    assert shade(red, blue) > 16
    assert differing(red, look(drawn("red").transpose(Image.Transpose.ROTATE_90))) > 16


def test_the_colours_are_the_means_of_the_picture_in_squares():
    pixels = np.zeros((COARSE * 4, COARSE * 4, 3), dtype=np.uint8)
    pixels[:4, :4] = [10, 20, 30]
    found = bytes.fromhex(look(Image.fromarray(pixels)).colours)
    assert list(found[:3]) == [10, 20, 30]
    assert not any(found[3:])
    assert len(found) == COARSE * COARSE * 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_picture_has_an_appearance(mode):
    found = look(Image.new(mode, (40, 40)))
    assert found.problem is None
    assert (len(found.phash), len(found.colours)) == (16, 54)


def test_a_palette_with_transparency_raises_no_warning():
    image = Image.new("P", (40, 40), 1)
    found = look(image, transparency=bytes([0, 128]))
    assert found.problem is None


def test_what_is_no_picture_has_none():
    assert look_at(b"words", 10**6)[:4] == (None,) * 4
