"""The study from beginning to end: `python -m mmga.study`, or `make study`.

What was run before with the same inputs and code is kept, so a study that was stopped goes on.
"""

import sys

import pandas as pd

from mmga.alignment.params import PretrainParams
from mmga.errors import explained
from mmga.project import Project
from mmga.study.experiments import experiments, seeds_of
from mmga.study.params import StudyParams
from mmga.study.pool import side_by_side
from mmga.study.results import write_results
from mmga.study.run import TABLES, Run


@explained
def main() -> None:
    """Run every experiment with its seeds; write `build/study/` and `docs/results.md`."""
    project = Project.find()
    study = project.params("study", StudyParams)
    pretrain = project.params("pretrain", PretrainParams)
    every = experiments(pretrain)
    runs = [Run(one, seed) for one in every for seed in seeds_of(one, study)]
    folders = side_by_side(project, runs, pretrain.workers)
    out = project.build / "study"
    out.mkdir(parents=True, exist_ok=True)
    tables = {}
    for name in TABLES:
        tables[name] = pd.concat([pd.read_parquet(f / f"{name}.parquet") for f in folders])
        tables[name].to_parquet(out / f"{name}.parquet", index=False)
    write_results(tables, every, study, project.root / "docs")


if __name__ == "__main__":
    sys.exit(main())
