"""Stage: models and held-out follows in, what may be called better out."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError, explained
from mmga.evaluation.baselines.factors import Factors
from mmga.evaluation.baselines.pagerank import PageRank
from mmga.evaluation.baselines.profiles import words_read
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.figures import draw_comparison, draw_losses
from mmga.evaluation.report import EvaluateParams, judge, write_report
from mmga.fans import FanModel
from mmga.project import Project
from mmga.splits.split import Split
from mmga.tables import read_table


@explained
def main() -> None:
    """Read the model, its rivals and the split; judge; write `build/evaluation/`."""
    project = Project.find()
    build, folder = project.build, project.build / "evaluation"
    params = project.params("evaluate", EvaluateParams)
    split = Split.read(build / "splits")
    model = _read(build / "model", "mmga", split)
    trained = [_read(f, f.name, split) for f in sorted((build / "rivals").glob("*/"))]
    validation = Validation(split, params.tuning_follows)
    users, posts = (read_table(build / "clean", name) for name in ("users", "posts"))
    words = words_read(split, users, posts)
    untrained = baselines(
        split, params.svd_ranks, params.pagerank_restarts, validation, params.seed, words
    )
    topics = users["topic"].astype(object).fillna("").tolist()

    report = judge(model, [*trained, *untrained], split, topics, params)
    report["svd_rank"] = next(s.rank for s in untrained if isinstance(s, Factors))
    pagerank = next(s for s in untrained if isinstance(s, PageRank))
    report["pagerank"] = {"restart": pagerank.restart, "directed": pagerank.directed}
    config = json.loads((build / "model" / "config.json").read_text(encoding="utf-8"))
    report["fingerprint"] = config.get("fingerprint")

    write_report(report, model.name, folder)
    draw_comparison(report["comparisons"], folder / "comparison.png")
    draw_losses(pd.read_csv(build / "model" / "history.csv"), folder / "losses.png")
    write_embeddings(model, folder / "embeddings.parquet")


def write_embeddings(model: FanModel, file: Path) -> None:
    """The representation of every user: `user_id` and `vector`, a list of `dim` float32."""
    dim = model.vectors.shape[1]
    vectors = pa.FixedSizeListArray.from_arrays(model.vectors.astype("float32").ravel(), dim)
    pq.write_table(pa.table({"user_id": list(model.user_ids), "vector": vectors}), file)


def _read(folder: Path, name: str, split: Split) -> FanModel:
    model = FanModel.read(folder, name=name)
    if list(model.user_ids) != split.user_ids:
        raise InputError(
            f"{folder} numbers {len(model.user_ids):,} users, build/splits others"
            f" ({len(split.user_ids):,}).\nThe model is of another split: run `dvc repro`."
        )
    return model


if __name__ == "__main__":
    main()
