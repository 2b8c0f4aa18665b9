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

TOGETHER = ("tests/end_to_end/", "tests/audit/", "tests/report/")
"""Folders whose files share a project that is costly to make: one process makes it, for all."""

FIRST = ("tests/end_to_end/", "tests/flows/", "tests/study/", "tests/quality/", "tests/audit/")
"""What takes longest begins first, so that no process is left alone with it at the end."""


class Scheduling(LoadFileScheduling):
    """The tests of a file stay together, as they share what is made for them; see `TOGETHER`."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


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
