"""What the posts of a user say by fixed descriptors, in which nothing is learned from follows."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from mmga.evaluation.baselines.follows import Floats
from mmga.modalities.features import MODALITIES, Features, Modality

WIDTH = 64
"""Numbers that describe a user in each modality, at most."""
THUMBNAIL = 8
"""Pixels a side of what is kept of a picture's layout."""
SHADES = 4
"""Parts that red, green and blue are each divided into, to count the colours of a picture."""
ROWS = 2048
"""Pictures, or vectors of posts, that are held at a time."""

Ints = NDArray[np.int64]


def described(features: Features, seed: int) -> Floats:
    """Users by their posts: for each modality up to `WIDTH` numbers, and whether they have any.

    - Tokens: TF-IDF over all captions of a user, cut to its strongest singular vectors.
    - Pixels: the mean over a user's pictures of a small thumbnail and a histogram of colours, cut
      to its principal components.
    - Vectors of a frozen backbone: their mean over a user's posts, cut likewise.

    Components stand in proportion to what they explain: together they are as long as sqrt(width)
    for a user in the mean. Users without a post in a modality get zeros in it.

    Args:
        features: Posts that may be read.
        seed: Where the search for components begins.

    Returns:
        Shape (users, width), float32.
    """
    columns = []
    for name in MODALITIES:
        modality = features.modalities[name]
        rows, owner = _rows_of(features, name)
        has = np.bincount(owner, minlength=features.users) > 0
        told = np.zeros((features.users, 0), np.float32)
        if has.sum() > 2:
            table = (
                _words(modality, rows, owner, features.users)
                if modality.kind == "tokens"
                else _means(modality, rows, owner, features.users)
            )
            told = np.zeros((features.users, WIDTH), np.float32)
            found = _cut(table[has], seed)
            told[has, : found.shape[1]] = found
        columns += [told, has[:, None].astype(np.float32)]
    return np.concatenate(columns, axis=1)


def _rows_of(features: Features, name: str) -> tuple[Ints, Ints]:
    """The rows of a modality's array that may be read, and the user of each."""
    owner = np.repeat(np.arange(features.users), np.diff(features.bounds))
    if name == "text":
        written = features.text >= 0
        return features.text[written], owner[written]
    counts = features.pictures
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(features.image, counts) + place, np.repeat(owner, counts)


def _words(modality: Modality, rows: Ints, owner: Ints, users: int) -> csr_array:
    """TF-IDF of the tokens of each user's captions, shape (users, tokens)."""
    tokens = np.asarray(modality.values[rows])
    inside = (tokens >= 0) & (tokens != (-1 if modality.pad is None else modality.pad))
    who, what = np.repeat(owner, inside.sum(axis=1)), tokens[inside]
    shape = (users, int(tokens.max(initial=0)) + 1)
    counts = csr_array((np.ones(len(what)), (who, what)), shape)
    table: csr_array = csr_array(TfidfTransformer(sublinear_tf=True).fit_transform(counts))
    return table


def _means(modality: Modality, rows: Ints, owner: Ints, users: int) -> Floats:
    """The mean descriptor of each user's posts, shape (users, width)."""
    total: Floats | None = None
    for start in range(0, len(rows), ROWS):
        values = np.asarray(modality.values[rows[start : start + ROWS]])
        found = _looks(values) if modality.kind == "pixels" else values.astype(np.float32)
        if total is None:
            total = np.zeros((users, found.shape[1]))
        np.add.at(total, owner[start : start + ROWS], found)
    assert total is not None
    means: Floats = total / np.maximum(np.bincount(owner, minlength=users), 1)[:, None]
    return means


def _looks(pixels: NDArray[np.generic]) -> Floats:
    """A thumbnail and the root of the share of each colour, which are as long, (pictures, width).

    Args:
        pixels: 0 to 255, shape (pictures, 3, height, width).
    """
    values = torch.from_numpy(pixels.astype(np.float32)) / 256
    small = F.adaptive_avg_pool2d(values, THUMBNAIL).flatten(1) / THUMBNAIL
    shade = (values * SHADES).long()
    colour = ((shade[:, 0] * SHADES + shade[:, 1]) * SHADES + shade[:, 2]).flatten(1)
    shares = torch.zeros(len(values), SHADES**3)
    shares.scatter_add_(1, colour, torch.full(colour.shape, 1 / colour.shape[1]))
    looks: Floats = torch.cat([small, shares.sqrt()], dim=1).numpy()
    return looks


def _cut(table: Floats | csr_array, seed: int) -> Floats:
    """The strongest components of users, at most `WIDTH`, scaled to a mean square of 1.

    Words are cut without being centred, which keeps the table sparse.
    """
    most = min(WIDTH, min(table.shape) - 1)
    if most < 1:
        return np.zeros((table.shape[0], 0), np.float32)
    kind = TruncatedSVD if isinstance(table, csr_array) else PCA
    found = kind(most, random_state=seed).fit_transform(table)
    found -= found.mean(axis=0)
    scaled: Floats = (found / max(float(np.sqrt((found**2).mean())), 1e-12)).astype(np.float32)
    return scaled
