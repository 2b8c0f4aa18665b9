"""The strongest singular vectors of a sparse matrix, the same in every run."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

NOTHING = 1e-6
"""Share of the largest singular value below which one is rounding, its vectors anybody's."""

Doubles = NDArray[np.float64]


def truncated_svd(matrix: Any, rank: int, seed: int = 0) -> tuple[Doubles, Doubles, Doubles]:
    """The truncated singular value decomposition of a square sparse matrix.

    `scipy.sparse.linalg.svds` is not used because it draws from an unseeded generator where a
    matrix has a lower rank than is asked for, as that of a small or sparse graph has.

    Args:
        matrix: Shape (n, n), n at least 3; sparse.
        rank: How many singular values; those beyond n - 2, or beyond the matrix's own rank, are 0.
        seed: Where the iteration begins.

    Returns:
        U (n, rank), the values (rank,), the largest first, and V (n, rank): the matrix is about
        U diag(values) V^T. The columns of values that are 0 are 0. The largest entry of each
        column of U is above 0.
    """
    size = matrix.shape[0]
    u, v = np.zeros((2, size, rank))
    values = np.zeros(rank)
    if not matrix.count_nonzero():
        return u, values, v
    possible = min(rank, size - 2)
    chance = np.random.default_rng(seed)
    transpose = matrix.T.tocsr()
    gram = LinearOperator((size, size), lambda x: transpose @ (matrix @ x), dtype=np.float64)
    start = chance.standard_normal(size)
    _, vectors = eigsh(gram, k=possible, v0=start, rng=chance)
    basis, _ = np.linalg.qr(vectors)
    left, found, right = np.linalg.svd(matrix @ basis, full_matrices=False)
    kept = int(np.count_nonzero(found > NOTHING * found[0]))
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(possible)])
    u[:, :kept] = (left * signs)[:, :kept]
    v[:, :kept] = (basis @ right.T * signs)[:, :kept]
    values[:kept] = found[:kept]
    return u, values, v
