"""What the encoders read: the posts of each user and the arrays of each modality."""

import dataclasses
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmga.modalities import backbones, images
from mmga.modalities.backbones import Backbone

MODALITIES = ("image", "text")
"""The modalities of a post. The third one, the graph, belongs to users."""

Kind = Literal["pixels", "tokens", "vectors"]


@dataclass(frozen=True)
class Modality:
    """The array of one modality, memory-mapped, and the backbone that reads it."""

    folder: Path
    kind: Kind
    """`pixels` uint8 (n, 3, height, width); `tokens` int32 (n, length), -1 beyond the end of a
    caption; `vectors` float16 (n, d), the output of a frozen backbone."""
    revision: str
    """Names the encoder and its settings; equal revisions make equal arrays of equal posts."""
    content: str
    """SHA-256 of what was encoded, in the order of the rows."""
    pad: int | None = None
    """The token that stands for -1 where the backbone is called."""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @cached_property
    def values(self) -> NDArray[np.generic]:
        """All rows, mapped from the file."""
        array: NDArray[np.generic] = np.load(self.folder / "values.npy", mmap_mode="r")
        return array

    def batch(self, rows: NDArray[np.integer], device: torch.device) -> Tensor:
        """The rows as a backbone takes them: normalised pixels, token ids or float vectors."""
        values = torch.from_numpy(np.ascontiguousarray(self.values[rows])).to(device)
        if self.kind == "pixels":
            return images.normalise(values, self.mean, self.std)
        return values.long() if self.kind == "tokens" else values.float()

    @property
    def pretrained(self) -> bool:
        """The backbone comes with weights."""
        return any((self.folder / "backbone").glob("*.safetensors"))

    def backbone(self) -> tuple[Backbone | None, int]:
        """The network that turns `batch` into vectors, and the length of these.

        There is none where the rows are vectors already.
        """
        if self.kind == "vectors":
            return None, self.values.shape[1]
        network = backbones.build(self.folder / "backbone", self.pad)
        example = torch.zeros(1, *self.values.shape[1:])
        return network, network.width(example if self.kind == "pixels" else example.long())

    def write(self) -> None:
        """Write `features.json` beside the array."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del fields["folder"]
        text = json.dumps(fields, indent=2, sort_keys=True)
        (self.folder / "features.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Modality":
        """A modality as `write` left it."""
        content = json.loads((folder / "features.json").read_text(encoding="utf-8"))
        content |= {"mean": tuple(content["mean"]), "std": tuple(content["std"])}
        return cls(folder=folder, **content)


@dataclass(frozen=True)
class Features:
    """The posts of all users, sorted by user and most recent first, and their modalities.

    `bounds[u]:bounds[u + 1]` are the posts of user u. A post's pictures are the rows
    `image[p]` to `image[p] + pictures[p]` of the image array, its caption is the row `text[p]` of
    the text array; -1 says that it has none.
    """

    bounds: NDArray[np.int64]
    image: NDArray[np.int64]
    pictures: NDArray[np.int64]
    text: NDArray[np.int64]
    modalities: dict[str, Modality]

    @property
    def users(self) -> int:
        """How many users there are, with posts or without."""
        return len(self.bounds) - 1

    @property
    def told(self) -> frozenset[str]:
        """The modalities in which somebody has a post."""
        return _told(self.image, self.text)

    @classmethod
    def read(cls, folder: Path, users: int) -> "Features":
        """What the extract stage made, for so many users."""
        posts = pd.read_parquet(folder / "posts.parquet")
        counts = np.bincount(posts["user"], minlength=users)
        return cls(
            bounds=np.concatenate([[0], np.cumsum(counts)]),
            image=posts["image"].to_numpy(),
            pictures=posts["pictures"].to_numpy(),
            text=posts["text"].to_numpy(),
            modalities={name: Modality.read(folder / name) for name in MODALITIES},
        )


def told_in(folder: Path) -> frozenset[str]:
    """The modalities in which somebody has a post, of what the extract stage made."""
    posts = pd.read_parquet(folder / "posts.parquet", columns=[*MODALITIES])
    return _told(*(posts[name].to_numpy() for name in MODALITIES))


def _told(*rows: NDArray[np.int64]) -> frozenset[str]:
    return frozenset(name for name, of in zip(MODALITIES, rows, strict=True) if (of >= 0).any())
