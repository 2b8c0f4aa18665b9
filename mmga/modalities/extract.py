"""From clean tables and pictures to the arrays that the encoders read."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.modalities import backbones, images, texts
from mmga.modalities.encodings import EncodingStore
from mmga.modalities.features import MODALITIES, Modality
from mmga.modalities.params import ExtractParams, ImageParams, TextParams
from mmga.progress import track
from mmga.splits.withheld import spared_pictures, spared_posts
from mmga.tables import read_images, read_table

Item = TypeVar("Item", bytes, str)

PART = 4096
"""Rows that the store gets at once: what a killed run has to encode again at most."""


def extract(
    clean: Path,
    data: Path,
    params: ExtractParams,
    out: Path,
    store: Path,
    backbones_of: Path | None = None,
    withheld: pd.DataFrame | None = None,
) -> None:
    """Write the features of a data set.

    Pictures, and the captions of a frozen language model, are encoded only where `store` does not
    hold them already, so a new delivery costs what is new in it. The output depends on the data and
    the parameters alone, never on what the store held.

    Args:
        clean: Validated tables, with `images.parquet` saying where each picture lies.
        data: The data set that holds the pictures.
        params: Which models read the posts, and how many posts.
        out: An empty folder for `posts.parquet`, `extract.json`, `image/` and `text/`.
        store: Where encodings are kept from run to run.
        backbones_of: A trained model's folder, to read posts exactly as that model did; by default
            the backbones are prepared from the parameters and the captions.
        withheld: Posts and pictures that are no inputs, see `mmga.splits.withheld`; none by
            default.

    Raises:
        InputError: If a model cannot be loaded or built.
    """
    out.mkdir(parents=True, exist_ok=True)
    given, shown = read_table(clean, "posts"), pd.read_parquet(clean / "images.parquet")
    if withheld is not None:
        given, shown = spared_posts(withheld, given), spared_pictures(withheld, shown)
    posts = recent_posts(read_table(clean, "users"), given, params.max_posts)
    pictures = _pictures_of(posts, shown)
    written = posts["caption"].notna()
    index = pd.DataFrame(
        {
            "post_id": posts["post_id"],
            "user": posts["user"],
            "image": np.searchsorted(pictures["post"], posts.index),
            "pictures": np.bincount(pictures["post"], minlength=len(posts)),
            "text": np.where(written, written.cumsum() - 1, -1),
        }
    )
    index.loc[index["pictures"] == 0, "image"] = -1
    index.to_parquet(out / "posts.parquet", index=False)
    text = json.dumps(params.model_dump(), indent=2, sort_keys=True)
    (out / "extract.json").write_text(text + "\n", encoding="utf-8")
    captions = posts.loc[written, "caption"].tolist()
    if backbones_of is not None:
        for name in MODALITIES:
            shutil.copytree(backbones_of / name, out / name / "backbone")
    else:
        images.prepare(params.image, out / "image" / "backbone")
        texts.prepare(params.text, captions, out / "text" / "backbone")
    _extract_images(pictures, data, params.image, params.batch, out / "image", store / "image")
    _extract_texts(captions, params.text, params.batch, out / "text", store / "text")


def recent_posts(users: pd.DataFrame, posts: pd.DataFrame, most: int) -> pd.DataFrame:
    """The posts that are read, by user number and most recent first; undated ones come last.

    A user's bio counts as one more text without a date, and has no `post_id`.

    Returns:
        Columns `post_id`, `user`, `caption`, at most `most` rows a user.
    """
    numbers = pd.Series(users.index, index=users["user_id"])
    bios = users.loc[users["bio"].notna(), ["user_id", "bio"]].rename(columns={"bio": "caption"})
    texts_of = pd.concat([posts, bios], ignore_index=True)
    texts_of["user"] = texts_of["user_id"].map(numbers).astype("int64")
    texts_of = texts_of.sort_values(
        ["user", "created_at", "post_id"], ascending=[True, False, True], na_position="last"
    )
    recent = texts_of[texts_of.groupby("user").cumcount() < most]
    return recent[["post_id", "user", "caption"]].reset_index(drop=True)


def _pictures_of(posts: pd.DataFrame, pictures: pd.DataFrame) -> pd.DataFrame:
    """The pictures of `posts` in the order of the posts; `post` is the row of their post."""
    rows = pd.Series(posts.index, index=posts["post_id"])
    rows = rows[rows.index.notna()]
    pictures = pictures[pictures["post_id"].isin(rows.index)]
    pictures = pictures.assign(post=pictures["post_id"].map(rows).astype("int64"))
    return pictures.sort_values(["post", "position", "image_id"], ignore_index=True)


def _extract_images(
    pictures: pd.DataFrame, data: Path, params: ImageParams, batch: int, out: Path, store: Path
) -> None:
    reader = images.Reader(out / "backbone", params)
    modality = Modality(
        folder=out,
        kind="vectors" if params.frozen else "pixels",
        revision=backbones.revision(params, out / "backbone"),
        content=_hash_of(pictures["sha256"]),
        mean=reader.mean,
        std=reader.std,
    )
    kept = EncodingStore(store / modality.revision[:16])
    new = np.array([key not in kept for key in pictures["sha256"]], dtype=bool)
    missing = pictures[new].drop_duplicates("sha256")
    _encode_missing(_files_of(missing, data), len(missing), reader.read, batch, kept, "pictures")
    kept.write(pictures["sha256"].tolist(), out / "values.npy", reader.row)
    modality.write()


def _extract_texts(
    captions: list[str], params: TextParams, batch: int, out: Path, store: Path
) -> None:
    reader = texts.Reader(out / "backbone", params)
    keys = [hashlib.sha256(caption.encode()).hexdigest() for caption in captions]
    modality = Modality(
        folder=out,
        kind="vectors" if params.frozen else "tokens",
        revision=backbones.revision(params, out / "backbone"),
        content=_hash_of(keys),
        pad=reader.pad,
    )
    modality.write()
    if not params.frozen:  # to tokenize again is cheaper than to look up
        chunks = [reader.read(captions[i : i + PART]) for i in range(0, len(captions), PART)]
        np.save(out / "values.npy", np.concatenate([reader.row[None][:0], *chunks]))
        return
    kept = EncodingStore(store / modality.revision[:16])
    missing = {k: c for k, c in zip(keys, captions, strict=True) if k not in kept}
    _encode_missing(iter(missing.items()), len(missing), reader.read, batch, kept, "captions")
    kept.write(keys, out / "values.npy", reader.row)


def _encode_missing(
    items: Iterator[tuple[str, Item]],
    total: int,
    encode: Callable[[Sequence[Item]], NDArray[np.generic]],
    batch: int,
    kept: EncodingStore,
    what: str,
) -> None:
    """Encode `items` (key, content) a batch at a time and keep them a part at a time."""
    keys: list[str] = []
    rows: list[NDArray[np.generic]] = []
    waiting: list[Item] = []
    for key, content in track(items, f"extract: {what}", total=total):
        keys.append(key)
        waiting.append(content)
        if len(waiting) == batch:
            rows.append(encode(waiting))
            waiting.clear()
        if len(keys) == PART:
            rows += [encode(waiting)] if waiting else []
            waiting.clear()
            kept.add(keys, np.concatenate(rows))
            keys, rows = [], []
    rows += [encode(waiting)] if waiting else []
    if keys:
        kept.add(keys, np.concatenate(rows))


def _files_of(pictures: pd.DataFrame, data: Path) -> Iterator[tuple[str, bytes]]:
    """Hash and bytes of each picture, in the order in which they lie on disk."""
    wanted = {part: dict(zip(rows["row"], rows["sha256"], strict=True))
              for part, rows in pictures.groupby("part")}  # fmt: skip
    for part, first, batch in read_images(data, ["bytes"]):
        keys = wanted.get(part.name, {})
        for row in range(len(batch)):
            if (key := keys.get(first + row)) is not None:
                yield key, batch.column(0)[row].as_py()


def _hash_of(keys: Iterable[str]) -> str:
    return hashlib.sha256("".join(keys).encode()).hexdigest()
