"""A data set that lacks a modality, or more, goes through the whole pipeline."""

import importlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from mmga.tables import read_table, write_table
from tests.end_to_end.conftest import Checkout


def _without_images(data: Path) -> None:
    shutil.rmtree(data / "images")


def _without_captions(data: Path) -> None:
    write_table(data, "posts", read_table(data, "posts").assign(caption=None))
    write_table(data, "users", read_table(data, "users").assign(bio=None))


def _without_dates_and_topics(data: Path) -> None:
    write_table(data, "posts", read_table(data, "posts").assign(created_at=pd.NaT))
    write_table(data, "follows", read_table(data, "follows").assign(followed_at=pd.NaT))
    write_table(data, "users", read_table(data, "users").assign(topic=None))


def _without_posts(data: Path) -> None:
    _without_images(data)
    write_table(data, "posts", read_table(data, "posts").iloc[:0])


@pytest.fixture
def one_thread() -> Iterator[None]:
    """The stages change what holds for the whole process; here that is the tests'."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    "lack", [_without_images, _without_captions, _without_dates_and_topics, _without_posts]
)
def test_a_data_set_that_lacks_much_goes_through_every_stage(
    fresh: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lack: Callable[[Path], None]
):
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(fresh.root / name, tmp_path / name)
    shutil.copytree(fresh.root / "data", tmp_path / "data")
    lack(tmp_path / "data")
    Checkout(tmp_path).set(**{"pretrain.rivals": ["late_fusion", "image_only", "text_only"]})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    for name, stage in yaml.safe_load((tmp_path / "dvc.yaml").read_text())["stages"].items():
        read = [dep for dep in stage["deps"] if not dep.startswith("mmga")]
        assert all((tmp_path / dep).exists() for dep in read), "DVC would miss it"
        importlib.import_module(f"mmga.stages.{name}").main()
        assert all((tmp_path / out).is_dir() for out in stage["outs"])
    rivals = {folder.name for folder in (tmp_path / "build" / "rivals").iterdir()}
    assert ("image_only" in rivals) == (lack not in (_without_images, _without_posts))
    assert ("text_only" in rivals) == (lack is not _without_captions)  # bios are texts, too
    metrics = json.loads((tmp_path / "build" / "evaluation" / "metrics.json").read_text())
    assert 0 < metrics["fans"]["C0"]["warm"]["mrr"] < 1
