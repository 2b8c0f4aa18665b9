"""One training of the study: spoil the inputs, train, judge, and keep what each query got."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mmga
from mmga.alignment.fit import fingerprint_of, fit
from mmga.alignment.params import PretrainParams
from mmga.evaluation.baselines.trained import trained_baselines
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.probes import probe
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.report import EvaluateParams
from mmga.evaluation.slices import by_temperature
from mmga.fans import FanModel
from mmga.modalities.extract import extract
from mmga.modalities.features import MODALITIES
from mmga.modalities.params import ExtractParams
from mmga.project import Project, sha256_of
from mmga.splits.params import SplitParams
from mmga.splits.split import TASKS, Split, make_split
from mmga.splits.withheld import read_withheld
from mmga.study.experiments import Experiment
from mmga.study.other_tasks import COLUMNS, Trained, other_tasks
from mmga.study.params import StudyParams
from mmga.tables import read_table

TABLES = ("queries", "probes", "tasks", "tuning", "validation")
"""What is kept of every run: what each query got, what linear models read off the views, the other
tasks (`mmga.study.other_tasks`), what was tried of each baseline, and the validation MRR that
chose."""

KEPT = ("mrr", "hits@10", "ndcg@20")
"""The metrics of a query that are kept."""

USERS = ("warm", "cold", "warm->cold", "cold->warm", "cold->cold")
"""The parts of the test follows that are judged by themselves."""


@dataclass(frozen=True)
class Run:
    """One experiment with one seed."""

    experiment: Experiment
    seed: int

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.experiment.name}-{self.seed}"


def run(project: Project, work: Run) -> Path:
    """Train and judge; what was done before with the same inputs and code is kept.

    Args:
        project: Where `build/clean` and `build/features` lie.
        work: What is run.

    Returns:
        The folder in the stores with a Parquet file for each of `TABLES`, `trained.json` (what
        the training cost) and `judged.json`.
    """
    evaluate = project.params("evaluate", EvaluateParams)
    params = work.experiment.params(project.params("pretrain", PretrainParams), work.seed)
    params = params.model_copy(update={"workers": 1})
    out = project.stores / "study" / work.name
    inputs = out / "inputs"
    split, seen = _inputs(project, work, inputs)
    training = fingerprint_of(inputs / "features", inputs / "splits", params)
    if not _done(out / "trained.json", training):
        fit(inputs / "features", inputs / "splits", params, out / "build", out / "stores")
        cost = json.loads((out / "stores" / "trainings" / f"{training}.json").read_text("utf-8"))
        _write_json({"fingerprint": training, "cost": cost}, out / "trained.json")
    study = project.params("study", StudyParams)
    judging = _fingerprint_of_judge(training, inputs / "splits", evaluate, study.trials)
    if not _done(out / "judged.json", judging):
        models = [FanModel.read(out / "build" / "model")]
        models += [FanModel.read(f, f.name) for f in sorted((out / "build" / "rivals").glob("*/"))]
        topics = read_table(project.build / "clean", "users")["topic"].astype(object).tolist()
        validation = Validation(seen, evaluate.tuning_follows)
        scorers = _scorers(work, models, validation, evaluate, study.trials)
        queries = pd.concat(_judged(scorers, split))
        probes = pd.concat([probe(model, split, topics) for model in models])
        tasks = pd.DataFrame(columns=list(COLUMNS))
        if work.experiment.group == "main":
            trained = Trained(out / "build" / "model", params, inputs / "features")
            tasks = other_tasks(trained, models, scorers, split, topics, evaluate)
        tables = {
            "queries": queries,
            "probes": probes,
            "tasks": tasks,
            "tuning": validation.table(),
            "validation": _validation(out / "build"),
        }
        for name, table in tables.items():
            table["experiment"], table["seed"] = work.experiment.name, work.seed
            table.to_parquet(out / f"{name}.parquet", index=False)
        _write_json({"fingerprint": judging, "split": split.hashes}, out / "judged.json")
    for folder in (inputs, out / "stores"):
        shutil.rmtree(folder, ignore_errors=True)
    return out


def _validation(build: Path) -> pd.DataFrame:
    """The best validation MRR of MMGA, after each of its steps."""
    history = pd.read_csv(build / "model" / "history.csv")
    best = history.groupby("step", sort=False)["validation_mrr"].max().dropna()
    return best.reset_index()


def _scorers(
    work: Run,
    models: list[FanModel],
    validation: Validation,
    evaluate: EvaluateParams,
    trials: int,
) -> list[Scorer]:
    """What is judged: the models, and in the main comparison and the controls the baselines.

    Those that are trained are in the main comparison alone.
    """
    if work.experiment.group not in ("main", "control"):
        return [*models]
    untrained = baselines(
        validation.split,
        evaluate.svd_ranks,
        evaluate.pagerank_restarts,
        validation,
        evaluate.seed,
    )
    if work.experiment.group == "control":
        return [*models, *untrained]
    tuning = Tuning(validation, trials, work.seed)
    return [*models, *untrained, *trained_baselines(untrained, models, tuning)]


def _inputs(project: Project, work: Run, folder: Path) -> tuple[Split, Split]:
    """Write the split and the features as the training sees them.

    Returns:
        The split that judges, and that which is seen.
    """
    clean = project.build / "clean"
    shutil.rmtree(folder, ignore_errors=True)
    study = project.params("study", StudyParams)
    update = {"seed": work.seed, "revealed": study.revealed}
    params = project.params("split", SplitParams).model_copy(update=update)
    users, follows, texts = (read_table(clean, name) for name in ("users", "follows", "posts"))
    pictures = pd.read_parquet(clean / "images.parquet")
    split = seen = make_split(users, follows, params, texts, pictures)
    features = _features(project, split, folder)
    posts = pd.read_parquet(features / "posts.parquet")
    if work.experiment.spoil is not None:
        posts, seen = work.experiment.spoil(posts, split, np.random.default_rng(work.seed))
    (folder / "features").mkdir(parents=True)
    posts.to_parquet(folder / "features" / "posts.parquet", index=False)
    for name in ("extract.json", *MODALITIES):
        (folder / "features" / name).symlink_to(features / name)
    seen.write(folder / "splits")
    return split, seen


def _features(project: Project, split: Split, folder: Path) -> Path:
    """Those of the pipeline where this split withholds the same posts; else extracted anew."""
    build = project.build
    if _rows(split.withheld) == _rows(read_withheld(build / "splits")):
        return build / "features"
    params = project.params("extract", ExtractParams)
    clean, store, out = build / "clean", project.stores / "encodings", folder / "extracted"
    extract(clean, project.data, params, out, store, withheld=split.withheld)
    return out


def _rows(withheld: pd.DataFrame) -> list[tuple[str, ...]]:
    return sorted(map(tuple, withheld.fillna("").astype(str).to_numpy().tolist()))


def _fingerprint_of_judge(
    training: str, splits: Path, evaluate: EvaluateParams, trials: int
) -> str:
    """Names a judgement by all that its numbers depend on: the training, the split and the code."""
    package = Path(mmga.__file__).parent
    files = [
        package / "fans.py",
        package / "paths.py",
        package / "svd.py",
        *sorted((package / "evaluation").rglob("*.py")),
        *sorted((package / "splits").glob("*.py")),
        Path(__file__),
        splits / "negatives.npz",
    ]
    said = training + sha256_of(*files) + evaluate.model_dump_json() + f"{trials} trials"
    return hashlib.sha256(said.encode()).hexdigest()


def _done(record: Path, fingerprint: str) -> bool:
    if not record.is_file():
        return False
    return bool(json.loads(record.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)


def _write_json(content: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _judged(scorers: Sequence[Scorer], split: Split) -> Iterator[pd.DataFrame]:
    """What every query got from every scorer: a row a query, candidates, part and scorer."""
    known, masks = Known(split), by_temperature(split)
    edges = split.test[split.negatives.ranked]
    for scorer in scorers:
        for task in TASKS:
            ranks = rank_follows(scorer, task, edges, known, split.negatives.of(task))
            for candidates in ranks.rank:
                for users in USERS:
                    scores = metrics_of(ranks, candidates, masks[users])
                    if scores is None:
                        continue
                    case = {"model": scorer.name, "task": task, "candidates": candidates}
                    rows = scores.values[list(KEPT)].astype(np.float32)
                    yield rows.assign(**case, users=users, query=scores.query)
