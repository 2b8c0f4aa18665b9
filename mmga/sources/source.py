"""What an importer hands over, whatever the raw format: records, and pictures by their place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class User:
    """A record of `users`; of several of the same user the first is kept."""

    where: str
    """The file, and the place in it, that it was read from: for the list of what was dropped."""
    user_id: str
    topic: str | None = None
    bio: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A record of `posts`."""

    where: str
    post_id: str
    user_id: str
    created_at: datetime | None = None
    """With a time zone."""
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A record of `images`; its bytes are read later, and only if its post is accepted."""

    where: str
    post_id: str
    place: str
    """What `Source.picture` finds it by."""
    position: int | None = None
    """From 0 in its post; None: its number among the pictures that the delivery has of the post."""
    image_id: str | None = None
    """None: made of the post's id and the position."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A record of `follows`."""

    where: str
    follower_id: str
    followee_id: str
    followed_at: datetime | None = None
    """With a time zone."""
    kind: str = "follow"


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record, or a value of one, that cannot be used, so that it is listed and not lost."""

    where: str
    table: str
    """Or `posts.created_at`: only this value of the record is left out."""
    record: str
    """What it is known by, if anything."""
    reason: str
    """Without anybody's id or name: it is shown as it is, also where ids are pseudonymised."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Many records of one table at once: what millions of them come in."""

    table: str
    """users, posts, images, follows, or unusable."""
    columns: pa.Table
    """Named as the fields of the class above; one that is absent is null. A kind that is null is
    `follow`."""


Record = User | Post | Picture | Edge | Unusable | Batch


@dataclass(frozen=True)
class Unit:
    """Some of a source's records: what an interrupted import has read or has not."""

    name: str
    """Unique within the source and the same in each run."""
    records: Callable[[], Iterator[Record]]
    """Reads them, with flat memory, the same ones in each run."""


NO_NUMBERS: Mapping[str, str] = MappingProxyType({})
"""Of a source that sees no numbers of users, or too late."""


class Source(Protocol):
    """A delivery in some raw format."""

    importer: str
    """As in `mmga import IMPORTER`."""
    private_places: bool
    """Whether a record's `where` may name people, as file names made of handles do."""

    numbers: Mapping[str, str]
    """Name -> what the platform knows the user by under whatever name; known after `units`.

    Of several names of a user the one in use, which is the user_id, comes first.
    """

    def fingerprint(self) -> str:
        """Says which delivery this is: another one when an option or a file has changed."""
        ...

    def units(self) -> Sequence[Unit]:
        """All that there is, in an order that is the same in each run.

        Raises:
            InputError: If the source is not what it should be.
        """
        ...

    def picture(self, place: str) -> bytes:
        """The bytes of a picture; may be called by several threads at once.

        Places come nearly in the order in which the records came.

        Raises:
            PictureError: If they cannot be read, or must not be.
        """
        ...
