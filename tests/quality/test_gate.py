"""The gate against planted defects: it finds all of them, and blames nothing else."""

import pytest

from benchmarks.quality import CONSEQUENCES, RULES, markdown, score
from mmga.quality.rules import rules_for
from mmga.sample.dirt import DEFECTS
from tests.quality.conftest import PARAMS, ROOT

WORLD = (220, 2, 6)


@pytest.fixture(scope="module")
def scores():
    return score([WORLD], PARAMS)


def test_every_kind_of_defect_has_the_rule_that_must_find_it():
    known = {(rule.table, rule.name) for rule in rules_for(PARAMS)}
    assert {table: set(kinds) for table, kinds in RULES.items()} == {
        table: set(kinds) for table, kinds in DEFECTS.items()
    }
    assert {(table, rule) for table, kinds in RULES.items() for rule in kinds.values()} <= known
    assert set(CONSEQUENCES) <= {name for _, name in known}


def test_every_planted_record_is_found_and_no_other_is_blamed(scores):
    bad = {
        kind: (one.recall, one.precision)
        for kind, one in scores.kinds.items()
        if (one.recall, one.precision) != (1.0, 1.0) or not one.planted
    }
    assert bad == {}
    assert dict(scores.innocent) == {}


def test_only_pictures_of_rejected_posts_go_with_what_they_belong_to(scores):
    rejected = ("duplicate id", "unknown user", "future time", "time 1970")
    posts = sum(scores.kinds["posts", kind].planted for kind in rejected)
    assert 0 < scores.carried <= 3 * posts


def test_a_gate_that_is_blind_or_sees_ghosts_has_a_lower_score():
    off = PARAMS.model_copy(update={"min_image_side": 1, "max_caption_length": 60})
    found = score([WORLD], off)
    assert found.kinds["images", "tiny"].recall == 0
    assert found.kinds["posts", "endless caption"].precision < 0.1
    assert found.innocent["posts.caption_length"] > 50
    assert "| posts | endless caption | `caption_length` | 2 | 2 |" in markdown(found)


def test_the_page_on_the_gate_lists_every_kind_of_defect():
    text = (ROOT / "docs" / "quality-gate.md").read_text()
    for table, kinds in RULES.items():
        for kind, rule in kinds.items():
            assert f"| {table} | {kind} | `{rule}` |" in text
