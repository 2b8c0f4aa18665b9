"""Who mentions or tags whom in posts: edges of kinds of their own, never called follows."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from mmga.sources.source import Edge

MOST = 100_000
"""Edges held at once; then they are handed over, and a pair may come again."""


class Ties:
    """Gathers the ties of a unit: a pair is one edge of a kind, as old as the first post of it.

    Whether the other is a user of the data set is for the loader to say, which also knows the users
    of earlier deliveries.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, str], tuple[datetime | None, str]] = {}

    def add(
        self, user: str, others: Iterable[str], kind: str, when: datetime | None, where: str
    ) -> Iterator[Edge]:
        """Take up the ties of a post; nobody is tied to itself. Yields edges where many are held.

        Args:
            user: Whose post it is.
            others: Whom it mentions or tags.
            kind: `mention` or `tag`.
            when: The date of the post.
            where: The file that says so.
        """
        for other in others:
            if other == user:
                continue
            before = self._first.get((user, other, kind))
            if before is None or (when is not None and (before[0] is None or when < before[0])):
                self._first[user, other, kind] = when, where
        if len(self._first) >= MOST:
            yield from self.edges()

    def edges(self) -> Iterator[Edge]:
        """Hand over what was gathered."""
        for (user, other, kind), (when, where) in self._first.items():
            yield Edge(where, user, other, when, kind)
        self._first.clear()
