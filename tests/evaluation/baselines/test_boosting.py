"""Boosting: what it may learn from, that it learns it, and what it does with too little."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.errors import InputError
from mmga.evaluation.baselines import boosting
from mmga.evaluation.baselines.boosting import FOLDS, boosted, folds
from mmga.evaluation.baselines.evidence import Evidence
from mmga.evaluation.baselines.trained import trained_baselines
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import TASKS
from tests.evaluation.worlds import Table, noise, small_split

USERS = 80
WARM = np.ones(USERS, dtype=np.bool_)


@pytest.fixture(scope="module")
def split():
    return small_split(USERS, 1500)


def tuning_of(split, trials=2):
    return Tuning(Validation(split, 1000), trials, seed=3)


def knowing(edges, name="knows", seed=0):
    """A scorer that tells the follows it knows from the others, not without error."""
    values = noise(USERS, seed) / 10**6
    values[edges[:, 0], edges[:, 1]] += 0.7
    return Table(values, name)


def test_it_learns_to_trust_the_evidence_that_is_right(split):
    right = knowing(np.concatenate([split.validation, split.test]))
    evidence = Evidence([Table(noise(USERS, 1), "noise")], [right], WARM)
    tuning = tuning_of(split)
    found = boosted("both", evidence, tuning)
    alone = [tuning.validation.mrr(scorer) for scorer in (*evidence.counts, right)]
    assert tuning.validation.table()["validation_mrr"].max() > 3 * alone[0]
    assert tuning.validation.mrr(found) > 0.7 * alone[1]


def test_what_is_noise_is_worth_nothing_on_follows_that_were_left_out(split):
    tuning = tuning_of(split)
    evidence = Evidence([], [Table(noise(USERS, s), str(s)) for s in range(3)], WARM)
    found = boosted("noise", evidence, tuning)
    chance = np.mean([tuning.validation.mrr(Table(noise(USERS, s))) for s in range(5, 15)])
    assert tuning.validation.table()["validation_mrr"].max() < 1.25 * chance
    assert tuning.validation.mrr(found) > 1.5 * chance  # it remembers those it was fitted on


def test_what_a_training_remembers_of_its_own_follows_is_not_trusted(split):
    remembers = knowing(split.train, "remembers")
    generalises = knowing(np.concatenate([split.validation, split.test]), "generalises", seed=1)
    found = boosted("both", Evidence([], [remembers, generalises], WARM), tuning_of(split))
    query, known = split.train[0]
    other = next(v for v in range(USERS) if v not in split.known[split.known[:, 0] == query, 1])
    pairs = np.zeros((USERS, USERS))
    pairs[query, known] = 9

    def told(table_of_remembers, table_of_generalises):
        evidence = Evidence([], [Table(table_of_remembers), Table(table_of_generalises)], WARM)
        scores = replace(found, evidence=evidence).scores("followees", np.array([query]))[0]
        return scores[known] - scores[other]

    nothing = np.zeros((USERS, USERS))
    assert told(nothing, pairs) > 2 * abs(told(pairs, nothing))


def test_a_setting_is_judged_on_fewer_follows_where_there_are_many_users(split, monkeypatch):
    asked = []

    class Counts(Table):
        def scores(self, task, queries):
            asked.append(len(queries))
            return super().scores(task, queries)

    of_settings = {}
    for most in (10, 10**6):
        monkeypatch.setattr(boosting, "PAIRS", most * USERS)
        monkeypatch.setattr(boosting, "FEWEST", 1)
        asked.clear()
        boosted("few", Evidence([], [Counts(noise(USERS, 1), "noise")], WARM), tuning_of(split))
        of_settings[most] = sum(asked)
    # The examples are asked for each follow and task, and each setting ranks follows of each task.
    between = len(tuning_of(split).validation.follows)
    assert 2 * between < of_settings[10] <= 2 * 2 * between + 2 * 2 * 10
    assert of_settings[10] < of_settings[10**6]


def test_test_follows_have_no_say(split):
    heuristics = [s for s in baselines(split, [4], [0.5], Validation(split, 50), 0)]
    evidence = Evidence(heuristics[2:6], heuristics[-1:], ~split.cold)
    fewer = np.random.default_rng(0).permutation(split.test)[: len(split.test) // 2]
    # One trial: the MRR that chooses leaves out all known follows, those of the test as well.
    models = [
        boosted("b", evidence, tuning_of(s, trials=1)) for s in (split, replace(split, test=fewer))
    ]
    for task in TASKS:
        first, second = (model.scores(task, np.arange(USERS)) for model in models)
        np.testing.assert_array_equal(first, second)


def test_what_counts_of_cold_users_is_learned_from_their_follows():
    split = small_split(USERS, 1500, cold=0.3)
    cold = split.cold[split.validation].any(axis=1)
    right, wrong = knowing(split.validation), noise(USERS, 2) / 10**6
    touched = split.cold[:, None] | split.cold
    of_warm = Table(np.where(touched, wrong, right.values), "right of warm users")
    of_cold = Table(np.where(touched, right.values, wrong), "right of cold users")
    evidence = Evidence([], [of_warm, of_cold], ~split.cold)
    tuning = tuning_of(split, trials=1)
    without = replace(split, validation=split.validation[~cold])
    taught, untaught = (boosted("b", evidence, tuning_of(s, 1)) for s in (split, without))

    def place(model):
        edges = split.validation[cold & ~split.cold[split.validation[:, 0]]]
        found = model.scores("followees", edges[:, 0])
        own = found[np.arange(len(edges)), edges[:, 1]]
        among = found[:, split.cold]
        return (among < own[:, None]).mean() + (among == own[:, None]).mean() / 2

    assert place(taught) > place(untaught) + 0.1
    assert tuning.validation.mrr(taught) > 0.8 * tuning.validation.mrr(untaught)


def test_scores_are_finite_for_everybody_and_do_not_depend_on_the_others_asked(split):
    heuristics = baselines(split, [4], [0.5], Validation(split, 50), 0)
    found = boosted("b", Evidence(heuristics[:6], heuristics[6:], ~split.cold), tuning_of(split, 1))
    for task in TASKS:
        table = found.scores(task, np.arange(USERS))
        assert table.shape == (USERS, USERS)
        assert np.isfinite(table).all()
        for query in (0, 41, int(np.flatnonzero(split.cold)[0])):
            np.testing.assert_array_equal(found.scores(task, np.array([query]))[0], table[query])
        assert found.scores(task, np.array([], dtype=int)).shape == (0, USERS)


def test_evidence_is_a_column_a_scorer_and_whether_both_are_warm():
    one, two = Table(noise(USERS, 1)), Table(noise(USERS, 2))
    warm = np.arange(USERS) != 9
    evidence = Evidence([one], [two], warm)
    found = evidence.of("fans", np.array([5, 9]))
    assert found.shape == (2, USERS, evidence.columns)
    np.testing.assert_allclose(found[:, :, 0], one.values.T[[5, 9]])
    rows = two.values.T[[5, 9]]
    for row, column in zip(rows, found[:, :, 1], strict=True):
        np.testing.assert_allclose(column, (row - row.mean()) / row.std(), atol=1e-4)
    np.testing.assert_array_equal(found[:, 0, 2], [1, 0])
    np.testing.assert_array_equal(found[:, :, 3], [warm, warm])
    flat = Evidence([], [Table(np.ones((USERS, USERS)))], warm).of("fans", np.array([0]))
    np.testing.assert_array_equal(flat[:, :, 0], 0)


def test_both_directions_of_a_pair_are_in_one_fold_and_folds_are_as_large(split):
    both = np.concatenate([split.validation, split.validation[:, ::-1]])
    fold = folds(both, seed=0)
    np.testing.assert_array_equal(*np.split(fold, 2))
    pairs = np.unique(np.sort(split.validation, axis=1), axis=0)
    counts = np.bincount(folds(pairs, seed=1), minlength=FOLDS)
    assert counts.max() - counts.min() <= 1


def test_too_few_validation_follows_are_refused_and_the_study_goes_on_without(split, capsys):
    warm = Validation(split, 1000).follows
    few = replace(split, validation=warm[:2])
    with pytest.raises(InputError, match=r"b: 2 validation follows .* split\.validation"):
        boosted("b", Evidence([Table(noise(USERS))], [], WARM), tuning_of(few))
    tuning = tuning_of(few, 1)
    untrained = baselines(few, [4], [0.5], tuning.validation, 0)
    nothing = np.zeros((len(split.user_ids), 0), np.float32)
    names = {scorer.name for scorer in trained_baselines(untrained, [], nothing, tuning)}
    assert not names & {"boosted", "stacked_late_fusion"}
    assert "left out: stacked_late_fusion" in capsys.readouterr().out
