"""Beyond accuracy: how popular and how varied lists are, and what they cost."""

from collections.abc import Sequence

import pandas as pd

from mmga.evaluation.lists import ASKED, AT, TIMED
from mmga.study.differences import Rows
from mmga.study.markdown import table

SHOWN = {
    "fans popularity": ("fans", "popularity"),
    "fans coverage": ("fans", "coverage"),
    "followees popularity": ("followees", "popularity"),
    "followees coverage": ("followees", "coverage"),
    "ms a query": ("fans", "milliseconds"),
}


def beyond(lists: Rows, costs: Rows, tuning: Rows, order: Sequence[str]) -> list[str]:
    """A line a scorer of the main comparison, means over seeds.

    Args:
        lists: Table `lists`.
        costs: Table `costs`.
        tuning: Table `tuning`.
        order: The scorers, in the order of the lines.
    """
    means = lists.groupby(["model", "task", "metric"])["value"].mean()
    full = costs[costs["experiment"] == "full"]
    seconds = full.groupby("model")["seconds"].mean().to_dict() | _tuned(tuning)
    rows = []
    for model in [name for name in order if name in set(lists["model"])]:
        spent = seconds.get(_training(model))
        rows.append(
            {
                "model": model,
                **{name: f"{means[model, *key]:.3f}" for name, key in SHOWN.items()},
                "training, s": "-" if spent is None else f"{spent:.0f}",
            }
        )
    return [
        f"Popularity: the mean percentile, by fans in training, of those whom the first {AT} places"
        f" of up to {ASKED:,}",
        "lists show (0.5 is everybody alike). Coverage: the share of users whom some list shows."
        " Latency is the median",
        f"of {TIMED} queries asked one at a time, on the machine that ran the study, and may differ"
        " from run to run;",
        "so may the seconds, which are of all trials where settings were tried.",
        *_memory(full),
        "",
        *table(pd.DataFrame(rows), "no training of the main comparison was asked"),
    ]


def _tuned(tuning: Rows) -> dict[str, float]:
    """The seconds of all trials of each baseline that is trained, a mean of the seeds."""
    of_seed = tuning[tuning["experiment"] == "full"].groupby(["baseline", "seed"])["seconds"].sum()
    means = of_seed.groupby("baseline").mean()
    return {str(name): float(spent) for name, spent in means.items() if spent}


def _training(model: str) -> str:
    """Whose training made a model: one makes it with paths and without."""
    return model.removesuffix("_with_paths").removesuffix("_without_paths")


def _memory(costs: Rows) -> list[str]:
    """What the process had at most; it may have done other work before, so the least counts."""
    own = costs.loc[costs["model"] == "mmga", "peak_memory_mb"]
    if own.empty:
        return []
    return [f"To train MMGA, a process held at most {own.min():,.0f} MB (the least of the seeds)."]
