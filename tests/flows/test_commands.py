"""What a step of a flow prints, by the real DVC in a real git repository."""

import subprocess
import sys
from pathlib import Path

import yaml

from flows.commands import run

DVC = [sys.executable, "-m", "dvc"]


def test_a_stage_is_heard_and_dvcs_advice_to_a_person_is_not(tmp_path: Path):
    stage = {"cmd": "echo well made | tee made", "outs": ["made"]}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"make": stage}}))
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run([*DVC, "init", "--quiet"], cwd=tmp_path, check=True)
    heard: list[str] = []
    last = run([*DVC, "repro", "make"], tmp_path, heard.append, begun=lambda: None)
    assert last == heard
    assert heard[0] == "Running stage 'make':"
    assert "well made" in heard
    assert [line for line in heard if "git" in line or "dvc push" in line or "auto" in line] == []
