"""The leak audit of a run of the study: it is held to what the pipeline's own run is held to."""

import tempfile
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from mmga.audit import audit
from mmga.errors import InputError
from mmga.project import Project


def audited(project: Project, run: str, inputs: Path, build: Path) -> pd.DataFrame:
    """What `mmga audit` finds of a training: columns `subject`, `rule`, `state`, `found`.

    Args:
        project: Where `build/clean` and the data lie.
        run: What the training is called.
        inputs: Holds `features/` and `splits/`, as it was trained on them.
        build: Holds `model/` and `rivals/`.

    Raises:
        InputError: If a rule is broken: then what the run comes to must not be believed.
    """
    folders = {
        "data": project.data,
        "build/clean": project.build / "clean",
        "build/features": inputs / "features",
        "build/splits": inputs / "splits",
        "build/model": build / "model",
        "build/rivals": build / "rivals",
    }
    with tempfile.TemporaryDirectory(prefix="mmga-audited-") as scratch:
        root = Path(scratch)
        (root / "build").mkdir()
        for place, folder in folders.items():
            (root / place).symlink_to(folder.resolve(), target_is_directory=True)
        findings = list(audit(Project(root)))
    broken = [finding for finding in findings if finding.state == "fail"]
    if broken:
        first = broken[0]
        rules = f"{len(broken)} rules of the audit are" if len(broken) > 1 else "a rule is"
        raise InputError(
            f"{run} must not be believed, {rules} broken; {first.subject}: {first.rule}:"
            f" {first.found}\nIf nobody has changed its files, the code is at fault. Remove"
            f" stores/study/{run} and run `make study` to train it again."
        )
    return pd.DataFrame(map(asdict, findings)).drop(columns="way_out")
