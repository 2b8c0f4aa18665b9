"""The page shows what is true of the run, whatever the data hold or lack."""

import base64
import io
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mmga.pages.render import shown
from mmga.project import Project
from mmga.report.page import _chance, page
from mmga.report.people import LONGEST
from mmga.report.run import Run
from mmga.tables import read_table, write_table
from tests.report.conftest import LURES, PARAMS, finish, hostile


class Page(HTMLParser):
    """What a browser would make of it: the elements, their attributes, the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == tag]


@pytest.fixture(scope="module")
def text(finished: Project) -> str:
    """The page of the run in which nothing is missing."""
    return page(Run.read(finished), PARAMS)


def test_the_same_run_gives_the_same_bytes(run: Run, text: str):
    assert page(run, PARAMS) == text


def test_every_comparison_that_was_not_won_stands_on_it(run: Run, text: str):
    words = " ".join(Page(text).words.split())
    mrr = [row for row in run.report["comparisons"] if row["metric"] == "mrr"]
    lost = [row for row in mrr if not row["low"] > 0]
    assert any(row["high"] < 0 for row in lost)
    for row in lost:
        assert f"{row['difference']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})" in words
    worse = sum(row["high"] < 0 for row in lost)
    counted = f"{len(mrr) - len(lost)} of {len(mrr)} comparisons were won, {len(lost) - worse} are"
    assert f"{counted} undecided and {worse} lost" in words


def test_hostile_texts_are_shown_and_not_obeyed(tmp_path):
    text = page(Run.read(finish(tmp_path / "project", hostile)), PARAMS)
    found = Page(text)
    assert found.all("script") == found.all("iframe") == []
    assert not [name for _, attributes in found.elements for name in attributes if name[:2] == "on"]
    assert {image["src"].partition(",")[0] for image in found.all("img")} == {
        "data:image/jpeg;base64"
    }
    assert "<script>fetch('https://evil.example/x')</script>" in found.words
    assert "{{ 7 * 7 }}" in found.words
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "W" * (LONGEST + 1) not in text


def test_nothing_on_it_comes_from_elsewhere(text: str):
    loads = re.findall(
        r"""(?:src|href|xlink:href)\s*=\s*["']([^"']+)|url\(([^)]+)\)|@import""", text
    )
    targets = {first or second for first, second in loads}
    assert {t for t in targets if not t.startswith(("data:", "#"))} == {"model-card.md"}
    (policy,) = [m["content"] for m in Page(text).all("meta") if "http-equiv" in m]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_pictures_are_small_and_no_more_than_asked_for(text: str):
    images = Page(text).all("img")
    assert images
    for image in images:
        content = base64.b64decode(image["src"].partition(",")[2])
        with Image.open(io.BytesIO(content)) as picture:
            assert max(picture.size) <= 72


def test_a_page_that_leaves_the_house_shows_nothing_that_users_posted(run: Run, text: str):
    bare = page(run, PARAMS.model_copy(update={"pictures": 0, "captions": 0}))
    assert Page(bare).all("img") == []
    assert "word1 of" not in bare
    assert "word1 of" in text


def _no_topics(root: Path) -> None:
    clean = root / "build" / "clean"
    write_table(clean, "users", read_table(clean, "users").assign(topic=None))


def _no_captions(root: Path) -> None:
    clean = root / "build" / "clean"
    write_table(clean, "posts", read_table(clean, "posts").assign(caption=None, created_at=pd.NaT))


def _no_pictures(root: Path) -> None:
    shutil.rmtree(root / "data" / "images")
    index = pd.read_parquet(root / "build" / "clean" / "images.parquet")
    index.iloc[:0].to_parquet(root / "build" / "clean" / "images.parquet")


def _no_posts(root: Path) -> None:
    _no_pictures(root)
    clean = root / "build" / "clean"
    write_table(clean, "posts", read_table(clean, "posts").iloc[:0])


@pytest.mark.parametrize("change", [_no_topics, _no_captions, _no_pictures, _no_posts])
def test_data_that_lack_something_have_a_page(tmp_path, change):
    text = page(Run.read(finish(tmp_path / "project", change)), PARAMS)
    found = Page(text)
    assert "Who is near whom" in found.words
    assert "Ranked worst" in found.words
    assert bool(found.all("img")) == (change in (_no_topics, _no_captions))
    assert ("This data set has no topics." in found.words) == (change is _no_topics)
    assert ("word1 of" in text) == (change in (_no_topics, _no_pictures))
    assert ("no posts" in found.words) == (change is _no_posts) or change is not _no_posts


def test_an_evaluation_without_cold_users_slices_or_rivals_has_a_page(run: Run):
    report = {
        **run.report,
        "slices": [],
        "results": [r for r in run.report["results"] if r["users"] == "warm"],
        "comparisons": [r for r in run.report["comparisons"] if r["users"] == "warm"],
    }
    words = Page(page(replace(run, report=report), PARAMS)).words
    assert "Where it is weak" not in words
    assert "new to the graph" not in words
    words = Page(page(replace(run, report=report | {"comparisons": []}), PARAMS)).words
    assert "Compared with nothing" in words


