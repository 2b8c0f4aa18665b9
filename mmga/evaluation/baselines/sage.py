"""GraphSAGE on raw features, learned by finding whom a user follows, and by whom, among others."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy.sparse import csr_array
from torch import Tensor, nn

from mmga.evaluation.baselines.factors import Factors
from mmga.evaluation.baselines.follows import Floats, train_follows
from mmga.evaluation.baselines.tuning import Settings, Space, Tuning
from mmga.evaluation.baselines.validation import Validation
from mmga.modalities.graph import Messages, TrainGraph
from mmga.splits.split import Split

NAME = "sage_on_raw_features"
HIDDEN = 0.15
"""Share of the follows that are predicted in one step, at most."""
BATCH = 4096
"""Follows that are predicted in one step, at most."""
CANDIDATES = 512
"""Users among whom the right one is to be found; all where there are fewer."""
STRUCTURE = 32
"""Rank of the singular vectors that tell a user's place in the graph."""

SPACE: Space = {
    "dim": CategoricalDistribution([32, 64, 128]),
    "layers": IntDistribution(1, 3),
    "learning_rate": FloatDistribution(0.001, 0.02, log=True),
    "dropout": FloatDistribution(0.0, 0.5),
    "popularity": CategoricalDistribution([True, False]),
    "steps": IntDistribution(100, 300, log=True),
}
"""Of `SageSettings`. A step reads the whole graph, so there are not many."""
FIRST: Settings = {
    "dim": 64, "layers": 2, "learning_rate": 0.003, "dropout": 0.2, "popularity": True,
    "steps": 200,
}  # fmt: skip
"""Two layers as in the paper."""


@dataclass(frozen=True)
class SageSettings:
    """What is tuned."""

    dim: int
    """Length of a user's vector, in every layer."""
    layers: int
    """How often users hear of one another."""
    learning_rate: float
    """Of Adam."""
    dropout: float
    """Share of the inputs of a layer that are left out."""
    popularity: bool
    """Scores have a term linear in the logarithm of the degrees of whoever is ranked."""
    steps: int
    """Of Adam at most, each over the whole graph; `Validation.best_moment` is kept."""


class Sage(nn.Module):
    """GraphSAGE with means (Hamilton et al. 2017), of followees and of fans apart, and two roles.

    The layers are those of PyTorch Geometric's `SAGEConv`, summed over both directions; their means
    are sparse products, which need no message for every follow.

    Args:
        content: What posts say of a user, shape (users, width).
        structure: Left and right singular vectors of the train graph, each (users, rank).
        settings: Of layers and scores.
    """

    def __init__(
        self, content: Tensor, structure: tuple[Tensor, Tensor], settings: SageSettings
    ) -> None:
        super().__init__()
        self._content, self._structure = content, structure
        width = content.shape[1] + 2 * structure[0].shape[1] + 2
        sizes = [width, *[settings.dim] * settings.layers]
        pairs = list(pairwise(sizes))
        self.own = nn.ModuleList(nn.Linear(*pair) for pair in pairs)
        self.followees = nn.ModuleList(nn.Linear(*pair, bias=False) for pair in pairs)
        self.fans = nn.ModuleList(nn.Linear(*pair, bias=False) for pair in pairs)
        self.roles = nn.ModuleList(nn.Linear(settings.dim, settings.dim) for _ in range(2))
        self.slopes = nn.Parameter(torch.zeros(2), requires_grad=settings.popularity)
        self._dropout, self._length = settings.dropout, settings.dim**0.5

    def inputs(self, messages: Messages) -> Tensor:
        """The raw features of all users side by side, shape (users, width).

        A user's place is read off the singular vectors of followees and fans: with all follows as
        messages these are the user's own, times the singular values; but own ones know the follows
        that are to be predicted.
        """
        left, right = self._structure
        place = [messages.from_followees(right, root=True), messages.from_fans(left, root=True)]
        return torch.cat([self._content, *place, self._degrees(messages)], dim=1)

    def forward(self, messages: Messages) -> tuple[Tensor, Tensor]:
        """Users as fans and as accounts: their product is the score, each (users, dim + 2)."""
        x = self.inputs(messages)
        layers = list(zip(self.own, self.followees, self.fans, strict=True))
        for number, (own, followees, fans) in enumerate(layers, 1):
            x = F.dropout(x, self._dropout, self.training)
            heard = messages.from_followees(followees(x)) + messages.from_fans(fans(x))
            x = F.normalize(own(x) + heard, dim=1) * self._length
            x = x if number == len(layers) else F.relu(x)
        fan, account = (role(x) for role in self.roles)
        bias = self._degrees(messages) * self.slopes
        one = torch.ones(len(x), 1)
        return torch.cat([fan, bias[:, :1], one], 1), torch.cat([account, one, bias[:, 1:]], 1)

    @staticmethod
    def _degrees(messages: Messages) -> Tensor:
        return torch.log1p(torch.stack([messages.out_degree, messages.in_degree], dim=1))


