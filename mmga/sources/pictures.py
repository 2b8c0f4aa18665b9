"""A picture from anywhere becomes JPEG, PNG or WebP bytes without EXIF, or a reason why not."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF")
"""What is read. Pillow knows more, but some of it (EPS) runs other programs."""

KEPT = ("JPEG", "PNG", "WEBP")
"""What is stored byte for byte; the rest is written anew, as PNG."""

MAX_BYTES = 128 * 2**20
"""A larger file is taken for no picture: it would have to be held in memory."""

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
    """`content` where it can be stored as it is; otherwise the same picture, written anew.

    A picture with EXIF (which may tell a place and a device) is turned upright and loses it. To be
    called under `strict_pixels`.

    Raises:
        PictureError: If it cannot be decoded to its end, or Pillow thinks its size a bomb.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            kept = image.format in KEPT and not image.getexif()
            if kept:
                image.draft("L", (1, 1))  # a JPEG is read to its end, but drawn small
            image.load()
            return content if kept else _written_anew(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureError("has too many pixels") from None
    except Exception:
        # A broken picture makes Pillow raise nearly anything: SyntaxError, struct.error, KeyError.
        raise PictureError("cannot be decoded" if content else "is empty") from None


@contextmanager
def strict_pixels() -> Iterator[None]:
    """Pillow warns of a decompression bomb; here that warning is an error, and others are noise.

    Not to be entered by several threads at once; those started inside share it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _written_anew(image: Image.Image) -> bytes:
    image_format = image.format if image.format in KEPT else "PNG"
    upright: Image.Image = ImageOps.exif_transpose(image)
    if image_format == "PNG" and upright.mode not in PNG_MODES:
        upright = upright.convert("RGB")
    for key in ("exif", "xmp", "XML:com.adobe.xmp"):
        upright.info.pop(key, None)
    stream = io.BytesIO()
    upright.save(stream, image_format, quality=95)
    return stream.getvalue()
