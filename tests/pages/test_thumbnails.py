"""A thumbnail is a small picture inside the page, whatever the picture was."""

import base64
import io

import pytest
from PIL import Image

from mmga.pages.thumbnails import picture_bytes, thumbnail
from mmga.tables import ImageWriter
from tests.tiny import picture


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("P", "PNG"), ("RGBA", "WEBP")])
def test_any_kind_of_picture_becomes_one_of_the_size_asked_for(mode: str, kind: str):
    stream = io.BytesIO()
    Image.new(mode, (300, 120)).save(stream, kind)
    uri = thumbnail(stream.getvalue(), side=50, kind="JPEG")
    assert uri.startswith("data:image/jpeg;base64,")
    assert opened(uri).size == (50, 20)


def test_a_small_picture_is_not_made_larger():
    assert opened(thumbnail(picture(3, 0))).size == (10, 10)


def test_each_picture_is_found_again_in_its_part(tmp_path):
    with ImageWriter(tmp_path, part_bytes=1) as images:
        for number in range(1500):  # more than a row group, and more than a part
            images.add(f"i{number}", "p", 0, picture(number % 100, number // 100))
    for number in (0, 1023, 1024, 1499):
        place = (
            ("part-00000.parquet", number)
            if number < 1024
            else ("part-00001.parquet", number - 1024)
        )
        assert picture_bytes(tmp_path, *place) == picture(number % 100, number // 100)
    with pytest.raises(IndexError):
        picture_bytes(tmp_path, "part-00001.parquet", 476)
