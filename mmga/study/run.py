"""One training of the study: spoil the inputs, train, judge, and keep what each query got."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

import mmga
from mmga.alignment.fit import fingerprint_of, fit
from mmga.alignment.params import PretrainParams
from mmga.disturb import permuted_test
from mmga.evaluation.baselines.content import described
from mmga.evaluation.baselines.profiles import words_read
from mmga.evaluation.baselines.trained import trained_baselines
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.chance import by_relabelling
from mmga.evaluation.probes import probe_by_user
from mmga.evaluation.ranking import Scorer
from mmga.evaluation.report import EvaluateParams
from mmga.fans import FanModel
from mmga.modalities.extract import extract
from mmga.modalities.features import MODALITIES, Features
from mmga.modalities.params import ExtractParams
from mmga.project import Project, sha256_of
from mmga.splits.params import SplitParams
from mmga.splits.split import Split, make_split
from mmga.splits.withheld import read_withheld
from mmga.study.audited import audited
from mmga.study.experiments import Experiment
from mmga.study.judgement import judge_by_query, judge_lists
from mmga.study.other_tasks import COLUMNS, Trained, other_tasks
from mmga.study.params import StudyParams
from mmga.study.record import best_validation, costs, history
from mmga.tables import read_table

TABLES = (
    "queries", "metrics", "slices", "lists", "costs", "probes", "probed", "topics", "tasks",
    "tuning", "validation", "history", "chance", "audit",
)  # fmt: skip
"""What is kept of every run: what each query got, the sums of it, and it by slice
(`mmga.study.judgement`); what lists are like, and what training cost; what linear models read off
the views, of whom rightly, and which topics; the other tasks (`mmga.study.other_tasks`); what was
tried of each baseline, and the validation MRR that chose; the losses of every epoch; what chance
comes to; and what the leak audit found."""

JUDGES = ("run.py", "judgement.py", "other_tasks.py", "record.py", "retrieval.py")
"""The code of this folder that a judgement depends on; where there is an audit, that of it, too."""

PROBED = ("main", "step", "ablation")
"""Groups of experiments of which it is kept what was read off each user."""

RELABELLED = 199
"""How often users are relabelled to tell what chance comes to."""


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

    Raises:
        InputError: If the run is of the main comparison and the leak audit finds something.
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
    users, posts = (read_table(project.build / "clean", name) for name in ("users", "posts"))
    topics = users["topic"].astype(object).fillna("").tolist()
    asked = f"{training} {work.experiment.group} {topics} {study.trials} trials"
    main = work.experiment.group == "main"
    judging = _fingerprint_of_judge(asked, inputs / "splits", evaluate, main)
    if not _done(out / "judged.json", judging):
        found = audited(project, work.name, inputs, out / "build") if main else pd.DataFrame()
        trained = Trained(out / "build" / "model", params, inputs / "features")
        words = words_read(split, users, posts)
        tables = _judged(work, trained, split, seen, topics, words, evaluate, study)
        for name, table in {**tables, "audit": found}.items():
            table["experiment"], table["seed"] = work.experiment.name, work.seed
            table.to_parquet(out / f"{name}.parquet", index=False)
        _write_json({"fingerprint": judging, "split": split.hashes}, out / "judged.json")
    for folder in (inputs, out / "stores"):
        shutil.rmtree(folder, ignore_errors=True)
    return out


def _judged(
    work: Run,
    trained: Trained,
    split: Split,
    seen: Split,
    topics: Sequence[str | None],
    words: csr_array,
    evaluate: EvaluateParams,
    study: StudyParams,
) -> dict[str, pd.DataFrame]:
    """All of `TABLES` but the audit; what an experiment is not asked is empty."""
    build, group = trained.model.parent, work.experiment.group
    models = [FanModel.read(trained.model)]
    models += [FanModel.read(f, f.name) for f in sorted((build / "rivals").glob("*/"))]
    validation = Validation(seen, evaluate.tuning_follows)
    scorers = _scorers(work, models, validation, trained.features, words, evaluate, study.trials)
    main = group == "main"
    posts = pd.read_parquet(trained.features / "posts.parquet")
    probed = [probe_by_user(model, split, topics) for model in models]
    kept = probed if group in PROBED else []
    tasks = other_tasks(trained, models, scorers, split, topics, evaluate.seed) if main else None
    other = work.experiment.spoil is permuted_test
    chance = [*by_relabelling(models[0], split, RELABELLED, work.seed)] if other else []
    losses = history(build)
    return {
        **judge_by_query(scorers, split, posts, topics, sliced=main),
        "lists": judge_lists(scorers if main else [], split),
        "costs": costs(build.parent / "trained.json"),
        "probes": pd.concat(found.values for found in probed),
        "probed": pd.concat(found.by_user for found in kept) if kept else probed[0].by_user[:0],
        "topics": pd.concat(found.topics for found in kept) if kept else probed[0].topics[:0],
        "tasks": pd.DataFrame(columns=list(COLUMNS)) if tasks is None else tasks,
        "tuning": validation.table(),
        "validation": best_validation(losses),
        "history": losses,
        "chance": pd.DataFrame({"mrr": chance}, dtype=float),
    }


def _scorers(
    work: Run,
    models: list[FanModel],
    validation: Validation,
    features: Path,
    words: csr_array,
    evaluate: EvaluateParams,
    trials: int,
) -> list[Scorer]:
    """What is judged: the models, and in the main comparison and the controls the baselines.

    Those that are trained are in the main comparison alone.
    """
    if work.experiment.group not in ("main", "control"):
        return [*models]
    control = work.experiment.group == "control"
    untrained = baselines(
        validation.split,
        evaluate.svd_ranks,
        evaluate.pagerank_restarts,
        validation,
        evaluate.seed,
        None if control else words,  # which are not spoilt
    )
    if control:
        return [*models, *untrained]
    tuning = Tuning(validation, trials, work.seed)
    content = described(Features.read(features, len(validation.split.user_ids)), work.seed)
    return [*models, *untrained, *trained_baselines(untrained, models, content, tuning)]


def _inputs(project: Project, work: Run, folder: Path) -> tuple[Split, Split]:
    """Write the split and the features as the training sees them.

    Returns:
        The split that judges, and that which is seen.
    """
    clean = project.build / "clean"
    shutil.rmtree(folder, ignore_errors=True)
    study = project.params("study", StudyParams)
    params = project.params("split", SplitParams)
    most = min(params.max_queries, study.max_queries)
    update = {"seed": work.seed, "revealed": study.revealed, "max_queries": most}
    params = params.model_copy(update=update)
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


def _fingerprint_of_judge(asked: str, splits: Path, evaluate: EvaluateParams, audits: bool) -> str:
    """Names a judgement by all that its numbers depend on: what is asked, the split, the code."""
    package = Path(mmga.__file__).parent
    audit = [package / "study" / "audited.py", *sorted((package / "audit").glob("*.py"))]
    files = [
        package / "fans.py",
        package / "paths.py",
        package / "svd.py",
        *sorted((package / "evaluation").rglob("*.py")),
        *sorted((package / "splits").glob("*.py")),
        *(package / "study" / name for name in JUDGES),
        *(audit if audits else []),
        splits / "negatives.npz",
    ]
    said = asked + sha256_of(*files) + evaluate.model_dump_json()
    return hashlib.sha256(said.encode()).hexdigest()


def _done(record: Path, fingerprint: str) -> bool:
    if not record.is_file():
        return False
    return bool(json.loads(record.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)


def _write_json(content: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
