"""The schedule: that it really fires, and that it ends as a whole."""

import os
import signal
import subprocess
import time

import psutil

from flows.records import runs
from tests.conftest import free_port
from tests.flows.conftest import Tiny


def test_a_schedule_fires_and_ends_with_everything_it_started(alone: Tiny):
    tiny = alone
    tiny.server = f"http://127.0.0.1:{free_port()}/api"
    served = subprocess.Popen(
        tiny.command("flows.serve"), cwd=tiny.project.root, env=tiny.environment
    )
    try:
        _wait_for_a_completed_run(tiny, served)
        started = psutil.Process(served.pid).children(recursive=True)
        served.send_signal(signal.SIGTERM)
        assert served.wait(60) == 0
    finally:
        served.kill()
    assert (tiny.project.build / "splits" / "made").read_text() == "split"
    psutil.wait_procs(started, timeout=10)
    assert not [process for process in started if process.is_running()]
    assert os.path.getsize(tiny.project.stores / "prefect-server.log")


def _wait_for_a_completed_run(tiny: Tiny, served: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 150
    while time.monotonic() < limit and served.poll() is None:
        if any(runs(tiny.project).glob("*.json")) and tiny.last_run.outcome == "completed":
            return
        time.sleep(0.5)
    raise AssertionError("no scheduled run was completed")
