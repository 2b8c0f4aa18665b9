"""A post of the data set: its JSON, its pictures, and whom it mentions and tags."""

from collections.abc import Iterator, Sequence

from mmga.sources import media
from mmga.sources.influencers.mapping import Row
from mmga.sources.jsons import MAX_BYTES, UnreadableError, parsed
from mmga.sources.members.catalogue import Catalogue
from mmga.sources.names import mentioned
from mmga.sources.source import Picture, Post, Record, Unusable
from mmga.sources.ties import Ties

INFO = (".info",)
PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def post_records(
    files: Catalogue, row: Row, positions: Sequence[int], where: str, ties: Ties
) -> Iterator[Record]:
    """The post of a row of the mapping, and its pictures, which have these positions in it."""
    try:
        key = _found(files, row, row.json)
        if key is None:
            raise UnreadableError("is missing")
        node = parsed(files.read(key, MAX_BYTES))
        if not isinstance(node, dict):
            raise UnreadableError("is no post")
    except UnreadableError as reason:
        yield Unusable(where, "posts", row.post_id, f"the info file {reason}")
        for name in row.pictures:
            yield Unusable(where, "images", name, "the info file of its post is unusable")
        return
    caption, when = media.caption(node), media.taken_at(node)
    yield Post(where, row.post_id, row.user, when, caption)
    for position, name in zip(positions, row.pictures, strict=True):
        key = _found(files, row, name)
        if key is None:
            yield Unusable(where, "images", name, "the picture is missing")
        else:
            yield Picture(where, row.post_id, key, position)
    for kind, others in (("mention", mentioned(caption)), ("tag", media.tagged(node))):
        yield from ties.add(row.user, others, kind, when, where)


def _found(files: Catalogue, row: Row, name: str) -> str | None:
    return next((key for key in row.keys(name) if key in files), None)