@pytest.mark.parametrize(
    ("told", "learns", "alone"),
    [
        ([], "from whom they follow, as nobody here posts", "and has nothing else to go by."),
        (
            ["image"],
            "from whom they follow and from their pictures.",
            "has to go by pictures alone.",
        ),
        (
            ["image", "text"],
            "their pictures and from their texts.",
            "pictures and texts alone",
        ),
    ],
)
def test_only_what_somebody_posts_is_called_an_input(
    run: Run, told: list[str], learns: str, alone: str
):
    html = page(replace(run, config=run.config | {"told": told}), PARAMS)
    words = " ".join(Page(html).words.split())
    assert learns in words
    assert alone in words


def test_lots_are_drawn_among_candidates_alone_and_fans_counted_one_by_one(run: Run):
    edges = run.split.test[run.split.negatives.ranked]
    warm = edges[~run.split.cold[edges].any(axis=1)]
    places = {}
    for _, account in warm:
        fans = set(run.split.known[run.split.known[:, 1] == account][:, 0])
        places[account] = len(run.split.user_ids) - len(fans)
    mrr = [sum(1 / rank for rank in range(1, n + 1)) / n for n in places.values()]
    hits = [min(1, 10 / places[account]) for _, account in warm]
    assert _chance(run) == pytest.approx((np.mean(mrr), np.mean(hits)))
    words = " ".join(Page(page(run, PARAMS)).words.split())
    assert f"drawn by lot has {np.mean(mrr):.4f} here" in words
    assert f"drawing lots{100 * np.mean(hits):.1f}" in words
    own = next(
        row for row in run.report["results"]
        if {**run.report["primary"], "model": "mmga"}.items() - {("metric", "mrr")} <= row.items()
    )  # fmt: skip
    assert own["micro"]["hits@10"] != own["hits@10"]
    assert f"MMGA{100 * own['micro']['hits@10']:.1f}" in words


def test_in_a_graph_where_all_know_each_other_lots_come_first(run: Run):
    users = np.arange(len(run.split.user_ids))
    every = np.stack(np.meshgrid(users, users), axis=-1).reshape(-1, 2)
    every = every[every[:, 0] != every[:, 1]].astype(np.int32)
    assert _chance(replace(run, split=replace(run.split, train=every))) == (1.0, 1.0)


def test_names_that_a_later_evaluation_brings_are_shown_as_they_are(run: Run):
    renamed = json.dumps(run.report)
    for old, new in {"C2": "C3", "followees": "direction_of_a_tie", "svd": "node_2_vec"}.items():
        renamed = renamed.replace(f'"{old}"', f'"{new}"')
    report = json.loads(renamed) | {"something_new": [1, 2]}
    words = " ".join(Page(page(replace(run, report=report), PARAMS)).words.split())
    for name in ("among the users who are easiest to confuse", "direction of a tie", "node 2 vec"):
        assert name in words


def test_a_history_without_validation_has_its_losses_drawn(run: Run):
    histories = {"mmga": run.histories["mmga"].drop(columns="validation_mrr")}
    words = Page(page(replace(run, histories=histories), PARAMS)).words
    assert "Ranking of follows set aside" not in words
    assert "What each step minimises" in words


def test_fifty_thousand_users_fit_on_a_page(run: Run, tmp_path: Path):
    """The map is drawn of some, and the examples are looked for among some follows."""
    users, more = len(run.split.user_ids), 50_000
    ids = [*run.split.user_ids, *(f"v{number:05d}" for number in range(more - users))]
    random = np.random.default_rng(0)

    def longer(values):
        extra = random.normal(size=(more - users, *values.shape[1:])).astype(np.float32)
        return np.concatenate([values, 0.01 * extra])

    names = ("fan", "account", "fan_bias", "account_bias", "vectors")
    arrays = {name: longer(getattr(run.model, name)) for name in names}
    split = replace(run.split, user_ids=ids, cold=np.arange(more) >= users)
    model = replace(run.model, user_ids=ids, **arrays)
    many = replace(run, split=split, model=model, topics=[*run.topics, *[None] * (more - users)],
                   rivals=tmp_path / "none")  # fmt: skip
    text = page(many, PARAMS.model_copy(update={"points": 100, "ranked": 20}))
    assert len(text) < 3_000_000
    assert "50,000 users" in text


@pytest.mark.parametrize("lure", LURES)
def test_a_caption_is_one_short_line_without_controls(lure: str):
    line = shown(lure, LONGEST)
    assert len(line) <= LONGEST
    assert line == " ".join(line.split())
    assert not set(line) & {chr(code) for code in (*range(32), 127, *range(0x202A, 0x202F))}
    assert shown(line, LONGEST) == line


def test_a_caption_in_any_script_is_left_as_it_is():
    caption = "שלום 宠物 👩‍👩‍👧 नमस्ते e\u0301"
    assert shown(caption, LONGEST) == caption
