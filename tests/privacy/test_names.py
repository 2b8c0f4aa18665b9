"""Whom a word means."""

from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.privacy.names import all_called, key_for, spellings, user_among
from mmga.sources.identities.key_file import make_key
from mmga.sources.identities.numbers import Identities, Identity
from mmga.sources.identities.pseudonyms import Pseudonyms

NAMES = Pseudonyms(b"k" * 32)


def test_an_id_comes_before_a_handle_and_a_handle_needs_the_key(key: Path):
    names = Pseudonyms(make_key(key))
    known = {"Ann", "bob", names.of("ann"), names.of("cem")}

    def meant(word: str) -> str:
        return user_among(word, known, "the set", Identities())

    assert meant("Ann") == "Ann"
    assert meant("@BOB") == "bob"
    assert meant("ann") == names.of("ann")
    assert meant(" @Cem ") == names.of("cem")
    key.unlink()
    assert meant(names.of("cem")) == names.of("cem")
    with pytest.raises(InputError, match="no user 'cem'"):
        meant("cem")


def test_a_word_stands_for_few_ids():
    assert spellings("@Ann", None) == ["@Ann", "Ann", "ann"]
    assert len(spellings("@Ann", NAMES)) == 6


def test_nobody_needs_the_key_for_an_id_and_none_is_made(key: Path):
    assert user_among("ann", {"ann"}, "the set", Identities()) == "ann"
    with pytest.raises(InputError, match="no user 'anm' among the 1 users of the set; did you"):
        user_among("anm", {"ann"}, "the set", Identities())
    assert not key.exists()


def test_a_key_that_cannot_be_used_is_told_where_it_is_needed(key: Path):
    make_key(key)
    key.chmod(0o644)
    assert user_among("ann", {"ann"}, "the set", Identities()) == "ann"
    with pytest.raises(InputError, match="its owner's alone"):
        user_among("bob", {"ann"}, "the set", Identities())


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
    assert user_among("@Anna", {ann, three}, "the set", lines) == ann
    assert user_among("ann", {ann, three}, "the set", lines) == three
    assert user_among(ann, {ann, three}, "the set", lines) == ann
    assert all_called("ann", {ann, three}, names, lines) == [three, ann]
    assert user_among("3", {ann, three}, "the set", lines) == three
    assert all_called("1", {ann, three}, names, lines) == [ann]
    assert all_called("bob", {ann, three}, names, lines) == []
