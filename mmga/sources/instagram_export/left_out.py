"""What an export holds that is not read though it may be what somebody looks for, and why."""

import re
from collections.abc import Iterator

from mmga.sources.instagram_export.connections import FOLLOWERS, FOLLOWING
from mmga.sources.instagram_export.exports import PARTS, PUBLISHED, Export, owner_called
from mmga.sources.instagram_export.owner import PERSONAL
from mmga.sources.instagram_export.posts import OTHERS, POSTS
from mmga.sources.members.archive import LINK
from mmga.sources.source import Unusable

ELSEWHERE = re.compile(r"(?:.*/)?(?P<where>threads|subscriptions)/[^/]+")
"""What is called like a list of follows or posts, but is of Threads, or of what is paid for."""

OLDEST = re.compile(r"(?:[^/]+/)?(connections|media|profile)\.json")
"""The lists of an export of 2018 to 2020."""

NOBODYS = "the export does not say whose it is: name the person with --owner"
PACKED = "the file is an archive in an export, which is not looked into: unpack it"
SEVERAL = "the export is of several people, or of several names of one: unpack it, each by itself"
OLD = "the file is of the oldest format, which is not read: ask Instagram for a new export"


def is_of_several(export: Export) -> bool:
    """Whether exports of several people lie in one, by the names of the folders in it.

    Raises:
        InputError: If it is a damaged archive.
    """
    tops = {name.partition("/")[0] for name in export.members if "/" in name}
    owners = {owner_called(top) for top in tops} - {None}
    return len(owners) + bool(owners and tops & PARTS) > 1


def why_nobodys(export: Export) -> str:
    """Why an export does not say whose it is."""
    if export.fault:
        return f"the archive {export.fault}"
    if export.packed:
        return PACKED
    return OLD if any(map(OLDEST.fullmatch, export.members)) else NOBODYS


def left_out(export: Export, name: str) -> Iterator[Unusable]:
    """Why a file that is no list of Instagram in JSON is not read, if anybody may ask."""
    where = f"{export.label}: {name}"
    old = OLDEST.fullmatch(name)
    if ELSEWHERE.fullmatch(name):
        if table_of(name) == "follows":
            yield Unusable(where, "follows", "", "the file is of Threads, not of Instagram")
    elif name.endswith(".html") and (table := table_of(f"{name[:-5]}.json")):
        yield Unusable(where, table, "", "the file is HTML: ask Instagram for JSON")
    elif OTHERS.fullmatch(name):
        yield Unusable(where, "posts", "", "the file holds what is no post, or is one no more")
    elif old:
        tables = {"connections": "follows", "media": "posts", "profile": "users"}
        yield Unusable(where, tables[old[1]], "", OLD)
    elif name in export.packed:
        yield Unusable(where, "users", "", PACKED)
    elif export.members[name].problem == LINK:
        yield Unusable(where, "posts", "", "the file is a link, which is not followed")


def of_the_whole(export: Export) -> Iterator[Unusable]:
    """What of an archive is not even listed, and files that bear the name of another."""
    if export.fault:
        yield Unusable(export.label, "users", "", f"the archive {export.fault}")
    for name in export.repeated:
        table = table_of(name) or ("images" if PUBLISHED.fullmatch(name) else "posts")
        where = f"{export.label}: {name}"
        yield Unusable(where, table, "", "the file has a name that another file has")


def table_of(name: str) -> str | None:
    """Of what table a file is a list, by its name."""
    if FOLLOWERS.fullmatch(name) or FOLLOWING.fullmatch(name):
        return "follows"
    if POSTS.fullmatch(name):
        return "posts"
    return "users" if PERSONAL.fullmatch(name) else None
