"""A drawing is text that stays text, and the same bytes for the same numbers."""

import xml.etree.ElementTree as ET

from mmga.pages.drawing import svg

HOSTILE = ["<script>alert(1)</script>", "$\\frac{1}{$", "&amp;\"'", "宠物 🐾 кот"]


def bars(axes):
    axes.barh(HOSTILE, range(1, len(HOSTILE) + 1))


def test_labels_of_any_content_are_drawn_as_they_are_written():
    element = svg(bars, title='a "title" <b>')
    root = ET.fromstring(element)
    shown = {"".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert set(HOSTILE) <= shown
    assert root.get("aria-label") == 'a "title" <b>'
    assert "<script" not in element


def test_the_same_numbers_are_the_same_bytes():
    assert svg(bars) == svg(bars)


def test_two_drawings_share_no_name_for_different_things():
    other = svg(lambda axes: axes.plot([1, 3], [2, 5], "o"), size=(3, 3))
    named = [
        {node.get("id"): ET.tostring(node) for node in ET.fromstring(text).iter() if node.get("id")}
        for text in (svg(bars), other)
    ]
    assert all(named[0][name] == named[1][name] for name in named[0].keys() & named[1].keys())
