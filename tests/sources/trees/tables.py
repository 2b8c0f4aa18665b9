"""Plain tables as a data team has them: CSV with names of its own, pictures in a folder."""

import csv
from collections.abc import Iterable
from pathlib import Path

from tests.sources.trees.world import follows_of, items_of, picture_of, users_of

OPTIONS = [
    *("--users", "users.csv", "--posts", "posts.csv", "--follows", "follows.csv"),
    *("--images", "images.csv", "--map", "posts.user_id=author", "--map", "posts.caption=text"),
    *("--map", "follows.follower_id=src", "--map", "follows.followee_id=dst"),
]
"""Of `mmga import tables`, in the folder of the tree."""


def write_table(file: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    """A CSV."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def write_tree(folder: Path, posts: int, flaws: bool = False) -> Path:
    """The tables and the folder of pictures; with flaws some authors are nobody."""
    folder.mkdir(parents=True, exist_ok=True)
    topics = ["food", "travel", ""]
    users = ((name, topics[place % 3]) for place, name in enumerate(users_of(posts)))
    write_table(folder / "users.csv", ["user_id", "topic"], users)
    write_table(
        folder / "posts.csv",
        ["post_id", "author", "created_at", "text"],
        (
            (i.code, "nobody" if flaws and i.number % 200 == 150 else i.owner, i.when, i.caption)
            for i in items_of(posts)
        ),
    )
    write_table(folder / "follows.csv", ["src", "dst", "followed_at"], follows_of(posts))
    names = []
    for item in items_of(posts):
        part = folder / "pictures" / f"{item.number // 1000:03d}"
        part.mkdir(parents=True, exist_ok=True)
        for place in range(item.pictures):
            file = part / f"{item.code}_{place}.jpg"
            file.write_bytes(picture_of(item, place, flaws))
            names.append((item.code, file.relative_to(folder).as_posix(), place))
    write_table(folder / "images.csv", ["post_id", "file", "position"], names)
    return folder
