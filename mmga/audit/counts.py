"""Whether the platform's follower counts reach the encoders: they know of every held-out follow."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmga.audit.finding import Finding, judged
from mmga.modalities.extract import extract
from mmga.modalities.features import MODALITIES, Modality
from mmga.modalities.params import ExtractParams
from mmga.project import sha256_of
from mmga.tables import ImageWriter, read_images, read_parquet, read_table, write_table

COUNTS = (
    *("followers", "followers_count", "follower_count", "num_followers", "fans"),
    *("following", "following_count", "followees", "num_following", "friends_count"),
)
"""What platforms call how many follow a user, and how many a user follows."""

COLUMNS = {"post_id", "user", "image", "pictures", "text"}
"""All that `build/features/posts.parquet` says of a post."""

AXES = {"pixels": 4, "tokens": 2, "vectors": 2}
"""Of the array of each kind of modality: there is no room for a number beside them."""

PROBED = 64
"""Users, and pictures, that are read twice: enough to see a column that is read at all."""

WAY_OUT = "The code is at fault: see mmga/modalities/extract.py."


def look_at_counts(
    clean: Path, data: Path, build: Path, params: ExtractParams
) -> Iterator[Finding]:
    """Look at what the features hold; read posts twice, with other counts beside the users.

    Args:
        clean: Validated tables.
        data: The data set that holds the pictures.
        build: The folder of all stages.
        params: How posts are read.
    """
    yield _features(build / "features")
    with tempfile.TemporaryDirectory(prefix="mmga-audit-") as scratch:
        root = Path(scratch)
        users = _write_probe(clean, data, root)
        random = np.random.default_rng(0)
        read = []
        for name in ("one", "other"):
            _write_counts(root / "clean", users, random.integers(0, 10**6, (len(users), 2)))
            out = root / name
            extract(root / "clean", root / "data", params, out, root / f"{name} store")
            files = sorted(file for file in out.rglob("*") if file.is_file())
            read.append({str(file.relative_to(out)): sha256_of(file) for file in files})
    differ = sorted(
        name for name in {**read[0], **read[1]} if read[0].get(name) != read[1].get(name)
    )
    yield judged(
        "the stage extract",
        "features are the same bytes whatever a platform counts of its users",
        not differ,
        f"{len(users):,} users read with two sets of {len(COUNTS)} counts:"
        f" {', '.join(differ) if differ else f'{len(read[0])} equal files'}",
        WAY_OUT,
    )


def _features(folder: Path) -> Finding:
    columns = set(read_parquet(folder / "posts.parquet").column_names)
    found = [f"posts.parquet has {', '.join(sorted(columns))}"]
    holds = columns == COLUMNS
    for name in MODALITIES:
        modality = Modality.read(folder / name)
        axes = modality.values.ndim
        holds &= axes == AXES[modality.kind]
        found.append(f"{name} is {modality.kind} of {axes} axes")
    return judged(
        "build/features",
        "features are pictures, words and whose they are, and nothing else",
        holds,
        "; ".join(found),
        WAY_OUT,
    )


def _write_probe(clean: Path, data: Path, root: Path) -> pd.DataFrame:
    """A small part of the data set, in the layout that the stage reads; its users."""
    images = read_parquet(clean / "images.parquet").to_pandas()
    posts, users = read_table(clean, "posts"), read_table(clean, "users")
    images = _write_pictures(images, data, root / "data")
    owners = posts.loc[posts["post_id"].isin(images["post_id"]), "user_id"]
    chosen = users["user_id"].isin(owners) | (users.index < PROBED)
    users = users[chosen].reset_index(drop=True)
    write_table(root / "clean", "posts", posts[posts["user_id"].isin(users["user_id"])])
    images.to_parquet(root / "clean" / "images.parquet", index=False)
    return users


def _write_pictures(images: pd.DataFrame, data: Path, out: Path) -> pd.DataFrame:
    """The first pictures of the data set as one of their own; where they lie now."""
    first = next(read_images(data, rows=PROBED), None)
    if first is None:
        return images.iloc[:0]
    part, _, batch = first
    with ImageWriter(out) as writer:
        for row in batch.to_pylist():
            content = (row["image_id"], row["post_id"], row["position"], row["bytes"])
            writer.add(*content, row["sha256"])
    there = (images["part"] == part.name) & (images["row"] < len(batch))
    return images[there].assign(part="part-00000.parquet")


def _write_counts(clean: Path, users: pd.DataFrame, counts: Any) -> None:
    """The users with every column of `COUNTS`, as a platform would deliver them."""
    columns = {name: counts[:, number % 2] for number, name in enumerate(COUNTS)}
    users.assign(**columns).to_parquet(clean / "users.parquet", index=False)
