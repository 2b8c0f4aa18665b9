"""One MLflow run a training, whatever happens in between."""

import json
import os
import shutil
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from flows.commands import failure
from mmga.cli import run
from mmga.errors import InputError
from mmga.project import Project
from mmga.tracking import EXPERIMENT, FINGERPRINT, connect, record


def runs(project: Project) -> list:
    client = connect(project)
    return client.search_runs([client.get_experiment_by_name(EXPERIMENT).experiment_id])


def test_a_run_tells_the_whole_training(project: Project, world: SimpleNamespace) -> None:
    world.train(project, "one")
    costs = project.stores / "trainings" / "one.json"
    costs.parent.mkdir(parents=True)
    costs.write_text('{"seconds": 12.5, "peak_bytes": 1000}')
    run_id = record(project)
    client = connect(project)
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["split.test"] == "0.1"
    assert run.data.params["pretrain.seed"] == "7"
    assert run.data.metrics["evaluation/fans/C0/warm/mrr"] == 0.2
    assert run.data.metrics["evaluation/fans/C0/warm/hits_at_10"] == 0.4
    assert run.data.metrics["cost/seconds"] == 12.5
    history = client.get_metric_history(run_id, "training/loss")
    assert [(point.step, point.value) for point in history] == [(0, 2.0), (1, 1.5), (2, 1.25)]
    measured = client.get_metric_history(run_id, "training/validation_mrr")
    assert [point.step for point in measured] == [1, 2]
    tags = run.data.tags
    assert tags[FINGERPRINT] == "one"
    assert tags["mmga.data_version"] == "0123456789abcdef.dir"
    assert tags["mmga.quality"] == "pass"
    assert len(tags["mmga.split"]) == 64
    kept = {file.path for file in client.list_artifacts(run_id, "evaluation")}
    assert {"evaluation/report.json", "evaluation/comparison.png"} <= kept
    assert str(project.stores) in run.info.artifact_uri


def test_recording_twice_doubles_nothing(project: Project, world: SimpleNamespace) -> None:
    world.train(project, "one")
    first = record(project)
    (project.build / "evaluation" / "metrics.json").write_text('{"fans": {"mrr": 0.3}}')
    assert record(project) == first
    assert len(runs(project)) == 1
    client = connect(project)
    assert len(client.get_metric_history(first, "training/loss")) == 3
    assert client.get_run(first).data.metrics["evaluation/fans/mrr"] == 0.3


def test_a_run_that_was_killed_before_it_had_its_parameters_gets_them(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    client = connect(project)
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    half = client.create_run(experiment, tags={FINGERPRINT: "one"})
    client.log_param(half.info.run_id, "split.test", "0.1")
    assert record(project) == half.info.run_id
    params = client.get_run(half.info.run_id).data.params
    assert (params["split.test"], params["pretrain.seed"]) == ("0.1", "7")


def test_the_revision_recorded_is_that_of_the_training(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    training = project.stores / "trainings" / "one.json"
    training.parent.mkdir(parents=True)
    training.write_text('{"revision": "abc123", "mmga": {"seconds": 1.5}}')
    run = connect(project).get_run(record(project))
    assert run.data.tags["mmga.code"] == "abc123"
    assert run.data.metrics["cost/mmga/seconds"] == 1.5


def test_another_training_is_another_run(project: Project, world: SimpleNamespace) -> None:
    world.train(project, "one")
    first = record(project)
    world.train(project, "two")
    assert record(project) != first


def test_processes_that_open_a_missing_store_at_once_make_one(project: Project) -> None:
    (project.stores / "mlflow" / "mlflow.db").unlink()
    code = (
        "from pathlib import Path; from mmga.project import Project; from mmga.tracking import "
        f"connect; print(connect(Project(Path({str(project.root)!r})))"
        f".get_experiment_by_name({EXPERIMENT!r}).experiment_id)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(set(said)) == 1


def test_a_stage_that_has_not_run_is_named(project: Project, world: SimpleNamespace) -> None:
    with pytest.raises(InputError, match=r"config\.json is missing; `dvc repro`"):
        record(project)
    world.train(project, "one")
    (project.build / "quality" / "report.json").unlink()
    with pytest.raises(InputError, match=r"quality/report\.json is missing"):
        record(project)


def test_a_metric_that_is_no_number_is_left_out_of_the_run(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    metrics = {"fans": {"mrr": 0.1, "auc": float("nan"), "note": "text", "cold": None}}
    (project.build / "evaluation" / "metrics.json").write_text(json.dumps(metrics))
    run = connect(project).get_run(record(project))
    assert {name for name in run.data.metrics if name.startswith("evaluation")} == {
        "evaluation/fans/mrr"
    }


def test_the_version_recorded_is_of_the_data_that_were_read(project: Project) -> None:
    assert project.data_version() == "0123456789abcdef.dir"  # of data.dvc: nothing ran yet
    lock = {"stages": {"validate": {"deps": [{"path": "data", "md5": "feedbeef.dir"}]}}}
    (project.root / "dvc.lock").write_text(json.dumps(lock))  # YAML too
    assert project.data_version() == "feedbeef.dir"


@pytest.mark.parametrize(
    "place", ["http://me:secret@127.0.0.1:9", "sqlite:///{root}/garbage.db", "no-such-store://x"]
)
def test_a_store_that_cannot_be_used_is_told_in_seconds_and_may_be_tried_again(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    (project.root / "garbage.db").write_text("no database")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place.format(root=project.root))
    monkeypatch.chdir(project.root)
    before = dict(os.environ)
    began = time.monotonic()
    assert run(["promote"]) == 1
    assert time.monotonic() - began < 60
    told = capsys.readouterr().err.splitlines()
    assert told[-2].startswith("Error: MLflow's store at ")
    assert "secret" not in "".join(told)
    assert not failure(told, 1).lasting
    assert dict(os.environ).keys() - before.keys() <= {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"}


def test_stores_that_cannot_be_written_to_are_told(project: Project) -> None:
    shutil.rmtree(project.stores)
    project.stores.write_text("no folder")
    with pytest.raises(InputError, match="stores must be a folder that can be written to"):
        connect(project)
