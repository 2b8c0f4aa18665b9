"""Pictures become pixels of one size, or the vectors of a frozen vision model."""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, SiglipImageProcessorPil

from mmga.modalities import backbones
from mmga.modalities.params import ImageParams

FIXED_SIZE = ("beit", "deit", "swin", "vit")
"""Model types whose configuration must name the size of their input."""


def prepare(params: ImageParams, folder: Path) -> None:
    """Write the backbone folder: image processor, configuration, and weights where pretrained.

    Raises:
        InputError: If the model or its processor cannot be loaded or built.
    """
    folder.mkdir(parents=True)
    if params.model is not None:
        _processor(params.model).save_pretrained(folder)
        backbones.load(params.model).save_pretrained(folder)
        return
    assert params.config is not None
    # Resize and normalise, nothing more; named by its PIL class, as torchvision may be missing.
    plain = SiglipImageProcessorPil(
        size={"height": params.size, "width": params.size},
        image_mean=[0.5] * 3,
        image_std=[0.25] * 3,
    )
    plain.save_pretrained(folder)
    config = dict(params.config)
    if config["model_type"] in FIXED_SIZE:
        config.setdefault("image_size", params.size)
    backbones.configured(config).save_pretrained(folder)


class Reader:
    """Picture files -> pixels uint8 (pictures, 3, height, width), or float16 vectors where frozen.

    Pixels are resized and RGB but not yet normalised: bytes are a quarter of floats.
    """

    def __init__(self, folder: Path, params: ImageParams) -> None:
        self._process = _processor(folder)
        self._threads = ThreadPoolExecutor(max_workers=2)
        self.mean = tuple(float(value) for value in self._process.image_mean)
        self.std = tuple(float(value) for value in self._process.image_std)
        backbone = backbones.build(folder, pad=None).eval()
        pixels = torch.from_numpy(self._decode(_blank_picture()))
        backbone.width(normalise(pixels[None], self.mean, self.std))  # refuses what reads none
        self._backbone = backbone if params.frozen else None
        self.row = self.read([_blank_picture()])[0]
        """What a row looks like: its shape and its type."""

    def read(self, files: Sequence[bytes]) -> NDArray[np.generic]:
        """Encode pictures given as the bytes of their files, one row each."""
        pixels = np.stack(list(self._threads.map(self._decode, files)))
        if self._backbone is None:
            return pixels
        with torch.inference_mode():
            inputs = normalise(torch.from_numpy(pixels), self.mean, self.std)
            vectors: NDArray[np.generic] = self._backbone(inputs).numpy()
        return vectors.astype(np.float16)

    def _decode(self, content: bytes) -> NDArray[np.uint8]:
        with Image.open(io.BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        out = self._process(upright, do_rescale=False, do_normalize=False, return_tensors="np")
        return np.asarray(out["pixel_values"][0]).clip(0, 255).astype(np.uint8)


def normalise(pixels: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Pixels 0 to 255, shape (pictures, 3, height, width), as a vision model expects them."""
    centre = torch.tensor(mean, device=pixels.device).view(1, 3, 1, 1) * 255
    spread = torch.tensor(std, device=pixels.device).view(1, 3, 1, 1) * 255
    return (pixels.float() - centre) / spread


def _processor(source: str | Path) -> Any:
    try:
        return AutoImageProcessor.from_pretrained(source, backend="pil")
    except (OSError, ValueError) as error:
        raise backbones.unavailable(source, error) from None


def _blank_picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "PNG")
    return stream.getvalue()
