"""The project's own record of its runs, for Prefect still calls a killed run "Running"."""

import contextlib
import json
import os
import platform
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from mmga.errors import InputError
from mmga.project import Project


@dataclass
class Process:
    """One process of one machine; a number that is given to another later is not it."""

    pid: int
    born: float
    """When it began, in seconds since 1970."""

    @classmethod
    def of(cls, process: psutil.Process) -> "Process":
        """As the system describes it now."""
        return cls(process.pid, process.create_time())

    def alive(self) -> psutil.Process | None:
        """The process, if it still runs."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < 2
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


@dataclass
class Step:
    """How one step of a run went."""

    seconds: float = 0.0
    """Over all tries, with the waits between them."""
    tries: int = 0
    outcome: str = "running"
    """running, completed or failed."""


@dataclass
class Run:
    """One run of the flow; `stores/runs/NAME.json` says what is known of it at any moment."""

    folder: Path
    name: str
    started: str
    revision: str | None
    flow_run: str
    """Its id in Prefect."""
    host: str
    process: Process
    helpers: list[Process] = field(default_factory=list)
    """What it started and what must end with it: DVC, Prefect's temporary server."""
    steps: dict[str, Step] = field(default_factory=dict)
    outcome: str = "running"
    """running, completed, failed, stopped (somebody ended it) or lost (it was killed)."""
    reason: str = ""
    ended: str | None = None

    @classmethod
    def begin(cls, project: Project, flow_run: str) -> "Run":
        """Open the record of a run that starts now."""
        now = _now()
        name = f"{now[:19].replace(':', '').replace('-', '')}-{secrets.token_hex(2)}"
        me = Process.of(psutil.Process())
        run = cls(runs(project), name, now, project.code_revision(), flow_run, platform.node(), me)
        run.write()
        return run

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Keep the time and the outcome of one step."""
        step = self.steps.setdefault(name, Step())
        begun = time.monotonic()
        self.write()
        try:
            yield
            step.outcome = "completed"
        except BaseException:
            step.outcome = "failed"
            raise
        finally:
            step.seconds = round(time.monotonic() - begun, 2)
            self.write()

    def note_try(self, name: str) -> None:
        """Count one try of a step, and note every process at work for it.

        A later run ends them if this one is killed and cannot.
        """
        self.steps[name].tries += 1
        self.helpers = [Process.of(child) for child in psutil.Process().children(recursive=True)]
        self.write()

    def close(self, outcome: str, reason: str = "") -> None:
        """Write the end of the run."""
        self.outcome, self.reason, self.ended = outcome, reason, _now()
        self.helpers = []
        self.write()

    def write(self) -> None:
        """Put the record on disk, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = asdict(self)
        del content["folder"]
        part = self.folder / f".{self.name}.{os.getpid()}"
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        part.replace(self.folder / f"{self.name}.json")

    @property
    def pages(self) -> Path:
        """The folder of what the run has to show, as Markdown."""
        return self.folder / self.name


def runs(project: Project) -> Path:
    """Where the records lie."""
    return project.stores / "runs"


def read(file: Path) -> Run:
    """The record in a file."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    content["process"] = Process(**content["process"])
    content["helpers"] = [Process(**helper) for helper in content["helpers"]]
    content["steps"] = {name: Step(**step) for name, step in content["steps"].items()}
    return Run(folder=file.parent, **content)


def bury_lost(project: Project) -> list[Run]:
    """Close the records of runs that were killed, and end whatever they left at work.

    Returns:
        The runs found lost now.
    """
    lost = []
    for run in _running(project):
        if run.process.alive():
            continue
        for helper in run.helpers:
            _end(helper)
        _release(project, [helper.pid for helper in run.helpers])
        run.close("lost", "its process was killed")
        lost.append(run)
    return lost


@contextlib.contextmanager
def only_one(project: Project) -> Iterator[None]:
    """One run at a time: within, no other can begin.

    Raises:
        InputError: If a run is at work in this project.
    """
    runs(project).mkdir(parents=True, exist_ok=True)
    with FileLock(project.stores / "runs.lock"):
        for run in _running(project):
            if run.process.alive():
                raise InputError(
                    f"a retraining is at work since {run.started[:16]} (process {run.process.pid})."
                    "\nWait for its end, or stop it with Ctrl-C."
                )
        yield


def _running(project: Project) -> list[Run]:
    """The runs of this machine that have not written their end.

    A process number means nothing on another machine that shares the stores.
    """
    every = []
    for file in sorted(runs(project).glob("*.json")):
        with contextlib.suppress(ValueError, KeyError, TypeError):  # a power failure cut it short
            every.append(read(file))
    return [run for run in every if run.outcome == "running" and run.host == platform.node()]


def _end(helper: Process) -> None:
    """Kill a process and its group, also where only members of the group are left."""
    leader = helper.alive()
    if leader is None and psutil.pid_exists(helper.pid):
        return  # the number was given to another, which the system does only when a group is gone
    family = [leader] if leader else []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == helper.pid:
                family.append(process)
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=10)


def _release(project: Project, pids: list[int]) -> None:
    """Take dead processes out of DVC's lock file.

    DVC does so by itself unless the number lives again in another process, as it soon does in a
    container, where numbers begin at 1 after every restart.
    """
    file = project.root / ".dvc" / "tmp" / "rwlock"
    if not file.is_file():
        return
    lock = json.loads(file.read_text(encoding="utf-8") or "{}")
    write = {path: by for path, by in lock.get("write", {}).items() if by["pid"] not in pids}
    reading = lock.get("read", {}).items()
    read = {path: [by for by in all_ if by["pid"] not in pids] for path, all_ in reading}
    kept = {"write": write, "read": {path: by for path, by in read.items() if by}}
    file.write_text(json.dumps(kept), encoding="utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
