"""Trainings side by side: what becomes of the others where one fails."""

from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.project import Project
from mmga.study.experiments import experiments
from mmga.study.pool import side_by_side
from mmga.study.run import Run
from tests.alignment.conftest import PARAMS


def test_a_failure_is_said_at_once_and_nothing_else_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).write_text("{}\n", encoding="utf-8")
    runs = [Run(one, 1) for one in experiments(PARAMS)]
    with pytest.raises(InputError):
        side_by_side(Project(tmp_path), runs, 1)
    assert "full-1 failed" in capsys.readouterr().out
    assert len(list((tmp_path / "stores" / "study").glob("*.log"))) < len(runs) / 2
