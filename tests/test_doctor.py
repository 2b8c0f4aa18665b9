"""The doctor finds what is wrong, says what to do, and touches nothing."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from mmga.cli import run
from mmga.doctor import contents, examine, installation, stores
from mmga.doctor.contents import SECTIONS
from mmga.project import Project
from mmga.sources.loading.load import load
from mmga.sources.tables.mapping import Mapping
from mmga.sources.tables.source import Tables
from mmga.versions import dvc_hash

ROOT = Path(__file__).parent.parent


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A project with data, as it stands right after a clone."""
    for variable in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "PREFECT_HOME", "DVC_ROOT"):
        monkeypatch.delenv(variable, raising=False)
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "edges.csv").write_text("follower_id,followee_id\na,b\nb,a\n")
    delivery = Tables({"follows": tmp_path / "edges.csv"}, Mapping({}, {}))
    load(delivery, tmp_path / "data", everyone=True)
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def states(checks):
    return {check.name: check.state for check in checks}


def everything(folder):
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*")}


def test_nothing_is_written(checkout):
    before = everything(checkout.root)
    examine(checkout.root)
    assert everything(checkout.root) == before


def test_whatever_is_not_well_comes_with_something_to_do(checkout):
    shutil.rmtree(checkout.data)
    for check in examine(checkout.root):
        assert check.state == "ok" or check.advice


def test_the_versions_installed_here_are_within_their_bounds():
    assert installation.python().state == "ok"
    assert installation.packages().state == "ok"


def test_a_version_out_of_bounds_is_named_with_the_bound_and_the_remedy(monkeypatch):
    real = installation.importlib.metadata.version
    monkeypatch.setattr(
        installation.importlib.metadata,
        "version",
        lambda name: "2.1.0" if name == "sqlalchemy" else real(name),
    )
    check = installation.packages()
    assert check.state == "fail"
    assert "sqlalchemy 2.1.0 is not" in check.found
    assert check.advice.startswith("pip install 'sqlalchemy")


def test_every_section_of_params_yaml_has_a_class_and_the_other_way_round():
    assert set(SECTIONS) == set(yaml.safe_load((ROOT / "params.yaml").read_text()))


def test_the_parameters_of_the_repository_are_valid():
    assert [check.state for check in contents.params(Project(ROOT))] == ["ok"]


def test_every_wrong_section_is_told_with_the_key(checkout):
    file = checkout.root / "params.yaml"
    values = yaml.safe_load(file.read_text())
    values["split"]["sed"] = 1
    values["retrain"]["timezone"] = "Mars"
    file.write_text(yaml.safe_dump(values))
    found = [check.found for check in contents.params(checkout)]
    assert len(found) == 2
    assert "split.sed is no known parameter; did you mean 'seed'?" in found[0]
    assert "retrain.timezone" in found[1]


def test_missing_data_and_a_truncated_table_fail(checkout):
    table = checkout.data / "posts.parquet"
    table.write_bytes(table.read_bytes()[:-20])
    assert states(contents.data(checkout)) == {"data": "fail"}
    shutil.rmtree(checkout.data)
    assert "mmga sample" in contents.data(checkout)[0].advice
    (checkout.root / "data.dvc").touch()
    assert "dvc pull" in contents.data(checkout)[0].advice


def test_data_are_compared_with_the_version_that_dvc_noted(checkout, monkeypatch):
    assert states(contents.data(checkout))["data version"] == "warn"
    for command in (["init", "--no-scm", "-q"], ["add", "-q", "data"]):
        subprocess.run(
            [sys.executable, "-m", "dvc", *command],
            cwd=checkout.root,
            check=True,
            capture_output=True,
        )
    assert states(contents.data(checkout))["data version"] == "ok"
    described = checkout.data / "dataset.json"
    size = described.stat().st_size
    monkeypatch.setattr("mmga.versions.HASHED", 1)  # what DVC has read is not read again
    assert contents.data(checkout)[1].found == "data/ is what data.dvc names"
    content = described.read_text().replace("not stated", "not staged")
    described.unlink()
    described.write_text(content)  # as long, but another
    told = "data/ is what data.dvc names by number and size of its files"
    assert contents.data(checkout)[1].found == told
    for most in (size, 2**20):
        monkeypatch.setattr("mmga.versions.HASHED", most)
        assert states(contents.data(checkout))["data version"] == "warn"


def test_large_data_are_not_called_the_version_of_a_data_dvc_without_their_size(
    checkout, monkeypatch
):
    monkeypatch.setattr("mmga.versions.HASHED", 1)
    (checkout.root / "data.dvc").write_text(f"outs:\n- md5: {'a' * 32}.dir\n  path: data\n")
    version = contents.data(checkout)[1]
    assert (version.state, version.advice) == (
        "warn",
        "Compare their content: dvc status data.dvc.",
    )


def test_the_hash_is_that_of_dvc(tmp_path):
    (tmp_path / "f").write_text("x")
    # What `dvc add` of DVC 3.67.1 writes for a folder with this one file.
    assert dvc_hash(tmp_path, [tmp_path / "f"]) == "49c131b120da38a600f8349b2b172444.dir"


def _store(project, *aliases):
    file = project.stores / "mlflow" / "mlflow.db"
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as store:
        store.execute("create table registered_model_aliases (alias, version, name)")
        rows = [(alias, number, "mmga-fans") for number, alias in enumerate(aliases, 1)]
        store.executemany("insert into registered_model_aliases values (?, ?, ?)", rows)
    store.close()


def test_mlflow_s_store_is_not_made_by_looking(checkout):
    assert states(stores.mlflow(checkout)) == {"mlflow": "warn"}
    assert not checkout.stores.exists()


def test_the_champion_is_named(checkout):
    _store(checkout, "challenger", "champion")
    (check,) = stores.mlflow(checkout)
    assert check.state == "ok"
    assert "version 2; challenger is version 1" in check.found


def test_a_store_that_is_none_fails(checkout):
    (checkout.stores / "mlflow").mkdir(parents=True)
    (checkout.stores / "mlflow" / "mlflow.db").write_text("not a database" * 100)
    assert states(stores.mlflow(checkout)) == {"mlflow": "fail"}


@pytest.fixture
def server():
    """A server that knows one registered model, and is well."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            aliases = [{"alias": "champion", "version": "4"}]
            self.wfile.write(json.dumps({"registered_model": {"aliases": aliases}}).encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_servers_are_asked(checkout, server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("PREFECT_API_URL", f"{server}/api")
    assert "version 4" in stores.mlflow(checkout)[0].found
    assert states(stores.prefect(checkout)) == {"prefect": "ok"}


def test_servers_that_do_not_answer_fail(checkout, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert states(stores.mlflow(checkout)) == {"mlflow": "fail"}
    assert states(stores.prefect(checkout)) == {"prefect": "fail"}


def test_a_schedule_that_never_comes_fails_and_a_good_one_says_when(checkout):
    file = checkout.root / "params.yaml"
    values = yaml.safe_load(file.read_text())
    values["retrain"]["cron"] = "30 4 * * 2"
    file.write_text(yaml.safe_dump(values))
    (check,) = stores.schedule(checkout)
    assert check.found.startswith("next on Tue ")
    assert "04:30" in check.found
    values["retrain"]["cron"] = "0 3 31 2 *"
    file.write_text(yaml.safe_dump(values))
    assert states(stores.schedule(checkout)) == {"schedule": "fail"}


def test_outside_a_project_the_doctor_says_so_and_ends_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {"name": "project", "state": "fail"}.items() <= found[-1].items()
