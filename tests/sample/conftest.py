"""One small world for all the tests that only look at it."""

import pytest

from mmga.sample.world import World, make_world


@pytest.fixture(scope="session")
def world() -> World:
    """400 users with 3 posts each, on average."""
    return make_world(400, 3, seed=3)
