"""The encoders of a user and the score of a pair."""

import copy
import math
from collections.abc import Mapping
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmga.alignment.encoders import graph_encoder
from mmga.alignment.params import PretrainParams
from mmga.modalities.backbones import Backbone
from mmga.paths import WAYS

VIEWS = ("image", "text", "graph")
"""The three views of a user."""


class ContentEncoder(nn.Module):
    """The posts of a user in one modality -> one vector: backbone, MLP, attention pooling."""

    def __init__(self, backbone: Backbone | None, width: int, dim: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.post = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, dim), nn.GELU())
        self.attention = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, 1))
        self.user = nn.Sequential(nn.Linear(dim, dim), nn.LayerNorm(dim))
        self.missing = nn.Parameter(torch.zeros(dim))
        """What stands for a user without a post in this modality."""

    def posts(self, values: Tensor) -> Tensor:
        """One vector a post, shape (posts, dim)."""
        vectors = self.backbone(values) if self.backbone is not None else values
        return cast(Tensor, self.post(vectors))

    def pool(self, posts: Tensor, owner: Tensor, users: int) -> Tensor:
        """One vector a user, shape (users, dim): the attention-weighted mean of their posts.

        Args:
            posts: Vectors of posts, shape (posts, dim).
            owner: Whose each post is, from 0 to users - 1; in any order.
            users: How many users; those without a post get the learned mask vector.
        """
        weight = self.attention(posts).squeeze(1).exp()
        total = torch.zeros(users, device=posts.device).index_add(0, owner, weight)
        shares = (weight / total[owner]).unsqueeze(1)
        zeros = torch.zeros(users, posts.shape[1], device=posts.device)
        pooled = self.user(zeros.index_add(0, owner, shares * posts))
        return torch.where(total.unsqueeze(1) > 0, pooled, self.missing)


class Prior(nn.Module):
    """How readily a user follows, or is followed, before anything is known of the other one.

    Linear in the log of the train degree; for a cold user, whose degree is unknown rather than 0, a
    learned constant.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(0.5))
        self.unknown = nn.Parameter(torch.tensor(0.5))

    def forward(self, degree: Tensor, cold: Tensor) -> Tensor:
        """The bias of each user, shape (users,)."""
        return torch.where(cold, self.unknown, self.slope * torch.log1p(degree))


class FanNetwork(nn.Module):
    """Everything that is trained."""

    def __init__(
        self,
        backbones: Mapping[str, tuple[Backbone | None, int]],
        params: PretrainParams,
    ) -> None:
        super().__init__()
        dim = params.dim
        self.content = nn.ModuleDict(
            {
                name: ContentEncoder(backbone, width, dim)
                for name, (backbone, width) in backbones.items()
            }
        )
        self.graph = graph_encoder(params.graph_encoder, dim, params.structure)
        self.projections = nn.ModuleDict({view: nn.Linear(dim, dim, bias=False) for view in VIEWS})
        """Into the shared space of the alignment losses."""
        two = params.roles == "two"
        self.content_roles = nn.ModuleDict({name: Roles(dim, dim, two=two) for name in backbones})
        """Each content view as fan and as followee, for the neighbour positives of step 1."""
        self.votes: Tensor
        self.register_buffer("votes", torch.zeros(()))
        """What the product of those counts in the score: nothing before they were taught."""
        self.cold = nn.Sequential(
            nn.Linear(2 * dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim), nn.LayerNorm(dim)
        )
        """What stands for the graph vector of a user without a train edge."""
        self.roles = Roles(3 * dim, dim, two=two)
        self.fan_prior = Prior()
        self.account_prior = Prior()
        self.log_temperature = nn.Parameter(torch.tensor(math.log(0.07)))
        self.second_stage = SecondStage()

    @property
    def temperature(self) -> Tensor:
        """Of the alignment losses, learned within [0.01, 1]."""
        return self.log_temperature.exp().clamp(0.01, 1.0)

    @property
    def parts(self) -> list[list[nn.Parameter]]:
        """The parameters of each encoder, and of each other part, apart."""
        modules: list[nn.Module] = []
        for child in self.children():
            modules += child.values() if isinstance(child, nn.ModuleDict) else [child]
        return [[self.log_temperature], *(list(module.parameters()) for module in modules)]

    def encoder(self, modality: str) -> ContentEncoder:
        """The content encoder of a modality."""
        return cast(ContentEncoder, self.content[modality])

    def project(self, view: str, vectors: Tensor) -> Tensor:
        """A view's vectors in the shared space, rows of length 1."""
        return F.normalize(self.projections[view](vectors), dim=-1)

    def from_content(self, content: Mapping[str, Tensor]) -> Tensor:
        """The graph vector that content alone suggests, shape (users, dim)."""
        return cast(Tensor, self.cold(torch.cat([content["image"], content["text"]], dim=1)))


class Roles(nn.Module):
    """A user's vector as a fan and as one who is followed, so that s(u, v) is not s(v, u).

    They begin as one: users follow their like, and what sets followees apart is learned.
    """

    def __init__(self, width: int, dim: int, *, two: bool = True) -> None:
        super().__init__()
        self.fan = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, dim))
        self.account = copy.deepcopy(self.fan) if two else self.fan
        self.scale = nn.Parameter(torch.tensor(dim**-0.5))

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors (users, width) -> fans (users, dim) and accounts (users, dim)."""
        return self.fan(vectors) * self.scale, self.account(vectors)


class SecondStage(nn.Module):
    """What the parts of a score count, for each task; as it begins, it changes nothing.

    No step of the alignment moves it: see `mmga.alignment.second_stage`.
    """

    def __init__(self) -> None:
        super().__init__()
        nothing_new = torch.tensor([1.0, 1.0, *(0.0 for _ in WAYS)])
        self.weights = nn.Parameter(nothing_new.repeat(2, 1))
        """Of the match, the bias and each of `mmga.paths.WAYS`, for `fans` and for `followees`,
        shape (2, 2 + ways)."""
        self.cold = nn.Parameter(torch.tensor([1.0, 1.0, 0.0]).repeat(2, 1))
        """Of a candidate without a follow: of the match, the bias, and what stands for all that
        would lie between, shape (2, 3)."""
