"""What git remembers of a user: commits that name them, files that are called after them."""

import re
from dataclasses import dataclass
from pathlib import Path

from mmga.privacy.search import Search
from mmga.versions import git

USERS_AT_ONCE = 500
"""Who are looked for by one command: it must not be too long for the system."""

LOG = ("log", "--all", "--reflog", "--extended-regexp")
"""Every commit, those of experiments and replaced ones too."""


@dataclass(frozen=True)
class Remembered:
    """What was found."""

    commits: list[str]
    """They name somebody in a line that they change, or in their message."""
    called: list[str]
    """Files that ever were, and whose names name somebody."""
    unread: list[str]
    """Binary files that ever were: nobody looks into them."""


def remembered(root: Path, search: Search) -> Remembered | str:
    """Look through the history of a repository; the command that took too long, if one did."""
    asked: list[tuple[str, ...]] = [("--format=", "--numstat", "--no-renames")]
    users = sorted(search.users)
    for start in range(0, len(users), USERS_AT_ONCE):
        words = "|".join(map(_in_posix, users[start : start + USERS_AT_ONCE]))
        line = f"(^|[^0-9A-Za-z_])({words})([^0-9A-Za-z_]|$)"
        asked += [("--format=%h", f"-G{line}"), ("--format=%h", f"--grep={line}")]
    said: list[str] = []
    for how in asked:
        answer = git(root, "-c", "core.quotePath=off", *LOG, *how)
        if answer is None:
            return f"git {' '.join(LOG)} '{how[-1]}'"
        said.append(answer)
    files = {line.split("\t", 2)[2]: line[0] for line in said[0].splitlines() if line}
    return Remembered(
        list(dict.fromkeys(" ".join(said[1:]).split())),
        sorted(name for name in files if search.in_text(name) != "clean"),
        sorted(name for name, added in files.items() if added == "-"),
    )


def _in_posix(user: str) -> str:
    """As an extended regular expression has it."""
    signs = re.compile(r"[^0-9A-Za-z_\x80-\U0010ffff]")
    return signs.sub(lambda sign: r"\^" if sign[0] == "^" else f"[{sign[0]}]", user)
