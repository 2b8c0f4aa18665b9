"""A few people and what they post, the same in each tree; each maker writes it in its own way."""

import base64
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

WORDS = [
    "morgens",
    "Café",
    "naïve",
    "東京",
    "рассвет",
    "☕️",
    "🌊",
    "#beach",
    "#Sommer",
    "مرحبا",
    "road",
]

POSTS_PER_USER = 50

START = 1_577_836_800
"""2020-01-01, in seconds since 1970."""


@dataclass(frozen=True)
class Item:
    """A post."""

    number: int
    owner: str
    owner_id: int
    when: int
    caption: str
    mentions: list[str]
    tags: list[str]
    pictures: int

    @property
    def media_id(self) -> int:
        """As Instagram numbers them: by time."""
        return 1_000_000_000_000_000_000 + self.number * 1_000_003

    @property
    def code(self) -> str:
        """The number as it stands in the post's address."""
        return base64.b64encode(self.media_id.to_bytes(9, "big"), b"-_").decode().lstrip("A")


def users_of(posts: int) -> list[str]:
    """Usernames for a world of so many posts."""
    return [f"user.{n:05d}_x" for n in range(max(3, posts // POSTS_PER_USER))]


def items_of(posts: int, seed: int = 7) -> Iterator[Item]:
    """The posts of a world, user by user, each user's by date."""
    names = users_of(posts)
    chance = random.Random(seed)
    for number in range(posts):
        place = number * len(names) // posts
        others = [chance.choice(names) for _ in range(2)]
        caption = " ".join(chance.choices(WORDS, k=8)) + f" no. {number} with @{others[0].upper()}!"
        yield Item(
            number=number,
            owner=names[place],
            owner_id=100 + place,
            when=START + number * 600,
            caption=caption,
            mentions=[others[0]],
            tags=[others[1]] if number % 3 == 0 else [],
            pictures=2 if number % 10 == 0 else 1,
        )


@lru_cache(maxsize=4096)
def jpeg(number: int) -> bytes:
    """A small picture of sixteen greys, which are the number in base 4; no two are alike."""
    digits = np.array([number // 4**place % 4 for place in range(16)], np.uint8)
    greys = (digits * 60 + 30).reshape(4, 4).repeat(8, axis=0).repeat(8, axis=1)
    stream = io.BytesIO()
    Image.fromarray(greys).save(stream, "JPEG", quality=80)
    return stream.getvalue()


def picture_of(item: Item, place: int, flaws: bool = False) -> bytes:
    """A picture of a post; with flaws one in a hundred is cut off."""
    content = jpeg(item.number * 2 + place)
    return content[:200] if flaws and item.number % 100 == 50 else content


def text_of(item: Item, content: bytes, flaws: bool = False) -> bytes:
    """The JSON of a post; with flaws one in two hundred is cut off."""
    return content[: len(content) // 2] if flaws and item.number % 200 == 150 else content


def follows_of(posts: int) -> Iterator[tuple[str, str, int]]:
    """Follower, followee and since when: each user follows the next three."""
    names = users_of(posts)
    for place, name in enumerate(names):
        for step in range(1, min(4, len(names))):
            yield name, names[(place + step) % len(names)], START + place * 60 + step
