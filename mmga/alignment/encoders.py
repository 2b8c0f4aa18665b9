"""The graph encoders: a user's vector from their place among the message edges and its content."""

from collections.abc import Callable, Mapping
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.nn import DirGNNConv, GATv2Conv, SAGEConv

from mmga.alignment.params import GraphEncoderName
from mmga.modalities.graph import Messages

LAYERS = 2
"""Steps along follows from which a user hears."""

HEADS = 4
"""Of the attention, where the width can be divided by it."""


class GraphEncoder(nn.Module):
    """What every graph encoder reads; how messages spread is told by its kinds."""

    def __init__(self, dim: int, structure: int) -> None:
        super().__init__()
        self.input = nn.Sequential(nn.Linear(2 * dim + 2 * structure + 2, dim), nn.LayerNorm(dim))

    def forward(
        self, content: Mapping[str, Tensor], factors: tuple[Tensor, Tensor], messages: Messages
    ) -> Tensor:
        """Encode all users from their content and their place among the message edges.

        A user's place is told by whom they follow and who follows them, never by factors of their
        own, which know the edges that are to be predicted.

        Args:
            content: Image and text vectors of all users, each (users, dim).
            factors: Left and right singular vectors of the train graph, each (users, structure).
            messages: The edges that may be seen.

        Returns:
            Shape (users, dim).
        """
        left, right = factors
        degrees = torch.stack([messages.out_degree, messages.in_degree], dim=1)
        place = [
            messages.from_followees(right, root=True),
            messages.from_fans(left, root=True),
            torch.log1p(degrees),
        ]
        x = self.input(torch.cat([content["image"], content["text"], *place], dim=1))
        return self.spread(x, messages)

    def spread(self, x: Tensor, messages: Messages) -> Tensor:
        """What users hear of one another, shape (users, dim), of what each is, the same shape."""
        raise NotImplementedError


class RelationalSage(GraphEncoder):
    """Relational GraphSAGE (Hamilton et al. 2017): the means over followees and over fans apart."""

    def __init__(self, dim: int, structure: int) -> None:
        super().__init__(dim, structure)
        self.own = nn.ModuleList(nn.Linear(dim, dim) for _ in range(LAYERS))
        self.followees = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(LAYERS))
        self.fans = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(LAYERS))
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(LAYERS))

    def spread(self, x: Tensor, messages: Messages) -> Tensor:
        """See `GraphEncoder`."""
        layers = zip(self.own, self.followees, self.fans, self.norms, strict=True)
        for own, followees, fans, norm in layers:
            gathered = followees(messages.from_followees(x)) + fans(messages.from_fans(x))
            x = x + norm(F.gelu(own(x) + gathered))
        return x


class Convolutions(GraphEncoder):
    """A layer of PyTorch Geometric, along follows and against them (Rossi et al. 2023)."""

    def __init__(self, dim: int, structure: int, layer: Callable[[int], nn.Module]) -> None:
        super().__init__(dim, structure)
        self.own = nn.ModuleList(nn.Linear(dim, dim) for _ in range(LAYERS))
        self.layers = nn.ModuleList(
            DirGNNConv(layer(dim), root_weight=False) for _ in range(LAYERS)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(LAYERS))

    def spread(self, x: Tensor, messages: Messages) -> Tensor:
        """See `GraphEncoder`."""
        edges = messages.edges
        for own, layer, norm in zip(self.own, self.layers, self.norms, strict=True):
            x = x + norm(F.gelu(own(x) + layer(x, edges)))
        return x


class Sign(GraphEncoder):
    """SIGN (Frasca et al. 2020): means over walks of given directions, side by side, then an MLP.

    Nothing is learned between the steps of a walk.
    """

    def __init__(self, dim: int, structure: int) -> None:
        super().__init__(dim, structure)
        walks = sum(2**length for length in range(LAYERS + 1))
        self.mix = nn.Sequential(
            nn.Linear(walks * dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim), nn.LayerNorm(dim)
        )

    def spread(self, x: Tensor, messages: Messages) -> Tensor:
        """See `GraphEncoder`."""
        every, last = [x], [x]
        for _ in range(LAYERS):
            ways = (messages.from_followees, messages.from_fans)
            last = [way(walked) for walked in last for way in ways]
            every += last
        return x + cast(Tensor, self.mix(torch.cat(every, dim=1)))


def graph_encoder(name: GraphEncoderName, dim: int, structure: int) -> GraphEncoder:
    """The graph encoder of that name.

    Args:
        name: See `PretrainParams.graph_encoder`.
        dim: Length of a user's vector.
        structure: Rank of the singular vectors that are read.
    """
    if name == "relational":
        return RelationalSage(dim, structure)
    if name == "sign":
        return Sign(dim, structure)
    return Convolutions(dim, structure, _sage if name == "sage" else _attention)


def _sage(dim: int) -> nn.Module:
    return cast(nn.Module, SAGEConv(dim, dim))


def _attention(dim: int) -> nn.Module:
    heads = HEADS if dim % HEADS == 0 else 1
    return cast(nn.Module, GATv2Conv(dim, dim // heads, heads))
