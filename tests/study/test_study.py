"""The study on a tiny project: it ends, goes on where it was stopped, and says what it saw."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmga.alignment.params import CONTRASTING, PretrainParams
from mmga.errors import InputError
from mmga.fans import FanModel
from mmga.project import Project
from mmga.splits.split import TASKS
from mmga.study.__main__ import main
from mmga.study.differences import difference
from mmga.study.experiments import Experiment, experiments, seeds_of
from mmga.study.markdown import verdict
from mmga.study.params import StudyParams
from mmga.study.results import write_results
from mmga.study.run import TABLES, Run, run
from tests.alignment.conftest import PARAMS
from tests.evaluation.worlds import few_steps
from tests.study.conftest import STUDY, make_studied

PLAN = StudyParams.model_validate(STUDY)
EVERY = experiments(PARAMS)
TRIALS = 2
DATA = {"name": "a small town", "counts": {"users": 1234, "follows": 56, "moods": "many"}}


def test_every_experiment_has_parameters_that_are_valid_and_differ_from_the_full_one() -> None:
    full = EVERY[0].params(PARAMS, 1)
    rivals = (*PARAMS.rivals, "image_text", *CONTRASTING)
    assert full == PARAMS.model_copy(update={"seed": 1, "rivals": rivals})
    for one in EVERY[1:]:
        changed = one.params(PARAMS, 1).model_copy(update={"rivals": full.rivals})
        assert isinstance(changed, PretrainParams)
        assert (changed != full) == bool(one.changes), one.name
        assert one.changes or one.spoil
    names = [one.name for one in EVERY]
    assert len(names) == len(set(names))


def test_the_main_comparison_has_all_seeds_and_each_kind_its_own_number() -> None:
    none = PLAN.model_copy(update={"control_seeds": 0})
    for one in EVERY:
        expected = {"main": (1, 2), "control": ()}.get(one.group, (1,))
        assert seeds_of(one, none) == expected


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """See `begun`: to be copied, as the main comparison takes long."""
    project = make_studied(tmp_path_factory.mktemp("template"))
    numbers = project.root / "params.yaml"
    content = numbers.read_text(encoding="utf-8")
    assert "  trials: 1\n" in content
    changed = content.replace("  trials: 1\n", f"  trials: {TRIALS}\n")
    numbers.write_text(changed, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        few_steps(patch)
        run(project, Run(EVERY[0], 1))
    return project


@pytest.fixture
def begun(template: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """As `studied`, with more trials; the main comparison with the first seed has ended."""
    few_steps(monkeypatch)
    return Project(shutil.copytree(template.root, tmp_path / "project"))


@pytest.fixture(scope="session")
def few() -> list[Experiment]:
    """One of each kind."""
    chosen = {}
    for one in EVERY:
        chosen.setdefault(one.group, one)
    return list(chosen.values())


def test_a_study_says_what_every_training_came_to(
    begun: Project, few: list[Experiment], tmp_path: Path
) -> None:
    folders = [run(begun, Run(one, seed)) for one in few for seed in seeds_of(one, PLAN)]
    tables = {
        name: pd.concat([pd.read_parquet(f / f"{name}.parquet") for f in folders])
        for name in TABLES
    }
    queries, tasks = tables["queries"], tables["tasks"]
    tuning = tables["tuning"]
    assert set(queries["experiment"]) == {one.name for one in few}
    full = queries[queries["experiment"] == "full"]
    assert set(full["seed"]) == {1, 2}
    assert {"mmga", "image_text", "late_fusion_with_paths", "svd"} <= set(full["model"])
    assert {"node2vec", "lightgcn", "sage_on_raw_features", *CONTRASTING} <= set(full["model"])
    assert set(full["candidates"]) == {"C0", "C1", "C2", "C3"}
    assert full["mrr"].between(0, 1).all()
    ways = {"caption to picture", "picture to caption"}
    newcomers = {f"{task} after {k} follows" for task in TASKS for k in STUDY["revealed"]}
    assert set(tasks["task"]) == {"direction", "look-alikes", *ways, *newcomers}
    assert tasks["value"].between(0, 1).all()
    assert {"mmga", "svd"} <= set(tasks.loc[tasks["task"].isin(newcomers), "model"])
    tried = tuning[tuning["experiment"] == "full"].groupby(["seed", "baseline"])
    assert (tried["chosen"].sum() == 1).all()
    trained = (
        tried["trial"].max().unstack("seed").loc[["node2vec", "lightgcn", "sage_on_raw_features"]]
    )
    assert (trained == TRIALS).all().all()
    assert (
        tried["validation_mrr"].max()
        == tuning[tuning["chosen"]]
        .set_index(["experiment", "seed", "baseline"])["validation_mrr"]
        .loc["full"]
        .sort_index()
    ).all()
    audit = tables["audit"]
    assert set(audit["seed"]) == {1, 2}
    assert set(audit["experiment"]) == {"full"}
    assert set(audit["state"]) == {"ok", "skip"}
    assert audit["subject"].str.startswith("build/rivals/graph_only").any()
    write_results(tables, few, PLAN, len(folders), tmp_path / "docs", DATA, 0.1)
    text = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    for expected in (
        "late_fusion_with_paths",
        "best heuristic",
        "learned from the graph",
        "GraphSAGE on raw features",
        "text-graph contrast",
        "other_users",
        "10 % of",
        "restart 0.15",
        "a small town (56 follows, 1,234 users)",
        "there is no evaluation yet",
    ):
        assert expected in text
    assert "nan" not in text
    assert "Not complete" not in text
    assert {f.name for f in (tmp_path / "docs" / "results").iterdir()} == {
        "comparison.png",
        "learning.png",
        "robustness.png",
    }


def test_what_was_finished_is_not_done_again_and_another_setting_is(studied: Project) -> None:
    one = Run(next(one for one in EVERY if one.name == "no_step_1"), 1)
    folder = run(studied, one)
    files = [folder / name for name in ("trained.json", "judged.json", "queries.parquet")]
    for file in files:
        os.utime(file, (1, 1))
    run(studied, one)
    assert [file.stat().st_mtime for file in files] == [1, 1, 1]
    numbers = studied.root / "params.yaml"
    text = numbers.read_text(encoding="utf-8")
    assert "tuning_follows: 2000" in text
    numbers.write_text(text.replace("tuning_follows: 2000", "tuning_follows: 1000"), "utf-8")
    run(studied, one)
    assert [file.stat().st_mtime == 1 for file in files] == [True, False, False]
    numbers.write_text(text.replace("dim: 8", "dim: 6"), encoding="utf-8")
    run(studied, one)
    assert files[0].stat().st_mtime != 1


def test_a_difference_is_paired_by_seed_and_query_and_its_sign_turns() -> None:
    rows = [
        {"seed": seed, "query": q, "model": model, "mrr": base + q / 100}
        for seed in (1, 2)
        for q in range(10 * seed)
        for model, base in (("a", 0.3), ("b", 0.2))
    ]
    table = pd.DataFrame(rows).sample(frac=1, random_state=0)
    found = difference(table, table, "a", "b", PLAN)
    assert [found[key] for key in ("difference", "low", "high")] == pytest.approx([0.1] * 3)
    assert found["mrr"] == pytest.approx(0.3 + (0.045 + 0.095) / 2)
    turned = difference(table, table, "b", "a", PLAN)
    assert turned["low"] == pytest.approx(-found["high"])


def test_only_an_interval_off_zero_decides() -> None:
    assert verdict(0.001, 0.1) == "better"
    assert verdict(-0.1, -0.001) == "worse"
    assert verdict(0.0, 0.1) == verdict(-0.1, 0.1) == "undecided"


def test_what_has_ended_so_far_is_written_down_and_a_run_that_leaks_never_ends(
    begun: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(begun.root)
    study = begun.stores / "study"
    study.rename(begun.root / "away")
    with pytest.raises(SystemExit):
        main(["--so-far"])
    (begun.root / "away").rename(study)
    folder = run(begun, Run(EVERY[0], 1))
    main(["--so-far"])
    text = (begun.root / "docs" / "results.md").read_text(encoding="utf-8")
    planned = sum(len(seeds_of(one, PLAN)) for one in EVERY)
    assert f"Not complete: 1 of {planned} trainings have ended" in text
    assert "Nothing to show: it was not run." in text
    assert "nan" not in text
    model = FanModel.read(folder / "build" / "model")
    assert model.follows is not None
    replace(model, follows=np.roll(model.follows, 1, axis=1)).write(folder / "build" / "model")
    (folder / "judged.json").unlink()
    with pytest.raises(InputError, match=r"full-1 must not be believed, .*whose paths count"):
        run(begun, Run(EVERY[0], 1))
    assert not (folder / "judged.json").exists()
