"""Retrain on the schedule of params.yaml: `python -m flows.serve`, until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import psutil

from mmga.errors import InputError, explained
from mmga.project import Project
from mmga.schedule import RetrainParams

DEFAULT_URL = "http://127.0.0.1:4200/api"
"""Where Prefect's server listens unless told otherwise."""

PREFECT = [sys.executable, "-m", "prefect"]

STARTUP_SECONDS = 180
"""How long a server may take to start; the first time it migrates its database."""


@explained
def main() -> None:
    """Serve the flow; a server that was started here is stopped with it."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument("--no-promote", action="store_true", help="stop after the report")
    arguments = parser.parse_args()
    project = Project.find()
    params = project.params("retrain", RetrainParams)
    project.anchor_stores()
    os.chdir(project.root)  # where the runs begin, too
    signal.signal(signal.SIGTERM, _terminated)
    # A shell's `&` makes a process deaf to Ctrl-C, and by it the runs' own children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), server(project) as url:
        os.environ["PREFECT_API_URL"] = url
        _serve(project, params, promote=not arguments.no_promote)


def _serve(project: Project, params: RetrainParams, promote: bool) -> None:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.runner import Runner
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.chain import crash_lost, retrain

    class _Runner(Runner):
        def handle_sigterm(self, *_: Any) -> None:
            """End as on Ctrl-C, which a terminal sends to the runs at work as well.

            The handler of Prefect 3.8 forgets to await its own stop.
            """
            for child in psutil.Process().children():
                if os.getpgid(child.pid) == os.getpgrp():  # not the server: the runs need it
                    child.terminate()
            signal.raise_signal(signal.SIGINT)

    # A run that was killed together with the one who served it would block all that follow.
    crash_lost(project)
    try:
        schedule = Cron(params.cron, timezone=params.timezone)
    except ValueError as error:
        raise InputError(f"params.yaml: retrain.cron: {error}") from None
    print(f"Retraining at {params.cron!r} ({params.timezone}); Ctrl-C ends it.", flush=True)
    # Not paused when this process ends: after a restart the schedule goes on, and a run that was
    # missed in between is made up for.
    runner = _Runner(name=project.root.name, limit=1, pause_on_shutdown=False)
    runner.add_flow(
        retrain,
        name=project.root.name,
        schedule=schedule,
        parameters={"promote": promote},
        # A run that would begin while another is at work is cancelled, not queued.
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    asyncio.run(runner.start())


@contextlib.contextmanager
def server(project: Project) -> Iterator[str]:
    """The API of a Prefect server: the one that is there, else one of our own while it is needed.

    Raises:
        InputError: If PREFECT_API_URL names another machine and no server answers there, or our own
            does not start.
    """
    url = os.environ.get("PREFECT_API_URL", DEFAULT_URL).rstrip("/")
    if _answers(url):
        print(f"Using the Prefect server at {url}.", flush=True)
        yield url
        return
    place = urlsplit(url)
    if place.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise InputError(
            f"no Prefect server answers at PREFECT_API_URL={url}."
            "\nStart it, or unset the variable to have one started here."
        )
    log = project.stores / "prefect-server.log"
    with log.open("a", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [
                *PREFECT,
                "server",
                "start",
                "--host",
                place.hostname,
                "--port",
                str(place.port or 80),
            ],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # our Ctrl-C is not its own: it must outlive the runs
        )
        try:
            print(f"Starting a Prefect server at {url}; its log is {log}.", flush=True)
            _await(url, process, str(log))
            yield url
        finally:
            _stop(process)


def _await(url: str, process: subprocess.Popen[bytes], log: str) -> None:
    limit = time.monotonic() + STARTUP_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > limit:
            raise InputError(f"the Prefect server did not start at {url}; see {log}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _terminated(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
