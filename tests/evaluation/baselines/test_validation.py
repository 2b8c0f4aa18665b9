"""What tunes: the definition in plain loops, and what it must not see."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.evaluation.baselines.validation import Validation
from tests.evaluation.worlds import Table, noise, small_split


def test_it_is_the_mean_over_queries_of_the_reciprocal_rank_of_both_tasks():
    split = small_split(40, 200)
    values = noise(40)
    known = {tuple(edge) for part in ("train", "validation") for edge in getattr(split, part)}
    of_tasks = []
    for table, side in ((values, 0), (values.T, 1)):
        by_query: dict[int, list[float]] = {}
        for edge in warm_follows(split).tolist():
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
    warm = warm_follows(split)
    np.testing.assert_array_equal(few[[0, -1]], warm[[0, -1]])
    np.testing.assert_array_equal(Validation(split, 10_000).follows, warm)
    assert len(warm) < len(split.validation)


def test_the_best_is_the_one_that_knows_the_validation_follows_not_the_test_follows():
    split = small_split()
    knows = {
        part: Table(noise(80, levels=2) + 10 * links(getattr(split, part)), part)
        for part in ("test", "validation", "train")
    }
    for found in (split, replace(split, test=split.test[:, ::-1])):
        best = Validation(found, 1000).best(({}, scorer) for scorer in knows.values())
        assert best.name == "validation"


def test_every_trial_is_noted_and_the_best_of_each_baseline_is_the_chosen_one():
    validation = Validation(small_split(), 50)
    for name in ("a", "b"):
        tables = [Table(noise(80, seed), name) for seed in range(4)]
        best = validation.best(({"seed": seed}, table) for seed, table in enumerate(tables))
        rows = validation.table().query("baseline == @name")
        assert rows["trial"].tolist() == [1, 2, 3, 4]
        assert rows["validation_mrr"].tolist() == [validation.mrr(table) for table in tables]
        assert rows["settings"].tolist()[2] == '{"seed": 2}'
        assert [tables[i] for i in np.flatnonzero(rows["chosen"])] == [best]


def test_nothing_tried_is_an_empty_record():
    assert Validation(small_split(), 50).table().empty


def test_each_follow_is_ranked_by_the_scorer_of_its_fold():
    split = small_split()
    validation, one = Validation(split, 1000), Table(noise(80))
    fold = np.arange(len(validation.follows)) % 3
    assert validation.mrr_by_fold([one] * 3, fold) == validation.mrr(one)
    others = Table(noise(80) + 10**7 * links(validation.follows[fold != 1]))
    wrong, right = [others, one, others], [one, others, one]
    assert validation.mrr_by_fold(wrong, fold) > 0.6 > validation.mrr_by_fold(right, fold)


def test_a_follow_in_no_fold_is_not_ranked():
    split = small_split()
    validation, scorer = Validation(split, 1000), Table(noise(80))
    fold = np.where(np.arange(len(validation.follows)) % 4, -1, 0)
    some = replace(split, validation=validation.follows[fold == 0])
    expected = Validation(some, 1000)
    assert len(expected.follows) == (fold == 0).sum()
    expected.__dict__["_known"] = validation._known  # the same users are no candidates
    assert validation.mrr_by_fold([scorer], fold) == expected.mrr(scorer)
    assert validation.mrr_by_fold([scorer], np.full(len(fold), -1)) == 0


def test_without_a_warm_follow_nothing_is_better_than_anything():
    split = small_split()
    cold = np.ones(len(split.cold), dtype=bool)
    validation = Validation(replace(split, cold=cold), 50)
    assert validation.follows.shape == (0, 2)
    assert validation.mrr(Table(noise(80))) == 0


def warm_follows(split):
    return split.validation[[not split.cold[list(pair)].any() for pair in split.validation]]


def links(edges: np.ndarray) -> np.ndarray:
    table = np.zeros((80, 80))
    table[edges[:, 0], edges[:, 1]] = 1
    return table
