"""`mmga import tables`, as a data engineer types it."""

import json
import signal
import subprocess
import sys
import time

import pytest

from mmga.cli import run
from mmga.cli.data import next_commands
from mmga.tables import read_table


@pytest.fixture
def edges(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "edges.csv").write_text("src,dst\na,b\nb,a\na,a\n")
    return [
        *("import", "tables", "--out", "data", "--follows", "edges.csv"),
        *("--map", "follows.follower_id=src", "--map", "follows.followee_id=dst"),
    ]


def test_one_command_imports_and_says_what_it_left_out_and_what_comes_next(edges, tmp_path, capsys):
    assert run(edges) == 0
    said = capsys.readouterr().out
    assert "added 2 to users: only named in other tables" in said
    assert "dropped 1 of follows: the user follows itself" in said
    assert str(tmp_path / "data.dropped.csv") in said
    assert "dvc add data" in said
    assert len(read_table(tmp_path / "data", "follows")) == 2


def test_ids_are_pseudonyms_unless_they_are_to_be_kept(edges, tmp_path, capsys, monkeypatch):
    key = tmp_path / "keys" / "mine"
    monkeypatch.setenv("MMGA_PSEUDONYM_KEY", str(key))
    assert run(edges) == 0
    said = capsys.readouterr().err
    assert f"The key of the pseudonyms was made: {key}" in said
    assert key.read_text().strip() not in said
    pseudonyms = set(read_table(tmp_path / "data", "users")["user_id"])
    assert not pseudonyms & {"a", "b"}
    assert run([*edges, "--append"]) == 0
    assert "key" not in capsys.readouterr().err
    assert run([*edges, "--append", "--keep-ids"]) == 1
    assert "one user would become two" in capsys.readouterr().err
    assert run([*edges, "--force", "--keep-ids"]) == 0
    assert set(read_table(tmp_path / "data", "users")["user_id"]) == {"a", "b"}


def test_a_key_inside_the_project_stops_the_import(edges, tmp_path, capsys, monkeypatch):
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).touch()
    monkeypatch.setenv("MMGA_PSEUDONYM_KEY", "mine.key")
    assert run(edges) == 1
    assert "must lie outside the project" in capsys.readouterr().err
    assert not (tmp_path / "mine.key").exists()
    assert not (tmp_path / "data").exists()


def test_a_machine_reads_the_same_as_json(edges, capsys):
    assert run([*edges, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["written"] == {"users": 2, "posts": 0, "follows": 2, "images": 0}
    assert report["dropped"] == {"follows": {"the user follows itself": 1}}


def test_what_is_there_is_replaced_with_force_alone(edges, capsys):
    assert run(edges) == 0
    assert run(edges) == 1
    assert "add --force to replace it" in capsys.readouterr().err
    assert run([*edges, "--force"]) == 0


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--map", "follows.kinds=x"], "did you mean 'kind'?"),
        (["--map", "follows.kind=x"], "edges.csv has no column 'x'"),
        (["--users", "none.csv"], "none.csv cannot be read: No such file or directory\nLook at"),
    ],
)
def test_a_wrong_argument_gets_a_short_message_and_makes_nothing(
    edges, tmp_path, extra, said, capsys
):
    assert run([*edges, *extra]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) <= 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edges.csv"]


def test_ctrl_c_in_the_middle_says_how_to_go_on_and_the_same_command_does(edges, tmp_path, capsys):
    edges = [*edges, "--keep-ids"]
    lines = "".join(f"u{i},u{i * 7 + 1}\n" for i in range(400_000))
    (tmp_path / "edges.csv").write_text("src,dst\n" + lines)
    program = (  # a machine that runs the tests in the background may have Ctrl-C ignored
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from mmga.cli import main; main()"
    )
    process = subprocess.Popen([sys.executable, "-c", program, *edges], stderr=subprocess.PIPE)
    until = time.monotonic() + 20
    while not list(tmp_path.glob(".data.import/records/*")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"the same command goes on from there" in said
    assert b"Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == [".data.import", "edges.csv"]
    assert run(edges) == 0
    assert "Going on where the import was interrupted" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "edges.csv"]


def test_a_sample_is_made_twice_alike_and_never_over_other_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = ["sample", "--users", "60", "--posts-per-user", "1"]
    assert run([*small, "--out", "one"]) == 0
    assert "users            60" in capsys.readouterr().out
    assert run([*small, "--out", "two", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["out"], told["written"]["users"]) == ("two", 60)
    for file in (tmp_path / "one").glob("*.*"):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    assert run([*small, "--out", "one"]) == 1
    assert run([*small, "--out", ".", "--force"]) == 1
    assert run(["sample", "--users", "2", "--out", "three"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_what_comes_next_is_said_of_the_data_that_the_pipeline_reads(tmp_path):
    assert "dvc add" in next_commands(tmp_path / "data")
    assert "dvc add" not in next_commands(tmp_path / "elsewhere")
