"""What the study found, as `docs/results.md`: every number in it comes from `build/study/`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mmga.study.differences import Rows, compared
from mmga.study.experiments import Experiment
from mmga.study.figures import draw_forest, draw_robustness
from mmga.study.params import StudyParams
from mmga.study.tables import (
    ablations,
    all_models,
    alphas,
    comparison,
    controls,
    newcomers,
    other_tasks,
    spoilt,
    steps,
    table,
    tuned,
)


def write_results(
    tables: Mapping[str, Rows],
    every: Sequence[Experiment],
    study: StudyParams,
    planned: int,
    docs: Path,
) -> None:
    """Write `docs/results.md` and its figures.

    Args:
        tables: Those of `mmga.study.run.TABLES`, of all runs, with `experiment` and `seed`.
        every: The experiments.
        study: Seeds and resamples.
        planned: How many trainings the study has when it is complete.
        docs: Where `results.md` and the folder `results/` go.
    """
    queries, probes = tables["queries"], tables["probes"]
    ended = queries[["experiment", "seed"]].drop_duplicates()
    seeds = int((ended["experiment"] == "full").sum())
    every = [one for one in every if one.name in set(ended["experiment"])]
    figures = docs / "results"
    figures.mkdir(parents=True, exist_ok=True)
    full = queries[queries["experiment"] == "full"]
    against = compared(full, study)
    draw_forest(against, figures / "comparison.png")
    lines = [
        "# What the study found",
        "",
        "Printed by `make study` (`mmga/study/results.py`); nothing here is typed by hand. The data"
        " are",
        "those in `data/`, the settings those of `params.yaml`. A number is the mean over seeds (of"
        f" {seeds},",
        "each a split and an initialisation of its own) of the mean over queries; intervals are of"
        " 95 %, by a",
        "bootstrap over seeds and queries. What C0, C2 and C3 are: decisions/candidates.md.",
        "",
        *(
            [f"**Not complete: {len(ended)} of {planned} trainings have ended.**", ""]
            * (len(ended) < planned)
        ),
        "## MMGA against the strongest of each kind",
        "",
        "![Differences in MRR with their intervals](results/comparison.png)",
        "",
        *comparison(against),
        "## All models",
        "",
        *all_models(full),
        "## What was tried of the baselines",
        "",
        *tuned(tables["tuning"]),
        "## Ablations: what is lost without a part",
        "",
        *ablations(queries, every, study),
        "## What each step teaches the encoders",
        "",
        *steps(probes),
        "## How much of a target lies on soft neighbours: alpha, chosen on validation",
        "",
        *alphas(tables["validation"]),
        "## Other tasks",
        "",
        *other_tasks(tables["tasks"]),
        "## Newcomers: cold users after their first follows",
        "",
        *newcomers(tables["tasks"]),
        "## Negative controls",
        "",
        *controls(queries, every),
    ]
    robust = spoilt(queries, every, study)
    if not robust.empty:
        draw_robustness(robust, figures / "robustness.png")
        lines += [
            "## Spoilt inputs",
            "",
            "![MRR with spoilt inputs](results/robustness.png)",
            "",
            *table(robust),
        ]
    text = "\n".join(lines).rstrip() + "\n"
    (docs / "results.md").write_text(text, encoding="utf-8")
