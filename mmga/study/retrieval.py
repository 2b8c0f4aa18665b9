"""Cross-modal retrieval: the picture of a caption, and the caption of a picture."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmga.alignment.inference import trained_state
from mmga.alignment.params import PretrainParams
from mmga.alignment.state import State
from mmga.alignment.world import all_posts
from mmga.modalities.features import MODALITIES
from mmga.splits.split import Split

POSTS = 1000
"""At most so many posts, each of another user: posts of one user are alike on purpose."""


def retrieval(
    model: Path, params: PretrainParams, features: Path, split: Split, seed: int
) -> dict[str, dict[str, pd.Series]]:
    """How well a trained network finds what belongs together, in the space of the alignment.

    The posts are those that were trained on (without their pairing being predicted from follows):
    what is measured is how far the two encoders agree, not a generalisation to other posts.

    Args:
        model: The folder of a trained model.
        params: What it was trained with.
        features: What it was trained on.
        split: Its train follows.
        seed: Draws one post of each user.

    Returns:
        For `caption to picture` and `picture to caption`: `mrr` and `recall@10`, what each post
        got; empty where fewer than two users have a post with both.
    """
    state = trained_state(model, params, features, split.user_ids, split.train)
    image, text = (view.numpy() for view in _views(state, np.random.default_rng(seed)))
    if len(image) < 2:
        return {}
    found = {}
    for name, asked, ranked in (
        ("caption to picture", text, image),
        ("picture to caption", image, text),
    ):
        scores = asked @ ranked.T
        own = np.diag(scores)[:, None]
        rank = 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
        found[name] = {"mrr": pd.Series(1 / rank), "recall@10": pd.Series(rank <= 10, dtype=float)}
    return found


@torch.no_grad()
def _views(state: State, chance: np.random.Generator) -> tuple[Tensor, Tensor]:
    """One post of each of some users, as picture and as caption, each (posts, dim)."""
    state.network.eval()
    users = np.sort(chance.permutation(state.world.users))
    draw = all_posts(state.world.features, users)
    _, image, text = np.intersect1d(draw.post["image"], draw.post["text"], return_indices=True)
    order = chance.permutation(len(image))
    owner = draw.owner["image"].numpy()[image[order]]
    _, first = np.unique(owner, return_index=True)
    chosen = order[np.sort(chance.permutation(first)[:POSTS])]
    rows = {"image": draw.rows["image"][image[chosen]], "text": draw.rows["text"][text[chosen]]}
    views = []
    for name in MODALITIES:
        encoder = state.network.encoder(name)
        batch = state.world.features.modalities[name].batch
        posts = [
            encoder.user(encoder.posts(batch(part, torch.device("cpu"))))
            for part in np.array_split(rows[name], max(1, len(chosen) // 128))
            if len(part)
        ]
        vectors = torch.cat(posts) if posts else torch.zeros(0, state.world.params.dim)
        views.append(state.network.project(name, vectors))
    return views[0], views[1]
