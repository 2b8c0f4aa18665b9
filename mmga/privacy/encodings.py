"""Vectors of posts that no data set has any more: `stores/encodings` keeps them by content hash."""

import hashlib
import os
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmga.privacy.erasure import Erasure
from mmga.tables import image_parts, read_images, table_files

ROWS = 4096
"""Vectors copied at once."""


def content_keys(data: Path, without: Erasure | None = None) -> set[str]:
    """The hashes of every picture, caption and bio of a data set, as encodings are kept by them.

    Args:
        data: The data set.
        without: Leave out what belongs to these users alone.
    """
    keys: set[str] = set()
    posts = pa.array(sorted(without.posts if without else ()), pa.string())
    users = pa.array(sorted(without.users if without else ()), pa.string())
    if image_parts(data):
        for _, _, batch in read_images(data, ["post_id", "sha256"], rows=65_536):
            others = pc.invert(pc.is_in(batch["post_id"].cast(pa.string()), posts))
            keys.update(batch["sha256"].filter(others).to_pylist())
    for table, text in (("posts", "caption"), ("users", "bio")):
        for file in table_files(data, table):
            with pq.ParquetFile(file) as stream:
                for batch in stream.iter_batches(columns=["user_id", text]):
                    others = pc.invert(pc.is_in(batch["user_id"].cast(pa.string()), users))
                    words = pc.drop_null(batch[text].filter(others)).to_pylist()
                    keys.update(hashlib.sha256(word.encode()).hexdigest() for word in words)
    return keys


def stale(store: Path, keys: Collection[str]) -> int:
    """How many rows a store of encodings has of content that is not among `keys`."""
    return sum(not kept for hashes in _parts(store) for kept in _kept(hashes, keys))


def prune(store: Path, keys: Collection[str]) -> int:
    """Take the other rows away; what is left stays as good as it was.

    A part whose rows go in part is written anew under another name, which counts once its hashes
    are there; then the old one goes, hashes first.

    Returns:
        How many rows went.
    """
    gone = 0
    for hashes in list(_parts(store)):
        kept = np.array(_kept(hashes, keys), dtype=bool)
        if kept.all():
            continue
        gone += int((~kept).sum())
        if kept.any():
            _copy(hashes, kept)
        hashes.unlink()
        hashes.with_suffix(".npy").unlink(missing_ok=True)
    for array in store.rglob("*.npy"):  # of a run that was killed before it wrote the hashes
        if not array.with_suffix(".parquet").exists():
            array.unlink()
    for begun in store.rglob("*.parquet.new"):
        begun.unlink()
    return gone


def _parts(store: Path) -> Iterator[Path]:
    yield from sorted(store.rglob("*.parquet"))


def _kept(hashes: Path, keys: Collection[str]) -> list[bool]:
    return [key in keys for key in pq.read_table(hashes, columns=["key"])["key"].to_pylist()]


def _copy(hashes: Path, kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
    part = hashes.with_name(f"{uuid.uuid4().hex}.npy")
    rows = np.load(hashes.with_suffix(".npy"), mmap_mode="r")
    places = np.flatnonzero(kept)
    out = np.lib.format.open_memmap(
        part, mode="w+", dtype=rows.dtype, shape=(len(places), *rows.shape[1:])
    )
    for first in range(0, len(places), ROWS):
        out[first : first + ROWS] = rows[places[first : first + ROWS]]
    out.flush()
    new = part.with_suffix(".parquet.new")
    pq.write_table(pq.read_table(hashes).filter(pa.array(kept)), new)
    os.replace(new, part.with_suffix(".parquet"))
