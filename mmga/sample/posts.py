"""What is posted when: the plan of every post, before it is drawn and written."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmga.sample.chance import generator, pseudonym
from mmga.sample.people import DAYS, LANGUAGES, NICHES, TOPICS, Floats, Ints, People

OFF_TOPIC = 0.18
"""Share of the posts about something else than the user's topic: noise, of any topic and niche."""

NO_IMAGE = 0.08
"""Share of the posts without a picture."""

NO_CAPTION = 0.08
"""Share of the posts without a caption; never the same as those without a picture."""

CAROUSEL = 0.05
"""Share of the posts with pictures that have two of them, or (a quarter of these) three."""

OTHER_LANGUAGE = 0.15
"""Share of the captions in another language than the user's preferred one."""


@dataclass(frozen=True)
class Posts:
    """The plan of every post; row i of each array is one post. Ordered by user."""

    ids: tuple[str, ...]
    user: Ints
    day: Floats
    """Days since the history's start; not before the user joined."""
    topic: Ints
    """What the post is about: the user's topic unless the post is off topic."""
    niche: Ints
    """Which niche of that topic; only the caption shows it."""
    language: Ints
    """Index into `LANGUAGES`; only the caption shows it."""
    captioned: NDArray[np.bool_]
    pictures: Ints
    """Number of pictures: 0, 1, or a carousel of 2 or 3."""

    def __len__(self) -> int:
        return len(self.ids)


def plan_posts(people: People, seed: int) -> Posts:
    """Draw the plan of every post of every user."""
    user = np.repeat(np.arange(len(people)), people.posts)
    off = generator(seed, "off topic").random(len(user)) < OFF_TOPIC
    missing = generator(seed, "missing").random(len(user))
    joined = people.joined[user]
    return Posts(
        ids=tuple(pseudonym(seed, "post", i, 16) for i in range(len(user))),
        user=user,
        day=joined + generator(seed, "post days").random(len(user)) * (DAYS - joined),
        topic=_topics(people.topic[user], off, seed),
        niche=_niches(people.niche[user], off, seed),
        language=_languages(people.language[user], seed),
        captioned=(missing < NO_IMAGE) | (missing >= NO_IMAGE + NO_CAPTION),
        pictures=np.where(missing < NO_IMAGE, 0, _carousels(len(user), seed)),
    )


def _topics(own: Ints, off: NDArray[np.bool_], seed: int) -> Ints:
    away = generator(seed, "other topic").integers(1, len(TOPICS), size=len(own))
    return np.where(off, (own + away) % len(TOPICS), own)


def _niches(shares: Floats, off: NDArray[np.bool_], seed: int) -> Ints:
    chance = generator(seed, "post niche")
    own = (chance.random((len(shares), 1)) > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
    return np.where(off, chance.integers(NICHES, size=len(shares)), own)


def _languages(own: Ints, seed: int) -> Ints:
    chance = generator(seed, "post language")
    other = chance.integers(len(LANGUAGES), size=len(own))
    return np.where(chance.random(len(own)) < OTHER_LANGUAGE, other, own)


def _carousels(posts: int, seed: int) -> Ints:
    draw = generator(seed, "carousel").random(posts)
    return 1 + (draw < CAROUSEL).astype(np.int64) + (draw < CAROUSEL / 4)
