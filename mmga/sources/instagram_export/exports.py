"""Where the exports are: folders or zip files, one of them or many, and the files in each."""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from mmga.sources.folders import joined
from mmga.sources.jsons import UnreadableError
from mmga.sources.members import is_archive, opened
from mmga.sources.members.archive import LINK, Archive, Member
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

CLOSED = (".rar", ".7z", ".7z.001", ".tar.bz2", ".tar.xz")
"""How archives end that are not read."""

CALLED = re.compile(
    r"(?:instagram-)(?P<new>[\w.]+?)-\d{4}-\d\d-\d\d(?:-.*)?"
    r"|(?P<old>[\w.]+?)_\d{8}(?:_part_\d+)?",
)
"""How Instagram calls an export, and called it once."""

PUBLISHED = re.compile(
    r"(?:[^/]+/)?(?:your_instagram_activity/)?"
    r"(?P<file>media/(?:posts|reels|igtv|igtv_videos|other)/.+)"
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
    def _listing(self) -> tuple[list[Member], str | None]:
        """The files by their names, those called alike as they come; and what is wrong with all."""
        if self._is_archive:
            found = list(self._archive.members())
            own = self._archive.name
            faults = [one.problem for one in found if one.problem and one.name == own]
            found = [one for one in found if not one.problem or one.name != own]
            return sorted(found, key=lambda member: member.name), next(iter(faults), None)
        return [
            Member(name, problem=LINK if (self._path / name).is_dir() else None)
            for name in files_below(self._path, exports_among(self._path))
        ], None

    @cached_property
    def members(self) -> dict[str, Member]:
        """The files, by their names, in order; of those in an archive called alike the first.

        Raises:
            InputError: If it is a damaged archive.
        """
        found: dict[str, Member] = {}
        for member in self._listing[0]:
            found.setdefault(member.name, member)
        return found

    @property
    def repeated(self) -> list[str]:
        """The names of files in an archive that others before them have."""
        counts = Counter(member.name for member in self._listing[0])
        return [name for name, count in counts.items() for _ in range(count - 1)]

    @cached_property
    def packed(self) -> set[str]:
        """Archives in it, which are not looked into; those right in a folder are other exports."""
        return {
            name for name in self.members if is_archive(name) and (self._is_archive or "/" in name)
        }

    @property
    def fault(self) -> str | None:
        """Why an archive cannot be listed as a whole, in words that follow its name."""
        return self._listing[1]

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


def exports_in(root: Path, hidden: Callable[[str], object] = lambda _: None) -> Iterator[str]:
    """The labels of all exports below a root, in order.

    A folder in an export is no other one, but where one was unpacked right into the folder of all;
    see `exports_among`. A folder that cannot be read counts as one, as nobody knows what is in it;
    so does a link to a folder or an archive, which is not followed, and an archive of a kind that
    is not read.

    Args:
        root: A folder, or a zip file; resolved already.
        hidden: Called with each folder and archive beside exports whose name begins with a dot.
    """
    ahead = ["."]
    while ahead:
        label = ahead.pop()
        try:
            if (root / label).is_symlink() or (root / label).is_file():
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
        is_export |= "connections.json" in names  # of the oldest format: to be told
        # A later part of an export in many may hold nothing but pictures.
        is_export |= "media" in names and owner_called(called) is not None
        if is_export:
            yield label
        others = exports_among(root / label) if is_export else names
        found = [entry for entry in entries if _may_be_export(entry, others)]
        ahead += [joined(label, one.name) for one in found if not one.name.startswith(".")]
        for one in found:
            if one.name.startswith("."):
                hidden(joined(label, one.name))


def exports_among(folder: Path) -> set[str]:
    """The folders in an export that are exports of their own, as it was unpacked among them."""
    return {
        name
        for name in _names_in(folder) - PARTS
        if owner_called(name) is not None or _names_in(folder / name) & PARTS
    }


def is_closed(name: str) -> bool:
    """Whether a file is called like an archive of a kind that is not read."""
    return name.lower().endswith(CLOSED)


def owner_called(name: str) -> str | None:
    """Whose export a folder or an archive is by its name, if it is called as Instagram calls one.

    >>> owner_called("instagram-ann.lee-2026-06-13-AbCd1234 (1).zip")
    'ann.lee'
    """
    stem = re.sub(r"\.(?:zip(?:\.001)?|tar(?:\.gz)?|tgz)$", "", name, flags=re.IGNORECASE)
    found = CALLED.fullmatch(re.sub(r" ?\(\d+\)$", "", stem))
    return username(found["new"] or found["old"]) if found else None


def _may_be_export(entry: os.DirEntry[str], folders: Collection[str]) -> bool:
    """Whether something in a folder may be one, or hold one: of folders those of these names."""
    if is_archive(entry.name) or is_closed(entry.name):
        return True
    linked = entry.is_symlink() and owner_called(entry.name) is not None
    return linked or (entry.is_dir() and entry.name in folders)


def _names_in(folder: Path) -> set[str]:
    """Nothing where it cannot be read, or is no folder: whoever reads it says so."""
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _is_list(name: str) -> bool:
    return name.startswith(("followers", "following")) and name.endswith((".json", ".html"))
