"""The versions of the data set: what git says of `data.dvc`, and what DVC's cache has of each."""

import hashlib
import io
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmga.errors import InputError
from mmga.project import DataFile, Project

HASHED = 256 * 2**20
"""So many bytes are read at most; where more would have to be, data are compared by the number and
size of their files alone, which takes no time."""

BOTH_WAYS = "New data: dvc add data && dvc push data.dvc. By accident: dvc checkout data.dvc."
"""What to do where `data/` is no known version: nobody but the person knows how that came."""


@dataclass(frozen=True)
class DataVersion(DataFile):
    """One version of `data/`, and where git has it."""

    commit: str | None = None
    """The first commit that has it, and when it was made; None where it is in no commit."""
    date: str | None = None
    subject: str | None = None


def data_versions(project: Project) -> list[DataVersion]:
    """Every version that git, on any branch, or the working tree knows, the oldest first.

    Without git, or before the first commit, there is the present one alone; none where the data
    have no version yet.
    """
    found: dict[str, DataVersion] = {}
    for commit, date, subject, content in _commits(project.root, "data.dvc"):
        try:
            named = DataFile.parse(content)
        except InputError:  # a commit may hold anything, or have deleted it
            continue
        found.setdefault(
            named.md5, DataVersion(**vars(named), commit=commit, date=date, subject=subject)
        )
    present = project.named_data()
    if present is not None:
        found.setdefault(present.md5, DataVersion(**vars(present)))
    return list(found.values())


@dataclass(frozen=True)
class Held:
    """What `data/` holds."""

    md5: str | None
    """As `dvc add data` would name it; None where over `HASHED` bytes would have to be read."""
    files: int
    size: int
    """Bytes of all files."""

    def fits(self, version: DataFile) -> bool | None:
        """Whether it is that version: by its content, or without `md5` by number and size.

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
    sizes = {file: file.stat().st_size for file in files}
    size = sum(sizes.values())
    noted = _noted(project, files) if size > HASHED else {}
    unread = sum(sizes[file] for file in sizes.keys() - noted.keys())
    md5 = dvc_hash(project.data, files, noted) if unread <= HASHED else None
    return Held(md5, len(files), size)


def changed_since(project: Project, stage: str, made: str) -> bool | None:
    """Whether `data/` has changed since a stage read it and made a folder; None if unknown.

    Where DVC ran the stage to its end that is told by content, else by the times of the files.

    Args:
        project: Whose stage it is.
        stage: Its name, such as `validate`.
        made: The folder, as the stage's outputs name it.
    """
    known, folder = project.locked(stage), project.root / made
    files = [file for file in folder.rglob("*") if file.is_file()]
    if {made, "data"} <= known.keys() and dvc_hash(folder, files) == known[made].md5:
        fits = held(project).fits(known["data"])
        return None if fits is None else not fits
    written = [file.stat().st_mtime for file in project.data.rglob("*") if file.is_file()]
    return bool(files) and max(written, default=0) > min(file.stat().st_mtime for file in files)


def dvc_hash(folder: Path, files: list[Path], noted: Mapping[Path, str] | None = None) -> str:
    """The MD5 by which DVC names a folder: that of its list of files with theirs.

    Args:
        folder: The folder.
        files: All files in it.
        noted: The MD5 of files that need not be read.
    """
    listed = [
        {
            "md5": (noted or {}).get(file) or _md5(file),
            "relpath": file.relative_to(folder).as_posix(),
        }
        for file in files
    ]
    listed.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(listed, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "md5").hexdigest()


def _noted(project: Project, files: list[Path]) -> dict[Path, str]:
    """The MD5 of files that DVC has read and that have had the same inode, time and size since."""
    if not (project.root / ".dvc").is_dir():
        return {}
    from dvc.exceptions import DvcException
    from dvc.fs import localfs
    from dvc.repo import Repo

    try:
        with Repo(str(project.root)) as repo:
            found = ((file, repo.state.get(str(file), localfs)[1]) for file in files)
            return {file: info.value for file, info in found if info and info.name == "md5"}
    except (DvcException, OSError):  # its notes lie in a folder that may not be written to
        return {}


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


def _commits(root: Path, path: str) -> Iterator[tuple[str, str, str, bytes]]:
    """Commit, date, subject and content of each change of a file on any branch, the oldest first.

    A branch that a merge has left nothing of is among them; one content is empty where a commit
    took the file away.
    """
    wanted = ("--reverse", "--date-order", "--all", "--full-history", "--no-show-signature")
    said = git(root, "log", *wanted, "--format=%H%x09%cI%x09%s", "--", path) or ""
    commits = [line.split("\t", 2) for line in said.split("\n") if line]
    asked = "".join(f"{commit}:./{path}\n" for commit, _, _ in commits)
    contents = io.BytesIO(_output(root, ("cat-file", "--batch"), asked.encode()) or b"")
    for commit, date, subject in commits:
        *_, size = contents.readline().split() or [b""]  # "OBJECT blob SIZE", or "NAME missing"
        content = contents.read(int(size) + 1) if size.isdigit() else b""
        yield commit, date, subject, content


def git(root: Path, *arguments: str) -> str | None:
    """What git says; None where it cannot be run, there is no repository, or it takes minutes."""
    said = _output(root, arguments)
    return None if said is None else said.decode(errors="replace")


def _output(root: Path, arguments: Sequence[str], given: bytes = b"") -> bytes | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout
