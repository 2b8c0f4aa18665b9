"""The model card of a run, under the headings of Mitchell et al. 2019 (Model Cards)."""

from importlib.resources import files
from typing import Any

import jinja2
import pandas as pd

import mmga
from mmga.pages.render import shown
from mmga.report import slices, statement, words
from mmga.report.params import ReportParams
from mmga.report.run import Run
from mmga.report.verdict import interval, outcome_of, questions, verdict

MARKUP = str.maketrans({mark: "\\" + mark for mark in "\\`*_{}[]<>()#!|~$&"})
"""What means something to Markdown, and the backslash that takes the meaning."""

ENCODERS = {"image": "an image encoder", "text": "a text encoder"}


def model_card(run: Run, params: ReportParams) -> str:
    """The card as Markdown; the same run gives the same text.

    It holds numbers of the whole and of parts, and nothing of any one user.
    """
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["plain"] = plain
    asked = questions(run.report)
    parts = slices.table(run.report)
    told = words.told(run.config)
    rivals = list(dict.fromkeys(duel.baseline for q in asked for duel in q.rivals))
    text = files("mmga.report").joinpath("card.md").read_text(encoding="utf-8")
    return environment.from_string(text).render(
        statement=statement,
        words=words,
        interval=interval,
        outcome_of=outcome_of,
        version=mmga.__version__,
        verdict=verdict(run.report, asked),
        questions=asked,
        duels=[duel for question in asked for duel in (*question.best, *question.fusion)],
        lost=[duel for q in asked for duel in (*q.rivals, *q.own) if duel.outcome == "worse"],
        undecided=[d for q in asked for d in (*q.rivals, *q.own) if d.outcome == "undecided"],
        metrics=_metrics(run),
        parts=parts,
        weak=slices.weak(run.report, run.model.name, rivals, params.min_queries),
        settings=_settings(run.config),
        encoders=["a graph encoder", *(ENCODERS[name] for name in told)],
        absent=[said for name, said in words.CONTENT.items() if name not in told],
        split=run.split.describe(),
        synthetic=str(run.description.get("source")).startswith("made by code"),
        topics=len({topic for topic in run.topics if topic}),
        run=run,
        params=params,
    )


def plain(value: Any) -> str:
    r"""Text that was given from outside, as Markdown that shows it as it is, on one line.

    >>> print(plain("<b>fun</b> | [a](http://b)\n# c"))
    \<b\>fun\</b\> \| \[a\]\(http://b\) \# c
    """
    return shown(str(value), 1000).translate(MARKUP)


def _metrics(run: Run) -> list[dict[str, Any]]:
    """The model's own rows of the evaluation, warm and cold."""
    return [
        row
        for row in run.report["results"]
        if row["model"] == run.model.name and row["users"] in ("warm", "cold")
    ]


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the training and of the encoders, nested keys joined by dots."""
    named = {key: config.get(key, {}) for key in ("extract", "params")}
    if not any(named.values()):
        return {}
    frame = pd.json_normalize({"extract": named["extract"], "pretrain": named["params"]})
    return {str(key): value for key, value in frame.iloc[0].items()}
