"""A network in training: its weights, what it last made of every user, and its slow teacher."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from mmga.alignment.adapters import adapt
from mmga.alignment.network import FanNetwork
from mmga.alignment.world import Draw, Ints, World, all_posts, draw_posts
from mmga.modalities.features import MODALITIES
from mmga.modalities.graph import Messages

TEACHER_DECAY = 0.98
"""Share of the old teacher that stays at each step that moves the graph encoder."""

USERS_AT_ONCE = 128
"""Users whose posts are encoded at once where no gradient is wanted."""


@dataclass(frozen=True)
class Live:
    """What the encoders make of a batch of users now, with gradients."""

    users: Ints
    vectors: dict[str, Tensor]
    """Per modality, shape (users in the batch, dim)."""
    posts: dict[str, Tensor]
    """Per modality, each drawn post by itself, shape (posts, dim)."""
    draw: Draw


@dataclass(frozen=True)
class Scores:
    """Users as fans and as accounts: s(u, v) = <fan[u], account[v]> + biases."""

    fan: Tensor
    account: Tensor
    fan_bias: Tensor
    account_bias: Tensor


class State:
    """One model in training."""

    def __init__(
        self, world: World, views: frozenset[str], *, distils: bool, blind: bool = False
    ) -> None:
        self.world = world
        self.views = views
        """The views of a user that this model has, see `views_of`."""
        self.distils = distils
        """The model learns what stands for the graph vector and the degrees of a cold user."""
        self.blind = blind
        """The graph encoder reads no content."""
        modalities = world.features.modalities
        backbones = {name: modalities[name].backbone() for name in MODALITIES}
        self.pretrained = {name: modality.pretrained for name, modality in modalities.items()}
        params = world.params
        if params.lora.rank:
            for name, (backbone, _) in backbones.items():
                if backbone is not None and self.pretrained[name]:
                    adapt(backbone, params.lora)
        self.network = FanNetwork(backbones, params)
        self.teacher = nn.ModuleDict(
            {"graph": self.network.graph, "projection": self.network.projections["graph"]}
        )
        self.teacher = copy.deepcopy(self.teacher).requires_grad_(False)
        self.bank = {name: torch.zeros(world.users, params.dim) for name in MODALITIES}
        """The last vector of every user in each modality; no gradient flows into it."""
        self.anchor: dict[str, Tensor] = {}
        """The bank in the shared space as it was when step 1 began."""
        self.all_messages = world.graph.messages()

    @property
    def content_views(self) -> list[str]:
        """The modalities of posts that this model reads."""
        return [name for name in MODALITIES if name in self.views]

    def encode(self, users: Ints, chance: np.random.Generator) -> Live:
        """Encode a draw of posts of a batch of users and keep the outcome in the bank."""
        draw = draw_posts(self.world.features, users, self.world.params.posts_per_user, chance)
        posts = {name: self._posts(name, draw) for name in self.content_views}
        vectors = {
            name: self.network.encoder(name).pool(posts[name], draw.owner[name], len(users))
            for name in posts
        }
        for name, value in vectors.items():
            self.bank[name][users] = value.detach()
        return Live(users, vectors, posts, draw)

    @torch.no_grad()
    def refresh(self) -> None:
        """Encode every post of every user into the bank, as a trained model does."""
        self.network.eval()
        for start in range(0, self.world.users, USERS_AT_ONCE):
            users = np.arange(start, min(start + USERS_AT_ONCE, self.world.users))
            draw = all_posts(self.world.features, users)
            for name in self.content_views:
                posts = self._posts(name, draw)
                pooled = self.network.encoder(name).pool(posts, draw.owner[name], len(users))
                self.bank[name][users] = pooled

    def content(self, live: Live | None = None) -> dict[str, Tensor]:
        """The content of all users: the bank, with the rows of a batch put in with gradients."""
        content = dict(self.bank)
        if live is not None:
            rows = torch.from_numpy(live.users)
            for name, vectors in live.vectors.items():
                content[name] = content[name].index_copy(0, rows, vectors)
        return content

    def hide(
        self, content: Mapping[str, Tensor], hidden: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Content with the learned mask vector for some users.

        Args:
            content: Per modality, shape (users, dim).
            hidden: Per modality the users to hide, boolean, shape (users,).
        """
        return {
            name: torch.where(
                hidden[name].unsqueeze(1), self.network.encoder(name).missing, content[name]
            )
            if name in self.views
            else content[name]
            for name in content
        }

    def graph(self, content: Mapping[str, Tensor], messages: Messages) -> Tensor:
        """The graph vector of all users, shape (users, dim); zeros without that view."""
        if "graph" not in self.views:
            return torch.zeros_like(content["image"])
        if self.blind:
            content = {name: torch.zeros_like(values) for name, values in content.items()}
        vectors: Tensor = self.network.graph(content, self.world.factors, messages)
        return vectors

    def scores(
        self, content: Mapping[str, Tensor], graph: Tensor, messages: Messages, cold: Tensor
    ) -> Scores:
        """All users as fans and as accounts.

        Args:
            content: Per modality, shape (users, dim).
            graph: Graph vectors, shape (users, dim).
            messages: The edges that may be seen; degrees come from them.
            cold: Users who are treated as if they had no edge, shape (users,).
        """
        network = self.network
        if self.distils:
            graph = torch.where(cold.unsqueeze(1), network.from_content(content), graph)
        fan, account = network.roles(torch.cat([content["image"], content["text"], graph], dim=1))
        return Scores(
            fan,
            account,
            network.fan_prior(messages.out_degree, cold),
            network.account_prior(messages.in_degree, cold),
        )

    @torch.no_grad()
    def final_scores(self) -> tuple[Scores, Tensor]:
        """What the model as it stands says of all users, and their graph vectors."""
        self.network.eval()
        cold = (
            ~self.world.graph.warm
            if self.distils
            else torch.zeros(self.world.users, dtype=torch.bool)
        )
        graph = self.graph(self.bank, self.all_messages)
        if self.distils:
            graph = torch.where(cold.unsqueeze(1), self.network.from_content(self.bank), graph)
        return self._with_votes(self.scores(self.bank, graph, self.all_messages, cold)), graph

    def _with_votes(self, scores: Scores) -> Scores:
        """The same, with what each content view by itself says of a pair added to the score."""
        votes = self.network.votes
        if not votes:
            return scores
        roles = self.network.content_roles
        fans, accounts = zip(*(roles[n](self.bank[n]) for n in self.content_views), strict=True)
        return replace(
            scores,
            fan=torch.cat([scores.fan, *(votes * fan for fan in fans)], dim=1),
            account=torch.cat([scores.account, *accounts], dim=1),
        )

    @torch.no_grad()
    def teach(self, hidden: Tensor) -> Tensor:
        """The teacher's view of all users, blind to the content of `hidden` ones.

        Returns:
            Shape (users, dim), rows of length 1.
        """
        content = self.hide(self.bank, dict.fromkeys(MODALITIES, hidden))
        graph = self.teacher["graph"](content, self.world.factors, self.all_messages)
        return nn.functional.normalize(self.teacher["projection"](graph), dim=-1)

    @torch.no_grad()
    def follow_teacher(self) -> None:
        """Move the teacher a little towards the graph encoder."""
        network = {"graph": self.network.graph, "projection": self.network.projections["graph"]}
        for name, module in network.items():
            pairs = zip(self.teacher[name].parameters(), module.parameters(), strict=True)
            for old, new in pairs:
                old.lerp_(new, 1 - TEACHER_DECAY)

    def _posts(self, name: str, draw: Draw) -> Tensor:
        encoder = self.network.encoder(name)
        rows = draw.rows[name]
        if not len(rows):
            return torch.zeros(0, self.world.params.dim)
        device = torch.device("cpu")
        values = self.world.features.modalities[name].batch(rows, device)
        posts: Tensor = encoder.posts(values)
        return posts
