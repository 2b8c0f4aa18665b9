"""The project's own record of its runs: one at a time, whoever is first."""

import time
from pathlib import Path
from threading import Thread

import pytest

from flows.records import Run, bury_lost, only_one
from mmga.errors import InputError
from mmga.project import Project


def test_of_two_runs_that_begin_at_once_the_second_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path)
    refused: list[str] = []

    def second() -> None:
        try:
            with only_one(project):
                Run.begin(project, "two")
        except InputError as error:
            refused.append(str(error))

    with only_one(project):
        other = Thread(target=second)
        other.start()
        time.sleep(0.2)  # time for the other to look, if nothing held it
        first = Run.begin(project, "one")
    other.join(timeout=30)
    assert len(refused) == 1
    assert "a retraining is at work since" in refused[0]
    first.close("completed")
    with only_one(project):
        pass


def test_a_run_that_is_at_work_refuses_another(tmp_path: Path) -> None:
    project = Project(tmp_path)
    Run.begin(project, "one")
    with pytest.raises(InputError, match="a retraining is at work"), only_one(project):
        pass


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"outcome": "running"}'])
def test_a_record_that_was_cut_short_stops_no_run(tmp_path: Path, content: str) -> None:
    project = Project(tmp_path)
    (project.stores / "runs").mkdir(parents=True)
    (project.stores / "runs" / "cut.json").write_text(content)
    with only_one(project):
        assert not bury_lost(project)
