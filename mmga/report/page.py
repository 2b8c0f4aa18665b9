"""The evaluation for a person: one page that opens in any browser, without a network."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import mmga
from mmga.evaluation.chance import chance_of
from mmga.evaluation.figures import RIVAL
from mmga.evaluation.ranking import Known
from mmga.evaluation.slices import by_temperature
from mmga.pages.render import render, shown
from mmga.report import plots, slices, words
from mmga.report.examples import Example, examples
from mmga.report.neighbourhood import neighbourhood
from mmga.report.params import ReportParams
from mmga.report.people import people
from mmga.report.run import Run
from mmga.report.verdict import Duel, Question, interval, outcome_of, questions, verdict

Values = dict[str, Any]

SHOWN_NEAR = 3
"""Pictures of each neighbour on the map."""


def page(run: Run, params: ReportParams) -> str:
    """The page as HTML; the same run gives the same text.

    Args:
        run: What the stages left.
        params: How much of it is shown.
    """
    asked = questions(run.report)
    failures = _failures(asked)
    first = _primary(run, asked)
    chance, lots = _chance(run)
    content = [words.CONTENT[name] for name in words.told(run.config)]
    return render(
        "mmga.report",
        "page.html",
        words=words,
        interval=interval,
        outcome_of=outcome_of,
        verdict=verdict(run.report, asked),
        questions=asked,
        hits=_hits(run, first, lots),
        chance=chance,
        content=content,
        learned=["from whom they follow", *(f"from their {name}" for name in content)],
        split=run.split.describe(),
        comparisons=_comparisons(run, asked),
        best=list(dict.fromkeys(d for q in asked for d in (*q.best, *q.fusion))),
        failures=failures,
        lost=sum(duel.outcome == "worse" for duel in failures),
        total=sum(len(question.rivals) + len(question.own) for question in asked),
        parts=_parts(run, first, params),
        shown=_examples(run, first, params),
        map=_map(run, params),
        learning=plots.learning(run.histories, run.model.name),
        losses=plots.losses(run.histories[run.model.name]),
        steps=plots.step_colours(run.histories[run.model.name]),
        models=_models(run),
        about={key: shown(str(said), 300) for key, said in run.description.items()},
        run=run,
        params=params,
        version=mmga.__version__,
    )


def _primary(run: Run, asked: Sequence[Question]) -> Question | None:
    """The question that the model is known by."""
    primary = run.report["primary"]
    wanted = (primary["task"], primary["users"])
    return next((question for question in asked if (question.task, question.users) == wanted), None)


def _duel(run: Run, duels: Sequence[Duel]) -> Duel | None:
    """Of the same comparison among several kinds of candidates, the primary one."""
    return next((d for d in duels if d.candidates == run.report["primary"]["candidates"]), None)


def _chance(run: Run) -> tuple[float, float]:
    """An order drawn by lot: its MRR over queries, and its hits@10 over follows.

    Whom the query is known to be linked to is no candidate (see `Known`).
    """
    primary, split = run.report["primary"], run.split
    of = by_temperature(split)[primary["users"]]
    ends = split.test[split.negatives.ranked][of]
    asks = ends[:, 1 if primary["task"] == "fans" else 0]
    if not len(asks):
        return 0.0, 0.0
    links = np.asarray(getattr(Known(split), primary["task"])[asks].sum(axis=1)).ravel()
    places = len(split.user_ids) - links  # all but the query and its other links
    first = np.unique(asks, return_index=True)[1]
    return float(chance_of(places[first]).mean()), float(np.minimum(1, 10 / places).mean())


def _hits(run: Run, first: Question | None, lots: float) -> list[tuple[str, float]]:
    """Of a hundred hidden fans, how many some models have among their first ten."""
    primary = run.report["primary"]
    case = {key: primary[key] for key in ("task", "candidates", "users")}
    rows = [row for row in run.report["results"] if case.items() <= row.items()]
    found = {row["model"]: row["micro"]["hits@10"] for row in rows}
    duels = [_duel(run, group) for group in (first.best, first.fusion)] if first else []
    names = [run.model.name, *(duel.baseline for duel in duels if duel), "popularity"]
    shares = [(name, found[name]) for name in dict.fromkeys(names) if name in found]
    shown = [(words.model_name(name), 100 * share) for name, share in shares]
    return [*shown, ("drawing lots", 100 * lots)] if shown else []


def _comparisons(run: Run, asked: Sequence[Question]) -> list[Values]:
    """A drawing for each question and kind of candidates; `main` are those that decide first."""
    found = []
    for question in asked:
        every = [*question.rivals, *question.own]
        for candidates in dict.fromkeys(duel.candidates for duel in every):
            rivals, own = (
                [duel for duel in duels if duel.candidates == candidates]
                for duels in (question.rivals, question.own)
            )
            asks = words.named(words.TASKS, question.task)
            text = f"{question.users}, {words.named(words.CANDIDATES, candidates)}"
            drawing = plots.comparison(rivals, own, run.model.name, f"MRR: {asks} {text}")
            main = candidates == run.report["primary"]["candidates"]
            queries = [*rivals, *own][0].queries
            found.append({"title": asks, "text": text, "queries": queries, "main": main,
                          "candidates": candidates, "svg": drawing})  # fmt: skip
    return found


def _failures(asked: Sequence[Question]) -> list[Duel]:
    """Every comparison that was not won: losses first, then what is undecided."""
    every = [duel for question in asked for duel in (*question.rivals, *question.own)]
    lost = [duel for duel in every if duel.outcome == "worse"]
    return lost + [duel for duel in every if duel.outcome == "undecided"]


def _parts(run: Run, first: Question | None, params: ReportParams) -> Values | None:
    """Where the model is weak, and a drawing of all parts; None where there are none."""
    parts = slices.table(run.report)
    if parts.empty or first is None:
        return None
    rivals = list(dict.fromkeys(duel.baseline for duel in first.rivals))
    others = [duel for duel in first.rivals if "late_fusion" not in duel.baseline]
    beside = [_duel(run, group) for group in (first.best, first.fusion, others)]
    series = [run.model.name, *(duel.baseline for duel in beside if duel)]
    series = [name for name in dict.fromkeys(series) if name in parts]
    drawn = slices.largest(parts)
    return {
        "weak": slices.weak(run.report, run.model.name, rivals, params.min_queries),
        "count": len(parts),
        "drawn": len(drawn),
        "svg": plots.by_slice(drawn, series, "MRR by part of the test follows"),
        "legend": list(zip(map(words.model_name, series), plots.SERIES, strict=False)),
    }


def _examples(run: Run, first: Question | None, params: ReportParams) -> Values:
    """The examples with everyone in them."""
    duel = _duel(run, first.fusion or first.best) if first else None
    rival = run.rival(duel.baseline if duel else None)
    found: list[Example] = examples(run.model, rival, run.split, params)
    kinds: dict[str, list[Example]] = {}
    for example in found:
        kinds.setdefault(example.kind, []).append(example)
    return {
        "kinds": kinds,
        "rival": words.model_name(rival.name) if rival else None,
        "people": people(run, [user for e in found for user in e.users], params),
    }


def _map(run: Run, params: ReportParams) -> Values | None:
    near = neighbourhood(run.model, run.split, params)
    if near is None:
        return None
    colours = plots.topic_colours(run.topics)
    legend = [(shown(topic, 40), colour) for topic, colour in colours.items()]
    if any((run.topics[user] or "") not in colours for user in near.users):
        legend.append(("no or another topic", RIVAL))
    few = params.model_copy(update={"pictures": min(params.pictures, SHOWN_NEAR)})
    faces = people(run, [near.centre, *near.nearest], few)
    return {
        "svg": plots.neighbours(near, run.topics, colours),
        "legend": legend,
        "points": len(near.users),
        "centre": faces[near.centre],
        "nearest": [
            (faces[user], cosine) for user, cosine in zip(near.nearest, near.likeness, strict=True)
        ],
    }


def _models(run: Run) -> list[tuple[str, str]]:
    """What each model that was judged is, for those whose names are known."""
    judged = dict.fromkeys(row["model"] for row in run.report["results"])
    return [words.MODELS[name] for name in judged if name in words.MODELS]
