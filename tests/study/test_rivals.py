"""Which models are rivals in a study, and where they are none."""

import pytest

from mmga.alignment.params import CONTRASTING
from mmga.alignment.plan import VIEWS
from mmga.stages.pretrain import telling
from mmga.study.experiments import experiments
from tests.alignment.conftest import PARAMS


@pytest.mark.parametrize("rival", CONTRASTING)
def test_only_the_main_comparison_has_those_that_contrast(rival: str) -> None:
    every = experiments(PARAMS)
    assert [one.name for one in every if rival in one.models] == ["full"]


def test_a_training_without_the_phase_in_which_they_learn_to_rank_goes_without_them() -> None:
    refine = PARAMS.refine.model_copy(update={"settle_epochs": 0})
    full = experiments(PARAMS.model_copy(update={"refine": refine}))[0]
    assert not set(CONTRASTING) & set(full.models)
    assert "late_fusion" in full.params(PARAMS, 1).rivals


@pytest.mark.parametrize(
    ("told", "models", "without"),
    [
        (
            {"text"},
            {"text_only", "congrat"},
            {"no_image", "step_1_without_graph", "shuffled_images", "picture_missing_50"},
        ),
        ({"image"}, {"image_only"}, {"no_text", "caption_missing_10"}),
        (set(), set(), {"no_text", "no_image", "after_step_1", "alpha_0", "posts_4"}),
    ],
)
def test_where_a_modality_is_missing_nothing_is_trained_that_only_it_would_tell(
    told: set[str], models: set[str], without: set[str]
) -> None:
    whole, found = experiments(PARAMS), experiments(PARAMS, frozenset(told))
    full = {"mmga", "late_fusion", "graph_only"}
    assert set(found[0].models) == full | models
    assert set(telling(list(VIEWS), frozenset(told))) == full | models  # the pipeline, likewise
    gone = {one.name for one in whole} - {one.name for one in found}
    assert without <= gone
    assert not gone & {"full", "other_users", "rewired", "half_the_follows", "one_role"}
    assert all("mmga" in one.models for one in found)
