"""What a person gave wrong is told in one to three lines with exit status 1; no traceback."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from mmga.stages import validate
from mmga.tables import IMAGES, image_parts
from tests.end_to_end.conftest import Checkout, stages_run


def _drop_a_column(data: Path) -> None:
    posts = pd.read_parquet(data / "posts.parquet")
    posts.drop(columns="user_id").to_parquet(data / "posts.parquet", index=False)


def _let_a_stranger_follow(data: Path) -> None:
    follows = pq.read_table(data / "follows.parquet").to_pandas()
    follows.loc[0, "follower_id"] = "stranger"
    follows.to_parquet(data / "follows.parquet", index=False)


def _truncate(data: Path) -> None:
    content = (data / "users.parquet").read_bytes()
    (data / "users.parquet").write_bytes(content[: len(content) // 2])


def _truncate_pictures(data: Path) -> None:
    part = image_parts(data)[0]
    part.write_bytes(part.read_bytes()[:-100])


def _put_words_for_a_picture(data: Path) -> None:
    part = image_parts(data)[0]
    rows = pq.read_table(part).to_pylist()
    rows[0]["bytes"] = b"not a picture"
    pq.write_table(pq.read_table(part).from_pylist(rows, IMAGES), part)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_let_a_stranger_follow, ["follows", "1 "]),
        (_truncate, ["users.parquet", "cannot be read as Parquet"]),
        (_truncate_pictures, ["part-00000.parquet", "cannot be read as Parquet"]),
        (_put_words_for_a_picture, ["images", "1 "]),
    ],
)
def test_bad_data_stop_the_first_stage(
    fresh: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[Path], None],
    told: list[str],
):
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(fresh.root / name, tmp_path / name)
    shutil.copytree(fresh.root / "data", tmp_path / "data")
    harm(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        validate.main()
    assert ended.value.code == 1
    _explained(capsys.readouterr().err, told)


def test_dvc_stops_at_bad_data_and_says_why(fresh: Checkout, tmp_path: Path):
    checkout = fresh.copy(tmp_path / "project")
    _drop_a_column(checkout.root / "data")
    result = checkout.run("dvc", "repro")
    assert result.returncode != 0
    assert stages_run(result.stdout) == ["validate"]
    assert "error: " in result.stderr
    assert "column 'user_id' is missing" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("mmga", "doctor"),
        (sys.executable, "-m", "flows.retrain"),
        (sys.executable, "-m", "mmga.stages.pretrain"),
    ],
)
def test_a_misspelt_parameter_is_found_before_the_first_stage(
    fresh: Checkout, tmp_path: Path, prefect_server: str, command: tuple[str, ...]
):
    checkout = fresh.copy(tmp_path / "project")
    checkout.set(**{"pretrain.dmi": 64})
    told = ["pretrain.dmi is no known parameter; did you mean 'dim'?"]
    _refused(checkout, ["env", f"PREFECT_API_URL={prefect_server}", *command], told)
    assert not (checkout.root / "build").exists()


def test_an_account_that_does_not_exist(made: Checkout):
    told = ["no user 'nobody'"]
    for command in ("fans", "followees", "lookalike"):
        _refused(made, ["mmga", command, "nobody", "--model", "build"], told)


def _refused(checkout: Checkout, command: list[str], told: list[str]) -> None:
    result = checkout.run(*command)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    if "doctor" in command:
        assert told[0] in result.stdout
        return
    _explained(result.stderr, told)


def _explained(said: str, told: list[str]) -> None:
    text = said[said.index("error: ") :]
    assert len(text.splitlines()) <= 3
    assert all(part in text for part in told), text
