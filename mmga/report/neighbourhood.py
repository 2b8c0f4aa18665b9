"""The users as points of a plane, near each other where their representations are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.fans import FanModel
from mmga.report.params import ReportParams
from mmga.splits.split import Split

COMPONENTS = 30
"""Principal components that the map is made of."""

ITERATIONS = 500
"""Of t-SNE; the map of 1,500 users looks the same after twice as many."""


@dataclass(frozen=True)
class Neighbourhood:
    """A map of users, one of them with its nearest."""

    users: NDArray[np.int64]
    """Who is on the map, as user numbers, shape (points,)."""
    places: NDArray[np.float64]
    """Where, shape (points, 2); the axes mean nothing."""
    centre: int
    """The account with the most fans in training."""
    nearest: list[int]
    """Its nearest users by cosine in the whole representation, nearest first."""
    likeness: list[float]
    """The cosine of each."""


def neighbourhood(model: FanModel, split: Split, params: ReportParams) -> Neighbourhood | None:
    """Draw the map; None where all users have one representation or there are too few to draw.

    At most `params.points` users are drawn, by chance, besides the centre and its nearest.
    Principal components, then t-SNE (van der Maaten and Hinton 2008): the same input gives the same
    places.
    """
    fans = np.bincount(split.train[:, 1], minlength=len(split.user_ids))
    centre = int(fans.argmax())
    near = model.lookalike(model.user_ids[centre], params.neighbours)
    nearest = [model.number_of(user) for user in near["user_id"]]
    drawn = np.random.default_rng(params.seed).permutation(len(fans))[: params.points]
    users = np.union1d(drawn, [centre, *nearest])
    vectors = model.vectors[users].astype(np.float64)
    if len(users) < 10 or np.ptp(vectors, axis=0).max() < 1e-9:
        return None
    places = _places(vectors, params.seed)
    return Neighbourhood(users, places, centre, nearest, near["score"].round(4).tolist())


def _places(vectors: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # The last digits of the components depend on the number of threads; and t-SNE's, on a busy
    # machine, wait for each other a hundred times as long as one takes.
    with threadpool_limits(limits=1):
        few = min(COMPONENTS, *vectors.shape)
        components = PCA(few, svd_solver="full").fit_transform(vectors)
        perplexity = min(30.0, (len(vectors) - 1) / 3)
        tsne = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1,
                    max_iter=ITERATIONS)  # fmt: skip
        places: NDArray[np.float64] = tsne.fit_transform(components).astype(np.float64)
    return places
