"""A small real project in a folder of its own: real data, git, DVC, every stage, tiny encoders."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from mmga.cli import run
from mmga.project import Project
from mmga.tables import read_images, read_table, write_table

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent

SMALL: dict[str, Any] = {
    "split.negatives": 50,
    "split.hard": 20,
    "extract.image.size": 16,
    "extract.image.config.embedding_size": 4,
    "extract.image.config.hidden_sizes": [4, 8],
    "extract.image.config.depths": [1, 1],
    "extract.text.max_tokens": 12,
    "extract.text.vocabulary": 300,
    "extract.text.config.hidden_size": 8,
    "extract.text.config.num_hidden_layers": 1,
    "extract.text.config.intermediate_size": 16,
    "pretrain.dim": 8,
    "pretrain.posts_per_user": 2,
    "pretrain.edges_per_batch": 256,
    "pretrain.candidates": 64,
    "pretrain.structure": 8,
    "pretrain.neighbours": 4,
    "pretrain.workers": 1,
    "pretrain.checkpoint_seconds": 0,
    # The others are trained where data lack something (test_sparse_data.py).
    "pretrain.rivals": ["text_only", "graph_only"],
    "pretrain.warm_up": {"content_epochs": 1, "graph_epochs": 3},
    "pretrain.graph_to_content.epochs": 1,
    "pretrain.content_to_graph.epochs": 1,
    "pretrain.refine.rounds": 1,
    "pretrain.refine.epochs": 2,
    "pretrain.refine.settle_epochs": 1,
    "pretrain.refine.pace": 1.0,
    "evaluate.resamples": 100,
    "evaluate.svd_ranks": [4, 8],
    "evaluate.tuning_follows": 100,
    "promote.resamples": 100,
    "promote.timed_queries": 20,
    # So little training cannot beat a graph; that is what the rule is tested for elsewhere.
    "promote.first": ["reciprocity"],
    "promote.first_best_of": ["reciprocity"],
}


@dataclass
class Checkout:
    """One clone of the repository, small enough to be run whole."""

    root: Path

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """What a person types in it."""
        return subprocess.run(
            command,
            cwd=self.root,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=240,
            **options,
        )

    def done(self, *command: str) -> str:
        """Run what must not fail; what it said."""
        result = self.run(*command)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def mmga(self, *arguments: str) -> Any:
        """The answer of `mmga`, with `--json`, in this process: seconds less a command."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
            patch.chdir(self.root)
            stores = Project(self.root).stores
            patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{stores / 'mlflow' / 'mlflow.db'}")
            patch.setenv("PREFECT_HOME", str(stores / "prefect"))
            assert run([*arguments, "--json"]) == 0
        return json.loads(said.getvalue())

    def set(self, **values: Any) -> None:
        """Change parameters, named as in `set(**{"pretrain.dim": 4})`."""
        file = self.root / "params.yaml"
        params = yaml.safe_load(file.read_text(encoding="utf-8"))
        for name, value in values.items():
            *sections, key = name.split(".")
            place = params
            for section in sections:
                place = place[section]
            place[key] = value
        file.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")

    def copy(self, root: Path) -> "Checkout":
        """The same in another folder, to be changed there."""
        shutil.copytree(self.root, root, symlinks=True)
        return Checkout(root)

    def commit(self) -> None:
        """Keep everything in git."""
        self.done("git", "add", "--all")
        self.done("git", "commit", "--quiet", "--message", "as it is")

    def at_work(self) -> list[psutil.Process]:
        """The processes that work in it."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.cwd() == str(self.root) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def bytes_of(self, *names: str) -> dict[str, bytes]:
        """The contents of files of `build/`."""
        return {name: (self.root / "build" / name).read_bytes() for name in names}


RESULTS = ("evaluation/report.json", "evaluation/metrics.json", "model/fans.safetensors",
           "report/index.html", "report/model-card.md")  # fmt: skip
"""What two runs must agree in, byte for byte."""


def environment() -> dict[str, str]:
    """As after `source .venv/bin/activate`, with someone to commit as."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    unwanted = ("MLFLOW_TRACKING_URI", "PREFECT_HOME", "DVC_ROOT", "DVC_STAGE")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    git = {
        f"GIT_{who}_{what}": "t@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return {**kept, **git, "PATH": path, "PYTHONUNBUFFERED": "1"}


def stages_run(said: str) -> list[str]:
    """The stages that DVC ran, from what it said."""
    return [line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone with data and nothing made yet."""
    checkout = Checkout(tmp_path_factory.mktemp("fresh") / "project")
    (checkout.root / ".dvc").mkdir(parents=True)
    for name in ("mmga", "flows"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, checkout.root / name, ignore=ignored)
    for name in ("dvc.yaml", "params.yaml", ".gitignore", ".dvcignore", ".dvc/config"):
        shutil.copy(ROOT / name, checkout.root / name)
    checkout.set(**SMALL)
    checkout.done("git", "init", "--quiet")
    checkout.done(
        "mmga",
        *["sample", "--out", "data", "--users", "150", "--posts-per-user", "2", "--seed", "3"],
    )
    _speak(checkout.root / "data")
    checkout.done("dvc", "add", "--quiet", "data")
    checkout.commit()
    return checkout


WORD = "zqxjkvw"
"""In the captions of one user alone, whom others mention: see `spoken_of`."""


def spoken_of(data: Path) -> str:
    """The user of most pictures."""
    author = read_table(data, "posts").set_index("post_id")["user_id"]
    shown = [post for *_, batch in read_images(data, ["post_id"]) for post in batch[0].to_pylist()]
    return str(author[shown].value_counts().index[0])


def _speak(data: Path) -> None:
    user, posts = spoken_of(data), read_table(data, "posts")
    theirs = posts["user_id"] == user
    posts.loc[theirs, "caption"] = [f"{WORD} number {number}" for number in range(theirs.sum())]
    others = posts.index[~theirs][:20]
    posts.loc[others, "caption"] = posts.loc[others, "caption"].fillna("") + f" @{user.upper()}"
    write_table(data, "posts", posts)


@pytest.fixture(scope="session")
def made(fresh: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone in which `dvc repro` has made everything; for reading, or for copying."""
    checkout = fresh.copy(tmp_path_factory.mktemp("made") / "project")
    said = checkout.done("dvc", "repro")
    assert stages_run(said) == ["validate", "split", "extract", "pretrain", "evaluate", "report"]
    checkout.commit()
    return checkout


@pytest.fixture(scope="session")
def flown(
    fresh: Checkout, prefect_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Checkout:
    """Another clone that the flow has taken from nothing to a champion."""
    checkout = fresh.copy(tmp_path_factory.mktemp("flown") / "a project with spaces")
    checkout.done("env", f"PREFECT_API_URL={prefect_server}", sys.executable, "-m", "flows.retrain")
    return checkout


@pytest.fixture
def copy(made: Checkout, tmp_path: Path) -> Checkout:
    """What was made, to be changed."""
    return made.copy(tmp_path / "project")
