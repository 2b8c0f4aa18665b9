"""A world small enough to be checked by hand, in the layout that the stages read."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mmga.modalities.params import ExtractParams
from mmga.tables import ImageWriter, image_parts, read_images, write_table

EXTRACT = ExtractParams.model_validate(
    {
        "image": {
            "size": 8,
            "config": {
                "model_type": "resnet",
                "embedding_size": 4,
                "hidden_sizes": [4, 8],
                "depths": [1, 1],
                "layer_type": "basic",
            },
        },
        "text": {
            "max_tokens": 12,
            "vocabulary": 300,
            "config": {
                "model_type": "bert",
                "hidden_size": 8,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "intermediate_size": 16,
            },
        },
        "max_posts": 4,
        "batch": 8,
    }
)


def write_clean(folder: Path, users: int = 40, posts: int = 100, seed: int = 0) -> None:
    """Write `data/` (pictures) and `build/clean/` under `folder`.

    Every fifth post has no picture, every seventh no caption, every ninth two pictures; user 0 has
    no post.
    """
    chance = np.random.default_rng(seed)
    names = [f"u{number:03d}" for number in range(users)]
    clean = folder / "build" / "clean"
    bios = [f"bio of {name}" if number % 3 == 0 else None for number, name in enumerate(names)]
    write_table(clean, "users", pd.DataFrame({"user_id": names, "topic": "pet", "bio": bios}))
    owner = chance.integers(1, users, posts)
    table = pd.DataFrame(
        {
            "post_id": [f"p{number:04d}" for number in range(posts)],
            "user_id": [names[number] for number in owner],
            "created_at": pd.Timestamp("2026-01-01", tz="UTC")
            + pd.to_timedelta(chance.integers(0, 9_000, posts), unit="h"),
            "caption": [
                None if n % 7 == 0 else f"word{n % 11} of {owner[n]}" for n in range(posts)
            ],
        }
    )
    write_table(clean, "posts", table)
    ends = chance.integers(0, users, (12 * users, 2))
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    follows = pd.DataFrame(
        {
            "follower_id": [names[number] for number in ends[:, 0]],
            "followee_id": [names[number] for number in ends[:, 1]],
            "followed_at": pd.Series(pd.NaT, index=range(len(ends)), dtype="datetime64[us, UTC]"),
            "kind": "follow",
        }
    )
    write_table(clean, "follows", follows)
    with ImageWriter(folder / "data") as writer:
        for number in range(posts):
            for position in range(0 if number % 5 == 0 else 2 if number % 9 == 0 else 1):
                name = f"i{number:04d}_{position}"
                writer.add(name, f"p{number:04d}", position, picture(number, position))
    write_image_index(folder)


def write_image_index(folder: Path) -> None:
    """Write `build/clean/images.parquet` for the pictures of `data/`."""
    rows = []
    for part, first, batch in read_images(
        folder / "data", ["image_id", "post_id", "position", "sha256"]
    ):
        for number, row in enumerate(batch.to_pylist(), first):
            # Equal pictures look alike, others do not.
            look = (10, 10, row["sha256"][:16], "80" * 27)
            rows.append((*row.values(), part.name, number, *look))
    assert bool(rows) == bool(image_parts(folder / "data"))
    names = ["image_id", "post_id", "position", "sha256", "part", "row", "width", "height"]
    names += ["phash", "colours"]
    pd.DataFrame(rows, columns=names).to_parquet(folder / "build" / "clean" / "images.parquet")


def picture(number: int, position: int) -> bytes:
    """A PNG whose colour tells which picture it is."""
    stream = io.BytesIO()
    Image.new("RGB", (10, 10), (number * 2 % 256, position * 50, 128)).save(stream, "PNG")
    return stream.getvalue()
