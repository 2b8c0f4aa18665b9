"""What `make demo` does after the installation: pull the sample, retrain, show what came out."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from flows.commands import environment
from flows.records import Run, read, runs
from mmga.errors import InputError, explained
from mmga.project import Project


@explained
def main() -> None:
    """Exit status 0 when a champion stands in the registry and has answered."""
    parser = argparse.ArgumentParser(prog="python -m flows.demo", description=__doc__)
    parser.add_argument("--began", type=float, default=time.time(), help="seconds since 1970")
    spent = {"install": time.time() - parser.parse_args().began}
    project = Project.find()
    project.anchor_stores()
    if not (project.root / "data.dvc").is_file():
        raise InputError("no data.dvc: this checkout has no sample; see README.md for own data")
    pull = [sys.executable, "-m", "dvc", "pull", "--quiet", "data.dvc"]
    spent["dvc pull"] = _timed(project, pull)
    whole = _timed(project, [sys.executable, "-m", "flows.retrain"])
    run = read(max(runs(project).glob("*.json"), key=lambda file: file.stat().st_mtime))
    spent |= {name: step.seconds for name, step in run.steps.items()}
    spent["Prefect"] = whole - sum(step.seconds for step in run.steps.values())
    account = popular_account(project.build)
    heading = f"\nThe next fans of {account}, an account with many followers:\n"
    print(heading, flush=True)
    spent["mmga fans"] = _timed(project, ["mmga", "fans", account])
    print(shown(project, run, account))
    print(times(spent))


def popular_account(build: Path) -> str:
    """The id of the account with the most fans in training."""
    import pandas as pd

    followees = pd.read_parquet(build / "splits" / "train.parquet", columns=["followee"])
    users = pd.read_parquet(build / "clean" / "users.parquet", columns=["user_id"])
    most_followed = followees["followee"].value_counts().index[0]
    return str(users.at[most_followed, "user_id"])


def shown(project: Project, run: Run, account: str) -> str:
    """Where everything lies, as a person would look for it."""
    return f"""
Data quality   {project.build / "quality" / "index.html"}
Evaluation     {project.build / "report" / "index.html"}
Model card     {project.build / "report" / "model-card.md"}
This run       {run.pages}
Champion       models:/mmga-fans@champion
MLflow         {os.environ["MLFLOW_TRACKING_URI"]}

Look at them:  .venv/bin/mlflow ui --backend-store-uri '{os.environ["MLFLOW_TRACKING_URI"]}'
Ask again:     .venv/bin/mmga fans {account}
Retrain on a schedule:  make schedule
"""


def times(spent: dict[str, float]) -> str:
    """Where the time went, a line a part.

    >>> print(times({"install": 81.04, "dvc pull": 2}))
    Where the time went
      install     81.0 s
      dvc pull     2.0 s
      together    83.0 s
    """
    rows = {**spent, "together": sum(spent.values())}
    lines = [f"  {name:10} {seconds:5.1f} s" for name, seconds in rows.items()]
    return "\n".join(["Where the time went", *lines])


def _timed(project: Project, command: list[str]) -> float:
    """The seconds a command took; ends with its status where that is not 0."""
    began = time.monotonic()
    status = subprocess.run(command, cwd=project.root, env=environment()).returncode
    if status:
        raise SystemExit(status)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
