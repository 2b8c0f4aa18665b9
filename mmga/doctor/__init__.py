"""What is wrong with an installation, seen in a few seconds and without changing anything."""

from pathlib import Path

from mmga.doctor.check import Check
from mmga.doctor.contents import data, params
from mmga.doctor.installation import disk, machine, packages, python, tools
from mmga.doctor.stores import mlflow, prefect, schedule
from mmga.errors import InputError
from mmga.project import Project

__all__ = ["Check", "examine"]


def examine(start: Path | None = None) -> list[Check]:
    """Look at the installation and at the project that holds `start` (default: working folder)."""
    checks = [python(), packages(), machine()]
    try:
        project = Project.find(start)
    except InputError as error:
        advice = "Go to the folder that `git clone` made."
        return [*checks, Check("project", "fail", str(error).splitlines()[0], advice)]
    for look in (tools, params, data, mlflow, prefect, schedule):
        checks += look(project)
    return [*checks, disk(project)]
