"""LightGCN: embeddings smoothed over the follows, learned by ranking follows above others."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from torch import Tensor
from torch_geometric.nn import LightGCN

from mmga.evaluation.baselines.factors import Factors
from mmga.evaluation.baselines.tuning import Settings, Space, Tuning
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import Split

BATCH = 4096
"""Follows of one step, at least."""
STEPS = 4
"""Of one epoch, at most: each smooths the whole graph, so more would take as much longer."""

SPACE: Space = {
    "dim": CategoricalDistribution([32, 64, 128]),
    "layers": IntDistribution(1, 4),
    "learning_rate": FloatDistribution(0.005, 0.05, log=True),
    "decay": FloatDistribution(1e-4, 1, log=True),
    "epochs": IntDistribution(40, 160, log=True),
}
"""Of `LightGCNSettings`."""
FIRST: Settings = {"dim": 64, "layers": 3, "learning_rate": 0.01, "decay": 1e-4, "epochs": 100}
"""Dimension, layers and decay as in the paper."""


@dataclass(frozen=True)
class LightGCNSettings:
    """What is tuned; the names are those of He et al. (2020)."""

    dim: int
    """Length of an embedding."""
    layers: int
    """How often embeddings are smoothed."""
    learning_rate: float
    """Of Adam."""
    decay: float
    """Weight of the embeddings' squared length in the loss."""
    epochs: int
    """Passes over the follows at most; `Validation.best_moment` is kept."""


def lightgcn(
    follows: NDArray[np.integer],
    users: int,
    settings: LightGCNSettings,
    validation: Validation,
    seed: int,
) -> Factors:
    """Learn fans and accounts on the bipartite double cover: everybody is a node of both sides.

    A follow links a fan with an account. By Bayesian personalised ranking (Rendle et al. 2009) it
    shall score higher than the same fan with an account, and the same account with a fan, drawn
    uniformly. As PyTorch Geometric implements it.

    Args:
        follows: (follower, followee), shape (follows, 2).
        users: How many users there are.
        settings: Of embeddings and training.
        validation: Chooses when to stop.
        seed: Of the embeddings, the batches and the draws.
    """
    random = np.random.default_rng(seed)
    edges = torch.from_numpy(follows.astype(np.int64))
    adjacency = _double_cover(edges, users)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        # The adjacency is normalised already: doing it at every step would take most of the time.
        model = LightGCN(2 * users, settings.dim, settings.layers, normalize=False)
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)

    def learn() -> None:
        for batch in _batches(edges, users, max(BATCH, -(-len(edges) // STEPS)), random):
            optimiser.zero_grad()
            _loss(model, adjacency, batch, settings.decay).backward()  # type: ignore[no-untyped-call]
            optimiser.step()

    return validation.best_moment(settings.epochs, learn, lambda: _factors(model, adjacency, users))


def best_lightgcn(split: Split, tuning: Tuning) -> Factors:
    """The one whose settings rank validation follows best."""

    def make(settings: Settings) -> tuple[Factors, float]:
        found = lightgcn(
            split.train,
            len(split.user_ids),
            LightGCNSettings(**settings),
            tuning.validation,
            tuning.seed,
        )
        return found, tuning.validation.mrr(found)

    return tuning.search("lightgcn", SPACE, FIRST, make)[1]


def _double_cover(edges: Tensor, users: int) -> Tensor:
    """D^-1/2 A D^-1/2 of the graph of fans (0 to users - 1) and accounts (users and up), CSR."""
    fan, account = edges[:, 0], edges[:, 1] + users
    row, column = torch.cat([fan, account]), torch.cat([account, fan])
    degree = torch.bincount(row, minlength=2 * users).float()
    weight = (degree[row] * degree[column]).rsqrt()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse (CSR tensor support|invariant checks)")
        size = (2 * users, 2 * users)
        return torch.sparse_coo_tensor(
            torch.stack([row, column]), weight, size, check_invariants=False
        ).to_sparse_csr()


def _batches(
    edges: Tensor, users: int, size: int, random: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Positive and drawn pairs of one pass, each (2, pairs): node of a fan, node of an account."""
    for rows in torch.from_numpy(random.permutation(len(edges))).split(size):  # type: ignore[no-untyped-call]
        fan, account = edges[rows].T
        drawn = torch.from_numpy(random.integers(users, size=(2, len(rows))))
        positive = torch.stack([fan, account + users]).repeat(1, 2)
        accounts, fans = (
            torch.stack([fan, drawn[0] + users]),
            torch.stack([drawn[1], account + users]),
        )
        yield positive, torch.cat([accounts, fans], dim=1)


def _loss(model: LightGCN, adjacency: Tensor, batch: tuple[Tensor, Tensor], decay: float) -> Tensor:
    nodes = model.get_embedding(adjacency)
    better, worse = ((nodes[fan] * nodes[account]).sum(dim=1) for fan, account in batch)
    members = torch.cat([pairs.ravel() for pairs in batch]).unique()  # type: ignore[no-untyped-call]
    loss: Tensor = model.recommendation_loss(better, worse, members, lambda_reg=decay)
    return loss


@torch.no_grad()
def _factors(model: LightGCN, adjacency: Tensor, users: int) -> Factors:
    nodes = model.get_embedding(adjacency).numpy()
    return Factors(nodes[:users].copy(), nodes[users:].copy(), name="lightgcn")
