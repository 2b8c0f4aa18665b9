"""The files of one folder of Instaloader, told apart by their names."""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif")
"""In the order in which they are preferred where a picture is there twice."""

JSON = (".json.xz", ".json")

DATED = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_UTC")
TITLE = re.compile(rf"(?:.*_)?{DATED.pattern}_(?:profile_pic|cover)\.\w+|.*_profile_pic\.\w+")
"""Pictures of a profile or a highlight, not of a post."""

PROFILE = re.compile(r"(?P<name>[\w.]+?)_(?P<id>\d{1,20})\.json(?:\.xz)?")
ID = re.compile(r"(?:(?P<name>[\w.]+)_)?id")

VIDEOS = (".mp4", ".mov", ".webm")

BOOKKEEPING = re.compile(
    r"(?:.*_)?iterator_.*|.*_comments\.json|.*_location\.txt|.*_old_\d\d\.txt|.*\.(?:mp4|mov|webm)"
    r"|\.DS_Store|Thumbs\.db|desktop\.ini",
    re.IGNORECASE,
)
"""What is no record: state of a download, comments, places, replaced captions, videos."""


MOST = 2**15
"""Names of a folder that are sorted out at once, and those of one date more."""


@dataclass
class PostFiles:
    """What belongs to one post, by names of files."""

    base: str
    json: str | None = None
    text: str | None = None
    pictures: dict[int, str] = field(default_factory=dict)
    """Position -> file."""
    video: str | None = None
    """One of its videos, where nothing else is there of it."""

    @property
    def first(self) -> str:
        """The file that says the most of it."""
        found = [self.json, self.text, min(self.pictures.values(), default=None), self.video]
        return next(name for name in found if name)

    @property
    def when(self) -> datetime | None:
        """The date in its name."""
        found = DATED.search(self.base)
        try:
            return found and datetime.strptime(found[0], "%Y-%m-%d_%H-%M-%S_UTC").replace(
                tzinfo=UTC
            )
        except ValueError:
            return None


@dataclass
class FolderFiles:
    """A folder, sorted."""

    posts: list[PostFiles] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Whatever is not understood."""
    twice: list[str] = field(default_factory=list)
    """Pictures and JSONs that are there in another format too."""


def names_in(folder: Path) -> list[str]:
    """The names in a folder, in order: of its files, of links, and of what is hidden."""
    with os.scandir(folder) as scan:
        return sorted(
            entry.name
            for entry in scan
            if is_hidden(entry.name) or not entry.is_dir(follow_symlinks=False)
        )


def is_hidden(name: str) -> bool:
    """Whether a file or a folder is not looked into."""
    return name.startswith(".")


def is_written(name: str) -> bool:
    """Whether a file may be one that Instaloader writes."""
    suffixes = (*JSON, ".txt", *PICTURES, *VIDEOS)
    return not is_hidden(name) and (
        ID.fullmatch(name) is not None or name.lower().endswith(suffixes)
    )


def is_profile(name: str) -> bool:
    """Whether a file may be the JSON of a profile; a post's may be called like that too."""
    return PROFILE.fullmatch(name) is not None and not DATED.search(name)


def profiles_in(names: list[str]) -> set[str]:
    """Files that may be the JSON of a profile; of one that is in two files the one that is read."""
    found: dict[str, str] = {}
    for name in filter(is_profile, names):
        found.setdefault(_split(name)[0], name)
    return set(found.values())


def stretches(names: list[str]) -> Iterator[list[str]]:
    """The names in a folder, in order, some at a time, as posts are many; those of one together.

    Its names begin alike up to the date, and so are neighbours; those without one come at the end.
    """
    found: list[str] = []
    dateless: list[str] = []
    begin = ""
    for name in names:
        date = DATED.search(name)
        if date is None:
            dateless.append(name)
            continue
        if len(found) >= MOST and not name.startswith(begin):
            yield found
            found = []
        begin = name[: date.end()]
        found.append(name)
    yield sorted([*found, *dateless])


def sorted_out(names: list[str]) -> FolderFiles:
    """Tell the files of a folder apart.

    A post is what has a JSON, or a name with a date. `x_2.jpg` is the second picture of the post
    `x`, unless there is a post `x_2`. Videos are none of it, but make a post that has nothing else.
    """
    videos = [name for name in names if _split(name)[1] in VIDEOS and not is_hidden(name)]
    names = [name for name in names if not _is_bookkeeping(name) and not ID.fullmatch(name)]
    posts: dict[str, PostFiles] = {}
    found = FolderFiles()
    rest = []
    for name in names:
        base, suffix = _split(name)
        if is_hidden(name):
            found.others.append(name)
        elif suffix in JSON:
            post = posts.setdefault(base, PostFiles(base))
            if post.json:
                found.twice.append(name)
            post.json = post.json or name
        elif not TITLE.fullmatch(name):
            rest.append((base, suffix, name))
    for base, suffix, name in rest:
        base, position = _placed(base, posts) if suffix in PICTURES else (base, 0)
        if base not in posts and not DATED.search(base):
            found.others.append(name)
        elif suffix == ".txt" and (base not in posts or not posts[base].text):
            posts.setdefault(base, PostFiles(base)).text = name
        elif suffix in PICTURES:
            _add(posts.setdefault(base, PostFiles(base)), position, name, found)
        else:
            found.others.append(name)
    for name in videos:
        base, _ = _placed(_split(name)[0], posts)
        if base not in posts and DATED.search(base) and not TITLE.fullmatch(name):
            posts[base] = PostFiles(base, video=name)
    found.posts = [posts[base] for base in sorted(posts)]
    return found


def _placed(base: str, posts: Collection[str]) -> tuple[str, int]:
    """Of which post a picture or a video is, by its name without the suffix, and where in it."""
    numbered = re.fullmatch(r"(.+)_(\d{1,4})", base)
    if base not in posts and numbered and (numbered[1] in posts or DATED.search(numbered[1])):
        return numbered[1], max(int(numbered[2]) - 1, 0)
    return base, 0


def _is_bookkeeping(name: str) -> bool:
    """By its name, which a user called `iterator_ann` must not fall for: the JSON will say."""
    return BOOKKEEPING.fullmatch(name) is not None and not is_profile(name)


def _add(post: PostFiles, position: int, name: str, found: FolderFiles) -> None:
    before = post.pictures.get(position)
    if before is None:
        post.pictures[position] = name
        return
    better, worse = sorted((before, name), key=lambda n: (PICTURES.index(_split(n)[1]), n))
    post.pictures[position] = better
    found.twice.append(worse)


def _split(name: str) -> tuple[str, str]:
    for suffix in JSON:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], suffix
    base, dot, suffix = name.rpartition(".")
    return (base, dot + suffix.lower()) if base else (name, "")
