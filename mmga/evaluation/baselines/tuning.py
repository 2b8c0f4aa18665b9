"""The same number of tries for every baseline that is trained, and where they are spent."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import optuna

from mmga.evaluation.baselines.validation import Trial, Validation

Made = TypeVar("Made")
Settings = dict[str, Any]
Space = Mapping[str, optuna.distributions.BaseDistribution]


@dataclass(frozen=True)
class Tuning:
    """Who chooses, and how often."""

    validation: Validation
    trials: int
    """So many settings are tried of each baseline."""
    seed: int
    """Of the choice of settings, and of all that is trained."""

    def search(
        self,
        baseline: str,
        space: Space,
        first: Settings,
        make: Callable[[Settings], tuple[Made, float]],
    ) -> tuple[Settings, Made]:
        """The settings with the highest MRR on validation follows, and what was made of them.

        Tree-structured Parzen estimators choose what to try (Bergstra et al. 2011), the first half
        of the trials at random; the very first is given.

        Args:
            baseline: Whose trials these are; they are noted in `validation`.
            space: What each setting is chosen among.
            first: Settings to begin with.
            make: Trains a model with some settings; tells its MRR.
        """
        sampler = optuna.samplers.TPESampler(
            seed=self.seed, n_startup_trials=max(1, self.trials // 2)
        )
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            study = optuna.create_study(direction="maximize", sampler=sampler)
        finally:
            optuna.logging.set_verbosity(before)
        study.enqueue_trial(first)
        found: list[tuple[float, Settings, Made]] = []
        for _ in range(self.trials):
            asked = study.ask(dict(space))
            began = time.perf_counter()
            made, mrr = make(asked.params)
            spent = time.perf_counter() - began
            study.tell(asked, mrr)
            self.validation.trials.append(Trial(baseline, asked.params, mrr, spent))
            if not found or mrr > found[0][0]:
                found = [(mrr, asked.params, made)]
        return found[0][1], found[0][2]
