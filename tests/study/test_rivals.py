"""Where ConGraT is a rival of the study, and where it is none."""

from pathlib import Path

import pandas as pd
import pytest

from mmga.study.experiments import experiments
from mmga.study.run import _trainable
from tests.alignment.conftest import PARAMS


def test_only_the_main_comparison_has_it() -> None:
    every = experiments(PARAMS)
    assert [one.name for one in every if "congrat" in one.models] == ["full"]


def test_a_training_without_the_phase_in_which_it_learns_to_rank_goes_without_it() -> None:
    refine = PARAMS.refine.model_copy(update={"settle_epochs": 0})
    full = experiments(PARAMS.model_copy(update={"refine": refine}))[0]
    assert "congrat" not in full.models
    assert "late_fusion" in full.params(PARAMS, 1).rivals


@pytest.mark.parametrize(("texts", "expected"), [([-1, 0], True), ([-1, -1], False), ([], False)])
def test_where_nobody_writes_it_is_left_out(
    tmp_path: Path, texts: list[int], expected: bool
) -> None:
    pd.DataFrame({"text": pd.Series(texts, dtype="int64")}).to_parquet(tmp_path / "posts.parquet")
    params = PARAMS.model_copy(update={"rivals": ("late_fusion", "congrat")})
    rivals = _trainable(params, tmp_path).rivals
    assert rivals == (("late_fusion", "congrat") if expected else ("late_fusion",))
