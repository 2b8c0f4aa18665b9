"""node2vec: users who occur in the same walks get similar vectors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy.sparse import csr_array
from torch import Tensor

from mmga.evaluation.baselines.factors import Factors
from mmga.evaluation.baselines.follows import ties
from mmga.evaluation.baselines.tuning import Settings, Space, Tuning
from mmga.evaluation.baselines.walks import Walker

LENGTH = 20
"""Users in a walk."""
NEGATIVES = 5
"""Users drawn for each pair that occurs together."""
BATCH = 6
"""Pairs of one step, for each user: settings then mean the same for graphs of all sizes."""
LARGEST = 65_536
"""Pairs of one step, at most."""
WALKS = 50_000
"""Walks of which the pairs are held at a time."""

SPACE: Space = {
    "p": CategoricalDistribution([0.25, 0.5, 1.0, 2.0, 4.0]),
    "q": CategoricalDistribution([0.25, 0.5, 1.0, 2.0, 4.0]),
    "window": IntDistribution(2, 8),
    "passes": IntDistribution(3, 12),
    "learning_rate": FloatDistribution(0.003, 0.03, log=True),
    "cosine": CategoricalDistribution([True, False]),
}
"""Of `Node2VecSettings`; p and q as in the paper."""
FIRST: Settings = {
    "p": 1.0, "q": 1.0, "window": 5, "passes": 5, "learning_rate": 0.01, "cosine": True,
}  # fmt: skip
"""Walks as of DeepWalk."""


@dataclass(frozen=True)
class Node2VecSettings:
    """What is tuned; the names are those of Grover and Leskovec (2016)."""

    p: float
    """As of `Walker`."""
    q: float
    """As of `Walker`."""
    window: int
    """Steps of a walk within which two users occur together."""
    passes: int
    """How often a walk is begun at every user."""
    learning_rate: float
    """Of Adam."""
    cosine: bool
    """Vectors have length 1 when they are compared: popular users have longer ones."""
    dim: int = 64
    """Length of a user's vector."""


def node2vec(follows: csr_array, settings: Node2VecSettings, seed: int) -> Factors:
    """Embed the users by skip-gram with negative samples (Mikolov et al. 2013).

    Ties count in either direction, so the score is the same for both tasks. The walks are our own,
    since those of PyTorch Geometric need a compiled extension that it does not bring.

    Args:
        follows: 1 where the row's user follows the column's in training, shape (users, users).
        settings: Of walks and vectors.
        seed: Of walks and vectors; the same seed gives the same scores.

    Returns:
        Users without a tie have the vector 0.
    """
    walker = Walker(ties(follows), settings.p, settings.q)
    users, random = follows.shape[0], np.random.default_rng(seed)
    chance = torch.Generator().manual_seed(seed)
    start = torch.randn((users, settings.dim), generator=chance) / settings.dim**0.5
    vectors, contexts = start.requires_grad_(), torch.zeros_like(start, requires_grad=True)
    optimiser = torch.optim.Adam([vectors, contexts], lr=settings.learning_rate)
    # The stationary share of a walk is that of the ties; to the power 3/4 as in Mikolov et al.
    often = torch.from_numpy(np.asarray(ties(follows).sum(axis=1)) ** 0.75)
    for pairs in _pairs(walker, settings, min(LARGEST, BATCH * users), random):
        shape = (len(pairs), NEGATIVES)
        drawn = torch.multinomial(often, shape[0] * shape[1], True, generator=chance).view(shape)
        optimiser.zero_grad()
        _loss(vectors, contexts, torch.from_numpy(pairs), drawn).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    own = vectors.detach().numpy()
    own[often.numpy() == 0] = 0
    if settings.cosine:
        own = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
    return Factors(own, own, name="node2vec")


def best_node2vec(follows: csr_array, tuning: Tuning) -> Factors:
    """The one whose settings rank validation follows best."""

    def make(settings: Settings) -> tuple[Factors, float]:
        found = node2vec(follows, Node2VecSettings(**settings), tuning.seed)
        return found, tuning.validation.mrr(found)

    return tuning.search("node2vec", SPACE, FIRST, make)[1]


def _pairs(
    walker: Walker, settings: Node2VecSettings, batch: int, random: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Batches of users that occur together, (pairs, 2), each pair in either direction."""
    for _ in range(settings.passes):
        walks = walker.walks(LENGTH, random)
        for start in range(0, len(walks), WALKS):
            chunk = walks[start : start + WALKS]
            apart = range(1, min(settings.window, LENGTH - 1) + 1)
            found = [np.stack([chunk[:, :-d].ravel(), chunk[:, d:].ravel()], axis=1) for d in apart]
            both = np.concatenate([*found, *(pairs[:, ::-1] for pairs in found)])
            both = both[random.permutation(len(both))]
            yield from (both[first : first + batch] for first in range(0, len(both), batch))


def _loss(vectors: Tensor, contexts: Tensor, pairs: Tensor, drawn: Tensor) -> Tensor:
    """The mean over pairs of -log s(x_u y_v) - sum over drawn w of log s(-x_u y_w)."""
    own = F.embedding(pairs[:, 0], vectors)
    together = (own * F.embedding(pairs[:, 1], contexts)).sum(dim=1)
    by_chance = (F.embedding(drawn, contexts) @ own[:, :, None]).squeeze(2)
    loss: Tensor = F.softplus(-together).mean() + F.softplus(by_chance).sum(dim=1).mean()
    return loss
