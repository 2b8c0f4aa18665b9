"""What still knows a user: models, stores, outputs, caches, history; and what to do about each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pa_csv

from mmga.privacy.encodings import content_keys, stale
from mmga.privacy.erasure import Erasure, further
from mmga.privacy.history import remembered
from mmga.privacy.search import NUMBERS, Search, State, surest
from mmga.project import Project
from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.loading.workplace import workplace_of
from mmga.sources.loading.writing import COLUMNS
from mmga.tables import DAMAGED
from mmga.tracking import has_store
from mmga.versions import cache_of, cached, data_versions, git

if TYPE_CHECKING:
    from mmga.registry.removal import Known

RETRAIN = "python -m flows.retrain"

REPLACED = f"{RETRAIN}: a model without them replaces it whatever the metric"

PURGE = "--purge takes it away"

LOOK = "look whether it means them; if so, "
"""What comes before what to do where a word, or what cannot be looked into, may."""

BY_HAND = {
    "mlflow": "delete the run or the tag that names them in MLflow, then `mlflow gc`",
    "prefect": "delete stores/prefect once no server runs: only logs of past runs are lost",
}
"""What to do about a folder of the stores that is not simply deleted."""

PURGED = ("study", "models", "runs")
"""Those out of which `--purge` takes what knows a user."""


@dataclass(frozen=True)
class Trace:
    """One place that was looked at."""

    place: str
    state: State
    found: str = ""
    todo: str = ""


def traces(project: Project, search: Search, erasure: Erasure) -> list[Trace]:
    """Look everywhere; nothing is changed.

    Args:
        project: Where.
        search: Whom and which posts to look for.
        erasure: What is taken out of `data/`, whether it is still there or not.
    """
    places = (_models, _recorded, _build, _stores, _beside, _cache, _history)
    found = [trace for look in places for trace in look(project, search)]
    return [*_data(project, search, erasure), *found, _encodings(project, erasure)]


def artifacts_of(project: Project) -> Path:
    """Where runs and models keep their files if MLflow's store is the project's own."""
    return project.stores / "mlflow" / "artifacts"


def _told(
    place: str, found: Mapping[Path, State], folder: Path, todo: str, by_hand: str = "delete it"
) -> Iterator[Trace]:
    """What is sure and what is not, each with its files; that there is neither."""
    todos: dict[State, str] = {"knows": todo, "may know": LOOK + by_hand}
    for state, what in todos.items():
        if files := [file for file, its in found.items() if its == state]:
            yield Trace(place, state, _named(files, folder), what)
    if not found:
        yield Trace(place, "clean")


def _data(project: Project, search: Search, erasure: Erasure) -> Iterator[Trace]:
    """What the erasure leaves as it is: further columns, files that are no tables, their names."""
    found: dict[Path, State] = {}
    for file in sorted(path for path in project.data.rglob("*") if path.is_file()):
        found[file] = search.in_text(str(file.relative_to(project.data)))
        if file.suffix != ".parquet":
            found[file] = surest([found[file], search.in_file(file)])
    for file, records in further(project.data, erasure):
        found[file] = surest([found[file], search.in_batch(records)])
    found = {file: state for file, state in found.items() if state != "clean"}
    todo = "take the file, or the column, out of data/, then dvc add data"
    yield from _told("further columns and files in data/", found, project.data, todo, todo)


def _models(project: Project, search: Search) -> Iterator[Trace]:
    if not has_store(project):
        return
    from mmga.registry.removal import look
    from mmga.tracking import connect

    for known in look(connect(project), project, search.users):
        if known.users == 0:
            yield Trace(known.name, "clean")
            continue
        todo = REPLACED if known.is_champion else PURGE
        if known.users is None and not lost(project, known):
            todo = "see to it that its files can be read, and look again"
        yield Trace(known.name, "may know" if known.users is None else "knows", known.found, todo)


def lost(project: Project, known: "Known") -> bool:
    """Whether a version's files were here and are gone, so that nothing is lost with it."""
    from mmga.registry.versions import folder_of, is_local
    from mmga.tracking import connect

    client = connect(project)
    return (
        is_local(client, known.version) and not folder_of(client, known.version, project).is_dir()
    )


def recorded_files(project: Project, search: Search) -> dict[Path, dict[Path, State]]:
    """Folder of a run, or of a model that no version has -> its files that name the user."""
    if not has_store(project):
        return {}
    from mmga.registry.revoked import every
    from mmga.registry.versions import location_of
    from mmga.tracking import connect

    client = connect(project)
    live = {location_of(client, version).rstrip("/").split("/")[-2] for version in every(client)}
    root = artifacts_of(project)
    folders = [*root.glob("models/*"), *(f for f in root.glob("*") if f.name != "models")]
    found = {f: search.found_below(f) for f in sorted(folders) if f.name not in live}
    return {folder: files for folder, files in found.items() if files}


def _recorded(project: Project, search: Search) -> Iterator[Trace]:
    for folder, files in recorded_files(project, search).items():
        of = "a deleted model" if folder.parent.name == "models" else "MLflow run"
        yield from _told(f"{of} {folder.name}", files, folder, PURGE)
    if has_store(project) and not artifacts_of(project).is_dir():
        todo = "look into its runs' files; `mlflow gc` deletes those of deleted runs"
        yield Trace("MLflow's artifact store", "may know", "it lies elsewhere", todo)


