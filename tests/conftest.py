"""A small trained project, made in code: what the stages would have left in `build/`."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from mmga.fans import FanModel
from mmga.project import Project
from mmga.splits.split import Split, SplitParams, make_split
from mmga.tables import write_table

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
USERS = 120
TOPICS = ("food", "pet", "travel")


@pytest.fixture(scope="session", autouse=True)
def no_key_of_ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever runs the tests keeps their key of pseudonyms, and the tests get one of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGA_PSEUDONYM_KEY", str(tmp_path_factory.mktemp("key") / "pseudonyms.key"))
        yield


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as MLflow makes it, which takes a second or more."""
    from mlflow import MlflowClient

    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def project(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with clean tables and a split, and an MLflow store of its own."""
    return with_stores(tmp_path / "project", empty_store, monkeypatch)


def with_stores(root: Path, empty_store: Path, patch: pytest.MonkeyPatch) -> Project:
    """See `project`; for fixtures whose projects more than one test reads."""
    made = make_project(root)
    (made.stores / "mlflow").mkdir(parents=True)
    shutil.copy(empty_store, _database(made))
    use_stores(made, patch)
    return made


def use_stores(project: Project, patch: pytest.MonkeyPatch) -> None:
    """Point at the stores of a project until the patch is undone: the next test has others."""
    patch.delenv("DVC_ROOT", raising=False)
    # Project.anchor_stores() would set these.
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{_database(project)}")
    patch.setenv("PREFECT_HOME", str(project.stores / "prefect"))


def copy_of(project: Project, root: Path) -> Project:
    """The same in another folder, to be changed."""
    shutil.copytree(project.root, root)
    return Project(root)


def _database(project: Project) -> Path:
    return project.stores / "mlflow" / "mlflow.db"


def make_project(root: Path) -> Project:
    """Users who follow those whose hidden taste is like theirs; an eighth of all pairs."""
    root.mkdir(parents=True)
    for name in ("params.yaml", "dvc.yaml"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "data").mkdir()
    (root / "data" / "dataset.json").write_text('{"name": "toy", "licence": "CC0-1.0"}')
    (root / "data.dvc").write_text("outs:\n- md5: 0123456789abcdef.dir\n  path: data\n")
    project = Project(root)
    quality = project.build / "quality"
    quality.mkdir(parents=True)
    (quality / "index.html").write_text("<h1>Quality</h1>")
    (quality / "report.json").write_text('{"verdict": "pass"}')
    users = pd.DataFrame({"user_id": [f"u{i:03d}" for i in range(USERS)], "bio": None})
    users["topic"] = [TOPICS[i % len(TOPICS)] for i in range(USERS)]
    follows = _follows(users["user_id"])
    write_table(project.build / "clean", "users", users)
    write_table(project.build / "clean", "follows", follows)
    params = SplitParams(seed=3, validation=0.1, test=0.3, cold=0.1, negatives=20, max_queries=5000)
    make_split(users, follows, params).write(project.build / "splits")
    return project


def tastes() -> np.ndarray:
    """What makes users follow one another, shape (users, 4)."""
    return np.random.default_rng(0).normal(size=(USERS, 4)).astype(np.float32)


def _follows(ids: pd.Series) -> pd.DataFrame:
    affinity = tastes() @ tastes().T
    np.fill_diagonal(affinity, -np.inf)
    fan, account = np.nonzero(affinity > np.quantile(affinity, 7 / 8))
    columns = {"follower_id": ids[fan].to_numpy(), "followee_id": ids[account].to_numpy()}
    return pd.DataFrame({**columns, "followed_at": pd.NaT, "kind": "follow"})


def fan_model(noise: float) -> FanModel:
    """A model that knows the tastes but for noise of that size; 0 is the truth."""
    known = tastes() + noise * np.random.default_rng(1).normal(size=(USERS, 4)).astype(np.float32)
    zeros = np.zeros(USERS, np.float32)
    vectors = known / np.linalg.norm(known, axis=1, keepdims=True)
    ids = [f"u{i:03d}" for i in range(USERS)]
    return FanModel(ids, known, known, zeros, zeros, vectors)


def train(project: Project, name: str, noise: float = 0.3, edge: float = 0.05) -> None:
    """Leave in `build/` what pretraining, evaluation and report leave.

    Args:
        project: Where.
        name: The training's fingerprint.
        noise: See `fan_model`.
        edge: By how much the report says that the model beats every baseline.
    """
    folder = project.build / "model"
    fan_model(noise).write(folder)
    (folder / "network.safetensors").write_bytes(b"\0" * 64)
    (folder / "image").mkdir(exist_ok=True)
    (folder / "image" / "config.json").write_text("{}")
    (folder / "config.json").write_text(json.dumps({"fingerprint": name}))
    (folder / "history.csv").write_text(
        "step,epoch,loss,validation_mrr\nwarm_up,0,2.0,\nwarm_up,1,1.5,0.1\njoint,2,1.25,0.2\n"
    )
    (project.build / "report").mkdir(exist_ok=True)
    (project.build / "report" / "model-card.md").write_text(f"# A card of training {name}\n")
    evaluation = project.build / "evaluation"
    evaluation.mkdir(exist_ok=True)
    rows = [
        {"task": "fans", "candidates": "C0", "users": "warm", "metric": "mrr", "model": "mmga"}
        | {"baseline": baseline, "value": 0.2, "baseline_value": value, "difference": edge}
        | {"low": edge - 0.01, "high": edge + 0.01}
        for baseline, value in {
            "popularity": 0.1,
            "image_only": 0.11,
            "text_only": 0.12,
            "graph_only": 0.15,
        }.items()
    ]
    report = {"fingerprint": name, "comparisons": rows}
    (evaluation / "report.json").write_text(json.dumps(report))
    (evaluation / "metrics.json").write_text(
        '{"fans": {"C0": {"warm": {"mrr": 0.2, "hits@10": 0.4}}}}'
    )
    (evaluation / "comparison.png").write_bytes(b"not really a picture")


@pytest.fixture
def world() -> SimpleNamespace:
    """The functions above, for tests that make several trainings."""
    return SimpleNamespace(train=train, fan_model=fan_model, make_project=make_project)


@pytest.fixture
def split() -> Callable[[Project], Split]:
    """Reads a project's split."""
    return lambda project: Split.read(project.build / "splits")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real browser without a window; the tests that need one are skipped where there is none.

    It ends with the module: while it runs, nothing else in the process can have an event loop.
    """
    from playwright.sync_api import sync_playwright

    from tests.watching import INSTALLED, NAMES

    if INSTALLED is None:
        pytest.skip(f"no browser is installed here: none of {', '.join(NAMES)} is found")
    with sync_playwright() as playwright:
        # Within a container Chromium's own sandbox does not start, and the pages are ours.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=INSTALLED, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One real server for the runs of many tests, as starting one takes seconds."""
    from flows.serve import server

    project = Project(tmp_path_factory.mktemp("server"))
    project.stores.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
        with server(project) as url:
            patch.undo()
            yield url


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
