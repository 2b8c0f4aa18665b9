"""Where the model is weak is where it is weak."""

import pandas as pd
import pytest

from mmga.report.slices import MOST, largest, table, weak


def report(*slices):
    """A report whose parts are (name, queries, the model's MRR, the rival's)."""
    rows = [
        {
            "model": model,
            "task": task,
            "candidates": "C0",
            "users": name,
            "queries": queries,
            "mrr": mrr,
            **({"mrr_low": mrr - 0.01, "mrr_high": mrr + 0.02} if model == "mmga" else {}),
        }
        for name, queries, *values in slices
        for task in ("fans", "followees")
        for model, mrr in zip(("mmga", "svd"), values, strict=True)
    ]
    primary = {"task": "fans", "candidates": "C0", "users": "warm", "metric": "mrr"}
    return {"primary": primary, "slices": rows, "results": []}


def names(parts):
    return [part.name for part in parts]


def test_losses_come_first_and_the_widest_of_them_first():
    given = report(
        ("a", 9, 0.5, 0.1), ("b", 9, 0.3, 0.31), ("c", 9, 0.2, 0.4), ("d", 9, 0.1, 0.1)
    )  # fmt: skip
    found = weak(given, "mmga", ["svd"], 1)
    assert names(found) == ["c", "b", "d", "a"]
    assert [part.behind for part in found] == [True, True, False, False]
    assert (found[0].value, found[0].rival, found[0].rival_value) == (0.2, "svd", 0.4)
    assert (found[0].low, found[0].high) == pytest.approx((0.19, 0.22))


def test_parts_of_few_queries_are_not_called_weak():
    given = report(("a", 2, 0.1, 0.9), ("b", 3, 0.2, 0.1))
    assert names(weak(given, "mmga", ["svd"], 3)) == ["b"]


def test_the_parts_of_cold_users_count_and_the_primary_users_do_not():
    given = report(("tail", 9, 0.5, 0.1))
    given["results"] = [
        row | {"users": users} for row in given["slices"] for users in ("warm", "cold")
    ]
    assert list(table(given).index) == ["users new to the graph", "accounts with few fans"]


def test_a_drawing_keeps_the_parts_with_most_queries_in_their_order():
    parts = table(report(*[(f"topic {n:03d}", n + 1, 0.1, 0.2) for n in range(MOST + 10)]))
    assert list(largest(parts).index) == [f"topic {n:03d}" for n in range(10, MOST + 10)]


@pytest.mark.parametrize("rivals", [[], ["nobody"]])
def test_with_nobody_to_compare_nothing_is_called_weak(rivals):
    assert weak(report(("a", 9, 0.5, 0.1)), "mmga", rivals, 1) == []
    assert isinstance(table(report()), pd.DataFrame)
    assert weak(report(), "mmga", ["svd"], 1) == []
