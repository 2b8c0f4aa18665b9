"""`forget`: the data set without some users, and an account of what still knows them."""

import contextlib
import json
import platform
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from mmga.errors import InputError, nearest
from mmga.privacy.erasure import erase, posts_of, survey, users_of
from mmga.privacy.names import all_called, key_for, spellings
from mmga.privacy.next_steps import next_steps
from mmga.privacy.remains import purge
from mmga.privacy.search import Search
from mmga.privacy.traces import Trace, traces
from mmga.project import Project
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.handles import folded
from mmga.sources.identities.numbers import Identities
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.tables import read_description
from mmga.tracking import has_store
from mmga.versions import cached, data_versions


@dataclass(frozen=True)
class Forgetting:
    """What was done, or with a dry run would be."""

    users: list[str]
    """As the data set calls them."""
    before: bool
    """Whether they had all been forgotten before, so that `data/` stayed as it is."""
    gone: dict[str, int]
    """Records taken out, by table."""
    left: dict[str, int]
    texts: int
    """Captions and bios of others that named them."""
    rewritten: list[str]
    """Parts of the data set that were written anew; the others keep their bytes."""
    purged: list[str]
    traces: list[Trace]
    next_steps: list[str]
    """Commands that are still to be run; none after a dry run."""
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)

    def knowing(self) -> list[Trace]:
        """The places that know them still, or may."""
        return [trace for trace in self.traces if trace.state != "clean"]


def forget(
    project: Project, words: list[str], *, dry_run: bool = False, clear: bool = False
) -> Forgetting:
    """Take users out of `data/` and look for what still knows them.

    Args:
        project: Whose data set.
        words: Ids or, where the key of the pseudonyms is, handles, earlier ones too, and numbers of
            the platform.
        dry_run: Change nothing.
        clear: Also take away what is no loss; see `mmga.privacy.remains`.

    Raises:
        InputError: If one is unknown, a stage is at work, MLflow's store does not answer,
            data.dvc cannot be read, or nothing would be left.
    """
    if not dry_run:
        _refuse_at_work(project)
    _refuse_deaf_store(project)
    project.named_data()  # the next steps need it: what cannot be read is told before the erasure
    known = users_of(project.data)
    description, identities = read_description(project.data), Identities.read(project.data)
    names = key_for(description)
    words = list(dict.fromkeys(map(str, words)))
    users = [_meant(word, known, description, identities) for word in words]
    numbers = {n for n, user in identities.numbers.items() if user in users and n in known}
    users += sorted(numbers - {*users})  # of posts that told of no name
    typed = _typed(words, {*users, *identities.called(users)}, names)
    called = {names.of(folded(handle)) for handle in typed} if names is not None else set()
    there = [user for user in users if user in known]
    erasure = survey(project.data, there, names, {*users, *called})
    search = Search({*users, *typed}, erasure.posts | _posts(project, users), erasure.handles)
    rewritten = [p.file.relative_to(project.data).as_posix() for p in erasure.changed()]
    if rewritten and not dry_run:
        rewritten = erase(project.data, erasure)
    if not dry_run:
        _revoke(project, users)
    purged = purge(project, search) if clear and not dry_run else []
    still = [
        *_unchecked(description, users, typed, names, identities),
        *traces(project, search, erasure),
    ]
    return Forgetting(
        users,
        not erasure.users,
        erasure.gone(),
        erasure.left(),
        erasure.texts(),
        rewritten,
        purged,
        still,
        [] if dry_run else next_steps(project, still, _again(words, users, names)),
        dry_run,
    )


def _again(words: list[str], users: list[str], names: Pseudonyms | None) -> list[str]:
    """What to type for the same users once they are forgotten: the id where a name tells it not."""
    told = {word: {*spellings(word, names)} & {*users} for word in words}
    return [
        *(word for word in words if told[word]),
        *(user for user in users if not any(user in ids for ids in told.values())),
    ]


def _unchecked(
    description: dict[str, Any],
    users: list[str],
    typed: set[str],
    names: Pseudonyms | None,
    identities: Identities,
) -> list[Trace]:
    """Texts of the data set in which they could not be looked for by what they are called there."""
    made = description.get("pseudonyms")
    if not isinstance(made, dict):
        return []
    place = "captions and bios in data/"
    if names is None and not made.get("texts", True):
        found = "they hold handles as they came, which only the key tells from others"
        todo = "name the key's file in MMGA_PSEUDONYM_KEY and forget them again, by handle"
        return [Trace(place, "may know", found, todo)]
    told = {names.of(handle) for handle in typed} if names is not None else set()
    by_number = (identities.numbers.get(user, user) for user in users)
    if any(told.isdisjoint({user, *identities.called({user})}) for user in by_number):
        found = "a handle with capital letters has another pseudonym there"
        return [Trace(place, "may know", found, "forget them again by handle, where the key is")]
    return []


