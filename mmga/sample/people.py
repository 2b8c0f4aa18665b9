"""Who the users of the sample world are: what each of them is like before anyone follows anyone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.sample.chance import generator, pseudonym

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOPICS = (
    "beauty", "family", "fashion", "fitness", "food", "interior", "pet", "travel", "other",
)  # fmt: skip
"""What an account is about; the topics of the paper's data set."""

TOPIC_SHARES = (0.10, 0.10, 0.14, 0.10, 0.13, 0.09, 0.08, 0.12, 0.14)
"""Share of the users of each topic."""

NICHES = 5
"""Niches of each topic."""

STYLE_AXES = 4
"""Tint, tone, colourfulness and edge: see `mmga.sample.looks`."""

LANGUAGES = ("en", "es", "pt", "de", "fr", "ja")
"""Languages of the captions. They are nuisance: nobody is followed for one."""

LANGUAGE_SHARES = (0.42, 0.17, 0.13, 0.11, 0.09, 0.08)
"""Share of the users who prefer each language."""

START = pd.Timestamp("2024-01-01", tz="UTC")
"""Day 0 of the world's history."""

DAYS = 730.0
"""Length of the world's history in days."""

END = START + pd.Timedelta(days=DAYS)
"""When the world is looked at: nothing in it is later."""

COMMUNITY_SIZE = 45
"""Users of a community (a place, a circle of acquaintances), on average."""

FOLLOWS_PER_USER = 8.0
"""Accounts that a user follows at the end, on average, in a world of 90 users or more."""

NICHE_CONCENTRATION = 0.25
"""Dirichlet parameter of a user's niches: below 1, most users have one main niche."""


@dataclass(frozen=True)
class People:
    """The latent traits of every user; row i of each array is user i. Independent of one another.

    The graph shows `community`, pictures show `style`, captions show `niche`, all show `topic`.
    """

    ids: tuple[str, ...]
    topic: Ints
    """Index into `TOPICS`, shape (users,)."""
    style: Floats
    """Visual style, shape (users, STYLE_AXES); rows of length 1, uniform on the sphere."""
    niche: Floats
    """Share of each niche of the own topic, shape (users, NICHES); rows sum to 1."""
    community: Ints
    """Number of the community, shape (users,)."""
    popularity: Floats
    """Log appeal to anyone, shape (users,); standard normal."""
    language: Ints
    """Index of the preferred language in `LANGUAGES`, shape (users,)."""
    joined: Floats
    """Day of joining, shape (users,); 0 for those who were there when the history starts."""
    follows: Ints
    """Accounts that the user follows in the end, shape (users,); at least 1, heavy-tailed."""
    posts: Ints
    """Posts of the user, shape (users,); at least 1, heavy-tailed."""

    def __len__(self) -> int:
        return len(self.ids)


def make_people(users: int, posts_per_user: int, seed: int) -> People:
    """Draw the users of a world.

    Args:
        users: How many.
        posts_per_user: Mean number of posts; the total is exactly `users * posts_per_user`.
        seed: Of everything that is drawn.
    """
    style = generator(seed, "style").normal(size=(users, STYLE_AXES))
    popularity = generator(seed, "popularity").normal(size=users)
    return People(
        ids=tuple(pseudonym(seed, "user", i) for i in range(users)),
        topic=_labels(seed, "topic", users, TOPIC_SHARES),
        style=style / np.sqrt((style**2).sum(axis=1, keepdims=True)),
        niche=generator(seed, "niche").dirichlet([NICHE_CONCENTRATION] * NICHES, users),
        community=_communities(users, seed),
        popularity=popularity,
        language=_labels(seed, "language", users, LANGUAGE_SHARES),
        joined=_joined(users, seed),
        follows=_follows(users, seed),
        posts=_posts(users, posts_per_user, popularity, seed),
    )


def _labels(seed: int, purpose: str, users: int, shares: tuple[float, ...]) -> Ints:
    return generator(seed, purpose).choice(len(shares), size=users, p=shares)


def _communities(users: int, seed: int) -> Ints:
    chance = generator(seed, "community")
    communities = max(3, round(users / COMMUNITY_SIZE))
    sizes = chance.lognormal(sigma=0.5, size=communities)
    return chance.choice(communities, size=users, p=sizes / sizes.sum())


def _joined(users: int, seed: int) -> Floats:
    """A third was there from the start, the others join until three quarters of the history."""
    day = generator(seed, "joined").uniform(-0.375, 0.75, size=users) * DAYS
    return np.maximum(day, 0.0)


def _follows(users: int, seed: int) -> Ints:
    mean = min(FOLLOWS_PER_USER, users / 6)
    eager = generator(seed, "follows").lognormal(-0.5 * 0.7**2, 0.7, size=users)
    return np.clip(np.rint(mean * eager), 1, users // 4).astype(np.int64)


def _posts(users: int, posts_per_user: int, popularity: Floats, seed: int) -> Ints:
    """One post each, the others shared out by activity, which grows a little with popularity."""
    chance = generator(seed, "activity")
    activity = np.exp(0.8 * chance.normal(size=users) + 0.2 * popularity)
    return 1 + chance.multinomial(users * (posts_per_user - 1), activity / activity.sum())
