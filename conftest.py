"""The environment of every test: offline, quiet, one thread, and no store of this checkout.

Also who runs what, where several processes share the tests.
"""

import os
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

import mmga  # noqa: F401 - telemetry is off from here on, for child processes too

SCRATCH = tempfile.TemporaryDirectory(prefix="mmga-tests-")

# Set before any library reads them.
os.environ |= {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "PREFECT_HOME": str(Path(SCRATCH.name) / "prefect"),
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "MPLBACKEND": "agg",
}
for variable in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "DVC_ROOT", "DVC_STAGE"):
    os.environ.pop(variable, None)

TOGETHER = "tests/end_to_end/"
"""The tests of this folder share what takes a minute to make, so one process runs them all."""

FIRST = (TOGETHER, "tests/flows/", "tests/quality/", "tests/study/", "tests/audit/")
"""What takes longest begins first, so that no process is left alone with it at the end."""


class Scheduling(LoadFileScheduling):
    """A file's tests stay together, as they share what is costly to make; so does `TOGETHER`."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)  # pytest runs without xdist, too
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    """Give out the tests as above, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with `FIRST`; otherwise all stay in their order."""

    def place(item: pytest.Item) -> int:
        begins = (n for n, folder in enumerate(FIRST) if item.nodeid.startswith(folder))
        return next(begins, len(FIRST))

    items.sort(key=place)