def _meant(word: str, known: set[str], description: dict[str, Any], identities: Identities) -> str:
    """The user that a word stands for: one of the data set, or one whom it has forgotten."""
    names, made = key_for(description), description.get("pseudonyms")
    forgotten = Forgotten.read(description)
    id = next((i for i in spellings(word, None) if i in known or forgotten.holds(i)), None)
    if id is not None and isinstance(made, dict):
        return id
    users = all_called(word, known, names, identities, forgotten)
    if len(users) > 1:
        raise InputError(
            f"{word!r} was the name of several users, one after another; the last is the first of"
            f" {', '.join(users)}\nName the one that is meant by an id that is not the name itself,"
            " or by the numeric id."
        )
    if users:
        return users[0]
    if any(spelling in forgotten for spelling in spellings(word, names)):
        raise InputError(
            f"{word!r} is a further name of a user who was forgotten, whose id it does not tell"
            "\nName the id that `mmga forget` told then, or the name that the user had first."
        )
    hint = nearest(word, sorted(known)[:100_000])
    if isinstance(made, dict) and names is None:
        hint += (
            f"\nIts ids are pseudonyms, and their key ({made.get('key_id')}) is not here:"
            " give the pseudonym, or name the key's file in MMGA_PSEUDONYM_KEY."
        )
    raise InputError(f"no user {word!r} among the {len(known):,} users of the data set{hint}")


def _typed(words: list[str], called: set[str], names: Pseudonyms | None) -> set[str]:
    """The handles that were typed, of such ids: a text or a log may hold them as they are."""
    if names is None:
        return set()
    plain = {spelling for word in words for spelling in spellings(word, None)}
    return {handle for handle in plain if names.of(handle) in called}


def _posts(project: Project, users: list[str]) -> set[str]:
    """Their posts by the tables that the last run has cleaned, and by older versions of the data.

    Where they were forgotten before, `data/` does not tell.
    """
    files = [project.build / "clean" / "posts.parquet"]
    for version in data_versions(project):
        named = (cached(project, version.md5) or {}).items()
        files += [file for name, file in named if re.fullmatch(r"posts(-\d{5})?\.parquet", name)]
    posts: set[str] = set()
    for file in dict.fromkeys(files):
        if file.is_file():
            with contextlib.suppress(InputError, KeyError):  # damaged: it is told that it may know
                posts |= posts_of(file, users)
    return posts


def _revoke(project: Project, users: list[str]) -> None:
    """Say on every version that knows them that it does."""
    if not has_store(project):
        return
    from mmga.registry.removal import look, revoke
    from mmga.tracking import connect

    client = connect(project)
    for known in look(client, project, set(users)):
        if known.users:
            revoke(client, known.version)


def _refuse_at_work(project: Project) -> None:
    """A stage that reads `data/` while it changes would be recorded as of the new version.

    Raises:
        InputError: If DVC or a retraining is at work.
    """
    lock = project.root / ".dvc" / "tmp" / "rwlock"
    pids = []
    if lock.is_file():
        held = json.loads(lock.read_text(encoding="utf-8") or "{}")
        pids += [by["pid"] for by in held.get("write", {}).values()]
        pids += [by["pid"] for readers in held.get("read", {}).values() for by in readers]
    runs = (project.stores / "runs").glob("*.json")
    alive = [pid for pid in pids if psutil.pid_exists(pid)]
    alive += [pid for file in runs if (pid := _running(file)) is not None]
    if alive:
        raise InputError(
            f"a stage or a retraining is at work (process {alive[0]}) and reads data/."
            "\nWait for its end, or stop it."
        )


def _refuse_deaf_store(project: Project) -> None:
    """Find before anything is changed that nobody could say which models know the user.

    Raises:
        InputError: If MLflow's store does not answer.
    """
    if not has_store(project):
        return
    from mmga.tracking import connect

    try:
        connect(project)
    except InputError:
        raise
    except Exception as error:  # a database and a server have each their own
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"MLflow's store does not answer: {said[:200]}"
            "\nNothing was changed. `mmga doctor` looks at it."
        ) from None


def _running(record: Path) -> int | None:
    """The process of a run that has not ended; a number that another process got is not it."""
    content = json.loads(record.read_text(encoding="utf-8"))
    process = content["process"]
    if content["outcome"] != "running" or content["host"] != platform.node():
        return None
    try:
        born = psutil.Process(process["pid"]).create_time()
    except psutil.NoSuchProcess:
        return None
    return int(process["pid"]) if abs(born - process["born"]) < 2 else None
