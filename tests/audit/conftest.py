"""A tiny project that was really split, extracted and trained, for leaks to be planted in."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmga.alignment.fit import fit
from mmga.audit.finding import Finding
from mmga.modalities.extract import extract
from mmga.splits.negatives import Drawn, Negatives
from mmga.splits.params import SplitParams
from mmga.splits.split import Split, make_split
from mmga.tables import read_table
from tests.alignment.conftest import PARAMS
from tests.tiny import EXTRACT, write_clean

ROOT = Path(__file__).parent.parent.parent

SPLIT = SplitParams(
    seed=1,
    validation=0.1,
    test=0.15,
    cold=0.1,
    negatives=50,
    hard=8,
    revealed=(0, 1),
    max_queries=99,
)

TRAINED = PARAMS.model_copy(update={"rivals": ("graph_only", "image_only")})


@pytest.fixture(scope="session")
def clean_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a project up to `pretrain`; to be read only."""
    root = tmp_path_factory.mktemp("audited")
    build = root / "build"
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, root / name)
    write_clean(root)
    users, follows, posts = (
        read_table(build / "clean", name) for name in ("users", "follows", "posts")
    )
    make_split(users, follows, SPLIT, posts).write(build / "splits")
    extract(build / "clean", root / "data", EXTRACT, build / "features", root / "stores")
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    fit(build / "features", build / "splits", TRAINED, build, root / "stores")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)
    return root


@pytest.fixture
def root(clean_project: Path, tmp_path: Path) -> Path:
    """A copy, to plant a leak in."""
    return Path(shutil.copytree(clean_project, tmp_path / "project"))


@pytest.fixture
def build(root: Path) -> Path:
    """Its `build/`."""
    return root / "build"


def read_split(build: Path) -> Split:
    return Split.read(build / "splits")


def recorded(build: Path) -> dict[str, str]:
    """The hashes that `split.json` records."""
    described: dict[str, Any] = json.loads((build / "splits" / "split.json").read_text())
    return dict(described["sha256"])


def change_split(build: Path, change: Callable[[Split], dict[str, Any]]) -> Split:
    """Write the split with some fields changed, and hashes that fit: only the content is wrong."""
    split = read_split(build)
    changed = replace(split, **change(split))
    changed = replace(changed, negatives=_of_the_same_follows(split, changed))
    changed.write(build / "splits")
    return changed


def _of_the_same_follows(split: Split, changed: Split) -> Negatives:
    """The negatives of the ranked follows that are still there, at their new rows."""
    row = {tuple(edge): number for number, edge in enumerate(changed.test.tolist())}
    ranked = [row.get(tuple(edge), -1) for edge in split.test[split.negatives.ranked].tolist()]
    kept = np.array(ranked) >= 0
    kinds = {
        kind: Drawn(drawn.fans[kept], drawn.followees[kept])
        for kind, drawn in split.negatives.kinds.items()
    }
    return Negatives(np.array(ranked, dtype=np.int32)[kept], kinds)


def with_follow(edges: np.ndarray, follower: int, followee: int) -> np.ndarray:
    """`edges` and one more follow, sorted as a part is."""
    more = np.array([[follower, followee]], dtype=edges.dtype)
    return np.unique(np.concatenate([edges, more]), axis=0)


def broken(findings: Iterable[Finding]) -> list[str]:
    """The rules that do not hold; every one of them says what to do."""
    wrong = [finding for finding in findings if finding.state == "fail"]
    assert all(finding.way_out for finding in wrong)
    return [finding.rule for finding in wrong]
