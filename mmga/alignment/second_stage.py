"""What paths between two users count beside their vectors: the second stage of the score.

Vectors say what kind of user follows what kind of account; that u follows somebody who follows v is
a matter of the two themselves, which no product of two vectors tells (Zhang et al. 2021, labelling
trick). A few numbers are learned, on validation follows, because a training remembers its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Examples:
    """Validation follows of one task, and what the score of each candidate is made of."""

    parts: Tensor
    """Shape (follows, 1 + candidates, 2 + ways), the positive first."""
    excluded: Tensor
    """Which of them are no candidates, shape (follows, 1 + candidates)."""
    cold: Tensor
    """Which of them have no train follow, likewise."""


def fit_second_stage(state: State) -> None:
    """Learn `state.network.second_stage` on validation follows that a warm user asks for.

    For each task the positive of a follow is to be found among drawn users by a softmax, in which
    each counts by a power of its train degree, as if drawn in proportion to it: between a ranking
    of everybody, which popularity helps, and one among as popular users, where it tells nothing.
    The loss is convex; a Gaussian prior of variance 1 around "changes nothing" keeps it there where
    there are few follows. Known train neighbours of a query are no negatives.

    First, on follows between warm users, what counts between them. A split holds back all that cold
    users have, so that from theirs "no path" would be learned as a recommendation. Then, with that
    at rest, what the match and the bias of a cold candidate count, and a constant in place of what
    would lie between; a follow of a cold user weighs so little there that, user for user, they
    have as many as warm ones.

    Args:
        state: A trained model; its other weights rest. Without follows between warm users nothing
            happens.
    """
    world, params = state.world, state.world.params.second_stage
    chance = np.random.default_rng(world.params.seed)
    warm = world.graph.warm.numpy()
    is_warm = warm[world.validation]
    between = _some(world.validation[is_warm.all(axis=1)], params.follows, chance)
    if not len(between):
        return
    columns = _some(np.flatnonzero(warm), params.candidates, chance)
    ratio = (~warm).sum() / warm.sum()
    newcomers = _some(np.flatnonzero(~warm), round(len(columns) * ratio), chance)
    second = state.network.second_stage
    for number, task in enumerate(TASKS):
        query = 1 if task == "fans" else 0
        towards = world.validation[is_warm[:, query] & ~is_warm[:, 1 - query]]
        towards = _some(towards, params.follows, chance)
        follows = np.concatenate([between, towards])
        examples = _examples(state, task, follows, np.concatenate([columns, newcomers]))
        weights = _weights(examples, len(between), _popularity(state, task, columns))
        weight = torch.ones(len(follows))
        weight[len(between) :] = min(1.0, ratio * len(between) / max(1, len(towards)))
        with torch.no_grad():
            second.weights[number] = weights
            if len(towards):
                second.cold[number] = _cold_weights(examples, weights, weight)


def _some(rows: Ints, most: int, chance: np.random.Generator) -> Ints:
    """At most so many of them, drawn; their order stays."""
    return rows[np.sort(chance.permutation(len(rows))[:most])]


def _popularity(state: State, task: Task, columns: Ints) -> Tensor:
    """The log of how often each candidate counts, once in the mean, shape (1 + candidates,).

    The first is the positive, of whom there is one.
    """
    messages = state.all_messages
    degree = messages.out_degree if task == "fans" else messages.in_degree
    counts = (1 + degree[columns]) ** state.world.params.second_stage.popularity
    return torch.cat([torch.ones(1), counts / counts.mean()]).log()


def _weights(examples: Examples, follows: int, popularity: Tensor) -> Tensor:
    """What counts between warm users, shape (2 + ways,).

    Args:
        examples: Of which the first follows and candidates are between warm users.
        follows: How many of them.
        popularity: Of these candidates, see `_popularity`.
    """
    parts = examples.parts[:follows, : len(popularity)]
    excluded = examples.excluded[:follows, : len(popularity)]
    neutral = SecondStage().weights[0]
    return _likeliest(neutral, lambda w: parts @ w + popularity, excluded, torch.ones(follows))


def _cold_weights(examples: Examples, weights: Tensor, weight: Tensor) -> Tensor:
    """What counts of a cold candidate, shape (3,), while `weights` say what does of warm ones.

    Args:
        examples: Among warm and cold candidates.
        weights: Of warm candidates, shape (2 + ways,).
        weight: How much each follow weighs, shape (follows,).
    """
    first = examples.parts[:, :, :2]
    first = torch.cat([first, torch.ones_like(first[:, :, :1])], dim=2)
    of_warm = examples.parts @ weights
    neutral = torch.cat([weights[:2], torch.zeros(1)])
    return _likeliest(
        neutral, lambda w: torch.where(examples.cold, first @ w, of_warm), examples.excluded, weight
    )


def _likeliest(
    neutral: Tensor, scores: Callable[[Tensor], Tensor], excluded: Tensor, weight: Tensor
) -> Tensor:
    """The weights by which the positives are likeliest, a prior of variance 1 around `neutral`."""
    neutral = neutral.detach().double()
    # Float64, or the search along a line ends where rounding hides the slope.
    weights = neutral.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        values = scores(weights.float()).masked_fill(excluded, -torch.inf)
        missed = -(weight * values.log_softmax(dim=1)[:, 0]).double().sum()
        total: Tensor = missed + ((weights - neutral) ** 2).sum() / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach().float()


@torch.no_grad()
def _examples(state: State, task: Task, follows: Ints, columns: Ints) -> Examples:
    """What the scores of some follows and of their candidates are made of.

    Args:
        state: A trained model.
        task: Which end of a follow asks.
        follows: The positives, shape (follows, 2).
        columns: The other candidates of all, distinct, shape (candidates,).
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
    warm = world.graph.warm.numpy()
    candidates = np.column_stack([follows[:, 1 - side], np.tile(columns, (len(follows), 1))])
    return Examples(torch.cat(found), torch.cat(excluded), torch.from_numpy(~warm[candidates]))
