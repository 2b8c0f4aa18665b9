"""A file names a user where it does; a word that may mean something else is not sure."""

import json
import re
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.privacy.search import Search
from mmga.sources.identities.pseudonyms import Pseudonyms

HASHED = Pseudonyms(b"k" * 32).of("dot")
SEARCH = Search({"ann", "jör<g", "o'neil", "14", HASHED}, {"ann-1", "7"}, {"anna"})
YES, PERHAPS, NO = "knows", "may know", "clean"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ('{"user_id": "ann"}', YES),
        ('{"rows": [{"follower_id":"14", "post_id": "ann"}]}', YES),
        ('{"post_id": "7"}', YES),
        ('{"post_id": "14", "user_id": "7", "run_id": "14", "user_id": "14 "}', PERHAPS),
        (json.dumps({"user_id": "jör<g"}), YES),
        (f"ask {HASHED}!", YES),
        (f"{HASHED}0", NO),
        ("anna, hannah, ann_2", NO),
        ("by @anna", PERHAPS),
        ("<td>ann-1</td>", PERHAPS),
        (json.dumps("jör<g"), PERHAPS),
        ("<td>jör&lt;g</td>", PERHAPS),
        ("jör<g", PERHAPS),
        ("<td>o&#39;neil</td>", PERHAPS),
        ("<td>o&#x27;neil</td>", PERHAPS),
        (json.dumps("one\nann"), PERHAPS),
        ("instagram.com%2Fann, %40ann", PERHAPS),
        ("seed-14", PERHAPS),
        ("user,ann\n", PERHAPS),
        ("Ann", NO),
        ("", NO),
    ],
)
def test_a_text_is_searched_for_whole_words(tmp_path: Path, content: str, state: str):
    file = tmp_path / "a.txt"
    file.write_text(content, encoding="utf-8")
    assert SEARCH.in_file(file) == state


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.sets(st.text(alphabet="ab-1.", min_size=1, max_size=4), min_size=1, max_size=6),
    st.text(alphabet="ab-1. ", max_size=12),
)
def test_many_words_are_found_as_each_would_be(words: set[str], text: str):
    each = [rf"(?<![0-9A-Za-z_]){re.escape(word)}(?![0-9A-Za-z_])" for word in words]
    expected = any(re.search(pattern, text) for pattern in each)
    assert Search(words).in_text(text) == (PERHAPS if expected else NO)


@pytest.mark.parametrize(
    ("column", "values", "state"),
    [
        ("user_id", ["bob", "ann"], YES),
        ("follower_id", [14, 15], YES),
        ("user_id", ["bob", "7"], NO),
        ("post_id", ["7", "9"], YES),
        ("post_id", ["14", "ann"], NO),
        ("user_id", ["bob", None], NO),
        ("user_id", pd.Categorical(["bob", "ann"]), YES),
        ("caption", ["see @Ann!", None], YES),
        ("caption", ["see instagram.com/p/ann-1", ""], YES),
        ("caption", ["see ann, @anna.b, @ann.lee and 14", None], NO),
        ("bio", ["see @Anna", None], YES),
        ("x", ["bob", "ann"], PERHAPS),
        ("x", ["bob", "by ann"], PERHAPS),
        ("x", ["bob", "anna"], NO),
        ("x", ["bob", HASHED], YES),
        ("x", [13, 14], NO),
        ("x", [["bob", "ann"], []], PERHAPS),
        ("x", [["bob"], None], NO),
        ("x", [{"by": "ann"}, {"by": None}], PERHAPS),
        ("x", pd.Categorical(["bob", "ann"]), PERHAPS),
    ],
)
def test_a_table_is_searched_by_its_columns(tmp_path: Path, column: str, values: list, state: str):
    file = tmp_path / "a.parquet"
    pd.DataFrame({"n": [1, 2], column: values}).to_parquet(file)
    assert SEARCH.in_file(file) == state
    assert SEARCH.in_file(file.rename(tmp_path / "named by its hash")) == state


def test_more_users_than_a_pattern_holds_are_found(tmp_path: Path):
    names = Pseudonyms(b"k" * 32)
    users = [names.of(str(number)) for number in range(20_000)]
    for column, value in (("caption", f"by @{users[-1]}"), ("user_id", users[0])):
        pd.DataFrame({column: [value]}).to_parquet(tmp_path / "a.parquet")
        assert Search(users).in_file(tmp_path / "a.parquet") == YES


def test_a_database_is_searched_like_a_text(tmp_path: Path):
    file = tmp_path / "a.db"
    with sqlite3.connect(file) as database:
        database.execute("create table log (line text)")
        database.execute("insert into log values ('rank 1 ann 0.3')")
    database.close()
    assert SEARCH.in_file(file) == PERHAPS


def test_a_folder_is_searched_for_names_of_files_too(tmp_path: Path):
    for folder in ("ann", HASHED):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "values.npy", np.zeros(3))
    np.save(tmp_path / "values.npy", np.zeros(3))
    assert SEARCH.found_below(tmp_path) == {
        tmp_path / "ann" / "values.npy": PERHAPS,
        tmp_path / HASHED / "values.npy": YES,
    }
    assert SEARCH.found_below(tmp_path, tmp_path / "ann") == {tmp_path / HASHED / "values.npy": YES}
    assert SEARCH.found_below(tmp_path / "nothing") == {}


def test_what_cannot_be_looked_into_may_know(tmp_path: Path):
    pd.DataFrame({"x": ["bob"] * 99}).to_parquet(tmp_path / "half.parquet")
    half = (tmp_path / "half.parquet").read_bytes()
    (tmp_path / "half.parquet").write_bytes(half[:200])
    pd.DataFrame({"x": ["bob"]}).to_csv(tmp_path / "a.csv.gz")
    (tmp_path / "a.txt").write_text("bob", encoding="utf-16")
    (tmp_path / "b.txt").write_text("bob")
    found = SEARCH.found_below(tmp_path)
    assert {file.name for file in found} == {"half.parquet", "a.csv.gz", "a.txt"}
    assert set(found.values()) == {PERHAPS}
