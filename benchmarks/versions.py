"""What moves when the data get a new version, as docs/versions.md: `python -m benchmarks.versions`.

A data set is imported, added to DVC and pushed to a remote in a folder; then a tenth as much is
appended, and then a user is forgotten. After each step the files and bytes that came into the
remote are counted, and those that came into the cache of another clone which pulls.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from flows.commands import environment
from mmga.errors import explained
from mmga.privacy.erasure import erase, survey, users_of
from mmga.sources.loading.load import load
from mmga.sources.tables.mapping import Mapping
from mmga.sources.tables.source import Tables

TEXT = """\
# What moves with a new version of the data

`mmga import ... --append` adds files to `data/` and leaves those that are there as they are;
`mmga forget` writes anew the parts that hold the user. DVC keeps files by their content, so `dvc
push` and `dvc pull` move what is new and nothing else. Printed by `python -m benchmarks.versions`:

{table}

The few files beside the new ones are `dataset.json` and DVC's list of the version. A forgotten user
costs the tables and the parts with their pictures, some 96 MiB each, whatever the number of
parts; so forget several users with one command.

`mmga data log` says which version of the data trained which version of the model.
"""


@dataclass(frozen=True)
class Row:
    """What one step moved."""

    step: str
    files: int
    """Of the data set, afterwards."""
    size: int
    """Its bytes."""
    pushed: tuple[int, int]
    """Files that came into the remote, and their bytes."""
    pulled: tuple[int, int]
    """Files that came into another clone's cache, and their bytes."""
    names: list[str] = field(default_factory=list)
    """Files of the data set that are new or not as before, by their path in it."""


@explained
def main() -> None:
    """Print the page."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = list(measured(Path(scratch), posts=6000, pixels=192))
    print(TEXT.format(table=table(rows)), end="")


def measured(scratch: Path, posts: int, pixels: int) -> Iterator[Row]:
    """Take the steps, in two clones and a remote below `scratch`.

    Args:
        scratch: An empty folder.
        posts: How many the first version has, with a picture each; a tenth as many are appended.
        pixels: Of a side of a picture.
    """
    one, other = Desk(scratch / "one", scratch), Desk(scratch / "other", scratch)
    delivered = deliver(scratch / "first", 0, posts, pixels)
    load(delivered, one.data, everyone=True)
    yield one.publish("first version", other)
    more = deliver(scratch / "more", posts, posts // 10, pixels)
    load(more, one.data, everyone=True, append=True)
    yield one.publish("a tenth appended", other)
    user = sorted(users_of(one.data))[0]
    erase(one.data, survey(one.data, {user}, None))
    yield one.publish("a user forgotten", other)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    head = (
        "| step | files in `data/` | MiB | files pushed | MiB pushed | files pulled | MiB pulled |"
    )
    lines = [head, "| --- |" + " ---: |" * 6]
    for row in rows:
        moved = [f"{files} | {size / 2**20:.2f}" for files, size in (row.pushed, row.pulled)]
        lines.append(f"| {row.step} | {row.files} | {row.size / 2**20:.2f} | {' | '.join(moved)} |")
    return "\n".join(lines)


class Desk:
    """A clone with DVC."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root = root
        self.data = root / "data"
        self._remote = scratch / "remote"
        self._before: dict[str, str] = {}
        root.mkdir()
        self._dvc("init", "--quiet", "--no-scm")
        self._dvc("remote", "add", "--quiet", "--default", "near", str(self._remote))

    def publish(self, step: str, other: "Desk") -> Row:
        """Give the data a version, push it, pull it elsewhere, and count what moved."""
        remote, cache = contents(self._remote), contents(other.cache)
        self._dvc("add", "--quiet", "data")
        self._dvc("push", "--quiet")
        (other.root / "data.dvc").write_bytes((self.root / "data.dvc").read_bytes())
        other._dvc("pull", "--quiet")
        now = {file: content.hex() for file, content in self._hashed()}
        changed = sorted(name for name in now if now[name] != self._before.get(name))
        self._before = now
        return Row(
            step,
            len(now),
            sum(file.stat().st_size for file in self.data.rglob("*") if file.is_file()),
            _more(remote, contents(self._remote)),
            _more(cache, contents(other.cache)),
            changed,
        )

    @property
    def cache(self) -> Path:
        """Where the clone keeps versions."""
        return self.root / ".dvc" / "cache"

    def _hashed(self) -> Iterator[tuple[str, bytes]]:
        for file in sorted(path for path in self.data.rglob("*") if path.is_file()):
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
            yield file.relative_to(self.data).as_posix(), content

    def _dvc(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "dvc", *arguments]
        env = {**environment(), "DVC_NO_ANALYTICS": "1"}
        subprocess.run(command, cwd=self.root, env=env, check=True, stdout=subprocess.DEVNULL)


def contents(folder: Path) -> dict[str, int]:
    """The files below a folder that hold data, and their bytes."""
    files = {path for path in folder.rglob("*") if path.is_file() and "files" in path.parts}
    return {path.relative_to(folder).as_posix(): os.path.getsize(path) for path in files}


def _more(before: dict[str, int], after: dict[str, int]) -> tuple[int, int]:
    new = set(after) - set(before)
    return len(new), sum(after[name] for name in new)


def deliver(folder: Path, first: int, posts: int, pixels: int) -> Tables:
    """Posts with a picture each, numbered from `first`, and follows among their authors."""
    folder.mkdir()
    chance = np.random.default_rng(first)
    numbers = range(first, first + posts)
    authors = [f"user{number // 5}" for number in numbers]
    captions = [f"caption {number}" for number in numbers]
    columns = {"post_id": [f"post{n}" for n in numbers], "user_id": authors, "caption": captions}
    pd.DataFrame(columns).to_csv(folder / "posts.csv", index=False)
    people = sorted(set(authors))
    pairs = {(a, b) for a, b in chance.choice(people, (5 * len(people), 2)) if a != b}
    follows = pd.DataFrame(sorted(pairs), columns=["follower_id", "followee_id"])
    follows.to_csv(folder / "follows.csv", index=False)
    pictures = pd.DataFrame({"post_id": columns["post_id"]})
    pictures["bytes"] = [_picture(chance, pixels) for _ in numbers]
    pictures.to_parquet(folder / "images.parquet", row_group_size=100)
    files = {"posts": folder / "posts.csv", "follows": folder / "follows.csv"}
    files["images"] = folder / "images.parquet"
    return Tables(files, Mapping.parse((), ()), complete=not first)


def _picture(chance: np.random.Generator, pixels: int) -> bytes:
    """Noise, which does not compress, as a photo does not."""
    stream = io.BytesIO()
    noise = chance.integers(0, 256, (pixels, pixels, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, "JPEG", quality=80)
    return stream.getvalue()


if __name__ == "__main__":
    main()
