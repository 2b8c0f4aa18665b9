"""The stores of MLflow and Prefect, looked at from outside, and when the project retrains next."""

import json
import os
import sqlite3
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from mmga.doctor.check import Check
from mmga.errors import InputError
from mmga.project import Project
from mmga.registry.versions import MODEL
from mmga.schedule import RetrainParams

PATIENCE = 3
"""Seconds that a server has to answer."""


def mlflow(project: Project) -> list[Check]:
    """Whether MLflow's store can be opened, and who is champion; nothing is made or migrated."""
    default = f"sqlite:///{project.stores / 'mlflow' / 'mlflow.db'}"
    uri = os.environ.get("MLFLOW_TRACKING_URI", default)
    if uri.startswith("sqlite:///"):
        return [_database(Path(uri.removeprefix("sqlite:///").partition("?")[0]))]
    if uri.startswith("http"):
        return [_tracking_server(uri.rstrip("/"))]
    if uri.startswith(("file:", "/", ".")):
        advice = "Unset MLFLOW_TRACKING_URI, or name a database or a server in it."
        return [Check("mlflow", "fail", f"{uri} is a folder; MLflow 3 refuses those", advice)]
    return [Check("mlflow", "ok", f"{uri.partition(':')[0]} database, not looked into")]


def _database(file: Path) -> Check:
    if not file.is_file():
        advice = "The first registration makes it: make demo, or mmga register."
        return Check("mlflow", "warn", f"there is no store yet at {file}", advice)
    try:
        store = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            found = store.execute(
                "select alias, version from registered_model_aliases where name = ?", [MODEL]
            ).fetchall()
        finally:
            store.close()
    except sqlite3.Error as error:
        advice = f"Move {file} away to start anew, or bring it back from a backup."
        return Check("mlflow", "fail", f"{file} cannot be read ({error})", advice)
    return _champion({alias: str(version) for alias, version in found})


def _tracking_server(uri: str) -> Check:
    try:
        address = f"{uri}/api/2.0/mlflow/registered-models/get?name={MODEL}"
        model = json.loads(_get(address))["registered_model"]
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return _champion({})
        advice = "See the server's log; 403 is its --allowed-hosts."
        return Check("mlflow", "fail", f"{uri} answers {error.code}", advice)
    except (OSError, ValueError, KeyError) as error:
        return Check("mlflow", "fail", f"{uri} does not answer ({error})", "Start the server.")
    return _champion({entry["alias"]: entry["version"] for entry in model.get("aliases", [])})


def _champion(aliases: dict[str, str]) -> Check:
    if "champion" in aliases:
        others = [f"{a} is version {v}" for a, v in sorted(aliases.items()) if a != "champion"]
        found = "; ".join([f"the champion is {MODEL} version {aliases['champion']}", *others])
        return Check("mlflow", "ok", found)
    advice = "Run the pipeline and promote: make demo, or dvc repro, mmga register, mmga promote."
    return Check("mlflow", "warn", f"{MODEL} has no champion yet", advice)


def prefect(project: Project) -> list[Check]:
    """Whether Prefect's server answers, where one is named; otherwise what will be used."""
    uri = os.environ.get("PREFECT_API_URL")
    if uri:
        try:
            _get(f"{uri.rstrip('/')}/health")
        except (OSError, ValueError) as error:
            advice = "Start it (prefect server start), or unset PREFECT_API_URL."
            return [Check("prefect", "fail", f"{uri} does not answer ({error})", advice)]
        return [Check("prefect", "ok", f"the server at {uri} answers")]
    home = Path(os.environ.get("PREFECT_HOME", project.stores / "prefect"))
    if home.is_dir():
        return [Check("prefect", "ok", f"an own server for each run, at home in {home}")]
    found = f"no home yet at {home}; the first flow makes it, which takes half a minute"
    return [Check("prefect", "ok", found)]


def schedule(project: Project) -> list[Check]:
    """When the project would retrain itself next."""
    try:
        params = project.params("retrain", RetrainParams)
        now = datetime.now(ZoneInfo(params.timezone))
        coming = CronSim(params.cron, now)
        times = [next(coming).strftime("%a %Y-%m-%d %H:%M") for _ in range(2)]
    except InputError:
        return []  # told among the parameters
    except (CronSimError, StopIteration):
        advice = "Correct it; five fields as in '0 3 * * 1' are Mondays at three."
        return [Check("schedule", "fail", f"retrain.cron {params.cron!r} never comes", advice)]
    found = f"next on {times[0]} and {times[1]} ({params.timezone}), while `flows.serve` runs"
    return [Check("schedule", "ok", found)]


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        content: bytes = answer.read()
    return content
