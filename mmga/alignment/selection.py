"""How well a model in training ranks the validation follows: what chooses among its epochs."""

import numpy as np
import torch

from mmga.alignment.state import State

MOST = 2000
"""Validation follows that are ranked at most; the same ones every time."""


def validation_mrr(state: State) -> float:
    """Mean reciprocal rank of the validation follows among all users, in both directions.

    Known train neighbours of a query are left out; ties count half. Cold users' follows are part of
    it, as they are of the test.

    Returns:
        From 0 to 1; 0 where there is no validation follow.
    """
    world = state.world
    follows = world.validation[:: max(1, -(-len(world.validation) // MOST))]
    if not len(follows):
        return 0.0
    scores, _ = state.final_scores()
    everybody = np.arange(world.users)
    total = 0.0
    sides = ((scores.fan, scores.account, scores.account_bias),
             (scores.account, scores.fan, scores.fan_bias))  # fmt: skip
    for side, (query, answer, bias) in enumerate(sides):
        for start in range(0, len(follows), 500):
            chunk = follows[start : start + 500]
            rows, positive = chunk[:, side], torch.from_numpy(chunk[:, 1 - side])
            values = query[rows] @ answer.T + bias
            own = values.gather(1, positive[:, None])
            values = values.masked_fill(world.known(side, rows, everybody), -torch.inf)
            better = (values > own).sum(dim=1) + 0.5 * (values == own).sum(dim=1) + 0.5
            total += float((1 / better).sum())
    return total / (2 * len(follows))
