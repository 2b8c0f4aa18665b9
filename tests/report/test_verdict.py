"""What is called better, and what is said first."""

import itertools

import pytest

from mmga.report.verdict import Duel, outcome_of, questions, verdict


def row(baseline="late_fusion", users="warm", candidates="C0", task="fans", low=0.01, high=0.03):
    middle = (low + high) / 2
    return {
        "task": task, "candidates": candidates, "users": users, "metric": "mrr", "model": "mmga",
        "baseline": baseline, "queries": 9, "value": 0.2, "baseline_value": 0.2 - middle,
        "difference": middle, "low": low, "high": high,
    }  # fmt: skip


BOUNDS = {"better": (0.01, 0.03), "worse": (-0.03, -0.01), "undecided": (-0.01, 0.02)}


def duel(outcome="better", **changes):
    low, high = BOUNDS[outcome]
    found = row(low=low, high=high, **changes)
    return Duel(**{name: found[name] for name in Duel.__dataclass_fields__})


def report(*rows):
    return {"comparisons": list(rows), "primary": {"task": "fans", "candidates": "C0"}}


def said(*rows):
    given = report(*rows)
    return verdict(given, questions(given))


@pytest.mark.parametrize("outcome", BOUNDS)
def test_an_interval_on_one_side_of_zero_decides(outcome: str):
    assert duel(outcome).outcome == outcome


def test_an_interval_that_touches_zero_decides_nothing():
    assert Duel("fans", "C0", "warm", "svd", 9, 0.2, 0.1, 0.1, 0.0, 0.2).outcome == "undecided"
    assert Duel("fans", "C0", "warm", "svd", 9, 0.1, 0.2, -0.1, -0.2, 0.0).outcome == "undecided"


@pytest.mark.parametrize("pair", list(itertools.product(BOUNDS, BOUNDS)))
def test_better_needs_every_deciding_kind_of_candidates(pair):
    first, second = pair
    found = outcome_of([duel(first, candidates="C0"), duel(second, candidates="C2")])
    if first == second:
        assert found == first
    else:
        assert found == ("mixed" if "undecided" not in pair else "undecided")


@pytest.mark.parametrize("outcome", BOUNDS)
def test_candidates_drawn_by_lot_decide_nothing(outcome: str):
    assert outcome_of([duel("better"), duel(outcome, candidates="C1")]) == "better"
    assert outcome_of([duel(outcome, candidates="C1")]) == "undecided"


def test_the_best_baseline_is_the_one_of_the_highest_value_in_each_kind_of_candidates():
    asked = questions(report(
        row("svd"), row("popularity", low=0.001, high=0.002), row("reciprocity", low=0.1, high=0.2),
        row("svd", candidates="C2", low=0.001, high=0.002), row("popularity", candidates="C2"),
    ))  # fmt: skip
    assert [(d.candidates, d.baseline) for d in asked[0].best] == [
        ("C0", "popularity"),
        ("C2", "svd"),
    ]


def test_late_fusion_is_the_best_of_its_forms():
    asked = questions(
        report(row("svd"), row("late_fusion"), row("late_fusion_with_paths", low=0.001))
    )
    assert [d.baseline for d in asked[0].fusion] == ["late_fusion_with_paths"]


def test_the_model_with_a_part_left_out_is_no_baseline():
    lost = row("mmga_without_paths", low=-0.03, high=-0.01)
    asked = questions(report(row("svd"), lost))
    assert [d.baseline for d in asked[0].rivals] == ["svd"]
    assert [d.baseline for d in asked[0].own] == ["mmga_without_paths"]
    assert said(row("svd"), lost).title == "Better than the best baseline"


@pytest.mark.parametrize(
    ("warm", "cold", "level", "title"),
    [
        ("better", "better", "pass", "Better than the best baseline"),
        ("better", "undecided", "warn", "Better for warm users, not shown for others"),
        ("undecided", "better", "warn", "Better for cold users, not shown for others"),
        ("better", "worse", "warn", "Better in part, worse in part"),
        ("undecided", "worse", "fail", "Worse than the best baseline"),
        ("worse", "worse", "fail", "Worse than the best baseline"),
        ("undecided", "undecided", "warn", "Not shown to be better than the best baseline"),
    ],
)
def test_the_verdict_is_that_of_warm_and_cold_users_together(warm, cold, level, title):
    rows = [row(users=users, low=BOUNDS[outcome][0], high=BOUNDS[outcome][1])
            for users, outcome in (("warm", warm), ("cold", cold))]  # fmt: skip
    found = said(*rows)
    assert (found.level, found.title) == (level, title)
    assert len(found.sentences) == 2


def test_another_task_does_not_change_the_verdict():
    low, high = BOUNDS["worse"]
    assert said(row(), row(task="followees", low=low, high=high)).level == "pass"


def test_a_loss_is_said_with_its_numbers():
    (sentence,) = said(row("svd", low=-0.03, high=-0.01)).sentences
    assert "MMGA is worse than the best baseline" in sentence
    assert "MRR 0.2000 against 0.2200 of SVD" in sentence
    assert "-0.0200 (95 % interval -0.0300 to -0.0100)" in sentence


def test_without_any_comparison_nothing_is_claimed():
    found = said()
    assert (found.level, found.sentences) == ("warn", [])
