"""One folder of Instaloader as records: a profile, posts, pictures, mentions and tags."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmga.sources import media
from mmga.sources.folders import HIDDEN
from mmga.sources.instaloader.files import (
    JSON,
    PICTURES,
    FolderFiles,
    PostFiles,
    is_hidden,
    is_profile,
    names_in,
    sorted_out,
    stretches,
)
from mmga.sources.instaloader.nodes import read_node
from mmga.sources.instaloader.people import People
from mmga.sources.jsons import UnreadableError, at, identifier, words
from mmga.sources.members.folder import open_below
from mmga.sources.names import mentioned, username
from mmga.sources.source import Picture, Post, Record, Unusable, User
from mmga.sources.ties import Ties

MAX_TEXT = 2**20
"""Bytes of a caption's file."""

RENAMED = "the name is an earlier one of another user here"


@dataclass(frozen=True)
class Folder:
    """A folder below a root, which is resolved already."""

    root: Path
    name: str
    people: People
    edges: Path | None = None
    """The file of follows, resolved: it may lie here, and is read by itself."""

    @property
    def user(self) -> str | None:
        """Whose profile it is, if anybody's: a hashtag's folder is nobody's.

        Nor is one in that of a profile: it is called after highlights.
        """
        above = self.name.rpartition("/")[0] or "."
        if above in self.people.folders and self.name not in {".", *self.people.folders}:
            return None
        name = username((self.root / self.name).name)
        return name and self.people.name(name)

    def records(self) -> Iterator[Record]:
        """All that is in it."""
        here = self.root / self.name
        ties = Ties()
        yield from self._owner()
        for names in stretches([name for name in names_in(here) if here / name != self.edges]):
            files = sorted_out(names)
            for post in files.posts:
                yield from self._read(post, ties)
            yield from self._rest(files)
        yield from ties.edges()

    def _owner(self) -> Iterator[Record]:
        """Users of whom there is but a file `id`, and what the folder was called before."""
        for name in self.people.bare.get(self.name, []):
            yield User(self._place("id"), name)
        called = username((self.root / self.name).name)
        if called in self.people.earlier:
            yield Unusable(self.name, "users", called, RENAMED)

    def _read(self, post: PostFiles, ties: Ties) -> Iterator[Record]:
        first = post.first
        where = self._place(first)
        try:
            node = read_node(self.root, where) if post.json else None
            if node is None or node.kind == "post":
                yield from self._post(where, post, node.content if node else {}, ties)
            elif node.kind == "profile":
                yield from self._profile(where, first, node.content)
            elif node.kind == "story":
                yield Unusable(where, "posts", post.base, "the record is a story, not a post")
            if node and node.kind != "post":
                for name in post.pictures.values():
                    yield self._unusable("images", name, "the picture belongs to no post")
        except UnreadableError as reason:
            table = "users" if is_profile(first) else "posts"
            yield Unusable(where, table, post.base, f"the file {reason}")
            for name in post.pictures.values():
                yield self._unusable("images", name, "the file of its post is unusable")

    def _post(
        self, where: str, files: PostFiles, node: dict[str, Any], ties: Ties
    ) -> Iterator[Record]:
        owner = self.people.owner(node, self.user)
        lasting = self.people.numbers.get(owner, owner)  # the name may change
        post_id = media.shortcode(node) if node else f"{lasting}_{files.base}"
        if post_id is None:
            raise UnreadableError("has no shortcode")
        caption = media.caption(node)
        if caption is None and files.text is not None:
            try:
                caption = self._text(files.text)
            except UnreadableError as reason:
                yield self._unusable("posts", files.text, f"the file of the caption {reason}")
        when = media.taken_at(node) or files.when
        yield Post(where, post_id, owner, when, caption)
        for position, name in sorted(files.pictures.items()):
            yield Picture(self._place(name), post_id, self._place(name), position)
        for kind, others in (("mention", mentioned(caption)), ("tag", media.tagged(node))):
            yield from ties.add(owner, map(self.people.name, others), kind, when, where)

    def _text(self, name: str) -> str | None:
        with open_below(self.root, self._place(name), MAX_TEXT) as stream:
            return words(stream.read().decode("utf-8-sig", errors="replace").rstrip("\r\n"))

    def _profile(self, where: str, file: str, node: dict[str, Any]) -> Iterator[Record]:
        name, number = username(at(node, "username")), number_of(node)
        if name is None:
            raise UnreadableError("has no username")
        taken, used = self.people.profiles.get(number or ""), self.people.current.get(number or "")
        if number in self.people.nameless:
            yield Unusable(where, "users", name, "the name is now that of another user")
        elif taken and (taken.folder, taken.file) != (self.name, file):
            reason = (
                RENAMED if used and used.name != name else "a newer profile of the user is here"
            )
            yield Unusable(where, "users", name, reason)
        else:
            topic = words(at(node, "business_category_name")) or words(at(node, "category_name"))
            user = used.name if used else self.people.name(name)
            yield User(where, user, topic, words(at(node, "biography")))

    def _rest(self, files: FolderFiles) -> Iterator[Record]:
        for name in files.twice:
            if name.lower().endswith(JSON):
                table, what = ("users", "profile") if is_profile(name) else ("posts", "post")
                yield self._unusable(table, name, f"the {what} is here in another file")
            else:
                yield self._unusable("images", name, "the picture is here in another format")
        for name in files.others:
            table = "images" if name.lower().endswith(PICTURES) else "posts"
            reason = HIDDEN if is_hidden(name) else "the file is none that Instaloader writes"
            yield self._unusable(table, name, reason)

    def _unusable(self, table: str, name: str, reason: str) -> Unusable:
        return Unusable(self._place(name), table, name, reason)

    def _place(self, name: str) -> str:
        return name if self.name == "." else f"{self.name}/{name}"


def number_of(node: dict[str, Any]) -> str | None:
    """The numeric id in the JSON of a profile."""
    return identifier(at(node, "id")) or identifier(at(node, "pk"))
