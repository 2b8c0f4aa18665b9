"""What still knows a user: models, stores, outputs, caches, history; and what to do about each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmga.privacy.encodings import content_keys, stale
from mmga.privacy.erasure import Erasure
from mmga.privacy.search import NUMBERS, Search
from mmga.project import Project
from mmga.sources.loading.dropped import dropped_files_of
from mmga.sources.loading.workplace import workplace_of
from mmga.tracking import has_store
from mmga.versions import cache_of, cached, data_versions, git

RETRAIN = "python -m flows.retrain"

REPLACED = f"{RETRAIN}: a model without them replaces it whatever the metric"

PURGE = "--purge takes it away"

USERS_AT_ONCE = 500
"""Who are looked for by one command: it must not be too long for the system."""

EVIDENCE = ("evaluation/report.json", "evaluation/metrics.json", "split.json", "history.csv")
"""Of a run: numbers and names of parts, without which no version of it can be promoted."""

BY_HAND = {
    **dict.fromkeys(("study", "models", "runs"), PURGE),
    "mlflow": "delete the run or the tag that names them in MLflow, then `mlflow gc`",
    "prefect": "delete stores/prefect once no server runs: only logs of past runs are lost",
}
"""What to do about a folder of the stores."""

State = Literal["knows", "may know", "clean"]


@dataclass(frozen=True)
class Trace:
    """One place that was looked at."""

    place: str
    state: State
    found: str = ""
    todo: str = ""


def traces(project: Project, search: Search, erasure: Erasure | None) -> list[Trace]:
    """Look everywhere; nothing is changed.

    Args:
        project: Where.
        search: Whom and which posts to look for.
        erasure: What is still to be taken out of `data/`; None where that is done.
    """
    places = (_models, _recorded, _build, _stores, _beside, _cache, _history)
    found = [trace for look in places for trace in look(project, search)]
    return [*found, _encodings(project, erasure)]


def artifacts_of(project: Project) -> Path:
    """Where runs and models keep their files if MLflow's store is the project's own."""
    return project.stores / "mlflow" / "artifacts"


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
        yield Trace(known.name, "may know" if known.users is None else "knows", known.found, todo)


def recorded_files(project: Project, search: Search) -> dict[Path, list[Path]]:
    """Folder of a run, or of a model that no version has -> its files that name the user.

    What a promotion judges by (`EVIDENCE`) names nobody, though an id may be a number in it.
    """
    if not has_store(project):
        return {}
    from mmga.registry.revoked import every
    from mmga.registry.versions import location_of
    from mmga.tracking import connect

    client = connect(project)
    live = {location_of(client, version).rstrip("/").split("/")[-2] for version in every(client)}
    root = artifacts_of(project)
    folders = [*root.glob("models/*"), *(f for f in root.glob("*") if f.name != "models")]
    found = {
        folder: search.found_below(folder) for folder in sorted(folders) if folder.name not in live
    }
    named = {
        folder: [file for file in files if not file.as_posix().endswith(EVIDENCE)]
        for folder, files in found.items()
    }
    return {folder: files for folder, files in named.items() if files}


def _recorded(project: Project, search: Search) -> Iterator[Trace]:
    for folder, files in recorded_files(project, search).items():
        of = "a deleted model" if folder.parent.name == "models" else "MLflow run"
        yield Trace(f"{of} {folder.name}", "knows", _named(files, folder), PURGE)
    if has_store(project) and not artifacts_of(project).is_dir():
        todo = "look into its runs' files; `mlflow gc` deletes those of deleted runs"
        yield Trace("MLflow's artifact store", "may know", "it lies elsewhere", todo)


def _build(project: Project, search: Search) -> Iterator[Trace]:
    for folder in _folders(project.build):
        files = search.found_below(folder)
        place = f"build/{folder.name}"
        if not files:
            yield Trace(place, "clean")
            continue
        arrays = sum(file.suffix in NUMBERS for file in folder.rglob("*"))
        more = f" and {arrays} arrays" if arrays else ""
        yield Trace(place, "knows", _named(files, folder) + more, f"{RETRAIN}, or dvc repro")


def _stores(project: Project, search: Search) -> Iterator[Trace]:
    for folder in _folders(project.stores):
        if folder.name == "encodings":
            continue
        if folder.name == "checkpoints":
            begun = _folders(folder)
            if begun:
                yield Trace(
                    "stores/checkpoints", "may know", f"{len(begun)} interrupted trainings", PURGE
                )
            continue
        files = search.found_below(folder)
        if folder.name == "mlflow":  # its runs and models are told one by one
            files = [file for file in files if not file.is_relative_to(artifacts_of(project))]
        todo = BY_HAND.get(folder.name, "delete them by hand")
        place = f"stores/{folder.name}"
        if files:
            yield Trace(place, "knows", _named(files, folder), todo)
        else:
            yield Trace(place, "clean")
    for file in sorted(project.stores.glob("*")):
        if file.is_file() and search.names(file):
            yield Trace(f"stores/{file.name}", "knows", "a log", "delete it by hand")


def _encodings(project: Project, erasure: Erasure | None) -> Trace:
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
        if search.names(listed):
            yield Trace(listed.name, "knows", "the list of what an import left out", PURGE)
    staged = workplace_of(project.data)
    if staged.is_dir() and any(staged.rglob("*.parquet")):
        yield Trace(staged.name, "may know", "an interrupted import", PURGE)


def _cache(project: Project, search: Search) -> Iterator[Trace]:
    """Older versions of the data in DVC's cache; the remote has them too if they were pushed."""
    known = 0
    for version in data_versions(project):
        files = cached(project, version.md5) or {}
        tables = [file for name, file in files.items() if name.endswith(".parquet")]
        known += any(search.in_table(file) for file in tables)
    todo = "dvc gc --workspace --force deletes every version but the present one"
    if known:
        yield Trace(".dvc/cache", "knows", f"{known} versions of data/", todo)
    elif cache_of(project).is_dir():
        yield Trace(".dvc/cache", "may know", "outputs of earlier runs", todo)
    if (project.root / "data.dvc").is_file():
        todo = "dvc gc --workspace --cloud --force, once the present version is pushed"
        yield Trace("DVC's remote", "may know", "versions that were pushed", todo)


