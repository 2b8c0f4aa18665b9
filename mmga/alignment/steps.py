"""The steps of the alignment, each a function: what is learned in one batch, as named losses.

Step 0 warms up each view by itself. In step 1 the graph teaches the image and the text encoder; in
step 2 images and texts guide the graph encoder; step 3 refines all of them together. `link_only` is
what the late-fusion baseline learns in place of every one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmga.alignment.link import batch_candidates, draw_candidates, link_loss
from mmga.alignment.losses import distance, info_nce, relational_kl, soft_info_nce
from mmga.alignment.state import Live, Scores, State
from mmga.alignment.world import Ints
from mmga.modalities.features import MODALITIES

Losses = dict[str, Tensor]
"""Weighted terms, whose sum is minimised."""

RELATIONAL_TEMPERATURE = 0.1
"""Of the similarities between users that one view hands to another."""

CONTRASTED = 512
"""Users who are contrasted with one another in one batch of step 2."""


@dataclass(frozen=True)
class Batch:
    """What one optimiser step is about."""

    users: Ints | None
    """Users whose posts are encoded with gradients; None where the content encoders rest."""
    predicted: Tensor
    """Train follows of anybody that are hidden and predicted, as their rows."""
    within: Tensor
    """Those among `users`, hidden and predicted too; none where the content encoders rest."""
    chance: np.random.Generator

    def live(self, state: State) -> Live | None:
        """The users' posts, encoded now."""
        return None if self.users is None else state.encode(self.users, self.chance)


Step = Callable[[State, Batch], Losses]


def warm_up_content(state: State, batch: Batch) -> Losses:
    """Step 0, content: a post's picture and caption find each other."""
    live = batch.live(state)
    assert live is not None
    return {"image_text": image_text(state, live)}


def link_only(state: State, batch: Batch) -> Losses:
    """Predict hidden follows from all views, with no alignment.

    Step 0 of the graph, where the content encoders rest, and all that late fusion learns.
    """
    content = state.content(batch.live(state))
    return {"link": _link(state, batch, content, _nobody(state.world.users))[0]}


def graph_to_content(state: State, batch: Batch) -> Losses:
    """Step 1: the image and the text encoder learn from the graph.

    The teacher sees the batch's users without their own content, or it would hand the student a
    copy of the student's input. It has nothing to say of users without a train follow, who would
    all be one and the same to it.
    """
    params = state.world.params.graph_to_content
    live = batch.live(state)
    assert live is not None
    losses = _towards_graph(state, live, batch)
    for name, vectors in live.vectors.items():
        losses["anchor"] = losses.get("anchor", torch.zeros(())) + params.anchor * distance(
            state.network.project(name, vectors), state.anchor[name][live.users]
        )
    return losses


def content_to_graph(state: State, batch: Batch) -> Losses:
    """Step 2: the graph encoder learns to tell content, some of it hidden, and follows."""
    params = state.world.params.content_to_graph
    users = state.world.users
    masked = {name: _some(users, params.masked, batch.chance) for name in MODALITIES}
    content = state.content()
    losses, graph = _link_and_distil(state, batch, state.hide(content, masked))
    losses["link"] = params.link * losses["link"]
    some = batch.chance.permutation(users)[:CONTRASTED]
    ours = state.network.project("graph", graph[some])
    for name in state.content_views:
        theirs = state.network.project(name, content[name][some]).detach()
        losses[f"align_{name}"] = params.align * info_nce(
            ours, theirs, temperature=state.network.temperature
        )
        losses[f"relational_{name}"] = params.relational * relational_kl(
            ours, theirs, temperature=RELATIONAL_TEMPERATURE
        )
    return losses


def settle(state: State, batch: Batch) -> Losses:
    """The end of step 3 where step 2 is switched off: the link loss and the distillation alone."""
    return _link_and_distil(state, batch, state.content())[0]


def refine(state: State, batch: Batch) -> Losses:
    """Step 3: everything together, with modalities and graphs hidden now and then."""
    params = state.world.params.refine
    users = state.world.users
    live = batch.live(state)
    assert live is not None
    hidden = {name: _some(users, params.modality_dropout, batch.chance) for name in MODALITIES}
    content = state.hide(state.content(live), hidden)
    losses, _ = _link_and_distil(state, batch, content)
    for name, value in _towards_graph(state, live, batch).items():
        losses[name] = params.align * value
    return losses


def image_text(state: State, live: Live) -> Tensor:
    """InfoNCE between the pictures and the captions of posts that have both."""
    both, image, text = np.intersect1d(
        live.draw.post["image"], live.draw.post["text"], return_indices=True
    )
    if len(both) < 2 or len(live.posts) < 2:
        return torch.zeros(())
    views = {
        name: state.network.project(name, state.network.encoder(name).user(live.posts[name][rows]))
        for name, rows in (("image", torch.from_numpy(image)), ("text", torch.from_numpy(text)))
    }
    owner = live.draw.owner["image"][torch.from_numpy(image)]
    return info_nce(
        views["image"], views["text"], temperature=state.network.temperature, owner=owner
    )


