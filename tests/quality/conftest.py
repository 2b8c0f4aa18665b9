"""A world of eighty users in which nothing is wrong, and a way to plant one fault in it."""

import hashlib
import io
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from mmga.quality.drift import DriftParams
from mmga.quality.params import ValidateParams
from mmga.tables import ImageWriter, write_description, write_table

ROOT = Path(__file__).parents[2]
SECTIONS = yaml.safe_load((ROOT / "params.yaml").read_text())
PARAMS = ValidateParams(**SECTIONS["validate"])
DRIFT = DriftParams(**SECTIONS["drift"])
USERS = 80


@dataclass
class World:
    """A data set in memory; `write` makes it one in the canonical layout."""

    users: pd.DataFrame
    posts: pd.DataFrame
    follows: pd.DataFrame
    pictures: list[list] = field(default_factory=list)
    """Image id, post id, position, bytes, SHA-256 (None: the true one)."""
    described: dict | None = None
    """What `dataset.json` says; None: there is none."""

    def write(self, folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("users", "posts", "follows"):
            write_table(folder, name, getattr(self, name))
        half = len(self.pictures) // 2
        for delivery in (self.pictures[:half], self.pictures[half:]):
            with ImageWriter(folder) as images:
                for image_id, post_id, position, content, sha256 in delivery:
                    images.add(image_id, post_id, position, content)
                    if sha256:
                        images._rows[-1] = (image_id, post_id, position, content, sha256)
        if self.described is not None:
            write_description(folder, self.described)
        return folder


def picture(
    seed: int, side: int = 24, kind: str = "JPEG", wide: int | None = None, **options
) -> bytes:
    """Noise that differs from seed to seed; `options` are those of Pillow's `save`."""
    shape = (side, wide or side, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return saved(Image.fromarray(pixels), kind, **options)


def saved(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def world() -> World:
    return make_world()


def make_world() -> World:
    chance = np.random.default_rng(7)
    names = [f"u{number:03d}" for number in range(USERS)]
    day = pd.Timestamp("2024-03-01", tz="UTC")
    users = pd.DataFrame(
        {"user_id": names, "topic": chance.choice(["food", "pet"], USERS), "bio": None}
    )
    posts = pd.DataFrame(
        {
            "post_id": [f"p{number:03d}" for number in range(2 * USERS)],
            "user_id": np.repeat(names, 2),
            "created_at": [day + pd.Timedelta(hours=25 * number) for number in range(2 * USERS)],
            "caption": [f"number {number} of the day" for number in range(2 * USERS)],
        }
    )
    pairs = [(u, v) for u in range(USERS) for v in ((u + 1) % USERS, (u + 7) % USERS)]
    follows = pd.DataFrame(
        {
            "follower_id": [names[u] for u, _ in pairs],
            "followee_id": [names[v] for _, v in pairs],
            "followed_at": [day + pd.Timedelta(hours=7 * number) for number in range(len(pairs))],
            "kind": "follow",
        }
    )
    kinds = ["JPEG", "PNG", "WEBP"]
    pictures = [
        [f"i{number:03d}", post, 0, picture(number, kind=kinds[number % 3]), None]
        for number, post in enumerate(posts["post_id"])
    ]
    return World(users, posts, follows, pictures)