def _history(project: Project, search: Search) -> Iterator[Trace]:
    """Commits, those of experiments too, that name a user in a line that they change, or say."""
    if not git(project.root, "rev-parse", "HEAD"):
        return
    users = sorted(search.users)
    found: dict[str, None] = {}  # in order, each once
    for start in range(0, len(users), USERS_AT_ONCE):
        some = users[start : start + USERS_AT_ONCE]
        words = "|".join(re.sub(r"[^0-9A-Za-z_]", lambda s: f"[{s[0]}]", user) for user in some)
        line = f"(^|[^0-9A-Za-z_])({words})([^0-9A-Za-z_]|$)"
        log = ("log", "--all", "--format=%h", "--extended-regexp")
        for where in (f"-G{line}", f"--grep={line}"):
            said = git(project.root, *log, where)
            if said is None:
                shown = f"git {' '.join(log)} '{where}'"
                yield Trace("git history", "may know", "git took too long", shown)
                return
            found |= dict.fromkeys(said.split())
    commits = list(found)
    shown = ", ".join(commits[:5]) + (" ..." if len(commits) > 5 else "")
    todo = "rewrite them (git filter-repo), and what was pushed of them"
    yield Trace("git history", *(("knows", f"commits {shown}", todo) if commits else ("clean",)))
    # A remote inside the repository is committed as files that no search for lines looks into.
    added = git(project.root, "log", "--all", "--format=", "--name-only", "--", "*files/md5/*")
    if stored := set((added or "").split()):
        folder = min(stored).partition("files/md5/")[0] or "the repository"
        told = f"{len(stored)} files of data that were committed in {folder}"
        yield Trace("git history", "may know", told, todo)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_dir())


def _named(files: list[Path], folder: Path) -> str:
    names = [file.relative_to(folder).as_posix() for file in files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more files" if len(names) > 3 else "")
