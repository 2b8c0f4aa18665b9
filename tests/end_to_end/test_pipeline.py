"""DVC and the stages together: what is made, when it is made again, and what a person sees."""

import json

import pytest

from tests.end_to_end.conftest import RESULTS, Checkout, stages_run


def test_a_second_repro_runs_nothing(made: Checkout):
    said = made.done("dvc", "repro")
    assert stages_run(said) == []
    assert "Data and pipelines are up to date." in said


@pytest.mark.parametrize(
    ("name", "value", "stages"),
    [
        ("evaluate.resamples", 120, ["evaluate", "report"]),
        ("retrain.retries", 0, []),
    ],
)
def test_a_changed_parameter_reruns_exactly_the_stages_it_touches(
    copy: Checkout, name: str, value: object, stages: list[str]
):
    copy.set(**{name: value})
    assert stages_run(copy.done("dvc", "repro")) == stages


@pytest.mark.parametrize(
    ("name", "value", "stage", "out", "readers"),
    [
        ("split.seed", 8, "split", "build/splits", ["evaluate", "pretrain", "report"]),
        ("extract.text.max_tokens", 10, "extract", "build/features", ["pretrain"]),
    ],
)
def test_a_stage_that_ran_anew_leaves_behind_exactly_those_that_read_what_it_made(
    copy: Checkout, name: str, value: object, stage: str, out: str, readers: list[str]
):
    copy.set(**{name: value})
    assert stages_run(copy.done("dvc", "repro", stage)) == [stage]
    behind = json.loads(copy.done("dvc", "status", "--json"))
    assert behind == {reader: [{"changed deps": {out: "modified"}}] for reader in readers}


def test_an_experiment_with_another_size_is_run_shown_and_compared(copy: Checkout):
    said = copy.done("dvc", "exp", "run", "-S", "pretrain.dim=4")
    assert stages_run(said) == ["pretrain", "evaluate", "report"]
    config = json.loads((copy.root / "build" / "model" / "config.json").read_text())
    assert config["params"]["dim"] == 4

    shown = json.loads(copy.done("dvc", "metrics", "show", "--json"))
    metrics = shown[""]["data"]["build/evaluation/metrics.json"]["data"]
    assert metrics == json.loads((copy.root / "build" / "evaluation" / "metrics.json").read_text())
    changes = json.loads(copy.done("dvc", "metrics", "diff", "--json"))
    mrr = changes["build/evaluation/metrics.json"]["fans.C0.warm.mrr"]
    assert mrr["new"] == metrics["fans"]["C0"]["warm"]["mrr"] != mrr["old"]


def test_the_plots_are_drawn_and_leave_git_clean(made: Checkout):
    made.done("dvc", "plots", "show")
    page = (made.root / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    for title in (
        "Mean reciprocal rank (fans, C0, warm)",
        "Losses",
        "Validation",
        "comparison.png",
    ):
        assert title in page
    assert made.done("git", "status", "--porcelain") == ""


def test_two_runs_from_scratch_give_the_same_bytes(made: Checkout, flown: Checkout):
    assert flown.bytes_of(*RESULTS) == made.bytes_of(*RESULTS)
    assert (flown.root / "dvc.lock").read_text() == (made.root / "dvc.lock").read_text()


def test_what_the_flow_made_is_up_to_date_for_dvc(flown: Checkout):
    assert "Data and pipelines are up to date." in flown.done("dvc", "repro")