def sage(
    split: Split, content: Floats, settings: SageSettings, validation: Validation, seed: int
) -> Factors:
    """Learn fans and accounts by a sampled softmax in both directions.

    The follows of a step, and their reverses, are no messages in it. Candidates are drawn uniformly
    among users with a train follow; whom the query is linked to is none.

    Args:
        split: Of which the train follows are read.
        content: What posts say of users, see `described`.
        settings: Of the network and its training.
        validation: Chooses when to stop.
        seed: Of the weights, the batches and the draws.
    """
    random = np.random.default_rng(seed)
    graph = TrainGraph.of(split.train, len(split.user_ids))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Sage(torch.from_numpy(content), graph.factors(STRUCTURE), settings)
        optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
        if not len(graph):
            return _factors(network, graph)
        follows = train_follows(split)
        links = follows, follows.T.tocsr()
        batches = _batches(graph, settings.steps, random)

        def learn() -> None:
            optimiser.zero_grad()
            loss = _loss(network, graph, links, next(batches), random)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()

        return validation.best_moment(settings.steps, learn, lambda: _factors(network, graph))


def best_sage(split: Split, content: Floats, tuning: Tuning) -> Factors:
    """The one whose settings rank validation follows best."""

    def make(settings: Settings) -> tuple[Factors, float]:
        found = sage(split, content, SageSettings(**settings), tuning.validation, tuning.seed)
        return found, tuning.validation.mrr(found)

    return tuning.search(NAME, SPACE, FIRST, make)[1]


def _batches(graph: TrainGraph, steps: int, random: np.random.Generator) -> Iterator[Tensor]:
    """Rows of the follows that are predicted in each step."""
    size = max(1, min(BATCH, int(HIDDEN * len(graph))))
    for _ in range(steps):
        yield torch.from_numpy(random.choice(len(graph), size, replace=False))


def _loss(
    network: Sage,
    graph: TrainGraph,
    links: tuple[csr_array, csr_array],
    rows: Tensor,
    random: np.random.Generator,
) -> Tensor:
    """The mean of both directions: find the followee of each fan, and the fan of each account."""
    fan, account = network(graph.without(rows))
    warm = np.flatnonzero(graph.warm.numpy())
    ends = graph.edges[:, rows]
    losses = []
    for side, (asked, ranked) in enumerate([(fan, account), (account, fan)]):
        drawn = random.choice(warm, min(CANDIDATES, len(warm)), replace=False)
        query, answer = ends[side], ends[1 - side]
        known = _linked(links[side], query.numpy(), drawn)
        table = (asked[query] @ ranked[torch.from_numpy(drawn)].T).masked_fill(known, -torch.inf)
        own = (asked[query] * ranked[answer]).sum(dim=1, keepdim=True)
        losses.append((torch.logsumexp(torch.cat([own, table], dim=1), dim=1) - own[:, 0]).mean())
    mean: Tensor = torch.stack(losses).mean()
    return mean


def _linked(links: csr_array, query: NDArray[np.int64], drawn: NDArray[np.int64]) -> Tensor:
    """Who is no negative of a query: itself, and all that it is linked to, (queries, drawn)."""
    found = links[query][:, drawn].toarray() > 0
    return torch.from_numpy(found | (query[:, None] == drawn))


@torch.no_grad()
def _factors(network: Sage, graph: TrainGraph) -> Factors:
    network.eval()
    fan, account = network(graph.messages())
    network.train()
    return Factors(fan.numpy(), account.numpy(), name=NAME)
