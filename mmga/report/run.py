"""What a finished run left, as the report needs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmga.errors import InputError
from mmga.fans import FanModel
from mmga.project import Project, read_json
from mmga.splits.split import Split
from mmga.tables import read_description, read_table


@dataclass(frozen=True)
class Run:
    """The trained model with everything that was found out about it."""

    report: dict[str, Any]
    """`report.json` of the evaluation."""
    config: dict[str, Any]
    """`config.json` of the model: its parameters and its fingerprint."""
    quality: dict[str, Any]
    """`report.json` of the validation."""
    description: dict[str, Any]
    """`dataset.json`; empty where the data set has none."""
    data_version: str | None
    """As DVC names the data that were read."""
    histories: dict[str, pd.DataFrame]
    """By model, its own first: a row an epoch, with `step`, `epoch` and what was measured."""
    model: FanModel
    split: Split
    topics: list[str | None]
    """Of each user, None where it is not known."""
    clean: Path
    """The clean tables."""
    data: Path
    """The data set, for its pictures."""
    rivals: Path
    """A folder for each trained rival."""

    @classmethod
    def read(cls, project: Project) -> "Run":
        """The run in `build/`.

        Raises:
            InputError: If a stage has not run, or the evaluation is of another training.
        """
        build = project.build
        report = read_json(build / "evaluation" / "report.json")
        config = read_json(build / "model" / "config.json")
        trained, judged = config.get("fingerprint"), report.get("fingerprint")
        if trained != judged:
            raise InputError(
                f"the evaluation is of training {judged}, the model of {trained}."
                "\n`dvc repro` brings them together."
            )
        topics = read_table(build / "clean", "users")["topic"].astype(object)
        return cls(
            report=report,
            config=config,
            quality=read_json(build / "quality" / "report.json"),
            description=read_description(project.data),
            data_version=project.data_version(),
            histories=_histories(build),
            model=FanModel.read(build / "model"),
            split=Split.read(build / "splits"),
            topics=topics.where(topics.notna(), None).tolist(),
            clean=build / "clean",
            data=project.data,
            rivals=build / "rivals",
        )

    def rival(self, name: str | None) -> FanModel | None:
        """A trained rival; None where the run has none of that name."""
        if name is None or not (self.rivals / name / "fans.safetensors").is_file():
            return None
        return FanModel.read(self.rivals / name, name=name)


def _histories(build: Path) -> dict[str, pd.DataFrame]:
    files = [build / "model" / "history.csv", *sorted(build.glob("rivals/*/history.csv"))]
    names = ["mmga", *(file.parent.name for file in files[1:])]
    return {name: pd.read_csv(file) for name, file in zip(names, files, strict=True)}
