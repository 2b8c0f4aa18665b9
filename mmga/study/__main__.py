"""The study from beginning to end: `python -m mmga.study`, or `make study`.

What was run before with the same inputs and code is kept, so a study that was stopped goes on.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mmga.alignment.params import PretrainParams
from mmga.errors import InputError, explained
from mmga.modalities.features import told_in
from mmga.project import Project
from mmga.study.experiments import experiments, seeds_of
from mmga.study.params import StudyParams
from mmga.study.pool import side_by_side
from mmga.study.results import write_results
from mmga.study.run import TABLES, Run
from mmga.tables import read_description


@explained
def main(arguments: Sequence[str] | None = None) -> None:
    """Run every experiment with its seeds; write `build/study/` and `docs/results.md`."""
    parser = argparse.ArgumentParser(prog="python -m mmga.study", description=__doc__)
    parser.add_argument(
        "--so-far", action="store_true", help="train nothing; write down what has ended"
    )
    so_far = parser.parse_args(arguments).so_far
    project = Project.find()
    study = project.params("study", StudyParams)
    pretrain = project.params("pretrain", PretrainParams)
    every = experiments(pretrain, _told(project))
    planned = [Run(one, seed) for one in every for seed in seeds_of(one, study)]
    if so_far:
        folders = ended(project, planned)
    else:
        folders = side_by_side(project, planned, pretrain.workers)
    out = project.build / "study"
    out.mkdir(parents=True, exist_ok=True)
    tables = {}
    for name in TABLES:
        tables[name] = pd.concat([pd.read_parquet(f / f"{name}.parquet") for f in folders])
        tables[name].to_parquet(out / f"{name}.parquet", index=False)
    docs, data = project.root / "docs", read_description(project.data)
    alpha = pretrain.graph_to_content.alpha
    write_results(tables, every, study, len(planned), docs, data, alpha)


def _told(project: Project) -> frozenset[str]:
    """The modalities in which somebody has a post.

    Raises:
        InputError: If the posts have not been extracted.
    """
    features = project.build / "features"
    if not (features / "posts.parquet").is_file():
        raise InputError(f"{features / 'posts.parquet'} is missing; `dvc repro extract` makes it")
    return told_in(features)


def ended(project: Project, planned: Sequence[Run]) -> list[Path]:
    """The folders of the runs that have ended.

    Raises:
        InputError: If none of the main comparison has.
    """
    study = project.stores / "study"
    files = ("judged.json", *(f"{name}.parquet" for name in TABLES))
    done = [run for run in planned if all((study / run.name / file).is_file() for file in files)]
    if not any(run.experiment.group == "main" for run in done):
        raise InputError(f"no full training has ended in {study}: run `make study`")
    return [study / run.name for run in done]


if __name__ == "__main__":
    sys.exit(main())