def _build(project: Project, search: Search) -> Iterator[Trace]:
    for folder in _folders(project.build):
        todo = f"{RETRAIN}, or dvc repro"
        for trace in _told(f"build/{folder.name}", search.found_below(folder), folder, todo):
            arrays = sum(file.suffix in NUMBERS for file in folder.rglob("*"))
            more = f" and {arrays} arrays" if arrays and trace.state == "knows" else ""
            yield replace(trace, found=trace.found + more)
    yield from _loose(project.build, search)


def _stores(project: Project, search: Search) -> Iterator[Trace]:
    for folder in _folders(project.stores):
        if folder.name == "encodings":
            continue
        place = f"stores/{folder.name}"
        if folder.name == "checkpoints":
            begun = _folders(folder)
            if begun:
                yield Trace(place, "may know", f"{len(begun)} interrupted trainings", PURGE)
            continue
        # Runs and models of MLflow are told one by one.
        files = search.found_below(folder, artifacts_of(project))
        todo = BY_HAND.get(folder.name, "delete it")
        yield from _told(place, files, folder, PURGE if folder.name in PURGED else todo, todo)
    yield from _loose(project.stores, search)


def _loose(folder: Path, search: Search) -> Iterator[Trace]:
    """Files of a folder that lie in none of its folders."""
    if found := search.found_below(folder, *_folders(folder)):
        yield from _told(folder.name, found, folder, "delete it")


def _encodings(project: Project, erasure: Erasure) -> Trace:
    store = project.stores / "encodings"
    rows = 0
    if store.is_dir() and project.data.is_dir():
        rows = stale(store, content_keys(project.data, erasure))
    if not rows:
        return Trace("stores/encodings", "clean")
    told = f"{rows:,} vectors of pictures or texts that data/ has no more"
    return Trace("stores/encodings", "knows", told, PURGE)


def _beside(project: Project, search: Search) -> Iterator[Trace]:
    for listed in dropped_files_of(project.data).values():
        try:
            sure = any(any(theirs) for _, theirs in dropped_records(listed, search))
            state: State = "knows" if sure else search.in_file(listed)
        except DAMAGED:
            state = "may know"
        if state != "clean":
            yield from _told(listed.name, {listed: state}, listed.parent, PURGE)
    staged = workplace_of(project.data)
    if staged.is_dir() and any(staged.rglob("*.parquet")):
        yield Trace(staged.name, "may know", "an interrupted import", PURGE)
    begun = project.root / ".dvc" / "tmp" / "exps"
    if any(begun.rglob("*.parquet")):
        yield Trace(".dvc/tmp/exps", "may know", "interrupted experiments", "delete it")


def dropped_records(listed: Path, search: Search) -> Iterator[tuple[pa.RecordBatch, list[bool]]]:
    """What an import left out, a batch at a time, and which of the records are surely theirs."""
    texts = pa_csv.ConvertOptions(column_types=COLUMNS, include_columns=COLUMNS.names)
    lines = pa_csv.ParseOptions(newlines_in_values=True)
    with pa_csv.open_csv(listed, parse_options=lines, convert_options=texts) as batches:
        for batch in batches:
            yield batch, [_is_theirs(row, search) for row in batch.to_pylist()]


def _is_theirs(row: dict[str, str], search: Search) -> bool:
    """By the keys in `record`, which are ids in the order of the columns, or by a pseudonym."""
    table = row["table"].partition(".")[0]
    keys = {"follows": row["record"].split(" "), "images": row["record"].split(" ")[:1]}
    ids = search.posts if table in ("posts", "images") else search.users
    named = not ids.isdisjoint(keys.get(table, [row["record"]]))
    return named or search.in_text("\n".join(row.values())) == "knows"


def _cache(project: Project, search: Search) -> Iterator[Trace]:
    """Older versions of the data in DVC's cache; the remote has them too if they were pushed."""
    looked = cache(search.in_file)  # a version has most of its files from the one before
    known = 0
    for version in data_versions(project):
        files = cached(project, version.md5) or {}
        known += "knows" in map(looked, files.values())
    todo = "dvc gc --workspace --force deletes every version but the present one"
    if known:
        yield Trace(".dvc/cache", "knows", f"{known} versions of data/", todo)
    elif cache_of(project).is_dir():
        yield Trace(
            ".dvc/cache", "may know", "older versions of data/, outputs of earlier runs", todo
        )
    if (project.root / "data.dvc").is_file():
        todo = "dvc gc --workspace --cloud --force, once the present version is pushed"
        yield Trace("DVC's remote", "may know", "versions that were pushed", todo)


def _history(project: Project, search: Search) -> Iterator[Trace]:
    place, todo = "git history", "rewrite it (git filter-repo), and what was pushed of it"
    if not git(project.root, "rev-parse", "HEAD"):
        return
    said = remembered(project.root, search)
    if isinstance(said, str):
        yield Trace(place, "may know", "git took too long", said)
        return
    sure = all(search.in_text(user) == "knows" for user in search.users)
    for what, found in (("commits", said.commits), ("files called", said.called)):
        if found:
            shown = f"{what} {', '.join(found[:5])}" + (" ..." if len(found) > 5 else "")
            state: State = "knows" if sure else "may know"
            yield Trace(place, state, shown, todo if sure else LOOK + todo)
    if not (said.commits or said.called):
        yield Trace(place, "clean")
    if said.unread:
        shown = f"{len(said.unread)} binary files, such as {said.unread[0]}"
        yield Trace(place, "may know", shown, LOOK + todo)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_dir())


def _named(files: list[Path], folder: Path) -> str:
    names = [file.relative_to(folder).as_posix() for file in files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more files" if len(names) > 3 else "")
