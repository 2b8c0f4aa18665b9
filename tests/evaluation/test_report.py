"""The report: complete, repeatable, and readable by machines and people."""

import json
from dataclasses import replace

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from mmga.evaluation.figures import draw_comparison, draw_losses
from mmga.evaluation.report import PRIMARY, EvaluateParams, judge, write_report
from mmga.splits.negatives import Drawn, Negatives
from tests.evaluation.worlds import Table, noise, small_split, truth

USERS = 80
PARAMS = EvaluateParams(
    seed=7, resamples=200, svd_ranks=(4,), pagerank_restarts=(0.5,), tuning_follows=50
)
TOPICS = ["food" if number % 2 else None for number in range(USERS)]


def scorers(split):
    model = Table(noise(USERS) + 3e5 * truth(split), "mmga")
    return model, [Table(noise(USERS, seed), f"rival-{seed}") for seed in (1, 2)]


@pytest.fixture(scope="module")
def report():
    split = small_split(USERS)
    return judge(*scorers(split), split, TOPICS, PARAMS)


def test_the_model_is_compared_with_every_rival_in_every_case(report):
    found = {
        (r["task"], r["candidates"], r["users"], r["metric"], r["baseline"])
        for r in report["comparisons"]
    }
    assert len(found) == len(report["comparisons"]) == 2 * 4 * 2 * 3 * 2
    for row in report["comparisons"]:
        assert row["model"] == "mmga"
        assert row["difference"] == pytest.approx(row["value"] - row["baseline_value"])
        assert row["low"] <= row["difference"] <= row["high"]


def test_comparisons_and_results_tell_the_same_values(report):
    results = {(r["model"], r["task"], r["candidates"], r["users"]): r for r in report["results"]}
    for row in report["comparisons"]:
        case = (row["task"], row["candidates"], row["users"])
        assert results["mmga", *case][row["metric"]] == row["value"]
        assert results[row["baseline"], *case][row["metric"]] == row["baseline_value"]
        assert results["mmga", *case]["queries"] == row["queries"]


def test_the_model_alone_has_the_interval_of_its_own_mrr(report):
    rows = [*report["results"], *report["slices"]]
    own = [row for row in rows if row["model"] == "mmga"]
    assert all(row["mrr_low"] <= row["mrr"] <= row["mrr_high"] for row in own)
    assert any(row["mrr_low"] < row["mrr_high"] for row in own)
    assert not any("mrr_low" in row for row in rows if row["model"] != "mmga")


def test_warm_and_cold_are_all_and_the_three_ways_of_cold_are_cold(report):
    edges = {
        r["users"]: r["edges"]
        for r in report["results"]
        if (r["model"], r["task"], r["candidates"]) == ("mmga", "fans", "C0")
    }
    ranked = report["split"]["ranked"]["edges"]
    assert edges["warm"] + edges["cold"] == ranked
    assert sum(edges.get(k, 0) for k in ("warm->cold", "cold->warm", "cold->cold")) == edges["cold"]


def test_without_cold_follows_the_cold_are_left_out(tmp_path):
    split = small_split(40, 2000, cold=0.0, validation=0.02, test=0.05)
    assert not split.cold.any()
    values = np.random.default_rng(0).random((40, 40))
    found = judge(Table(values, "mmga"), [Table(values.T, "rival")], split, [None] * 40, PARAMS)
    assert {row["users"] for row in found["comparisons"]} == {"warm"}
    draw_comparison(found["comparisons"], tmp_path / "comparison.png")
    write_report(found, "mmga", tmp_path)


def test_where_nobody_is_left_to_be_ranked_among_nothing_is_said(tmp_path):
    everybody = np.argwhere(~np.eye(USERS, dtype=bool)).astype(np.int32)
    nobody = np.full((5, 3), -1, np.int32)
    split = small_split(USERS)
    complete = replace(
        split,
        train=everybody[:-5],
        validation=everybody[:0],
        test=everybody[-5:],
        negatives=Negatives(np.arange(5, dtype=np.int32), {"C2": Drawn(nobody, nobody)}),
    )
    found = judge(*scorers(split), complete, TOPICS, PARAMS)
    assert (found["results"], found["comparisons"]) == ([], [])
    write_report(found, "mmga", tmp_path)
    draw_comparison(found["comparisons"], tmp_path / "comparison.png")
    assert json.loads((tmp_path / "metrics.json").read_text()) == {}


def test_the_same_input_gives_the_same_bytes(report, tmp_path):
    split = small_split(USERS)
    write_report(report, "mmga", tmp_path / "a")
    write_report(judge(*scorers(split), split, TOPICS, PARAMS), "mmga", tmp_path / "b")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_the_metrics_for_dvc_hold_the_primary_one(report, tmp_path):
    write_report(report, "mmga", tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    value = metrics[PRIMARY["task"]][PRIMARY["candidates"]][PRIMARY["users"]][PRIMARY["metric"]]
    row = next(
        r
        for r in report["results"]
        if r["model"] == "mmga"
        and PRIMARY.items() >= {k: r[k] for k in ("task", "candidates", "users")}.items()
    )
    assert value == pytest.approx(row["mrr"], abs=1e-6)


def test_the_table_says_undecided_where_the_interval_holds_zero(report, tmp_path):
    same = [{**row, "low": -0.1, "high": 0.1} for row in report["comparisons"]]
    write_report({**report, "comparisons": same}, "mmga", tmp_path)
    text = (tmp_path / "comparison.md").read_text()
    assert text.count("undecided") == 32
    assert "better" not in text


def test_pictures_are_drawn_also_of_a_history_with_gaps(report, tmp_path):
    draw_comparison(report["comparisons"], tmp_path / "comparison.png")
    history = pd.DataFrame(
        {"step": ["warm", "warm", "joint"], "epoch": [1, 2, 3], "link": [2.0, 1.5, None]}
    )
    draw_losses(history.assign(image_text=[None, None, 1.0]), tmp_path / "losses.png")
    for name in ("comparison", "losses"):
        picture = matplotlib.image.imread(tmp_path / f"{name}.png")
        assert picture.shape[0] > 200
        assert picture[..., :3].std() > 0.01
