"""Where the exports are: folders or zip files, one of them or many, and the files in each."""

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from mmga.sources.folders import joined
from mmga.sources.jsons import UnreadableError
from mmga.sources.members import is_archive, opened
from mmga.sources.members.archive import Archive, Member
from mmga.sources.members.folder import files_below, open_below
from mmga.sources.names import username

PARTS = {
    "connections",
    "followers_and_following",
    "personal_information",
    "account_information",
    "your_instagram_activity",
}
"""What stands at the top of an export; one of them makes a folder one."""

CALLED = re.compile(
    r"(?:instagram-)(?P<new>[\w.]+?)-\d{4}-\d\d-\d\d(?:-.*)?"
    r"|(?P<old>[\w.]+?)_\d{8}(?:_part_\d+)?",
)
"""How Instagram calls an export, and called it once."""

PUBLISHED = re.compile(
    r"(?:[^/]+/)?(?:your_instagram_activity/)?media/(?:posts|reels|igtv|igtv_videos|other)/.+"
)
"""Where the pictures of posts lie; among messages and stories none is looked for by its end."""


class Export:
    """The files of one export."""

    def __init__(self, root: Path, label: str) -> None:
        """Name it; nothing is read yet.

        Args:
            root: Resolved already.
            label: Where it is, relative to the root; `.` is the root itself.
        """
        self.label = label
        self._path = root / label
        self._is_archive = self._path.is_file()

    @cached_property
    def _archive(self) -> Archive:
        return opened(self._path)

    @cached_property
    def members(self) -> dict[str, Member]:
        """The files, by their names, in order.

        Raises:
            InputError: If it is a damaged archive.
        """
        if not self._is_archive:
            return {name: Member(name) for name in files_below(self._path)}
        found = sorted(self._archive.members(), key=lambda member: member.name)
        return {member.name: member for member in found}

    @cached_property
    def _by_last_part(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.members:
            found.setdefault(name.rpartition("/")[2], []).append(name)
        return found

    def find(self, name: str) -> str | None:
        """A file by its name; a picture of posts also by the end of its name.

        By the last part alone where only one picture is called so, as its folder may be a month's.
        """
        if name in self.members:
            return name
        called = self._by_last_part.get(name.rpartition("/")[2], [])
        called = [full for full in called if PUBLISHED.fullmatch(full)]
        ends = [full for full in called if full.endswith(f"/{name}")] or called
        return ends[0] if len(ends) == 1 else None

    def open(self, name: str, limit: int) -> BinaryIO:
        """A file of it.

        Raises:
            UnreadableError: If it must not be read, is damaged, or is larger than `limit` bytes.
            InputError: If it is a damaged archive.
        """
        if not self._is_archive:
            return open_below(self._path, name, limit)
        if name not in self.members:
            raise UnreadableError("does not exist")
        return self._archive.open(self.members[name], limit)


def exports_in(root: Path) -> Iterator[str]:
    """The labels of all exports below a root, in order; a folder in an export is no other one.

    A folder that cannot be read counts as one, as nobody knows what is in it.

    Args:
        root: A folder, or a zip file; resolved already.
    """
    ahead = ["."]
    while ahead:
        label = ahead.pop()
        try:
            if (root / label).is_file():
                yield label
                continue
            with os.scandir(root / label) as scan:
                entries = sorted(scan, key=lambda entry: entry.name, reverse=True)
        except OSError:
            yield label
            continue
        names = {entry.name for entry in entries}
        called = (root / label).name
        is_export = bool(names & PARTS) or any(map(_is_list, names))
        # A later part of an export in many may hold nothing but pictures.
        is_export |= "media" in names and owner_called(called) is not None
        if is_export:
            yield label
        ahead += [
            joined(label, entry.name)
            for entry in entries
            if not entry.is_symlink()
            and not entry.name.startswith(".")
            and (is_archive(entry.name) or (entry.is_dir() and not is_export))
        ]


def owner_called(name: str) -> str | None:
    """Whose export a folder or an archive is by its name, if it is called as Instagram calls one.

    >>> owner_called("instagram-ann.lee-2026-06-13-AbCd1234 (1).zip")
    'ann.lee'
    """
    stem = re.sub(r"\.(?:zip(?:\.001)?|tar(?:\.gz)?|tgz)$", "", name, flags=re.IGNORECASE)
    found = CALLED.fullmatch(re.sub(r" ?\(\d+\)$", "", stem))
    return username(found["new"] or found["old"]) if found else None


def _is_list(name: str) -> bool:
    return name.startswith(("followers", "following")) and name.endswith((".json", ".html"))
