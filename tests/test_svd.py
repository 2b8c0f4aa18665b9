"""The truncated SVD: as the dense one has it, and the same again where the rank is lower."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from mmga.svd import truncated_svd


def matrix(density: float, users: int = 60) -> csr_array:
    """Ones and zeros at random."""
    return csr_array((np.random.default_rng(0).random((users, users)) < density).astype(float))


def test_the_values_are_the_largest_of_the_dense_decomposition() -> None:
    given = matrix(0.2)
    u, values, v = truncated_svd(given, 10)
    left, expected, right = np.linalg.svd(given.toarray())
    assert values == pytest.approx(expected[:10])
    best = left[:, :10] * expected[:10] @ right[:10]
    assert u * values @ v.T == pytest.approx(best, abs=1e-8)
    assert u.T @ u == pytest.approx(np.eye(10), abs=1e-8)


def test_a_lower_rank_than_is_asked_for_leaves_zeros_and_rebuilds_the_matrix() -> None:
    star = np.zeros((40, 40))
    star[1:, 0] = star[5:30, 1] = 1
    u, values, v = truncated_svd(csr_array(star), 39)
    assert np.count_nonzero(values) == 2
    assert not u[:, 2:].any()
    assert not v[:, 2:].any()
    assert u * values @ v.T == pytest.approx(star, abs=1e-8)


def test_it_is_the_same_again_whatever_was_drawn_before() -> None:
    given = matrix(0.01)
    first = truncated_svd(given, 50)
    np.random.default_rng().random(7)
    for one, other in zip(first, truncated_svd(given, 50), strict=True):
        assert (one == other).all()


def test_a_matrix_of_zeros_has_no_singular_vectors() -> None:
    u, values, v = truncated_svd(csr_array((9, 9)), 4)
    assert not u.any()
    assert not values.any()
    assert not v.any()
