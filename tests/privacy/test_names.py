"""Whom a word means."""

from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.privacy.names import all_called, key_for, spellings, user_among
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.key_file import make_key
from mmga.sources.identities.numbers import Identities, Identity
from mmga.sources.identities.pseudonyms import Pseudonyms

NAMES = Pseudonyms(b"k" * 32)
NOBODY = Identities()
NONE_GONE = Forgotten(b"salt")


def test_an_id_comes_before_a_handle_and_a_handle_needs_the_key(key: Path):
    known = {"Ann", "bob", NAMES.of("ann"), NAMES.of("cem")}
    with pytest.raises(InputError, match="no user 'cem'"):
        user_among("cem", known, "the set", NOBODY)
    names = Pseudonyms(make_key(key))
    known = {"Ann", "bob", names.of("ann"), names.of("cem")}
    expected = {"Ann": "Ann", "@BOB": "bob", "ann": names.of("ann"), " @Cem ": names.of("cem")}
    expected[names.of("cem")] = names.of("cem")
    assert {word: user_among(word, known, "the set", NOBODY) for word in expected} == expected


def test_a_word_stands_for_few_ids():
    assert spellings("@Ann", None) == ["@Ann", "Ann", "ann"]
    assert len(spellings("@Ann", NAMES)) == 6


def test_nobody_needs_the_key_for_an_id_and_none_is_made(key: Path):
    assert user_among("ann", {"ann"}, "the set", NOBODY) == "ann"
    with pytest.raises(InputError, match="no user 'anm' among the 1 users of the set; did you"):
        user_among("anm", {"ann"}, "the set", NOBODY)
    assert not key.exists()


def test_a_key_that_cannot_be_used_is_told_where_it_is_needed(key: Path):
    make_key(key)
    key.chmod(0o644)
    assert user_among("ann", {"ann"}, "the set", NOBODY) == "ann"
    with pytest.raises(InputError, match="its owner's alone"):
        user_among("bob", {"ann"}, "the set", NOBODY)


def test_only_the_key_that_made_the_ids_is_theirs(key: Path):
    assert key_for({"pseudonyms": {"key_id": "0" * 16}}) is None
    mine = Pseudonyms(make_key(key))
    assert key_for({"pseudonyms": {"key_id": "0" * 16}}) is None
    assert key_for({}) is None
    names = key_for({"pseudonyms": {"key_id": mine.key_id}})
    assert names is not None
    assert names.of("ann") == mine.of("ann")


def test_a_name_that_has_passed_on_means_who_bears_it_now(key: Path):
    names = Pseudonyms(make_key(key))
    ann, anna, one, three = map(names.of, ("ann", "anna", "1", "3"))
    lines = Identities(
        (Identity(ann, ann, one), Identity(ann, anna, one), Identity(three, ann, three))
    )
    both = {ann, three}
    assert user_among("@Anna", both, "the set", lines) == ann
    assert user_among("ann", both, "the set", lines) == three
    assert user_among(ann, both, "the set", lines) == ann
    assert user_among("1", both, "the set", lines) == ann
    assert all_called("ann", both, names, lines, NONE_GONE) == [three, ann]
    assert all_called("1", both, names, lines, NONE_GONE) == [ann]
    assert all_called("bob", both, names, lines, NONE_GONE) == []


def test_who_was_forgotten_is_meant_by_the_same_spelling_alone():
    gone = NONE_GONE.including("ann")
    taken = Identities((Identity("3", "ann", "3"),))
    assert all_called("@ann", {"3"}, None, taken, gone) == ["3", "ann"]
    assert all_called("ann", {"Ann"}, None, NOBODY, gone) == ["ann"]
    assert all_called("Ann", {"Ann"}, None, NOBODY, gone) == ["Ann"]
