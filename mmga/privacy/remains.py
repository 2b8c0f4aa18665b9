"""What can be taken away without a loss: caches, leftovers, versions that nobody may serve."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
from filelock import FileLock, Timeout

from mmga.privacy.encodings import content_keys, prune
from mmga.privacy.search import Search
from mmga.privacy.traces import recorded_files
from mmga.project import Project
from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.loading.workplace import LOCK, workplace_of
from mmga.sources.loading.writing import COLUMNS
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
            if known.users != 0 and not known.is_champion:  # without files nothing is lost
                remove(client, known.version)
                yield f"deleted {known.name}"


def _recorded(project: Project, search: Search) -> Iterator[str]:
    for folder, files in recorded_files(project, search).items():
        if folder.parent.name == "models":
            shutil.rmtree(folder)
            yield f"deleted the files of a deleted model, {folder.name}"
            continue
        for file in files:
            file.unlink()
        names = ", ".join(file.relative_to(folder).as_posix() for file in files)
        yield f"deleted of MLflow run {folder.name}: {names}"


def _encodings(project: Project, search: Search) -> Iterator[str]:
    store = project.stores / "encodings"
    if store.is_dir() and (gone := prune(store, content_keys(project.data))):
        yield f"took {gone:,} vectors out of stores/encodings"


def _checkpoints(project: Project, search: Search) -> Iterator[str]:
    for folder in sorted((project.stores / "checkpoints").glob("*")):
        shutil.rmtree(folder)
        yield f"deleted the checkpoints of an interrupted training, {folder.name[:8]}"


def _stores(project: Project, search: Search) -> Iterator[str]:
    for store, whole in (("study", True), ("models", True), ("runs", False)):
        for path in sorted((project.stores / store).glob("*")):
            found = search.found_below(path) if path.is_dir() else [path] * search.names(path)
            if not found:
                continue
            if whole and path.is_dir():
                shutil.rmtree(path)
            else:
                for file in found:
                    file.unlink()
            yield f"deleted stores/{store}/{path.name}" + ("" if whole else ": what named them")


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
    """Write the list of dropped records anew, without those that name a user."""
    part = listed.with_name(f".{listed.name}.new")
    gone = 0
    texts = pa_csv.ConvertOptions(column_types=COLUMNS)
    lines = pa_csv.ParseOptions(newlines_in_values=True)
    with (
        pa_csv.open_csv(listed, parse_options=lines, convert_options=texts) as old,
        pa_csv.CSVWriter(part, old.schema) as new,
    ):
        for batch in old:
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            kept = [not search.in_text("\n".join(map(str, row))) for row in rows]
            gone += len(kept) - sum(kept)
            new.write_batch(batch.filter(pa.array(kept, pa.bool_())))
    part.replace(listed)
    return gone
