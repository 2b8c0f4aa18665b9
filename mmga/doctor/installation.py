"""The machine, Python, the packages and the programs that MMGA stands on."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from mmga.doctor.check import Check
from mmga.project import Project

LOW_DISK, NO_DISK = 5 * 2**30, 2**28
"""Free bytes below which the doctor warns, and below which not even the sample's run fits."""


def python() -> Check:
    """Whether this Python is one that MMGA is made for."""
    version = platform.python_version()
    wanted = importlib.metadata.metadata("mmga")["Requires-Python"]
    if version in SpecifierSet(wanted, prereleases=True):
        return Check("python", "ok", f"Python {version} ({sys.executable})")
    return Check(
        "python",
        "fail",
        f"Python {version} is in use, MMGA needs {wanted}",
        "Make the virtual environment anew with a fitting Python: rm -r .venv && make.",
    )


def packages() -> Check:
    """Whether every library is there in a version within the bounds of `pyproject.toml`."""
    wrong = []
    requirements = _requirements()
    for requirement in requirements:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version} is not {requirement.specifier}")
    if not wrong:
        return Check("packages", "ok", f"{len(requirements)} libraries within their bounds")
    fix = " ".join(repr(str(r)) for r in requirements if any(w.split()[0] == r.name for w in wrong))
    return Check("packages", "fail", "; ".join(wrong), f"pip install {fix}")


def _requirements() -> list[Requirement]:
    # A checkout's file is newer than what was noted when it was installed.
    file = Path(__file__).parents[2] / "pyproject.toml"
    if file.is_file():
        texts = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        texts = importlib.metadata.requires("mmga") or []
    found = [Requirement(text) for text in texts]
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": ""})]


def machine() -> Check:
    """Cores, memory and whether PyTorch will find a GPU."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpu = "a GPU" if Path("/dev/nvidia0").exists() else "no GPU"
    found = f"{cores} cores, {memory:.0f} GiB of memory, {gpu}"
    threads = os.environ.get("OMP_NUM_THREADS")
    if threads and threads.isdigit() and int(threads) < (cores or 1):
        return Check(
            "machine",
            "warn",
            f"{found}, but OMP_NUM_THREADS={threads}",
            "Unset OMP_NUM_THREADS to train with every core.",
        )
    return Check("machine", "ok", found)


def tools(project: Project) -> list[Check]:
    """git, DVC, and the Python that DVC will start."""
    return [_git(project), _dvc(project), _path_python()]


def _git(project: Project) -> Check:
    try:
        said = subprocess.run(
            ["git", "-C", str(project.root), "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        advice = "Install git; without it a model does not know the code it was made with."
        return Check("git", "warn", "there is no git", advice)
    if said.returncode:
        advice = "Work in a git clone, or `git init` and commit once."
        return Check("git", "warn", said.stderr.strip().splitlines()[0], advice)
    return Check("git", "ok", f"at commit {said.stdout.strip()}")


def _dvc(project: Project) -> Check:
    program = shutil.which("dvc") or shutil.which("dvc", path=str(Path(sys.executable).parent))
    if program is None:
        return Check("dvc", "fail", "there is no program `dvc`", "Activate the environment.")
    if not (project.root / ".dvc").is_dir():
        advice = "Run `dvc init` in the project, or clone it again."
        return Check("dvc", "fail", f"{project.root} is no DVC project", advice)
    return Check("dvc", "ok", f"DVC {importlib.metadata.version('dvc')}")


def _path_python() -> Check:
    found = shutil.which("python")
    here = Path(sys.executable).parent
    if found and Path(found).parent == here:
        return Check("path", "ok", "`python` is the one that runs this")
    return Check(
        "path",
        "warn",
        f"`python` is {found or 'not there'}, not the one in {here}: `dvc repro` would start it",
        f"Activate the environment: source {here / 'activate'}",
    )


def disk(project: Project) -> Check:
    """Whether there is room for a run."""
    free = shutil.disk_usage(project.root).free
    found = f"{free / 2**30:.1f} GiB free"
    if free < NO_DISK:
        return Check("disk", "fail", found, "Make room: `dvc gc -w` lets go of old versions.")
    if free < LOW_DISK:
        return Check("disk", "warn", found, "Make room before a large run: `dvc gc -w`.")
    return Check("disk", "ok", found)
