"""What few records are like hides neither what most are like nor what is written at the axes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmga.pages.drawing import BAR
from mmga.quality import drift_words as words
from mmga.quality.drift_plots import drawings
from mmga.quality.judge import Judged
from mmga.quality.plots import distributions
from mmga.quality.profile import WHOLE, Numbers, Profile

USERS = 400
OVERLAPS = """() => [...document.querySelectorAll("svg")].flatMap(svg => {
    const boxes = [...svg.querySelectorAll("text")].map(text => text.getBoundingClientRect())
    const frame = svg.getBoundingClientRect()
    const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1
        || a.bottom <= b.top + 1 || b.bottom <= a.top + 1
    const inside = a => a.left >= frame.left - 1 && a.right <= frame.right + 1
    return boxes.filter((a, i) => !inside(a) || boxes.some((b, j) => i < j && !apart(a, b)))
})"""
HEIGHTS = """bar => [...document.querySelectorAll("svg")].map(svg =>
    [...svg.querySelectorAll("path")].filter(path => getComputedStyle(path).fill == bar)
        .map(path => path.getBoundingClientRect().height))"""


def drawn(captions, posts, degrees, sides):
    """The distributions of clean data of these lengths, posts a user, fans a user and sizes."""
    names = np.array([f"u{number}" for number in range(USERS)])
    writers = np.resize(np.repeat(names[: len(posts)], posts), len(captions))
    tables = {
        "users": pd.DataFrame({"user_id": names, "topic": None}),
        "posts": pd.DataFrame(
            {"user_id": writers, "caption": ["x" * length for length in captions]}
        ),
        "images": pd.DataFrame({"width": sides, "height": sides, "colours": "7f" * 27}),
        "follows": pd.DataFrame(
            {
                "follower_id": np.resize(names, sum(degrees)),
                "followee_id": np.repeat(names[: len(degrees)], degrees),
            }
        ),
    }
    judged = {
        name: Judged(frame, *2 * [pd.Series(None, index=frame.index, dtype=object)], {})
        for name, frame in tables.items()
    }
    return distributions(SimpleNamespace(tables=judged), None)


def shown(page, drawings):
    """As wide as on a phone."""
    figures = "".join(f"<div style='width: 300px'>{svg}</div>" for svg in drawings)
    page.set_content(f"<style>svg {{ width: 100%; height: auto }}</style>{figures}")


def tails(kind):
    chance = np.random.default_rng(3)
    if kind == "few outliers":
        captions = np.append(chance.normal(60, 20, 990).clip(1), [535_107] * 10)
        posts = np.append(np.full(300, 3), [9_000])
        degrees = np.append(chance.integers(1, 9, 300), [4_000])
        sides = np.append(chance.integers(600, 1_100, 500), [12_000] * 5)
    elif kind == "heavy":
        captions = chance.lognormal(4, 1.5, 1000) + 1
        posts, degrees = (np.minimum(chance.pareto(0.8, 300) + 1, 5_000) for _ in range(2))
        sides = chance.choice([150, 320, 640, 1080, 5_000], 500)
    else:
        captions = chance.normal(60, 20, 1000).clip(1)
        posts, degrees = (chance.integers(1, 30, 300) for _ in range(2))
        sides = np.full(500, 72)
    return [np.asarray(values).astype(int) for values in (captions, posts, degrees, sides)]


@pytest.mark.parametrize("kind", ["few outliers", "heavy", "light"])
def test_no_words_of_a_drawing_touch_and_none_are_cut(kind, browser):
    page = browser.new_page()
    shown(page, [svg for _, _, svg in drawn(*tails(kind))])
    assert page.evaluate(OVERLAPS) == []
    page.close()


@pytest.mark.parametrize("most", [9, 60, 500_000, 10_000_000])
def test_no_words_of_a_drawing_of_the_drift_touch_and_none_are_cut(most, browser):
    edges = WHOLE[most >= WHOLE].tolist()
    lengths = Numbers(edges=edges, counts=[1] * len(edges), owners=1, low=0, median=1, high=most)
    profile = Profile(
        version=1, counts={}, missing={}, shares={}, numbers={"caption_length": lengths}, top={}
    )
    page = browser.new_page()
    shown(page, drawings(profile, profile).values())
    assert page.evaluate(OVERLAPS) == []
    page.close()


@pytest.mark.parametrize("kind", ["few outliers", "heavy", "light"])
def test_most_records_are_spread_over_several_bars(kind, browser):
    captions, posts, degrees, sides = tails(kind)
    page = browser.new_page()
    shown(page, [svg for _, _, svg in drawn(captions, posts, degrees, sides)])
    colour = f"rgb({int(BAR[1:3], 16)}, {int(BAR[3:5], 16)}, {int(BAR[5:], 16)})"
    _, lengths, *_ = page.evaluate(HEIGHTS, colour)
    page.close()
    assert sum(height > 0.1 * max(lengths) for height in lengths) >= 5


def test_a_topic_without_end_is_cut():
    users = pd.DataFrame({"user_id": range(USERS), "topic": "n" * 10_000})
    accepted = pd.Series(None, index=users.index, dtype=object)
    tables = {"users": Judged(users, accepted, accepted, {})}
    ((_, text, drawing),) = distributions(SimpleNamespace(tables=tables), None)
    assert "n" * 21 + "…" in text
    assert "n" * 22 not in text + drawing
    assert "n" * 60 not in words.shares("topics", {"n" * 10_000: (0.1, 0.2)})


def test_where_no_caption_is_missing_none_is_said_to_be():
    texts = {title: text for title, text, _ in drawn(*tails("light"))}
    assert "none" not in texts["Length of the captions"]
