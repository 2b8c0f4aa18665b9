"""A tiny real pipeline: two stages of one line each, run by the real DVC and the real Prefect."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from flows.records import Run, read, runs
from mmga.project import Project

DVC_YAML = """\
stages:
  validate:
    cmd: python step.py validate
    deps: [data, step.py]
    outs: [build/clean]
  split:
    cmd: python step.py split
    deps: [build/clean, step.py]
    outs: [build/splits]
"""

PARAMS = {
    "cron": "* * * * *",
    "timezone": "UTC",
    "retries": 2,
    "retry_delay_seconds": 0.1,
    "timeout_minutes": 1,
}

STEP = """\
import os, sys, time
from pathlib import Path

name = sys.argv[1]
print("this is", name)
with open(name + ".tries", "a") as tries:
    tries.write(f"{os.getpid()}\\n")
"""

FINISH = """\
out = Path("build", {"validate": "clean", "split": "splits"}[name])
out.mkdir(parents=True)
(out / "made").write_text(name)
"""


@dataclass
class Tiny:
    """The pipeline in a folder."""

    project: Project
    server: str = ""
    """The API of a Prefect server; none: each run starts a temporary one."""

    def stage(self, code: str = "") -> None:
        """Let the stages do `code` (which sees `name`) before they finish."""
        (self.project.root / "step.py").write_text(STEP + code + FINISH)

    def params(self, **changes: object) -> None:
        """Change the section `retrain`."""
        text = yaml.safe_dump({"retrain": PARAMS | changes})
        (self.project.root / "params.yaml").write_text(text)

    def command(self, module: str) -> list[str]:
        """How a person starts a flow."""
        return [sys.executable, "-m", module, "--no-promote"]

    @property
    def environment(self) -> dict[str, str]:
        """What a run sees."""
        return {**os.environ} | ({"PREFECT_API_URL": self.server} if self.server else {})

    def retrain(self) -> subprocess.CompletedProcess[str]:
        """Run the flow once, as a person does."""
        return subprocess.run(
            self.command("flows.retrain"),
            cwd=self.project.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def tries(self, stage: str) -> list[int]:
        """The process numbers of the tries of a stage."""
        file = self.project.root / f"{stage}.tries"
        return [int(line) for line in file.read_text().splitlines()] if file.is_file() else []

    @property
    def last_run(self) -> Run:
        """The record of the newest run."""
        return read(max(runs(self.project).glob("*.json"), key=lambda file: file.stat().st_mtime))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh pipeline without git; to be copied, as DVC takes a second to make its folder."""
    root = tmp_path_factory.mktemp("template") / "a project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "x").write_text("1")
    (root / "dvc.yaml").write_text(DVC_YAML)
    tiny = Tiny(Project(root))
    tiny.params()
    tiny.stage()
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=root, check=True)
    return root


@pytest.fixture
def alone(template: Path, tmp_path: Path) -> Tiny:
    """A pipeline that has no Prefect server."""
    shutil.copytree(template, tmp_path / "a project")
    return Tiny(Project(tmp_path / "a project"))


@pytest.fixture
def tiny(alone: Tiny, prefect_server: str) -> Tiny:
    """A pipeline with a Prefect server."""
    alone.server = prefect_server
    return alone
