"""What can be taken away without a loss: caches, leftovers, versions that nobody may serve."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from filelock import FileLock, Timeout

from mmga.privacy.encodings import content_keys, prune
from mmga.privacy.search import Search, State
from mmga.privacy.traces import PURGED, dropped_records, lost, recorded_files
from mmga.project import Project
from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.loading.workplace import LOCK, workplace_of
from mmga.sources.loading.writing import COLUMNS
from mmga.tables import DAMAGED
from mmga.tracking import has_store


def purge(project: Project, search: Search) -> list[str]:
    """Take away what knows the user and is no loss; what was done, a line each.

    The champion stays until another is, and so do `build/`, DVC's cache and git's history: what to
    do about those is the word of a person.
    """
    steps = (_versions, _recorded, _encodings, _checkpoints, _stores, _beside)
    return [done for step in steps for done in step(project, search)]


def _versions(project: Project, search: Search) -> Iterator[str]:
    if not has_store(project):
        return
    from mmga.registry.removal import look, remove
    from mmga.tracking import connect

    client = connect(project)
    with FileLock(project.stores / "registry.lock"):
        for known in list(look(client, project, search.users)):
            gone = known.users is None and lost(project, known)
            if (known.users or gone) and not known.is_champion:
                remove(client, known.version)
                yield f"deleted {known.name}"


def _recorded(project: Project, search: Search) -> Iterator[str]:
    for folder, found in recorded_files(project, search).items():
        if folder.parent.name == "models":
            yield from _deleted(found, f"the files of a deleted model, {folder.name}", folder)
        else:
            yield from _deleted(found, f"of MLflow run {folder.name}")


def _encodings(project: Project, search: Search) -> Iterator[str]:
    store = project.stores / "encodings"
    if store.is_dir() and (gone := prune(store, content_keys(project.data))):
        yield f"took {gone:,} vectors out of stores/encodings"


def _checkpoints(project: Project, search: Search) -> Iterator[str]:
    for folder in sorted((project.stores / "checkpoints").glob("*")):
        shutil.rmtree(folder)
        yield f"deleted the checkpoints of an interrupted training, {folder.name[:8]}"


def _stores(project: Project, search: Search) -> Iterator[str]:
    for store in PURGED:
        for path in sorted((project.stores / store).glob("*")):
            whole = path if path.is_dir() and store != "runs" else None
            found = search.found_below(path) if path.is_dir() else {path: search.in_file(path)}
            yield from _deleted(found, f"stores/{store}/{path.name}", whole)


def _deleted(found: dict[Path, State], what: str, whole: Path | None = None) -> Iterator[str]:
    """Take away what surely knows them, or the whole folder if anything in it does."""
    sure = [file for file, state in found.items() if state == "knows"]
    if not sure:
        return
    if whole is not None:
        shutil.rmtree(whole)
    for file in sure:
        file.unlink(missing_ok=True)
    names = "" if whole else f": {', '.join(file.name for file in sure)}"
    yield f"deleted {what}{names}"


def _beside(project: Project, search: Search) -> Iterator[str]:
    for listed in dropped_files_of(project.data).values():
        if gone := _without_rows(listed, search):
            yield f"took {gone:,} records out of {listed.name}"
    staged = workplace_of(project.data)
    with contextlib.suppress(Timeout, FileNotFoundError):
        if staged.is_dir():
            with FileLock(staged / LOCK).acquire(timeout=0):
                shutil.rmtree(staged)
            yield f"deleted what an interrupted import had staged, {staged.name}"


def _without_rows(listed: Path, search: Search) -> int:
    """Write a list of dropped records anew, without those that name a user; how many there were."""
    try:
        gone = sum(sum(theirs) for _, theirs in dropped_records(listed, search))
    except DAMAGED:
        return 0
    if gone:
        part = listed.with_name(f".{listed.name}.new")
        with pa_csv.CSVWriter(part, COLUMNS) as new:
            for batch, theirs in dropped_records(listed, search):
                new.write_batch(batch.filter(pc.invert(pa.array(theirs, pa.bool_()))))
        part.replace(listed)
    return gone
