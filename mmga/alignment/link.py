"""How badly follows are predicted: a sampled softmax in both directions."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmga.alignment.losses import sampled_softmax
from mmga.alignment.state import Scores
from mmga.alignment.world import Ints, World


@dataclass(frozen=True)
class Candidates:
    """Among whom the right user is to be found, and how often each was expected to be drawn."""

    users: Ints
    log_q: Tensor


def draw_candidates(
    world: World, side: int, chance: np.random.Generator, queries: Ints | None = None
) -> Candidates:
    """Distinct users drawn by their train degree; all of them where there are few enough.

    Hard ones join them: soft neighbours of the queries, near them in the graph and yet, but for
    the positives, not followed. They stand for themselves alone (probability 1), so that the loss
    remains an estimate of the full softmax.

    Users without a train edge are no candidates: they have no positive in training, and would be
    learned to be nobody's.

    Args:
        world: What is known before training.
        side: 0 for accounts (drawn by in-degree), 1 for fans (by out-degree).
        chance: Draws them.
        queries: The users who ask; `pretrain.hard` of their soft neighbours join.
    """
    warm = np.flatnonzero(world.graph.warm.numpy())
    most = world.params.candidates
    if len(warm) <= most:
        return Candidates(warm, torch.zeros(len(warm)))
    degree = (world.graph.in_degree, world.graph.out_degree)[side].numpy()[warm]
    weight = (degree + 1) / (degree + 1).sum()
    # The largest of log weight + Gumbel noise are a draw without replacement (Yellott 1977).
    keys = np.log(weight) + chance.gumbel(size=len(warm))
    chosen = np.argpartition(-keys, most)[:most]
    log_q = np.full(world.users, -np.inf)
    log_q[warm[chosen]] = np.log(-np.expm1(most * np.log1p(-weight[chosen])))
    if queries is not None and world.params.hard:
        near = np.unique(world.soft_neighbours[queries].indices)
        log_q[chance.permutation(near)[: world.params.hard]] = 0.0
    users = np.flatnonzero(np.isfinite(log_q))
    return Candidates(users, torch.from_numpy(log_q[users]).float())


def batch_candidates(world: World, users: Ints) -> Candidates:
    """The users of a batch who have a train edge: their vectors are fresh, on both sides."""
    warm = users[world.graph.warm.numpy()[users]]
    return Candidates(warm, torch.zeros(len(warm)))


def link_loss(
    scores: Scores, world: World, follows: Tensor, candidates: tuple[Candidates, Candidates]
) -> Tensor:
    """Find the followee of each fan, and the fan of each account.

    Other train neighbours of a query are no negatives: they leave the denominator.

    Args:
        scores: All users as fans and as accounts.
        world: What is known before training.
        follows: Train follows to predict, shape (2, follows); with none the loss is 0.
        candidates: Among whom followees, and fans, are to be found.

    Returns:
        Mean of both directions in nats; log(candidates) when nothing is known.
    """
    if not follows.shape[1]:
        return torch.zeros(())
    sides = ((scores.fan, scores.account, scores.account_bias),
             (scores.account, scores.fan, scores.fan_bias))  # fmt: skip
    losses = []
    for side, (query, answer, bias) in enumerate(sides):
        rows, positive = follows[side], follows[1 - side]
        columns = torch.from_numpy(candidates[side].users)
        asked = query[rows]
        losses.append(
            sampled_softmax(
                asked @ answer[columns].T + bias[columns],
                (asked * answer[positive]).sum(dim=1) + bias[positive],
                world.known(side, rows.numpy(), candidates[side].users),
                candidates[side].log_q,
            )
        )
    return (losses[0] + losses[1]) / 2
