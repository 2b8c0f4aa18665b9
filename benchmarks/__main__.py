"""A Markdown table of what whole commands take here and now: `python -m benchmarks`.

Only the steps of the flow are read from the records of its runs: running them again is what
`make demo` is for. Everything else is started as a person would start it.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from flows.commands import environment
from flows.demo import popular_account
from flows.records import read, runs
from mmga.errors import InputError, explained
from mmga.project import Project

AIMS = {"`mmga --help`": 0.5, "second `dvc repro`": 5.0, "pipeline": 300.0}
"""The most seconds that the project allows itself, on two cores and the sample."""

TRIES = 3
"""How often a quick command is timed; the median is told."""

SKIPPED = 1.5
"""Seconds within which DVC finds that a stage has nothing to do; to work takes a stage longer."""

Row = tuple[str, float]


@explained
def main() -> None:
    """Print the table, a row as soon as it is known."""
    project = Project.find()
    worked = last_work(project)
    refuse_stale(project)
    print(f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}. Steps: when each last had")
    print(f"something to do. Commands: now, medians of {TRIES}.\n")
    print("| what | seconds | at most |\n| --- | ---: | ---: |")
    for row in [*steps(project, worked), *commands(project)]:
        print(line(*row), flush=True)


def last_work(project: Project) -> dict[str, float]:
    """The seconds of each step of the flow in the last run in which it had something to do.

    Raises:
        InputError: If no run is recorded in which a step had.
    """
    every = [read(file) for file in sorted(runs(project).glob("*.json"))]
    worked = {
        name: step.seconds
        for run in every
        for name, step in run.steps.items()
        if step.outcome == "completed" and step.seconds > SKIPPED
    }
    if not worked:
        raise InputError(
            f"no run of the flow is recorded in {runs(project)}."
            "\nRun it once: make demo, or python -m flows.retrain."
        )
    return worked


def refuse_stale(project: Project) -> None:
    """Make sure that `dvc repro` would have nothing to do.

    Raises:
        InputError: If it would run a stage.
    """
    status = [sys.executable, "-m", "dvc", "status", "--quiet"]
    if subprocess.run(status, cwd=project.root, env=environment()).returncode:
        raise InputError(
            "the pipeline is not up to date (`dvc status` says why), so a second `dvc repro`"
            "\ncannot be timed. Run it first: dvc repro, or python -m flows.retrain."
        )


def steps(project: Project, worked: dict[str, float]) -> list[Row]:
    """What each step of the flow took, and the stages of the pipeline together."""
    text = (project.root / "dvc.yaml").read_text(encoding="utf-8")
    together = sum(worked.get(stage, 0) for stage in yaml.safe_load(text)["stages"])
    return [*((f"`{name}`", seconds) for name, seconds in worked.items()), ("pipeline", together)]


def commands(project: Project) -> Iterator[Row]:
    """What each command takes, started anew each time."""
    account = popular_account(project.build)
    yield "second `dvc repro`", timed(project, [sys.executable, "-m", "dvc", "repro"])
    yield "`mmga --help`", timed(project, ["mmga", "--help"])
    yield f"`mmga fans {account}`", timed(project, ["mmga", "fans", account])
    with tempfile.TemporaryDirectory() as scratch:
        world = [str(Path(scratch) / "data")]
        yield "`mmga sample`", timed(project, ["mmga", "sample", "--out", *world], tries=1)


def timed(project: Project, command: Sequence[str], tries: int = TRIES) -> float:
    """The median of the seconds that a whole command takes.

    Raises:
        InputError: If it fails, with the last line that it said.
    """
    seconds = []
    for _ in range(tries):
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=project.root, env=environment(), capture_output=True, text=True
        )
        seconds.append(time.monotonic() - began)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise InputError(" ".join(["cannot time", *command, "as it fails:", *said]))
    return statistics.median(seconds)


def line(what: str, seconds: float) -> str:
    """A row of the table; seconds below one with two digits, for an aim of half a second."""
    aim = f"{AIMS[what]:g}" if what in AIMS else ""
    return f"| {what} | {seconds:.{2 if seconds < 1 else 1}f} | {aim} |"


if __name__ == "__main__":
    main()
