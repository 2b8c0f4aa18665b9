"""What the study found, as `docs/results.md`: every number in it comes from `build/study/`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmga.study.beyond import beyond
from mmga.study.controls import controls
from mmga.study.curves import draw_learning, draw_robustness
from mmga.study.differences import Rows, compared
from mmga.study.elsewhere import against_best, newcomers, other_tasks
from mmga.study.experiments import Experiment
from mmga.study.figures import draw_forest
from mmga.study.leaks import leaks
from mmga.study.markdown import table_of_seeds
from mmga.study.params import StudyParams
from mmga.study.robustness import labels, points, spoilt, wrong_labels
from mmga.study.slices import judged_slices, lost, slices
from mmga.study.steps import guided, steps, taught
from mmga.study.summary import summary
from mmga.study.tables import (
    ablations,
    all_metrics,
    all_models,
    alphas,
    comparison,
    ranked,
    tuned,
)

Tables = Mapping[str, Rows]


def write_results(
    tables: Tables,
    every: Sequence[Experiment],
    study: StudyParams,
    planned: int,
    docs: Path,
    data: Mapping[str, Any],
    alpha: float,
) -> None:
    """Write `docs/results.md` and its figures.

    Args:
        tables: Those of `mmga.study.run.TABLES`, of all runs, with `experiment` and `seed`.
        every: The experiments.
        study: Seeds and resamples.
        planned: How many trainings the study has when it is complete.
        docs: Where `results.md` and the folder `results/` go.
        data: What `dataset.json` says of the data set.
        alpha: How much of a target full MMGA has on soft neighbours.
    """
    queries = tables["queries"]
    ended = queries[["experiment", "seed"]].drop_duplicates()
    seeds = int((ended["experiment"] == "full").sum())
    every = [one for one in every if one.name in set(ended["experiment"])]
    figures = docs / "results"
    figures.mkdir(parents=True, exist_ok=True)
    lines = [
        "# What the study found",
        "",
        "Printed by `make study` (`mmga/study/results.py`); nothing here is typed by hand.",
        f"Data: {_said_of(data)}. The settings are those of `params.yaml`.",
        f"A number is the mean over seeds (of {seeds}, or of fewer where a table says so) of the"
        " mean over queries;",
        "a seed is an initialisation and, but where dates divide the follows, a split of its own."
        " Intervals are of",
        "95 %, by a bootstrap over seeds and queries. What C0, C2 and C3 are:"
        " decisions/candidates.md.",
        "Few seeds hardly show how far seeds lie apart. Where they differ by more than chance among"
        " queries makes them,",
        "an interval holds the truth less often than it says, the less the fewer seeds it is of.",
        *(
            ["How the sample was made, and why it is as sparse: decisions/sample-world.md."]
            * str(data.get("source")).startswith("made by code")
        ),
        "",
        *(
            [f"**Not complete: {len(ended)} of {planned} trainings have ended.**", ""]
            * (len(ended) < planned)
        ),
        *_main_comparison(tables, every, study, figures),
        *_what_made_it(tables, every, study, figures, alpha),
        *_elsewhere(tables, every, study, figures),
    ]
    text = "\n".join(lines).rstrip() + "\n"
    (docs / "results.md").write_text(text, encoding="utf-8")


def _said_of(data: Mapping[str, Any]) -> str:
    """The name of a data set and how much there is of it."""
    given = data.get("counts")
    numbers = given if isinstance(given, dict) else {}
    counts = [f"{n:,} {what}" for what, n in sorted(numbers.items()) if isinstance(n, int)]
    name = str(data.get("name") or "those in `data/`")
    return f"{name} ({', '.join(counts)})" if counts else name


def _main_comparison(
    tables: Tables, every: Sequence[Experiment], study: StudyParams, figures: Path
) -> list[str]:
    """MMGA against all others, and what was done for them."""
    full = tables["queries"][tables["queries"]["experiment"] == "full"]
    against = compared(full, study)
    by_slice = judged_slices(full, tables["slices"], study)
    draw_forest(against, figures / "comparison.png")
    return [
        "## Summary",
        "",
        *summary(against, lost(by_slice, study)),
        "## MMGA against the strongest of each kind",
        "",
        "![Differences in MRR with their intervals](results/comparison.png)",
        "",
        *comparison(against),
        "## All models",
        "",
        *all_models(full),
        "## All metrics",
        "",
        *all_metrics(tables["metrics"]),
        "## Slices",
        "",
        *slices(by_slice, study),
        "## Beyond accuracy, and cost",
        "",
        *beyond(tables["lists"], tables["costs"], tables["tuning"], ranked(full)),
        "## What was tried of the baselines",
        "",
        *tuned(tables["tuning"], every),
    ]


def _what_made_it(
    tables: Tables, every: Sequence[Experiment], study: StudyParams, figures: Path, alpha: float
) -> list[str]:
    """Parts and steps of MMGA, one by one."""
    queries, probed, topics = (tables[name] for name in ("queries", "probed", "topics"))
    history = tables["history"]
    draw_learning(history[history["experiment"] == "full"], figures / "learning.png")
    return [
        "## Ablations: what is lost without a part",
        "",
        *ablations(queries, tables["validation"], every, study),
        "## How the training goes",
        "",
        "![Losses of each step, and validation MRR, by epoch](results/learning.png)",
        "",
        "Losses of full MMGA by epoch, a line a seed; shades mark the steps. Below, the validation"
        " MRR of all models,",
        "where they can rank: the mean of the seeds, and from the least to the most of them.",
        "",
        "## What each step teaches the encoders",
        "",
        *steps(tables["probes"]),
        "### The graph trains the encoders: before step 1 and after it",
        "",
        *taught(probed, topics, study),
        "### Images and texts guide the graph: with step 2 and without it",
        "",
        *guided(probed, topics, queries, study),
        "## How much of a target lies on soft neighbours: alpha, by validation",
        "",
        *alphas(tables["validation"], alpha),
    ]


def _elsewhere(
    tables: Tables, every: Sequence[Experiment], study: StudyParams, figures: Path
) -> list[str]:
    """Other tasks, newcomers, controls, and spoilt inputs."""
    queries, topics = tables["queries"], tables["topics"]
    curves = points(queries, every, study)
    if not curves.empty:
        draw_robustness(curves, labels(topics, study), figures / "robustness.png")
    return [
        "## Other tasks",
        "",
        *other_tasks(tables["tasks"]),
        "## Newcomers: cold users after their first follows",
        "",
        *newcomers(tables["tasks"]),
        *against_best(tables["tasks"], tables["probes"], topics, study),
        "## Leak audit",
        "",
        *leaks(tables["audit"]),
        "## Negative controls",
        "",
        *controls(queries, tables["chance"], every, study),
        "## Spoilt inputs",
        "",
        *(
            [
                "![MRR with spoilt inputs](results/robustness.png)",
                "",
                "Bands are the 95 % interval. MRR of fans, C0:",
                "",
            ]
            * (not curves.empty)
        ),
        *table_of_seeds(spoilt(queries, every, study)),
        *wrong_labels(topics, study),
    ]
