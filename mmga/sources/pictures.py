"""A picture from anywhere becomes JPEG, PNG or WebP bytes and nothing else, or a reason why not."""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from PIL import Image, ImageOps

from mmga.sources.metadata import UnknownLayoutError, bare

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF")
"""What is read. Pillow knows more, but some of it (EPS) runs other programs."""

KEPT = ("JPEG", "PNG", "WEBP")
"""What is stored byte for byte, but for what it says beside the picture; the rest is written anew,
as PNG. The first picture of an MPO file is a JPEG."""

TURNED = 0x0112
"""The EXIF entry that says how a picture must be turned; 1 is upright."""

MAX_BYTES = 64 * 2**20
"""A larger file is taken for no picture: it would have to be held in memory."""

MAX_PIXELS = 64 * 2**20
"""A picture with more is taken for a bomb: drawn, and drawn upright, it fills half a gigabyte."""

LARGE = 16 * 2**20
"""Pictures with more pixels are drawn one at a time, however many threads there are."""

_large = threading.Lock()

PNG_MODES = ("1", "L", "LA", "I;16", "P", "RGB", "RGBA")


class PictureError(ValueError):
    """Why a picture cannot be used, in words that follow "the picture"."""


def read_below(folder: Path, name: str) -> bytes:
    """The bytes of a file below `folder` (which is resolved already).

    Raises:
        PictureError: If the path leaves the folder (upwards, as an absolute path, by a link), or no
            ordinary file is there, or it is too large.
    """
    try:
        file = (folder / name).resolve()
        if "\\" in name and not file.exists():  # a path of Windows
            file = (folder / name.replace("\\", "/")).resolve()
        if not file.is_relative_to(folder):
            raise PictureError("lies outside the image folder")
        if not file.is_file():
            raise PictureError("does not exist")
        if file.stat().st_size > MAX_BYTES:
            raise PictureError(f"is larger than {MAX_BYTES // 2**20} MiB")
        return file.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: links in a circle
        raise PictureError("cannot be read") from None


def usable(content: bytes) -> bytes:
    """`content` where it can be stored as it is; otherwise the same picture and no word beside it.

    EXIF, XMP, IPTC, comments and texts (which may tell a place, a device, a name), thumbnails and
    whatever follows the picture are cut out of the file; the picture's own bytes stay. A picture
    that must be turned to be upright is written anew. To be called under `strict_pixels`.

    Raises:
        PictureError: If it cannot be decoded to its end, or Pillow thinks its size a bomb.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            pixels = image.width * image.height
            if pixels > MAX_PIXELS:
                raise PictureError("has too many pixels")
            with _large if pixels > LARGE else nullcontext():
                return _usable(image, content)
    except PictureError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureError("has too many pixels") from None
    except Exception:
        # A broken picture makes Pillow raise nearly anything: SyntaxError, struct.error, KeyError.
        raise PictureError("cannot be decoded" if content else "is empty") from None


def _usable(image: Image.Image, content: bytes) -> bytes:
    image_format = "JPEG" if image.format == "MPO" else str(image.format)
    if image_format != "JPEG":
        image.load()  # before its EXIF, which may lie at its end
    kept = image_format in KEPT and not _turned(image)
    if kept:
        image.draft("L", (1, 1))  # a JPEG is read to its end, but drawn small
    image.load()
    return _without_words(content, image_format) if kept else _written_anew(image, image_format)


def _turned(image: Image.Image) -> bool:
    """Whether it must be turned to be upright; what cannot be read does not turn it."""
    try:
        return bool(image.getexif().get(TURNED, 1) != 1)
    except Exception:  # as with a broken picture, but it is only its EXIF that is broken
        return False


def _without_words(content: bytes, image_format: str) -> bytes:
    """Cut out what is not the picture, or write it anew where that cannot be told apart."""
    try:
        cut = bare(content, image_format)
    except UnknownLayoutError:
        cut = b""
    if cut == content:
        return content
    with Image.open(io.BytesIO(cut or content), formats=[image_format]) as image:
        if cut:
            image.draft("L", (1, 1))
        image.load()  # what was cut may have been needed all the same
        return cut or _written_anew(image, image_format)


@contextmanager
def strict_pixels() -> Iterator[None]:
    """Pillow warns of a decompression bomb; here that warning is an error, and others are noise.

    Not to be entered by several threads at once; those started inside share it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _written_anew(image: Image.Image, image_format: str) -> bytes:
    image_format = image_format if image_format in KEPT else "PNG"
    upright: Image.Image = ImageOps.exif_transpose(image)
    if image_format == "PNG" and upright.mode not in PNG_MODES:
        upright = upright.convert("RGB")
    kept = ("icc_profile", "transparency")  # Pillow would write a comment again
    upright.info = {key: value for key, value in upright.info.items() if key in kept}
    stream = io.BytesIO()
    upright.save(stream, image_format, quality=95)
    return bare(stream.getvalue(), image_format)
