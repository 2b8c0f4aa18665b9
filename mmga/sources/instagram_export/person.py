"""What the exports of one person hold, as records."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mmga.sources.instagram_export.connections import FOLLOWERS, follow
from mmga.sources.instagram_export.exports import PUBLISHED, Export
from mmga.sources.instagram_export.left_out import (
    ELSEWHERE,
    left_out,
    of_the_whole,
    table_of,
)
from mmga.sources.instagram_export.owner import Owner, labels_in
from mmga.sources.instagram_export.posts import POSTS, Found, Posts, top_of
from mmga.sources.jsons import UnreadableError, items
from mmga.sources.members.archive import problem_of
from mmga.sources.names import mentioned
from mmga.sources.source import Picture, Post, Record, Unusable, User
from mmga.sources.ties import Ties

MAX_LIST = 2**30
"""Bytes of a file that is a list; it is read an entry at a time."""

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif")
"""In what form a post's pictures may come; videos and what goes with them lie beside."""


@dataclass(frozen=True)
class Person:
    """A person and the exports there are: the parts of one, or of several times."""

    owner: Owner
    labels: Sequence[str]
    export: Callable[[str], Export]
    """Label -> export."""

    def records(self) -> Iterator[Record]:
        """All that they hold."""
        yield User(self.owner.where, self.owner.name, None, self.owner.bio)
        ties, posts, read, shown = Ties(), Posts(self.owner.name), set[str](), set[str]()
        for label in self.labels:
            members = self.export(label).members
            lists = {name.rpartition("/")[2] for name in members if _is_posts(name)}
            if lists & read:  # a later export, which holds the same posts again
                posts, read = Posts(self.owner.name), set()
            read |= lists
            yield from of_the_whole(self.export(label))
            for name in members:
                table = None if ELSEWHERE.fullmatch(name) else table_of(name)
                if table == "follows":
                    yield from self._follows(label, name)
                elif table == "posts":
                    for record in self._posts(label, name, posts, ties):
                        if isinstance(record, Picture):
                            shown.add(_published(record.place.partition("//")[2]))
                        yield record
                elif table == "users":
                    yield from self._about(label, name)
                else:
                    yield from left_out(self.export(label), name)
        yield from ties.edges()
        yield from self._unnamed({"", *shown})

    def _unnamed(self, shown: Collection[str]) -> Iterator[Record]:
        """Pictures of posts that no post names, perhaps as it is in a shape that is not known."""
        for label in self.labels:
            for name in self.export(label).members:
                if name.lower().endswith(PICTURES) and _published(name) not in shown:
                    where = f"{label}: {name}"
                    yield Unusable(where, "images", name, "no post names the picture")

    def _about(self, label: str, name: str) -> Iterator[Record]:
        """Nothing, unless the file cannot be read: what it says has its owner already."""
        try:
            labels_in(self.export(label), name)
        except UnreadableError as reason:
            yield Unusable(f"{label}: {name}", "users", "", f"the file {reason}")

    def _follows(self, label: str, name: str) -> Iterator[Record]:
        of_owner = FOLLOWERS.fullmatch(name) is not None
        for where, entry in self._entries(label, name, "follows"):
            if isinstance(entry, Unusable):
                yield entry
            else:
                yield from follow(entry, self.owner.name, of_owner=of_owner, where=where)

    def _posts(self, label: str, name: str, posts: Posts, ties: Ties) -> Iterator[Record]:
        for where, entry in self._entries(label, name, "posts"):
            found = entry if isinstance(entry, Unusable) else posts.read(entry)
            if isinstance(found, Unusable):
                yield found
            elif found is None:
                yield Unusable(where, "posts", "", "the entry has neither a date nor a picture")
            else:
                yield Post(where, found.post_id, self.owner.name, found.when, found.caption)
                yield from self._pictures(found, top_of(name), where)
                others = mentioned(found.caption)
                yield from ties.add(self.owner.name, others, "mention", found.when, where)

    def _entries(self, label: str, name: str, table: str) -> Iterator[tuple[str, Any]]:
        """The entries of a list and their places; what cannot be read comes as `Unusable`."""
        file = f"{label}: {name}"
        try:
            with self.export(label).open(name, MAX_LIST) as stream:
                for number, entry in enumerate(items(stream), 1):
                    yield f"{file}, entry {number}", entry
        except UnreadableError as reason:
            yield file, Unusable(file, table, "", f"the file {reason}")

    def _pictures(self, post: Found, top: str, where: str) -> Iterator[Record]:
        for position, uri in enumerate(post.pictures):
            place = self._place(uri, top)
            if place is not None:
                yield Picture(where, post.post_id, place, position)
                continue
            outside = problem_of(uri) is not None
            reason = "lies outside the export" if outside else "is not in the export"
            yield Unusable(where, "images", uri, f"the picture {reason}")

    def _place(self, uri: str, top: str) -> str | None:
        if problem_of(uri):
            return None
        for label in self.labels:
            found = self.export(label).find(top + uri) or self.export(label).find(uri)
            if found is not None:
                return f"{label}//{found}"
        return None


def _published(name: str) -> str:
    """What a picture of posts is called in any export of the person; nothing if it is none."""
    found = PUBLISHED.fullmatch(name)
    return found["file"] if found else ""


def _is_posts(name: str) -> bool:
    return bool(POSTS.fullmatch(name)) and not ELSEWHERE.fullmatch(name)
