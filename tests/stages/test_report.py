"""The stage `report` from a finished run to `build/report`."""

import json
import shutil

import pytest

from mmga.project import Project
from mmga.stages import report as stage
from tests.report.conftest import finish


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return finish(tmp_path_factory.mktemp("run") / "project")


@pytest.fixture
def project(made: Project, tmp_path, monkeypatch) -> Project:
    shutil.copytree(made.root, tmp_path / "a copy")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path / "a copy")
    return Project(tmp_path / "a copy")


def written(project: Project) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (project.build / "report").iterdir()}


def test_a_page_and_a_card_are_written_and_are_the_same_in_another_folder(
    project: Project, made: Project, monkeypatch
):
    stage.main()
    files = written(project)
    assert set(files) == {"index.html", "model-card.md"}
    assert str(project.root).encode() not in b"".join(files.values())
    monkeypatch.chdir(made.root)
    stage.main()
    assert written(made) == files


def test_an_evaluation_of_another_training_is_refused(project: Project, capsys):
    file = project.build / "evaluation" / "report.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"fingerprint": "f2"}))
    with pytest.raises(SystemExit):
        stage.main()
    said = capsys.readouterr().err
    assert "the evaluation is of training f2, the model of f1" in said
    assert "dvc repro" in said


@pytest.mark.parametrize(
    "file", ["evaluation/report.json", "quality/report.json", "splits/split.json"]
)
def test_what_a_stage_before_has_not_made_is_named(project: Project, capsys, file: str):
    (project.build / file).unlink()
    with pytest.raises(SystemExit):
        stage.main()
    said = capsys.readouterr().err
    assert file.partition("/")[0] in said
    assert "dvc repro" in said
    assert "Traceback" not in said
