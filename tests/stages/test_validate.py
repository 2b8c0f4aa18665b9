"""The stage as DVC runs it: from the project's root, without arguments."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


def project(folder: Path, users: int) -> Path:
    """A project whose data are `users` users in a ring, with neither posts nor pictures."""
    from mmga.tables import TABLES, write_table

    shutil.copy(ROOT / "params.yaml", folder)
    shutil.copy(ROOT / "dvc.yaml", folder)
    names = [f"u{number:03d}" for number in range(users)]
    ring = {"follower_id": names, "followee_id": [*names[1:], names[0]], "followed_at": pd.NaT}
    write_table(
        folder / "data", "users", pd.DataFrame({"user_id": names}).assign(topic="x", bio="")
    )
    write_table(folder / "data", "follows", pd.DataFrame(ring).assign(kind="follow"))
    posts = pd.DataFrame({name: pd.Series(dtype=object) for name in TABLES["posts"].names})
    write_table(folder / "data", "posts", posts)
    return folder


def stage(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mmga.stages.validate"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_good_data_end_with_status_0_and_clean_tables(tmp_path):
    done = stage(project(tmp_path, 60))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(pd.read_parquet(tmp_path / "build" / "clean" / "users.parquet")) == 60


def test_bad_data_end_with_status_1_and_a_message_of_at_most_three_lines(tmp_path):
    done = stage(project(tmp_path, 10))
    assert done.returncode == 1
    assert done.stderr.startswith("error: users: 10 are left, 50 are needed")
    assert len(done.stderr.splitlines()) <= 3
    assert (tmp_path / "build" / "quality" / "index.html").is_file()


@pytest.mark.parametrize("place", ["build", "build/quality", "build/clean"])
def test_a_file_in_place_of_a_folder_is_named_without_a_traceback(place, tmp_path):
    file = project(tmp_path, 60) / place
    file.parent.mkdir(exist_ok=True)
    file.touch()
    done = stage(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path / place}")
    assert done.stderr.endswith("\nLook at what is there, its rights and the room on its disk.\n")
    assert len(done.stderr.splitlines()) == 2
