"""What paths between two users count beside their vectors: the second stage of the score.

Vectors say what kind of user follows what kind of account; that u follows somebody who follows v is
a matter of the two themselves, which no product of two vectors tells (Zhang et al. 2021, labelling
trick). Seven numbers are learned, on validation follows, because a training remembers its own.
"""

import numpy as np
import torch
from torch import Tensor

from mmga.alignment.network import SecondStage
from mmga.alignment.state import State
from mmga.alignment.world import Ints
from mmga.paths import Paths
from mmga.splits.split import Task

AT_ONCE = 128
"""Follows whose candidates are scored at once."""


def fit_second_stage(state: State) -> None:
    """Learn `state.network.second_stage` on validation follows, by a softmax in both directions.

    The loss is convex; a Gaussian prior of variance 1 around "changes nothing" keeps it there where
    there are few follows. Known train neighbours of a query are no negatives.

    Args:
        state: A trained model; its other weights rest. Without validation follows nothing happens.
    """
    world, params = state.world, state.world.params.second_stage
    chance = np.random.default_rng(world.params.seed)
    drawn = min(params.follows, len(world.validation))
    if not drawn:
        return
    follows = world.validation[np.sort(chance.permutation(len(world.validation))[:drawn])]
    columns = np.sort(chance.permutation(world.users)[: params.candidates])
    parts, excluded = _parts(state, follows, columns)
    stage = SecondStage()
    neutral = [torch.ones(3), torch.zeros_like(stage.paths)]
    # Float64, or the search along a line ends where rounding hides the slope.
    stage.double()
    optimiser = torch.optim.LBFGS(stage.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        weights = torch.cat(list(stage.parameters()))
        values = (parts @ weights.float()).masked_fill(excluded, -torch.inf)
        missed = -values.log_softmax(dim=1)[:, 0].double().sum()
        prior = sum(((p - n) ** 2).sum() for p, n in zip(stage.parameters(), neutral, strict=True))
        total: Tensor = missed + prior / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    state.network.second_stage.load_state_dict(stage.state_dict())


@torch.no_grad()
def _parts(state: State, follows: Ints, columns: Ints) -> tuple[Tensor, Tensor]:
    """What the score of each candidate is made of.

    Args:
        state: A trained model.
        follows: The positives, shape (follows, 2).
        columns: The other candidates of all, distinct, shape (candidates,).

    Returns:
        Shape (2 follows, 1 + candidates, 7), the positive first; and, without the last dimension,
        which of them are no candidates.
    """
    world = state.world
    scores, _ = state.final_scores()
    paths = Paths(world.graph.edges.numpy().T, world.users)
    nothing = torch.zeros(world.users)
    found, excluded = [], []
    tasks: tuple[Task, Task] = ("followees", "fans")
    for side, task in enumerate(tasks):
        query, answer = (scores.fan, scores.account) if side == 0 else (scores.account, scores.fan)
        biases = (nothing, scores.account_bias) if side == 0 else (scores.fan_bias, nothing)
        for start in range(0, len(follows), AT_ONCE):
            chunk = follows[start : start + AT_ONCE]
            rows, positive = chunk[:, side], chunk[:, 1 - side]
            candidates = np.concatenate([positive, columns])
            between = np.log1p(paths.between(task, rows)[:, :, candidates])
            table = torch.stack(
                [
                    query[rows] @ answer[candidates].T,
                    *(bias[candidates].expand(len(rows), -1) for bias in biases),
                    *torch.from_numpy(between),
                ],
                dim=2,
            )
            own = torch.arange(len(rows))
            found.append(torch.cat([table[own, own, None], table[:, len(rows) :]], dim=1))
            known = world.known(side, rows, columns)
            known |= torch.from_numpy(columns == positive[:, None])
            excluded.append(torch.cat([torch.zeros(len(rows), 1, dtype=torch.bool), known], dim=1))
    return torch.cat(found), torch.cat(excluded)
