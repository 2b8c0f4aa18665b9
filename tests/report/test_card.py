"""The model card holds the numbers of its run under the headings of Mitchell et al. 2019."""

import re
from dataclasses import replace
from datetime import date

import pytest

from mmga.report.card import model_card
from mmga.report.run import Run
from mmga.report.verdict import questions
from tests.report.conftest import LURES, PARAMS

HEADINGS = [
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
    "Quantitative analyses", "Ethical considerations", "Caveats and recommendations",
]  # fmt: skip


def tables(card: str) -> list[list[str]]:
    """The rows of all tables as their cells; a `|` of a cell has a backslash before it."""
    rows = [line for line in card.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def test_the_headings_are_those_of_the_paper_in_its_order(run: Run):
    card = model_card(run, PARAMS)
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == [*HEADINGS, "How to reproduce"]
    assert "no reproduction" in card
    assert "arXiv:2210.09946" in card


def test_no_table_is_broken_by_a_blank_line(run: Run):
    card = model_card(run, PARAMS)
    blocks = [b for b in re.split(r"\n\s*\n", card) if b.startswith("|") or "\n|" in b]
    assert len(blocks) == len(re.findall(r"^\| ---", card, re.MULTILINE))


def test_every_number_of_the_model_stands_in_it(run: Run):
    cells = {tuple(row) for row in tables(model_card(run, PARAMS))}
    own = [
        r for r in run.report["results"] if r["model"] == "mmga" and r["users"] in ("warm", "cold")
    ]
    assert len(own) == 12  # two tasks, three kinds of candidates, warm and cold
    for row in own:
        start = (
            row["task"],
            row["candidates"],
            row["users"],
            f"{row['queries']:,}",
            f"{row['mrr']:.4f}",
        )
        ends = f"{row['mrr_low']:.4f} to {row['mrr_high']:.4f}"
        assert any(found[:5] == start and found[-1] == ends for found in cells)


def test_how_follows_were_held_out_stands_in_it(run: Run):
    assert "held out by unordered pair" in model_card(run, PARAMS)
    cuts = (date(2026, 3, 1), date(2026, 4, 1))
    dated = model_card(replace(run, split=replace(run.split, cuts=cuts)), PARAMS)
    assert "held out by date (validation from 2026-03-01, test from 2026-04-01;" in dated
    assert "unordered pair (both" not in dated


def test_each_loss_and_each_undecided_comparison_stands_in_it(run: Run):
    card = model_card(run, PARAMS)
    every = [duel for asked in questions(run.report) for duel in (*asked.rivals, *asked.own)]
    open_or_lost = [duel for duel in every if not duel.low > 0]
    assert any(duel.high < 0 for duel in open_or_lost)
    for duel in open_or_lost:
        bounds = f"{duel.difference:+.4f} ({duel.low:+.4f} to {duel.high:+.4f})"
        place = f"{duel.task}, {duel.candidates}, {duel.users}, against"
        word = "worse" if duel.high < 0 else "no difference shown"
        assert re.search(f"- {re.escape(f'{word}: {place}')} .*: {re.escape(bounds)}", card)


def test_versions_hashes_and_parameters_stand_in_it(run: Run):
    card = model_card(replace(run, data_version="0123.dir"), PARAMS)
    for part in ("train", "validation", "test"):
        assert run.split.hashes[part] in card
    assert "`0123.dir`" in card
    assert "`f1`" in card
    assert ["`pretrain.refine.epochs`", "2"] in tables(card)


def test_nothing_of_any_one_user_stands_in_it(run: Run):
    card = model_card(run, PARAMS)
    assert not [user for user in run.split.user_ids if user in card]
    assert "word1 of" not in card


@pytest.mark.parametrize(
    ("told", "said", "absent"),
    [
        ([], "A graph encoder gives each user", "Nobody posts pictures or texts here: nothing"),
        (["text"], "A graph encoder and a text encoder give each user", "posts pictures here. A"),
        (["image", "text"], "- A graph encoder, an image encoder and a text encoder give", ""),
    ],
)
def test_only_what_was_read_has_an_encoder(run: Run, told: list[str], said: str, absent: str):
    card = model_card(replace(run, config=run.config | {"told": told}), PARAMS)
    assert said in card
    assert absent in card


def test_only_data_made_by_code_are_called_synthetic(run: Run):
    synthetic = "data of this run are synthetic"
    made = replace(run, description={"source": "made by code (mmga sample)"})
    assert synthetic in model_card(made, PARAMS)
    for description in ({}, {"source": None}, {"source": "a crawl"}):
        card = model_card(replace(run, description=description), PARAMS)
        assert synthetic not in card
        assert "sample that comes with the project is synthetic" in card


@pytest.mark.parametrize("lure", LURES)
def test_text_from_outside_is_shown_and_not_obeyed(run: Run, lure: str):
    fields = dict.fromkeys(("name", "description", "source", "licence", "ids"), lure)
    slices = [row | {"users": f"topic {lure}"} for row in run.report["slices"]]
    given = replace(run, description=fields, report=run.report | {"slices": slices})
    card = model_card(given, PARAMS)
    plain = model_card(run, PARAMS)
    markup = r"(?<!\\)(<[a-z!/]|\]\(|\$|\{\{)"
    assert len(re.findall(markup, card)) == len(re.findall(markup, plain))
    assert {len(row) for row in tables(card)} == {len(row) for row in tables(plain)}


def test_the_same_run_gives_the_same_card(run: Run):
    assert model_card(run, PARAMS) == model_card(run, PARAMS)
