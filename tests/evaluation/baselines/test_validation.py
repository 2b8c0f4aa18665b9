"""What tunes: the definition in plain loops, and what it must not see."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.evaluation.baselines.validation import Validation
from tests.evaluation.worlds import Table, noise, small_split


def test_it_is_the_mean_over_queries_of_the_reciprocal_rank_of_both_tasks():
    split = small_split(40, 200)
    values = noise(40)
    known = {
        tuple(edge) for part in ("train", "validation", "test") for edge in getattr(split, part)
    }
    of_tasks = []
    for table, side in ((values, 0), (values.T, 1)):
        by_query: dict[int, list[float]] = {}
        for edge in split.validation.tolist():
            query, positive = edge[side], edge[1 - side]
            others = [
                table[query, v]
                for v in range(40)
                if v != query and ((query, v) if side == 0 else (v, query)) not in known
            ]
            rank = 1 + sum(other > table[query, positive] for other in others)
            by_query.setdefault(query, []).append(1 / rank)
        of_tasks.append(np.mean([np.mean(found) for found in by_query.values()]))
    assert Validation(split, 10_000).mrr(Table(values)) == pytest.approx(np.mean(of_tasks))


def test_at_most_so_many_follows_are_ranked_from_all_over():
    split = small_split()
    few = Validation(split, 10).follows
    assert len(few) == 10
    np.testing.assert_array_equal(few[[0, -1]], split.validation[[0, -1]])
    np.testing.assert_array_equal(Validation(split, 10_000).follows, split.validation)


def test_the_best_is_the_one_that_knows_the_validation_follows_not_the_test_follows():
    split = small_split()
    knows = {
        part: Table(noise(80, levels=2) + 10 * links(getattr(split, part)), part)
        for part in ("test", "validation", "train")
    }
    assert Validation(split, 1000).best(knows.values()).name == "validation"
    turned = replace(split, test=split.test[:, ::-1])
    assert Validation(turned, 1000).best(knows.values()).name == "validation"


def links(edges: np.ndarray) -> np.ndarray:
    table = np.zeros((80, 80))
    table[edges[:, 0], edges[:, 1]] = 1
    return table
