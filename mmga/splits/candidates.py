"""All candidates of the follows that are ranked, drawn once and shared by every method."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.splits.chance import Hashes, hash_pairs
from mmga.splits.hard import draw_hard
from mmga.splits.negatives import Drawn, draw_matched, draw_uniform
from mmga.splits.params import SplitParams

Ints = NDArray[np.int32]


def choose_ranked(test: Ints, left_out: NDArray[np.bool_], hashes: Hashes, limit: int) -> Ints:
    """The test follows that are ranked: the `limit` pairs with the lowest hash.

    Args:
        test: Test follows, shape (edges, 2).
        left_out: Which of them are not ranked, shape (edges,).
        hashes: Of the users, shape (users,).
        limit: How many are ranked at most.

    Returns:
        Rows of `test`, rising, shape (ranked,).
    """
    rows = np.flatnonzero(~left_out)
    # Mixed with itself, so that it is independent of the hash that made the pair a test pair.
    pair = hash_pairs(hashes[test[rows, 0]], hashes[test[rows, 1]])
    order = np.argsort(hash_pairs(pair, ~pair), kind="stable")
    return np.sort(rows[order[:limit]]).astype(np.int32)


def draw_candidates(
    train: Ints, known: Ints, ranked: Ints, words: csr_array, params: SplitParams
) -> dict[str, Drawn]:
    """The negatives of the follows `ranked`, by kind of candidates.

    Args:
        train: Follows to learn popularity and scorers from, shape (edges, 2).
        known: Follows of all parts: nobody's negatives.
        ranked: The follows to find negatives for, shape (ranked, 2).
        words: What users write about, shape (users, terms).
        params: How many, and the seed.
    """
    users, size = words.shape[0], params.negatives
    found: dict[str, dict[str, Ints]] = {"C1": {}, "C2": {}}
    for task, order in (("fans", [1, 0]), ("followees", [0, 1])):
        # For fans, the query is the followee: the columns change places.
        learnt, links, positives = (edges[:, order] for edges in (train, known, ranked))
        found["C1"][task] = draw_uniform(links, positives, users, size, params.seed)
        found["C2"][task] = draw_matched(learnt, links, positives, users, size, params.seed)
        if params.hard:
            found.setdefault("C3", {})[task] = draw_hard(
                learnt, links, positives, users, params.hard, params.seed, words
            )
    return {kind: Drawn(**by_task) for kind, by_task in found.items()}
