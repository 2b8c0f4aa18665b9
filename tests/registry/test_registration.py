"""What becomes a version, what does not, and that a version stands on its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
import pandas as pd
import pytest

from mmga.errors import InputError
from mmga.project import Project
from mmga.registry.registration import register
from mmga.registry.versions import (
    CHALLENGER,
    CHAMPION,
    MODEL,
    address_of,
    find,
    folder_of,
    load,
    location_of,
)
from mmga.tracking import connect
from mmga.versions import dvc_hash
from tests.conftest import copy_of, train, use_stores, with_stores


@pytest.fixture(scope="module")
def made(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """See `registered`."""
    with pytest.MonkeyPatch.context() as patch:
        project = with_stores(tmp_path_factory.mktemp("made") / "project", empty_store, patch)
        train(project, "one", noise=0.3)
        register(project)
    return project


@pytest.fixture
def registered(made: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Training `one` is version 1; to be read only, as registering takes seconds."""
    use_stores(made, monkeypatch)
    return made


def test_a_model_is_registered_once_and_as_challenger(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    first = register(project)
    again = register(project)
    assert (first.version, first.new) == (1, True)
    assert (again.version, again.new) == (1, False)
    assert "already" in str(again)
    client = connect(project)
    version = find(client, CHALLENGER)
    assert int(version.version) == 1
    assert find(client, CHAMPION) is None
    assert version.tags["mmga.fingerprint"] == "one"
    assert version.tags["mmga.data_version"] == "0123456789abcdef.dir"
    assert (version.tags["mmga.metric"], version.tags["mmga.value"]) == ("fans C0 mrr", "0.2")
    assert client.get_run(version.run_id).data.tags["mmga.fingerprint"] == "one"
    assert "+0.0400 to +0.0600" in version.description
    world.train(project, "two")
    assert register(project).version == 2
    assert int(find(client, CHALLENGER).version) == 2


def test_a_version_left_without_its_alias_gets_it_the_next_time(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    register(project)
    client = connect(project)
    client.delete_registered_model_alias(MODEL, CHALLENGER)  # as if killed just before
    assert not register(project).new
    assert int(find(client, CHALLENGER).version) == 1


def test_a_registered_model_predicts_no_follow_that_exists(registered: Project) -> None:
    model = load(registered, CHALLENGER)
    follows = pd.read_parquet(registered.build / "clean" / "follows.parquet")
    followers = set(follows.loc[follows["followee_id"] == "u003", "follower_id"])
    predicted = set(model.fans("u003", 1000)["user_id"])
    assert len(followers) > 3
    assert not predicted & followers
    assert predicted | followers | {"u003"} == set(model.user_ids)


def test_what_is_registered_scores_as_what_was_trained(
    registered: Project, world: SimpleNamespace
) -> None:
    queries = np.arange(7)
    expected = world.fan_model(0.3).scores("fans", queries)
    np.testing.assert_array_equal(load(registered, "1").scores("fans", queries), expected)


def test_a_model_loads_where_there_is_no_mmga_and_no_pickle_is_allowed(
    registered: Project, tmp_path: Path
) -> None:
    client = connect(registered)
    folder = folder_of(client, find(client, CHALLENGER), registered).parents[1]
    assert not [file for file in folder.rglob("*") if file.suffix in (".pkl", ".pickle")]
    assert not list((folder / "code").rglob("*.pyc")), "compiled code of another Python goes along"
    code = (
        "import importlib.util, sys\n"
        f"sys.path[:] = [p for p in sys.path if p != {str(Path.cwd())!r}]\n"
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f)]\n"
        "assert importlib.util.find_spec('mmga') is None, 'mmga must not be importable here'\n"
        "import mlflow, pandas\n"
        f"model = mlflow.pyfunc.load_model({str(folder)!r})\n"
        "asked = pandas.DataFrame({'user_id': ['u003', 'u004']})\n"
        "print(model.predict(asked, params={'k': 2}).to_json(orient='records'))\n"
        "import mmga\n"
        f"assert mmga.__file__.startswith({str(folder)!r}), mmga.__file__\n"
        "own = {name for name in sys.modules if name.startswith('mmga.')}\n"
        "needed = ('errors', 'fans', 'paths', 'service', 'service.answers')\n"
        "assert own == {'mmga.' + name for name in needed}, own\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={"PATH": "", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "HOME": str(tmp_path)}
        | {"DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [(row["query"], row["rank"]) for row in rows] == [
        ("u003", 1),
        ("u003", 2),
        ("u004", 1),
        ("u004", 2),
    ]
    assert rows[0]["user_id"] == load(registered, CHALLENGER).fans("u003", 1)["user_id"][0]


def test_a_model_needs_no_more_than_its_requirements_say(registered: Project) -> None:
    client = connect(registered)
    folder = folder_of(client, find(client, CHALLENGER), registered).parents[1]
    lines = (folder / "requirements.txt").read_text().split()
    assert {line.partition("==")[0] for line in lines} == {
        "mlflow", "numpy", "pandas", "pyarrow", "safetensors", "scipy",
    }  # fmt: skip


def test_a_version_holds_the_card_of_its_run(registered: Project) -> None:
    client = connect(registered)
    folder = folder_of(client, find(client, CHALLENGER), registered)
    written = (registered.build / "report" / "model-card.md").read_text()
    assert (folder / "model-card.md").read_text() == written
    assert len(find(client, CHALLENGER).description) < 5000, "MLflow's column is no longer"


@pytest.mark.parametrize("text", [None, "# A card of training another"])
def test_a_model_without_its_own_card_is_not_registered(
    project: Project, world: SimpleNamespace, text: str | None
) -> None:
    world.train(project, "one")
    card = project.build / "report" / "model-card.md"
    if text is None:
        card.unlink()
    else:
        card.write_text(text)
    with pytest.raises(InputError, match=r"model-card\.md is missing or of another training"):
        register(project)
    assert find(connect(project), "1") is None


def lock(project: Project, reread: bool = True) -> None:
    """What DVC notes of a run of three stages; without `reread` the first alone runs again."""
    file = project.root / "dvc.lock"
    noted = json.loads(file.read_text())["stages"] if file.is_file() else {}

    def named(*paths: str) -> list[dict[str, str]]:
        folders = [project.root / path for path in paths]
        files = [[part for part in folder.rglob("*") if part.is_file()] for folder in folders]
        return [
            {"path": path, "md5": dvc_hash(folder, parts)}
            for path, folder, parts in zip(paths, folders, files, strict=True)
        ]

    code = [{"path": "mmga/tables.py", "md5": project.root.name}]
    outs = named("build/clean", "build/quality")
    noted["validate"] = {"deps": [*named("data"), *code], "outs": outs}
    if reread:
        read = named("build/clean", "build/quality", "data")
        noted["split"] = {"deps": named("build/clean"), "outs": named("build/splits")}
        noted["report"] = {"deps": read, "outs": named("build/model", "build/report")}
        noted["gone"] = {"deps": [{"path": "data", "md5": "old"}], "outs": []}
    file.write_text(json.dumps({"stages": noted}))  # YAML too


@pytest.mark.parametrize(
    ("new", "changed"),
    [("data/dataset.json", "data"), ("build/quality/profile.json", "build/quality")],
)
def test_a_build_that_no_one_run_has_made_is_not_registered(
    project: Project, world: SimpleNamespace, new: str, changed: str
) -> None:
    world.train(project, "one")
    lock(project)
    (project.root / new).write_text("{}")
    lock(project, reread=False)  # `dvc repro --single-item validate`
    message = f"build/ is of more than one run: report has read another {changed} than"
    with pytest.raises(InputError, match=message) as raised:
        register(project)
    assert "dvc repro" in str(raised.value)
    lock(project)
    assert register(project).new


def test_what_dvc_has_not_made_is_not_registered(project: Project, world: SimpleNamespace) -> None:
    world.train(project, "one")
    lock(project)
    report = project.build / "quality" / "report.json"
    noted = report.read_text()
    report.write_text('{"verdict": "warn"}')  # `python -m mmga.stages.validate`
    with pytest.raises(InputError, match=r"build/quality is not what dvc\.lock names"):
        register(project)
    report.write_text(noted)
    (project.root / "dvc.lock").write_text("<<<<<<< ours\n")
    with pytest.raises(InputError, match="get it back from git"):
        register(project)
    assert not connect(project).search_runs(["0", "1"]), "and nothing is told of it"


def test_a_version_that_lost_its_files_is_made_once_more(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    register(project)
    client = connect(project)
    shutil.rmtree(folder_of(client, find(client, CHALLENGER), project))
    with pytest.raises(InputError, match=r"version 1 has lost its files .*\nBring them back"):
        load(project, "1")
    again = register(project)
    assert (again.version, again.new) == (2, True)
    assert not register(project).new


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("quality/report.json", {"verdict": "fail"}, "the data failed their checks"),
        ("evaluation/metrics.json", {"fans": {"mrr": float("inf")}}, "fans.mrr is inf"),
        ("model/config.json", {"fingerprint": "other"}, "evaluation is of training one"),
    ],
)
def test_a_model_that_fails_a_gate_is_not_registered(
    project: Project, world: SimpleNamespace, file: str, content: dict, message: str
) -> None:
    world.train(project, "one")
    (project.build / file).write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        register(project)
    assert find(connect(project), "1") is None


