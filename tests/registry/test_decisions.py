"""The rule of promotion, on numbers made by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.evaluation.compare import Comparison
from mmga.project import Project
from mmga.registry.decisions import Cost, PromoteParams, against_baselines, against_champion

PARAMS = Project(Path(__file__).parents[2]).params("promote", PromoteParams)
BETTER = Comparison("warm", 500, 0.30, 0.20, 0.10, 0.05, 0.15)
EQUAL_COSTS = [Cost("latency", 0.001, 0.001), Cost("size", 1e6, 1e6)]


def part(name: str, difference: float, high: float, queries: int = 500) -> Comparison:
    """A part on which the champion has 0.2."""
    return Comparison(name, queries, 0.2 + difference, 0.2, difference, 2 * difference - high, high)


def test_a_challenger_whose_interval_lies_above_the_margin_wins() -> None:
    won, reason = against_champion([BETTER], EQUAL_COSTS, PARAMS)
    assert won
    assert "warm: 0.3000 against 0.2000, +0.1000 (+0.0500 to +0.1500), 500 queries" in reason


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_an_interval_that_touches_the_margin_does_not_win(low: float) -> None:
    assert not against_champion([replace(BETTER, low=low)], EQUAL_COSTS, PARAMS)[0]


def test_the_margin_counts() -> None:
    strict = PARAMS.model_copy(update={"margin": 0.06})
    won, reason = against_champion([BETTER], EQUAL_COSTS, strict)
    assert not won
    assert "does not lie above 0.06" in reason


@pytest.mark.parametrize("name", ["cold", "tail", "topic food"])
def test_one_guardrail_that_surely_fell_too_far_stops_a_better_model(name: str) -> None:
    won, reason = against_champion([BETTER, part(name, -0.05, -0.01)], EQUAL_COSTS, PARAMS)
    assert not won
    assert f"a guardrail fell by more than its tolerance: {name}:" in reason


@pytest.mark.parametrize(
    ("difference", "high", "queries"),
    [
        (-0.05, 0.01, 500),  # it may be chance
        (-0.009, -0.001, 500),  # within the 5 % that the tolerance allows
        (-0.05, -0.01, 49),  # too few queries to judge
        (0.05, 0.1, 500),
    ],
)
def test_a_guardrail_holds_that_fell_little_or_by_chance(
    difference: float, high: float, queries: int
) -> None:
    parts = [BETTER, part("cold", difference, high, queries)]
    assert against_champion(parts, EQUAL_COSTS, PARAMS)[0]


def test_parts_that_are_no_guardrail_stop_nobody() -> None:
    assert against_champion([BETTER, part("all", -0.1, -0.05)], EQUAL_COSTS, PARAMS)[0]


@pytest.mark.parametrize("what", ["latency", "size"])
def test_a_cost_may_double_and_no_more(what: str) -> None:
    assert against_champion([BETTER], [Cost(what, 2.0, 1.0)], PARAMS)[0]
    won, reason = against_champion([BETTER], [Cost(what, 2.1, 1.0)], PARAMS)
    assert not won
    assert f"{what}: 2.1 against 1" in reason


def test_without_a_follow_to_judge_by_nobody_wins() -> None:
    won, reason = against_champion([part("cold", 0.1, 0.2)], EQUAL_COSTS, PARAMS)
    assert not won
    assert "no test follow" in reason


def report(**lows: float) -> dict:
    """Each baseline's value is its place in the list, so that the last is the best."""
    rows = [
        {"task": "fans", "candidates": "C0", "users": "warm", "metric": "mrr", "model": "mmga"}
        | {"baseline": name, "value": 9.0, "baseline_value": float(place), "difference": low}
        | {"low": low, "high": low + 1}
        for place, (name, low) in enumerate(lows.items())
    ]
    return {"comparisons": rows}


def test_a_first_model_must_beat_popularity_and_the_best_single_modality() -> None:
    every = {"popularity": 0.1, "text_only": 0.1, "graph_only": 0.1}
    won, reason, evidence = against_baselines(report(**every), PARAMS)
    assert won
    assert [row["baseline"] for row in evidence] == ["popularity", "graph_only"]
    assert "beats popularity +0.1000 (+0.1000 to +1.1000) and graph_only" in reason
    for loser in ("popularity", "graph_only"):
        assert not against_baselines(report(**every | {loser: 0.0}), PARAMS)[0]
    # Only the best single modality counts.
    assert against_baselines(report(**every | {"text_only": -0.1}), PARAMS)[0]


def test_a_baseline_that_the_evaluation_has_not_is_refused() -> None:
    with pytest.raises(InputError, match="asks for the baseline popularity"):
        against_baselines(report(graph_only=0.1), PARAMS)
    with pytest.raises(InputError, match="image_only or text_only or graph_only"):
        against_baselines(report(popularity=0.1), PARAMS)
