"""Chance that depends on a name alone: the same for a user whatever else the data set holds."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def hash_names(names: Sequence[str], seed: int) -> Hashes:
    """A 64-bit hash of each name, keyed by `seed`, shape (names,)."""
    key = str(seed).encode()
    digests = b"".join(
        hashlib.blake2b(name.encode(), digest_size=8, key=key).digest() for name in names
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def hash_pairs(a: Hashes, b: Hashes) -> Hashes:
    """A hash of each unordered pair, shape (pairs,): `a` and `b` may change places."""
    return _mixed(_mixed(np.minimum(a, b)) ^ np.maximum(a, b))


def as_share(hashes: Hashes) -> NDArray[np.float64]:
    """The hashes spread evenly over [0, 1)."""
    return (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(x: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele et al. 2014): every bit of `x` moves every bit."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
