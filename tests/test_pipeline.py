"""dvc.yaml, params.yaml, mmga/stages and the flow describe one pipeline; here they are one."""

import re
import shutil
import subprocess
from pathlib import Path

import grimp
import pytest
import yaml

from flows.chain import steps
from mmga.project import Project

ROOT = Path(__file__).parent.parent
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
STUDY = yaml.safe_load((ROOT / "study" / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["study"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
IMPORTS = grimp.build_graph("mmga", cache_dir=None)
OTHER_SECTIONS = {"audit", "drift", "promote", "retrain", "study"}
"""Of `params.yaml`: read by the audit, after the stages, by the schedule, or by the study."""


def test_every_stage_file_is_a_dvc_stage_and_the_other_way_round():
    files = {path.stem for path in (ROOT / "mmga" / "stages").glob("[!_]*.py")}
    assert files == set(STAGES)


def test_the_flow_takes_every_stage_then_registers_and_promotes():
    first, *others = STAGES
    assert first == "validate"
    chain = [first, "drift", *others, "audit", "register", "promote"]
    assert list(steps(Project(ROOT))) == chain
    assert list(steps(Project(ROOT), promote=False)) == list(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_its_own_file(name: str):
    assert STAGES[name]["cmd"] == f"python -m mmga.stages.{name}"


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reruns_when_any_code_it_uses_changes(name: str):
    watched = _watched(name)
    unwatched = {file for file in _used(name) if not any(map(file.is_relative_to, watched))}
    assert not unwatched, f"add to the deps of {name} in dvc.yaml: {sorted(map(str, unwatched))}"


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_does_not_rerun_for_code_it_does_not_use(name: str):
    used = _used(name)
    unused = {dep for dep in _watched(name) if not any(file.is_relative_to(dep) for file in used)}
    assert not unused, f"remove from the deps of {name} in dvc.yaml: {sorted(map(str, unused))}"


def test_the_study_reruns_when_any_code_it_uses_changes_and_for_no_other():
    watched = [Path(dep) for dep in STUDY["deps"] if dep.startswith("mmga")]
    used = _files("mmga.study.__main__")
    assert not {file for file in used if not any(map(file.is_relative_to, watched))}
    assert not {dep for dep in watched if not any(file.is_relative_to(dep) for file in used)}


@pytest.mark.parametrize("name", STAGES)
def test_what_a_stage_reads_of_the_build_was_made_by_a_stage_before_it(name: str):
    before = [out for stage in _until(name) for out in _outs(stage)]
    read = [dep for dep in STAGES[name]["deps"] if dep.startswith("build/")]
    assert [dep for dep in read if not any(Path(dep).is_relative_to(out) for out in before)] == []


def test_every_section_of_the_parameters_is_used_and_every_used_one_exists():
    used = {key.split(".")[0] for stage in STAGES.values() for key in stage.get("params", [])}
    assert used | OTHER_SECTIONS == set(PARAMS)
    assert not used & OTHER_SECTIONS


def _watched(name: str) -> list[Path]:
    """The code among a stage's dependencies."""
    return [Path(dep) for dep in STAGES[name]["deps"] if dep.startswith("mmga")]


def _used(name: str) -> set[Path]:
    return _files(f"mmga.stages.{name}")


def _files(module: str) -> set[Path]:
    """The files that a module imports, directly or not, and its own; without the empty door."""
    files = {_file_of(used) for used in IMPORTS.find_upstream_modules(module) | {module}}
    return {file for file in files if file != Path("mmga/__init__.py")}


def _file_of(module: str) -> Path:
    path = Path(*module.split("."))
    return path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py")


def _until(name: str) -> list[str]:
    return list(STAGES)[: list(STAGES).index(name)]


def _outs(name: str) -> list[str]:
    stage = STAGES[name]
    every = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return [out if isinstance(out, str) else next(iter(out)) for out in every]


def test_what_is_pushed_to_the_remote_inside_the_repository_is_not_committed_by_accident(tmp_path):
    config = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    (url,) = re.findall(r"url = \.\./(\S+)", config)
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    pushed = tmp_path / url / "files" / "md5" / "00" / "1"
    pushed.parent.mkdir(parents=True)
    pushed.touch()
    said = subprocess.run([*git, "status", "--short"], check=True, capture_output=True, text=True)
    assert said.stdout == "?? .gitignore\n"
