"""What paths between two users count beside their vectors: the second stage of the score.

Vectors say what kind of user follows what kind of account; that u follows somebody who follows v is
a matter of the two themselves, which no product of two vectors tells (Zhang et al. 2021, labelling
trick). A few numbers are learned, on validation follows, because a training remembers its own.
"""

import numpy as np
import torch
from torch import Tensor

from mmga.alignment.network import SecondStage
from mmga.alignment.state import State
from mmga.alignment.world import Ints
from mmga.paths import Paths
from mmga.splits.split import TASKS, Task

AT_ONCE = 128
"""Follows whose candidates are scored at once."""


def fit_second_stage(state: State) -> None:
    """Learn `state.network.second_stage` on validation follows between warm users.

    For each task the positive of a follow is to be found among drawn warm users by a softmax. The
    loss is convex; a Gaussian prior of variance 1 around "changes nothing" keeps it there where
    there are few follows. Known train neighbours of a query are no negatives. Cold users are left
    out, as positives and as candidates: a split holds back all that they have, so that "no path"
    would be learned as a recommendation.

    Args:
        state: A trained model; its other weights rest. Without such follows nothing happens.
    """
    world, params = state.world, state.world.params.second_stage
    chance = np.random.default_rng(world.params.seed)
    warm = world.graph.warm.numpy()
    follows = world.validation[warm[world.validation].all(axis=1)]
    follows = follows[np.sort(chance.permutation(len(follows))[: params.follows])]
    if not len(follows):
        return
    columns = np.sort(chance.permutation(np.flatnonzero(warm))[: params.candidates])
    learned = [_weights(*_parts(state, task, follows, columns)) for task in TASKS]
    with torch.no_grad():
        state.network.second_stage.weights.copy_(torch.stack(learned))


def _weights(parts: Tensor, excluded: Tensor) -> Tensor:
    """The most likely weights, shape (2 + ways,); see `_parts`."""
    neutral = SecondStage().weights[0].detach().double()
    # Float64, or the search along a line ends where rounding hides the slope.
    weights = neutral.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        values = (parts @ weights.float()).masked_fill(excluded, -torch.inf)
        missed = -values.log_softmax(dim=1)[:, 0].double().sum()
        total: Tensor = missed + ((weights - neutral) ** 2).sum() / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach().float()


@torch.no_grad()
def _parts(state: State, task: Task, follows: Ints, columns: Ints) -> tuple[Tensor, Tensor]:
    """What the score of each candidate is made of.

    Args:
        state: A trained model.
        task: Which end of a follow asks.
        follows: The positives, shape (follows, 2).
        columns: The other candidates of all, distinct, shape (candidates,).

    Returns:
        Shape (follows, 1 + candidates, 2 + ways), the positive first; and, without the last
        dimension, which of them are no candidates.
    """
    world = state.world
    scores, _ = state.final_scores()
    paths = Paths(world.graph.edges.numpy().T, world.users, world.low_rank.numpy())
    if task == "fans":
        side, query, answer, bias = 1, scores.account, scores.fan, scores.fan_bias
    else:
        side, query, answer, bias = 0, scores.fan, scores.account, scores.account_bias
    found, excluded = [], []
    for start in range(0, len(follows), AT_ONCE):
        chunk = follows[start : start + AT_ONCE]
        rows, positive = chunk[:, side], chunk[:, 1 - side]
        candidates = np.concatenate([positive, columns])
        between = paths.between(task, rows)[:, :, candidates]
        match = query[rows] @ answer[candidates].T
        table = torch.stack(
            [match, bias[candidates].expand_as(match), *torch.from_numpy(between)], dim=2
        )
        own = torch.arange(len(rows))
        found.append(torch.cat([table[own, own, None], table[:, len(rows) :]], dim=1))
        known = world.known(side, rows, columns) | torch.from_numpy(columns == positive[:, None])
        excluded.append(torch.cat([torch.zeros(len(rows), 1, dtype=torch.bool), known], dim=1))
    return torch.cat(found), torch.cat(excluded)
