"""Whatever a picture says beside its pixels is gone, and its own bytes are as they were."""

import contextlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from mmga.sources.metadata import UnknownLayoutError, bare
from mmga.sources.pictures import PictureError, strict_pixels, usable

SECRET = b"Ann Lee, 52.5200N 13.4050E"
XMP = (
    b'<x:xmpmeta><rdf:Description exif:GPSLatitude="52,31.2N" dc:creator="%b"/></x:xmpmeta>'
    % SECRET
)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
MANDELBROT = Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 50)
FORMATS = ("JPEG", "PNG", "WEBP")

Picture = Callable[..., bytes]


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """As `usable` wants it."""
    with strict_pixels():
        yield


def _exif(orientation: int | None = None) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # GPSLatitude
    if orientation:
        exif[0x0112] = orientation
    return exif


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _in_jpeg(content: bytes, marker: int, body: bytes) -> bytes:
    return content[:2] + _segment(marker, body) + content[2:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _in_png(content: bytes, kind: bytes, body: bytes, at: int = 33) -> bytes:
    """Behind the header, or so many bytes from the end."""
    return content[:at] + _chunk(kind, body) + content[at:]


JPEG_WORDS = {
    "exif": (0xE1, b"Exif\0\0" + _exif().tobytes()[6:]),
    "broken exif": (0xE1, b"Exif\0\0" + SECRET),
    "exif that ends early": (0xE1, b"Exif\0\0" + _exif().tobytes()[6:30]),
    "xmp with gps": (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
    "extended xmp": (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRET),
    "iptc": (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1f\x1c\x02\x50\0\x1a" + SECRET),
    "comment": (0xFE, SECRET),
    "thumbnail": (0xE0, b"JFXX\0\x10" + SECRET),
    "several pictures": (0xE2, b"MPF\0" + SECRET),
    "flashpix": (0xE2, b"FPXR\0" + SECRET),
    "an unknown segment": (0xEB, SECRET),
    "what only looks like colours": (0xEE, b"Maker" + SECRET),
    "what only looks like a profile": (0xE2, b"ICC_PROFILE\0\1\1" + SECRET),
    "a profile of which a part is missing": (0xE2, b"ICC_PROFILE\0\1\2" + ICC + SECRET),
}


@pytest.mark.parametrize("words", JPEG_WORDS)
def test_a_jpeg_loses_its_words_and_nothing_else(words: str, picture: Picture):
    plain = picture("JPEG")
    assert usable(_in_jpeg(plain, *JPEG_WORDS[words])) == plain


PNG_WORDS = {
    "exif": (b"eXIf", _exif().tobytes()[6:]),
    "text": (b"tEXt", b"Author\0" + SECRET),
    "compressed text": (b"zTXt", b"Author\0\0" + zlib.compress(SECRET)),
    "text in unicode": (b"iTXt", b"Author\0\0\0de\0\0" + SECRET),
    "xmp with gps": (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
    "exif as text": (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n0\n")),
    "time": (b"tIME", b"\x07\xea\x0b\x1c\x0f\x1e\0"),
    "an unknown chunk": (b"caBX", SECRET),
    "a named palette": (b"sPLT", SECRET + b"\0\x08\1\2\3\4\0\1"),
    "how often colours come": (b"hIST", SECRET),
    "what only looks like a profile": (b"iCCP", b"icc\0\0" + zlib.compress(SECRET)),
}


@pytest.mark.parametrize("words", PNG_WORDS)
@pytest.mark.parametrize("at", [33, -12])
def test_a_png_loses_its_words_and_nothing_else(words: str, at: int, picture: Picture):
    plain = picture("PNG")
    assert usable(_in_png(plain, *PNG_WORDS[words], at)) == plain


@pytest.mark.parametrize(
    ("kind", "body"),
    [(b"pHYs", b"\0\0\0\1\0\0\0\1\1"), (b"cLLI", b"\0" * 8), (b"gAMA", b"\0\0\xb1\x8f")],
)
def test_what_follows_within_a_part_of_a_png_goes(kind: bytes, body: bytes, picture: Picture):
    plain = picture("PNG")
    after = usable(_in_png(plain, kind, body + SECRET))
    assert after == _in_png(plain, kind, body)
    assert usable(plain[:-12] + _chunk(b"IEND", SECRET)) == plain


def test_what_follows_adobes_colours_in_their_segment_goes(picture: Picture):
    adobe = b"Adobe\0\x64\0\0\0\0\1"
    plain = _in_jpeg(picture("JPEG"), 0xEE, adobe)
    assert usable(_in_jpeg(picture("JPEG"), 0xEE, adobe + SECRET)) == usable(plain) == plain


@pytest.mark.parametrize("image_format", FORMATS)
def test_what_follows_a_profile_goes_and_the_profile_stays(image_format: str):
    large = ICC[:132] + b"\0" * 70_000
    for profile in (ICC, len(large).to_bytes(4, "big") + large[4:]):
        image = Image.new("RGB", (8, 8))
        stream, longer = io.BytesIO(), io.BytesIO()
        image.save(stream, image_format, icc_profile=profile)
        image.save(longer, image_format, icc_profile=profile + SECRET)
        with Image.open(io.BytesIO(usable(longer.getvalue()))) as clean:
            assert clean.info["icc_profile"] == profile
        with Image.open(io.BytesIO(usable(stream.getvalue()))) as clean:
            assert clean.info["icc_profile"] == profile


@pytest.mark.parametrize("image_format", FORMATS)
def test_words_in_place_of_a_profile_go(image_format: str):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, image_format, icc_profile=SECRET * 9)
    after = usable(stream.getvalue())
    assert SECRET not in after
    with Image.open(io.BytesIO(after)) as clean:
        assert not clean.info.get("icc_profile")


@pytest.mark.parametrize("kind", [b"EXIF", b"XMP ", b"junk"])
def test_words_in_a_frame_of_a_moving_webp_go(kind: bytes):
    stream, frames = io.BytesIO(), [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:])
    plain = stream.getvalue()
    at = plain.index(b"ANMF")
    (size,) = struct.unpack_from("<I", plain, at + 4)
    words = kind + struct.pack("<I", len(SECRET)) + SECRET + b"\0" * (len(SECRET) % 2)
    frame = plain[at + 8 : at + 8 + size] + words
    spoilt = plain[:at] + b"ANMF" + struct.pack("<I", len(frame)) + frame + plain[at + 8 + size :]
    spoilt = b"RIFF" + struct.pack("<I", len(spoilt) - 8) + spoilt[8:]
    assert usable(spoilt) == usable(plain) == plain


@pytest.mark.parametrize("image_format", FORMATS)
def test_what_pillow_writes_into_a_picture_is_gone(image_format: str):
    image, stream = MANDELBROT.resize((30, 20)), io.BytesIO()
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    more = {"JPEG": {"comment": SECRET}, "PNG": {"pnginfo": texts}, "WEBP": {}}[image_format]
    xmp = {} if image_format == "PNG" else {"xmp": XMP}
    image.save(stream, image_format, exif=_exif(), icc_profile=ICC, **xmp, **more)
    after = usable(stream.getvalue())
    assert SECRET in stream.getvalue()
    assert SECRET not in after
    assert b"GPS" not in after
    with Image.open(io.BytesIO(after)) as clean, Image.open(stream) as before:
        assert clean.tobytes() == before.tobytes()
        assert clean.info.get("icc_profile") == ICC
        assert not set(clean.info) & {"exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp"}
        assert not clean.getexif()


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("orientation", [3, 6])
def test_a_turned_picture_keeps_neither_comment_nor_place(image_format: str, orientation: int):
    image, stream = Image.new("RGB", (30, 20), "red"), io.BytesIO()
    more = {} if image_format != "JPEG" else {"comment": SECRET, "xmp": XMP}
    image.save(stream, image_format, exif=_exif(orientation), **more)
    after = usable(stream.getvalue())
    assert SECRET not in after
    with Image.open(io.BytesIO(after)) as clean:
        assert clean.size == ((20, 30) if orientation == 6 else (30, 20))


def test_a_direction_in_xmp_alone_turns_the_picture(picture: Picture):
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'
    with Image.open(io.BytesIO(usable(_in_jpeg(picture("JPEG"), 0xE1, xmp)))) as clean:
        assert clean.size == (16, 24)


@pytest.mark.parametrize("image_format", FORMATS)
def test_what_follows_the_picture_goes(image_format: str, picture: Picture):
    assert usable(picture(image_format) + SECRET) == picture(image_format)


def test_the_second_picture_of_a_file_goes(picture: Picture):
    stream = io.BytesIO()
    images = [Image.new("RGB", (24, 16), colour) for colour in ("red", "blue")]
    images[0].save(stream, "MPO", save_all=True, append_images=images[1:])
    after = usable(stream.getvalue())
    with Image.open(io.BytesIO(after)) as clean, Image.open(stream) as before:
        assert (clean.format, before.format) == ("JPEG", "MPO")
        assert clean.tobytes() == before.tobytes()
    assert len(after) < len(stream.getvalue()) / 1.5


def test_a_jfif_thumbnail_and_the_name_of_a_profile_go(picture: Picture):
    plain = picture("JPEG")
    start = plain.index(b"JFIF\0")
    thumbnail = plain[2:4] + struct.pack(">H", 16 + 3) + plain[start : start + 12] + b"\1\1RGB"
    assert usable(plain[:2] + thumbnail + plain[start + 14 :]) == plain
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG", icc_profile=ICC)
    plain = stream.getvalue()
    body = SECRET + b"\0" + plain[plain.index(b"iCCP") :].partition(b"\0")[2]
    length = struct.unpack(">I", plain[33:37])[0]
    named = _chunk(b"iCCP", body[: len(SECRET) + length - len("ICC Profile")])
    after = usable(plain[:33] + named + plain[33 + 12 + length :])
    assert SECRET not in after
    with Image.open(io.BytesIO(after)) as clean:
        assert clean.info["icc_profile"] == ICC


def test_a_progressive_jpeg_with_words_between_its_scans_keeps_every_scan():
    image, stream = MANDELBROT.resize((64, 48)), io.BytesIO()
    image.save(stream, "JPEG", progressive=True, restart_marker_blocks=2, comment=b"")
    plain = stream.getvalue()
    second = plain.index(b"\xff\xc4", plain.index(b"\xff\xda"))
    spoilt = plain[:second] + _segment(0xFE, SECRET) + plain[second:]
    assert usable(spoilt) == usable(plain)
    with Image.open(io.BytesIO(usable(spoilt))) as clean, Image.open(stream) as before:
        assert clean.tobytes() == before.tobytes()


def test_an_animation_still_moves():
    for image_format in ("PNG", "WEBP"):
        stream, frames = io.BytesIO(), [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
        frames[0].save(stream, image_format, save_all=True, append_images=frames[1:])
        with Image.open(io.BytesIO(usable(stream.getvalue()))) as clean:
            assert clean.n_frames == 2


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.data())
def test_damaged_files_are_refused_or_stay_a_picture(data: st.DataObject):
    image_format = data.draw(st.sampled_from(FORMATS))
    stream = io.BytesIO()
    MANDELBROT.resize((20, 12)).save(stream, image_format)
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] or content
    try:
        after = usable(bytes(content))
    except PictureError:
        return
    with Image.open(io.BytesIO(after)) as clean:
        clean.load()


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([*FORMATS, "MPO", "GIF"]))
def test_bytes_of_no_format_have_an_unknown_layout(content: bytes, image_format: str):
    start = {"PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF\xff\0\0\0WEBP"}
    with contextlib.suppress(UnknownLayoutError):
        assert bare(start.get(image_format, b"\xff\xd8") + content, image_format)
