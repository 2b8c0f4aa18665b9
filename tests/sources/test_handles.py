"""Whom a text mentions, and what is left of it when nobody may be named."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.sources.identities.handles import mentions, references, replaced


def _hidden(text: str) -> str:
    return replaced(text, lambda name, kind: "X" if kind == "user" else "Y")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("with @Ann.Lee, @bob_", ["ann.lee", "bob_"]),
        ("@ann\n@ann", ["ann", "ann"]),
        ("me@home and _@ann", ["ann"]),
        ("@alice..bob @dot.", ["alice", "dot"]),
        ("ann@x.org john_@x.org", []),
        ("@" + "a" * 40, ["a" * 30]),
        ("@JOSÉ @Jose\u0301", ["josé", "josé"]),
        ("@ @. no one", []),
    ],
)
def test_who_is_mentioned(text: str, found: list[str]):
    assert mentions(text) == found


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("with @Ann.Lee!", "with @X!"),
        ("seen@ann", "seen@X"),
        ("@ann@example.social", "@X@X"),
        ("@" + "a" * 30 + ".b.c end", "@X end"),
        ("mail ann.lee+x@mail.example.org now", "mail [email] now"),
        ("john_@x.org", "[email]"),
        ("https://www.instagram.com/ann.lee/", "https://www.instagram.com/X/"),
        ("Instagram.com/p/AbC-1?x", "Instagram.com/p/Y?x"),
        ("instagram.com/ann/reel/AbC", "instagram.com/reel/Y"),
        ("instagram.com/explore/tags/cats", "instagram.com/explore/tags/cats"),
        ("tiktok.com/@ann", "tiktok.com/@X"),
        ("＠ann", "@X"),
        ("no one, nothing", "no one, nothing"),
    ],
)
def test_nobody_is_named_half_way(text: str, hidden: str):
    assert _hidden(text) == hidden


def test_a_text_without_a_reference_keeps_its_letters_composed_or_not():
    assert replaced("Jose\u0301", lambda name, kind: None) == "José"
    assert replaced("ann@x.org @ann", lambda name, kind: None, email=None) == "ann@x.org @ann"


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(st.text(alphabet="aB._@＠-+/ \n\u0301éİ", max_size=60))
def test_whoever_is_mentioned_is_replaced_and_stays_as_often_mentioned(text: str):
    number: dict[str, int] = {}
    named = replaced(text, lambda name, kind: f"u{number.setdefault(name, len(number)):024x}")
    again = [int(handle[1:], 16) for handle in mentions(named)]
    assert again == [number[handle] for handle in mentions(text)]
    assert {name for name, _ in references(text)} == set(number)
    assert all(len(name) == 25 for name, _ in references(named))


@pytest.mark.parametrize(
    "piece", ["a", "@a", "a@", ".", "a.@", "@", "instagram.com/", "x@a.", "a-.", "@a..b", "_@"]
)
def test_a_long_text_takes_time_in_proportion_to_its_length(piece: str):
    began = time.perf_counter()
    _hidden(piece * (100_000 // len(piece)))
    assert time.perf_counter() - began < 2
