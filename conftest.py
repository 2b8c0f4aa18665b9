"""The environment of every test: offline, quiet, one thread, and no store of this checkout."""

import os
import tempfile
from pathlib import Path

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
