"""The versions of the data set: what git says of `data.dvc`, and what DVC's cache has of each."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmga.errors import InputError
from mmga.project import DataFile, Project

HASHED = 256 * 2**20
"""A data set of more bytes is compared by its files' number and size alone, which takes no time."""

BOTH_WAYS = "New data: dvc add data && dvc push data.dvc. By accident: dvc checkout data.dvc."
"""What to do where `data/` is no known version: nobody but the person knows how that came."""


@dataclass(frozen=True)
class DataVersion:
    """One version of `data/`."""

    md5: str
    """As `data.dvc` names it; it ends in `.dir`."""
    commit: str | None
    """The first commit that has it, and when it was made; None where it is in no commit."""
    date: str | None
    subject: str | None
    files: int | None
    """How many files it has, and their bytes."""
    size: int | None


def data_versions(project: Project) -> list[DataVersion]:
    """Every version that git or the working tree knows, the oldest first.

    Without git, or before the first commit, there is the present one alone; none where the data
    have no version yet.
    """
    found: dict[str, DataVersion] = {}
    for commit, date, subject in _commits(project.root, "data.dvc"):
        try:
            named = DataFile.parse(_shown(project.root, commit, "data.dvc"))
        except InputError:  # a commit may hold anything, or have deleted it
            continue
        found.setdefault(named.md5, _version(named, commit, date, subject))
    present = project.named_data()
    if present is not None:
        found.setdefault(present.md5, _version(present))
    return list(found.values())


@dataclass(frozen=True)
class Held:
    """What `data/` holds."""

    md5: str | None
    """As `dvc add data` would name it; None over `HASHED` bytes."""
    files: int
    size: int
    """Bytes of all files."""

    def fits(self, version: DataFile | DataVersion) -> bool | None:
        """Whether it is that version: by its content, or over `HASHED` bytes by number and size.

        None where these are not known. `dvc status data.dvc` reads whatever has changed.
        """
        if self.md5 is not None:
            return self.md5 == version.md5
        if version.files not in (None, self.files) or version.size not in (None, self.size):
            return False
        return None if None in (version.files, version.size) else True


def held(project: Project) -> Held:
    """What `data/` holds; no files where it is missing."""
    files = sorted(file for file in project.data.rglob("*") if file.is_file())
    size = sum(file.stat().st_size for file in files)
    md5 = dvc_hash(project.data, files) if size <= HASHED else None
    return Held(md5, len(files), size)


def dvc_hash(folder: Path, files: list[Path]) -> str:
    """The MD5 by which DVC names a folder: that of its list of files with theirs."""
    listed = []
    for file in files:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "md5").hexdigest()
        listed.append({"md5": digest, "relpath": file.relative_to(folder).as_posix()})
    listed.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(listed, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def cached(project: Project, md5: str) -> dict[str, Path] | None:
    """The files of a version in DVC's cache, by their path in `data/`; None where it is not there.

    Files that are missing from the cache are left out.
    """
    folder = cache_of(project)
    listed = _object(folder, md5)
    if not listed.is_file():
        return None
    entries = json.loads(listed.read_text(encoding="utf-8"))
    places = {entry["relpath"]: _object(folder, entry["md5"]) for entry in entries}
    return {name: file for name, file in places.items() if file.is_file()}


def counts_of(project: Project, md5: str) -> dict[str, int]:
    """How many records of each table a version has, by its `dataset.json`; empty if unknown."""
    file = (cached(project, md5) or {}).get("dataset.json")
    if file is None:
        return {}
    try:
        counts = json.loads(file.read_text(encoding="utf-8")).get("counts", {})
        return {str(name): int(count) for name, count in counts.items()}
    except (ValueError, AttributeError, TypeError):
        return {}


def cache_of(project: Project) -> Path:
    """The folder of DVC's cache in which objects lie by their MD5."""
    from dvc.config import Config

    home = project.root / ".dvc"
    named = Config(str(home))["cache"].get("dir") if home.is_dir() else None
    return Path(named or home / "cache") / "files" / "md5"


def _object(cache: Path, md5: str) -> Path:
    return cache / md5[:2] / md5[2:]


def _commits(root: Path, path: str) -> Iterator[tuple[str, str, str]]:
    """Commit, date and subject of each change of a file, the oldest first."""
    said = git(root, "log", "--reverse", "--format=%H%x09%cI%x09%s", "--", path)
    for line in (said or "").splitlines():
        commit, date, subject = line.split("\t", 2)
        yield commit, date, subject


def _shown(root: Path, commit: str, path: str) -> str:
    return git(root, "show", f"{commit}:./{path}") or ""


def git(root: Path, *arguments: str) -> str | None:
    """What git says; None where there is no git, no repository, or it takes minutes."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=120,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout


def _version(
    named: DataFile, commit: str | None = None, date: str | None = None, subject: str | None = None
) -> DataVersion:
    return DataVersion(named.md5, commit, date, subject, named.files, named.size)
