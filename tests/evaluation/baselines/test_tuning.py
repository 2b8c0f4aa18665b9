"""The search for settings: how often, where first, and what is kept."""

import optuna

from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.validation import Validation
from tests.evaluation.worlds import small_split

SPACE = {
    "x": optuna.distributions.FloatDistribution(0, 1),
    "kind": optuna.distributions.CategoricalDistribution(["a", "b"]),
}
FIRST = {"x": 0.9, "kind": "a"}


def searched(seed=0, trials=12):
    tuning = Tuning(Validation(small_split(40, 200), 10), trials, seed)
    tried = []

    def make(settings):
        tried.append(dict(settings))
        return len(tried), 1 - (settings["x"] - 0.3) ** 2 - (settings["kind"] == "b")

    return tuning.search("curve", SPACE, FIRST, make), tried, tuning.validation.table()


def test_as_many_settings_are_tried_as_allowed_and_all_are_noted():
    _, tried, table = searched(trials=5)
    assert len(tried) == len(table) == 5
    assert set(table["baseline"]) == {"curve"}


def test_the_given_settings_come_first_and_the_best_are_kept_with_what_was_made_of_them():
    (settings, made), tried, table = searched()
    assert tried[0] == FIRST
    assert tried[made - 1] == settings
    assert table["validation_mrr"].idxmax() == made - 1
    assert table["chosen"].to_numpy().nonzero()[0] == [made - 1]
    assert abs(settings["x"] - 0.3) < 0.3


def test_the_same_seed_tries_the_same():
    assert searched(seed=1)[1] == searched(seed=1)[1] != searched(seed=2)[1]
