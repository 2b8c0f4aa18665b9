"""The strongest singular vectors of a sparse matrix, the same in every run, and what they tell."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags_array
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


def ridge_regression(ties: Any, rank: int, seed: int = 0) -> tuple[Doubles, Doubles]:
    """What a ridge regression of all ties on all others tells of each, at a low rank.

    A linear autoencoder (EASE, Steck 2019, Eq. 8) of H = D^-1/4 T D^-1/4, where T counts the ties
    of two users in any direction, so that one whom everybody knows says less. With H = U S V' its
    off-diagonal part is, but for a factor a column, -U S / (S^2 + penalty) V'; where H is 0 that
    is, but for the constant 1 / penalty, U S^3 / (S^2 + penalty) V', of which small singular values
    are no part: so there is no inverse of (users, users). The penalty is the mean root of a degree,
    of the order of S^2.

    Args:
        ties: T, sparse and symmetric, shape (users, users).
        rank: Of H.
        seed: Where the iteration begins.

    Returns:
        Users as followers and as followees, each (users, rank): their product is the entry. Fewer
        columns of both are those of a lower rank.
    """
    ties = ties.astype(np.float64)
    degree = np.asarray(ties.sum(axis=1)).ravel()
    discount = diags_array(np.where(degree > 0, np.maximum(degree, 1) ** -0.25, 0))
    u, values, v = truncated_svd((discount @ ties @ discount).tocsr(), rank, seed)
    penalty = np.sqrt(degree[degree > 0]).mean() if degree.any() else 1.0
    return u * (values**3 / (values**2 + penalty)), v
