"""A rival: text and graph contrasted in the manner of ConGraT (Brannon et al. 2023).

Two encoders, one of a user's texts and one of the follow graph that reads no text, are trained
together until each finds the other's vector of the same user. Nothing is said of follows before
both rest: then the roles learn to rank (see `plan`).
"""

import numpy as np
import torch
from torch import Tensor

from mmga.alignment.losses import soft_info_nce
from mmga.alignment.state import Live, State
from mmga.alignment.steps import CONTRASTED, Batch, Losses, soft_targets
from mmga.alignment.world import Ints


def contrast(state: State, batch: Batch) -> Losses:
    """Symmetric InfoNCE between text and graph, with soft neighbours as part of the targets.

    The messages are those of the other rivals' steps. Where the encoder of texts rests, users are
    drawn, and their texts are as of the last encoding.
    """
    world, network = state.world, state.network
    live = batch.live(state)
    users = _contrasted(state, live, batch.chance)
    if len(users) < 2:
        return {"contrast": torch.zeros(())}
    content = state.content(live)
    graph = state.graph(content, world.graph.without(batch.predicted, batch.within))
    text, nodes = network.project("text", content["text"][users]), network.project("graph", graph)
    alpha = world.params.graph_to_content.alpha
    columns, target = soft_targets(state, users, alpha, batch.chance)
    among = _among(target, np.searchsorted(columns.numpy(), users))
    forth = soft_info_nce(text, nodes[columns], target, temperature=network.temperature)
    back = soft_info_nce(nodes[users], text, among, temperature=network.temperature)
    return {"contrast": (forth + back) / 2}


def _contrasted(state: State, live: Live | None, chance: np.random.Generator) -> Ints:
    """Users with a text and a train follow: of the batch, or some of all.

    Without one of the two a user looks like all others who have none.
    """
    warm = state.world.graph.warm.numpy()
    if live is None:
        some: Ints = chance.permutation(np.flatnonzero(state.world.writes & warm))[:CONTRASTED]
        return some
    writing = live.users[np.unique(live.draw.owner["text"].numpy())]
    present: Ints = writing[warm[writing]]
    return present


def _among(target: Tensor, own: Ints) -> Tensor:
    """A target of `soft_targets` within the batch; what lies outside goes to the user itself.

    Args:
        target: Shape (users in the batch, columns).
        own: The column of each of them.
    """
    among = target[:, torch.from_numpy(own)]
    return among + torch.diag(1 - among.sum(dim=1))
