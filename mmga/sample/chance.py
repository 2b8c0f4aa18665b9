"""Where chance comes from: one generator for each purpose, so that nothing depends on the order."""

import hashlib
from zlib import crc32

import numpy as np


def generator(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """The generator for one purpose (and one user or post), whatever else has been drawn before.

    >>> generator(7, "style").random() == generator(7, "style").random()
    True
    >>> generator(7, "style").random() == generator(7, "niche").random()
    False
    """
    return np.random.default_rng([seed, crc32(purpose.encode()), number])


def pseudonym(seed: int, kind: str, number: int, length: int = 12) -> str:
    """An id that looks like a pseudonymised one and whose order tells nothing.

    >>> pseudonym(7, "user", 0)
    'f37b1ad31d3d'
    """
    return hashlib.sha256(f"{seed}/{kind}/{number}".encode()).hexdigest()[:length]