def test_a_metric_that_no_evaluation_has_is_refused_with_those_there_are(
    project: Project, world: SimpleNamespace
) -> None:
    world.train(project, "one")
    params = project.root / "params.yaml"
    params.write_text(params.read_text().replace("metric: mrr", "metric: hits"))
    with pytest.raises(
        InputError, match=r"params\.yaml: promote\.metric: .*must be one of mrr, hits@1"
    ):
        register(project)


def test_a_version_that_does_not_exist_is_refused_with_the_way_out(project: Project) -> None:
    with pytest.raises(InputError, match="'campion'; did you mean 'champion'"):
        load(project, "campion")
    with pytest.raises(InputError, match="mmga promote"):
        address_of(project, "7")


@pytest.mark.parametrize("moved", [False, True])
def test_a_project_that_was_moved_or_copied_reads_and_writes_its_own_files(
    project: Project, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    world.train(project, "one")
    register(project)
    elsewhere = copy_of(project, project.root.parent / "it's elsewhere")
    if moved:
        shutil.rmtree(project.root)
    there = sorted(project.root.rglob("*"))
    use_stores(elsewhere, monkeypatch)
    assert load(elsewhere, "1").user_ids
    world.train(elsewhere, "two")
    register(elsewhere)
    client = connect(elsewhere)
    for number in "12":
        version = client.get_model_version(MODEL, number)
        run = client.get_run(version.run_id)
        for place in (location_of(client, version), run.info.artifact_uri):
            assert place.startswith(elsewhere.root.as_uri() + "/stores/")
            assert Path(url2pathname(urlparse(place).path)).is_dir()
    assert sorted(project.root.rglob("*")) == there
