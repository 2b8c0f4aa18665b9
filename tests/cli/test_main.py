"""The command line answers at once, and tells a person what is wrong without a traceback."""

import errno
import subprocess
import sys

import click
import pytest

from mmga import __version__
from mmga.cli import COMMANDS, LazyGroup, mmga, run
from mmga.errors import InputError

HEAVY = ("numpy", "pandas", "pyarrow", "pydantic", "yaml", "torch", "mlflow", "prefect", "PIL")


def test_help_imports_nothing_but_click():
    program = (
        "import sys; from mmga.cli import run; assert run(['--help']) == 0;"
        f"print([m for m in {HEAVY} if m in sys.modules], len(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    found, _, count = ended.stderr.strip().rpartition(" ")
    assert found == "[]"
    assert int(count) < 300


def test_help_lists_every_command(capsys):
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_is_there_and_shows_an_example(name, capsys):
    assert run([name, "--help"]) == 0
    command = mmga.get_command(click.Context(mmga), name)
    if not isinstance(command, click.Group):
        assert f"mmga {name}" in capsys.readouterr().out.split("Options:")[0].split("\n", 1)[1]


def test_the_version_is_that_of_the_package(capsys):
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_a_misspelt_command_is_told_the_nearest(capsys):
    assert run(["promot"]) == 2
    assert "did you mean 'promote'?" in capsys.readouterr().err


def _group_that_raises(monkeypatch, error):
    @click.command()
    def fault():
        raise error

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: fault)


def test_a_wrong_input_is_told_on_stderr_with_status_1(monkeypatch, capsys):
    _group_that_raises(monkeypatch, InputError("k must be at least 1, got 0"))
    assert run(["fans"]) == 1
    assert capsys.readouterr() == ("", "error: k must be at least 1, got 0\n")


def test_a_folder_that_cannot_be_written_is_named_and_a_fault_of_ours_is_not_hidden(
    monkeypatch, capsys
):
    _group_that_raises(monkeypatch, PermissionError(errno.EACCES, "Permission denied", "build"))
    assert run(["fans"]) == 1
    assert capsys.readouterr().err.startswith("error: build: Permission denied\nLook at")
    _group_that_raises(monkeypatch, OSError("neither rights nor room"))
    with pytest.raises(OSError, match="neither"):
        run(["fans"])


def test_ctrl_c_is_quiet(monkeypatch, capsys):
    _group_that_raises(monkeypatch, KeyboardInterrupt())
    assert run(["fans"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_goes_away_gets_no_traceback():
    program = "import sys; from mmga.cli import main; sys.argv = ['mmga', '--help']; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    with process.stderr:
        said = process.stderr.read()
    process.wait()
    assert said == b""
