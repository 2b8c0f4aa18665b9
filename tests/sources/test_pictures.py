"""Pictures are stored as they came, unless they must be written anew."""

import io

import pytest
from PIL import Image

from mmga.sources.pictures import usable


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_what_can_be_stored_is_stored_byte_for_byte(image_format, picture):
    assert usable(picture(image_format)) == picture(image_format)


@pytest.mark.parametrize("image_format", ["GIF", "BMP", "TIFF"])
def test_other_formats_become_png_with_the_same_pixels(image_format, picture):
    content = picture(image_format)
    with (
        Image.open(io.BytesIO(usable(content))) as after,
        Image.open(io.BytesIO(content)) as before,
    ):
        assert after.format == "PNG"
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_set_upright_and_loses_its_exif(image_format, picture):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a camera"
    with Image.open(io.BytesIO(usable(picture(image_format, exif=exif)))) as after:
        assert after.format == image_format
        assert after.size == (16, 24)
        assert not after.getexif()
        assert b"a camera" not in usable(picture(image_format, exif=exif))
