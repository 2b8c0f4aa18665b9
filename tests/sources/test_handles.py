"""Whom a text mentions, and what is left of it when nobody may be named."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.sources.identities.handles import may_refer, mentions, references, replaced


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
        ("instagram.com/_u/ann!", "instagram.com/X!"),
        ("instagram.com//ann/", "instagram.com//X/"),
        ("instagram.com:443/ann", "instagram.com:443/X"),
        (r"https:\/\/instagram.com\/ann\/", r"https:\/\/instagram.com\/X\/"),
        ("u=instagram.com%2Fann%2F", "u=instagram.com%2FX%2F"),
        (r"instagram.com\/p\/AbC", r"instagram.com\/p/Y"),
        ("instagram://user?username=ann&x", "instagram://user?username=X&x"),
        ("ig.me/m/ann?ref", "ig.me/m/X?ref"),
        ("%40ann and &#64;ann, &#x40;Ann, &commat;ann", "%40X and &#64;X, &#x40;X, &commat;X"),
        ("ann.lee%40x.org ann&#64;x.org", "[email] [email]"),
        ("@\u200bann @\u2060ann @.ann", "@\u200bX @\u2060X @.X"),
        ("instagram.com/%40ann", "instagram.com/X"),
        (
            "l.instagram.com/?u=https%3A%2F%2Finstagram.com%2Fann&e=1",
            "l.instagram.com/?u=https%3A%2F%2Finstagram.com%2FX&e=1",
        ),
        (
            "u=https%253A%252F%252Finstagram.com%252Fann",
            "u=https%253A%252F%252Finstagram.com%252FX",
        ),
        ("instagram.com/p/ABC/?taken-by=ann", "instagram.com/p/Y/?taken-by=X"),
        ("instagram.com/accounts/login/?next=/ann/", "instagram.com/accounts/login/?next=/X/"),
        (
            "instagram.com/accounts/login/?hl=de&next=%2Fp%2FABC%2F",
            "instagram.com/accounts/login/?hl=de&next=%2Fp/Y%2F",
        ),
        (
            "instagram.com/accounts/login/?next=https%3A%2F%2Finstagram.com%2Fann",
            "instagram.com/accounts/login/?next=https%3A%2F%2Finstagram.com%2FX",
        ),
        ("https://twitter.com/Ann_1/status/1", "https://twitter.com/X/status/1"),
        ("x.com/ann, max.com/ann, t.me/ann", "x.com/X, max.com/ann, t.me/X"),
        ("t.me/s/ann, t.me/s", "t.me/s/X, t.me/X"),
        (
            "facebook.com/people/ann/1 facebook.com/pages/ann",
            "facebook.com/people/X/1 facebook.com/pages/X",
        ),
        ("x.com/intent/user?screen_name=ann", "x.com/intent/user?screen_name=ann"),
        ("reddit.com/user/ann reddit.com/r/pics", "reddit.com/user/X reddit.com/r/pics"),
        ("bsky.app/profile/ann.bsky.social", "bsky.app/profile/X"),
        ("flickr.com/photos/ann/ facebook.com/ann", "flickr.com/photos/X/ facebook.com/X"),
        ("x.com/hashtag/cats facebook.com/groups/1", "x.com/hashtag/cats facebook.com/groups/1"),
    ],
)
def test_nobody_is_named_half_way(text: str, hidden: str):
    assert _hidden(text) == hidden


def test_a_text_without_a_reference_keeps_its_letters_composed_or_not():
    assert replaced("Jose\u0301", lambda name, kind: None) == "José"
    assert replaced("ann@x.org @ann", lambda name, kind: None, email=None) == "ann@x.org @ann"


@pytest.mark.parametrize(
    "before",
    ["%40", "&#64;", "@\u200b", "@.", "ig.me/m/", "instagram.com/_u/", "t.me/", "x?taken-by="],
)
def test_a_handle_is_seen_and_replaced_once_however_it_is_named(before: str):
    text = f"by {before}ann."
    assert may_refer(text)
    assert list(references(text)) == [("ann", "user")]
    once = replaced(text, lambda *_: "u" + "0" * 24)
    assert list(references(once)) == [("u" + "0" * 24, "user")]
    assert mentions(text) == mentions(once) == []


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(st.text(alphabet="aB._@＠-+/% \n\u0301éİ\u200b", max_size=60))
def test_whoever_is_mentioned_is_replaced_and_stays_as_often_mentioned(text: str):
    number: dict[str, int] = {}
    named = replaced(text, lambda name, kind: f"u{number.setdefault(name, len(number)):024x}")
    again = [int(handle[1:], 16) for handle in mentions(named)]
    assert again == [number[handle] for handle in mentions(text)]
    assert {name for name, _ in references(text)} == set(number)
    assert all(len(name) == 25 for name, _ in references(named))


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "@a",
        "a@",
        ".",
        "a.@",
        "@",
        "instagram.com/",
        "x@a.",
        "a-.",
        "@a..b",
        "_@",
        "%40",
        "a%40",
        "@.",
        "@\u200b",
        "instagram.com//",
        "ig.me/m/",
        "&#64;",
        "&#0",
        "instagram.com:1",
        "instagram.com/accounts/",
        "%2F",
        "x.com/",
    ],
)
def test_a_long_text_takes_time_in_proportion_to_its_length(piece: str):
    began = time.perf_counter()
    _hidden(piece * (100_000 // len(piece)))
    assert time.perf_counter() - began < 2