def _towards_graph(state: State, live: Live, batch: Batch) -> Losses:
    """What the graph and the other modality teach the content encoders."""
    params = state.world.params.graph_to_content
    network, world = state.network, state.world
    losses: Losses = {}
    if params.image_text and len(live.vectors) == 2:
        losses["image_text"] = params.image_text * image_text(state, live)
    hidden = _nobody(world.users)
    hidden[live.users] = params.mask_own
    teacher = state.teach(hidden)
    warm = world.graph.warm[live.users]
    known = live.users[warm.numpy()]
    columns, target = soft_targets(state, known, params.alpha, batch.chance)
    for name, vectors in live.vectors.items() if len(known) else ():
        ours = network.project(name, vectors[warm])
        forth = soft_info_nce(ours, teacher[columns], target, temperature=network.temperature)
        same = torch.eye(len(ours))
        back = soft_info_nce(teacher[known], ours, same, temperature=network.temperature)
        losses[f"align_{name}"] = params.align * (forth + back) / 2
        losses[f"relational_{name}"] = params.relational * relational_kl(
            ours, teacher[known], temperature=RELATIONAL_TEMPERATURE
        )
    if params.neighbours:
        network.votes.fill_(world.params.content_votes)
    candidates = batch_candidates(world, live.users)
    follows = world.graph.edges[:, batch.within]
    everybody, nobody = state.content(live), _nobody(world.users)
    for name in live.vectors:
        fan, account = network.content_roles[name](everybody[name])
        scores = Scores(
            fan,
            account,
            network.fan_prior(state.all_messages.out_degree, nobody),
            network.account_prior(state.all_messages.in_degree, nobody),
        )
        losses[f"neighbours_{name}"] = params.neighbours * link_loss(
            scores, world, follows, (candidates, candidates)
        )
    return losses


def _link_and_distil(
    state: State, batch: Batch, content: dict[str, Tensor]
) -> tuple[Losses, Tensor]:
    """The link loss, some users treated as cold, and how badly content tells their graph vector."""
    params = state.world.params.refine
    cold = _some(state.world.users, params.graph_dropout, batch.chance)
    link, graph = _link(state, batch, content, cold)
    warm = state.world.graph.warm
    guessed = state.network.from_content(content)[warm]
    return {"link": link, "distil": params.distil * distance(guessed, graph[warm].detach())}, graph


def _link(
    state: State, batch: Batch, content: dict[str, Tensor], cold: Tensor
) -> tuple[Tensor, Tensor]:
    """The link loss of the hidden follows, and the graph vectors of all users.

    Follows of anybody are looked for among users as of the last encoding; those within the batch
    among the batch, whose vectors are fresh on both sides and carry gradients to the encoders.
    """
    world = state.world
    messages = world.graph.without(batch.predicted, batch.within)
    graph = state.graph(content, messages)
    scores = state.scores(content, graph, messages, cold)
    follows = world.graph.edges[:, batch.predicted]
    accounts, fans = (
        draw_candidates(world, side, batch.chance, follows[side].numpy()) for side in (0, 1)
    )
    loss = link_loss(scores, world, follows, (accounts, fans))
    if batch.users is not None:
        near = batch_candidates(world, batch.users)
        among = world.graph.edges[:, batch.within]
        loss = loss + link_loss(scores, world, among, (near, near))
    return loss, graph


def soft_targets(
    state: State, users: Ints, alpha: float, chance: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """The users whom the teacher shows to a batch, and who of them belongs to whom.

    All have a train follow: the teacher cannot tell the others apart.

    Args:
        state: Knows the graph.
        users: Of the batch, each with a train follow.
        alpha: Of a user's target, what lies on soft neighbours.
        chance: Draws the users beside the batch.

    Returns:
        Columns, shape (c,), and a row-stochastic target (users in the batch, c): the user, and
        with weight `alpha` the soft neighbours.
    """
    world = state.world
    columns = np.flatnonzero(world.graph.warm.numpy())
    if len(columns) > world.params.candidates:
        others = chance.choice(columns, world.params.candidates, replace=False)
        near = world.soft_neighbours[users].indices if alpha else np.array([], dtype=np.int64)
        columns = np.unique(np.concatenate([users, near, others]))
    own = np.searchsorted(columns, users)
    target = torch.zeros(len(users), len(columns))
    if alpha:
        soft = world.soft_neighbours[users][:, columns]
        target += alpha * torch.from_numpy(soft.toarray()).float()
    target[torch.arange(len(users)), torch.from_numpy(own)] += 1 - target.sum(dim=1)
    return torch.from_numpy(columns), target


def _some(users: int, share: float, chance: np.random.Generator) -> Tensor:
    return torch.from_numpy(chance.random(users) < share)


def _nobody(users: int) -> Tensor:
    return torch.zeros(users, dtype=torch.bool)
