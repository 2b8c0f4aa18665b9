"""What records show only beside others, against definitions written as plain loops."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.quality import patterns

WORDS = st.text("abc", min_size=1, max_size=6)


def one_edit_apart(a: str, b: str) -> bool:
    """One letter more, less, swapped with its neighbour, or changed (in words of five or more)."""
    if a == b:
        return False
    if len(a) == len(b):
        places = [i for i in range(len(a)) if a[i] != b[i]]
        if len(places) == 1:
            return len(a) >= patterns.SHORT
        i = places[0]
        return a[:i] + a[i + 1 : i + 2] + a[i] + a[i + 2 :] == b
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.sets(WORDS, min_size=1, max_size=12))
def test_words_are_near_that_one_slip_of_the_pen_makes_of_each_other(words):
    near = patterns._one_letter_apart(words)
    for word in words:
        assert near.get(word, set()) == {other for other in words if one_edit_apart(word, other)}


@pytest.mark.parametrize("slip", ["fasion", "fashon", "fashionn", "fahsion", "fashiom", "Fashion "])
def test_a_rare_topic_is_taken_for_the_frequent_one_it_is_a_slip_of(slip):
    topics = pd.Series(["fashion"] * 40 + ["food"] * 40 + [slip] * 2 + [None])
    found = patterns.likely_spellings(topics, 10)
    assert found.dropna().to_dict() == {80: "fashion", 81: "fashion"}


@pytest.mark.parametrize(("other", "users"), [("passion", 2), ("fasion", 9), ("cars", 2)])
def test_another_word_or_a_frequent_one_is_no_slip(other, users):
    topics = pd.Series(["fashion"] * 40 + ["cats"] * 40 + [other] * users)
    assert patterns.likely_spellings(topics, 10).isna().all()


def test_a_topic_as_long_as_a_book_takes_no_time():
    book = "word " * 200_000
    topics = pd.Series(["food"] * 40 + [book, book + "s"])
    assert patterns.likely_spellings(topics, 10).isna().all()


def test_of_topics_that_differ_only_in_case_the_rarer_is_the_slip():
    topics = pd.Series(["Food"] * 3 + ["food"] * 4 + ["FOOD"])
    found = patterns.likely_spellings(topics, 10)
    assert found.dropna().to_dict() == dict.fromkeys([0, 1, 2, 7], "food")


def test_ids_are_twins_that_differ_in_case_outer_space_or_form():
    ids = pd.Series(["Anna", "anna", " ANNA", "anne", "Anna", None, "\u00e9", "e\u0301"])
    found = patterns.twins(ids).where(lambda twin: twin.notna(), None).tolist()
    assert found == [None, "Anna", "Anna", None, None, None, None, "\u00e9"]


SOUND = [
    "Spaß…",
    "CAFÉ…",
    "naïve",
    "привет",
    "こんにちは 🌸",
    "¿Qué tal?",
    "½ price",
    "L’été “là”",
    None,
    "",
]


def test_texts_of_many_scripts_are_not_garbled():
    assert not patterns.garbled(pd.Series(SOUND)).any()


@pytest.mark.parametrize(
    "text", ["naïve", "привет", "こんにちは", "🌸", "¿Qué?", "L’été", "ümlaut"]
)
def test_a_text_read_in_latin_1_or_windows_1252_is_garbled(text):
    wrong = [text.encode().decode("latin-1"), text.encode().decode("cp1252", "replace")]
    assert patterns.garbled(pd.Series(wrong)).all()


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.none() | st.text(max_size=8), max_size=8))
def test_no_text_breaks_what_looks_at_texts(texts):
    column = pd.Series(texts, dtype=object)
    for look in (patterns.garbled, patterns.controlled, patterns.unclean, patterns.twins):
        assert len(look(column)) == len(column)
    assert len(patterns.likely_spellings(column, 10)) == len(column)


def test_a_date_is_stray_that_lies_far_from_nine_tenths_of_the_others():
    days = pd.Series(pd.date_range("2020-01-01", periods=100, tz="UTC"))
    days[[7, 8]] = [pd.Timestamp("2038-01-19", tz="UTC"), pd.Timestamp("2010-01-01", tz="UTC")]
    days[9] = pd.NaT
    plausible = days.notna()
    plausible[8] = False  # another rule has it
    found = patterns.stray(days, plausible, 1826, 20)
    assert found[found].index.tolist() == [7]
    assert not patterns.stray(days.head(15), plausible.head(15), 1826, 20).any()


def test_a_user_has_the_share_of_the_records_that_are_its_own():
    users = pd.Series(["a", "b", "c"])
    owners = pd.Series(["a"] * 30 + ["b"] * 10)
    assert patterns.share_of(owners, users, 20).tolist()[:2] == [0.75, 0.25]
    assert patterns.share_of(owners.head(20), users, 20).isna().all()
