"""A file names a user where it does, and not where a longer word begins likewise."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmga.privacy.search import Search

SEARCH = Search({"ann", "jör<g", "o'neil"}, {"ann-1"})


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"user_id": "ann"}', True),
        ("anna, hannah, ann_2", False),
        ("<td>ann-1</td>", True),
        (json.dumps("jör<g"), True),
        ("<td>jör&lt;g</td>", True),
        ("jör<g", True),
        ("<td>o&#39;neil</td>", True),
        ("<td>o&#x27;neil</td>", True),
        ("user,ann\n", True),
        ("Ann", False),
        ("", False),
    ],
)
def test_a_text_is_searched_for_whole_words(tmp_path: Path, content: str, named: bool):
    file = tmp_path / "a.txt"
    file.write_text(content, encoding="utf-8")
    assert SEARCH.names(file) is named


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (["bob", "ann"], True),
        (["bob", "ann-1"], True),
        (["bob", "anna"], False),
        (["bob", None], False),
        (["see @Ann!", None], True),
        (["see ann and @anna", None], False),
        ([1, 2], False),
        ([["bob", "ann"], []], True),
        ([["bob"], None], False),
        (pd.Categorical(["bob", "ann"]), True),
    ],
)
def test_a_table_is_searched_by_value_and_by_mention(tmp_path: Path, column: list, named: bool):
    file = tmp_path / "a.parquet"
    pd.DataFrame({"n": [1, 2], "x": column}).to_parquet(file)
    assert SEARCH.names(file) is named


def test_a_database_is_searched_like_a_text(tmp_path: Path):
    file = tmp_path / "a.db"
    with sqlite3.connect(file) as database:
        database.execute("create table log (line text)")
        database.execute("insert into log values ('rank 1 ann 0.3')")
    database.close()
    assert SEARCH.names(file)


def test_a_folder_is_searched_for_names_of_files_too(tmp_path: Path):
    (tmp_path / "ann").mkdir()
    np.save(tmp_path / "ann" / "values.npy", np.zeros(3))
    np.save(tmp_path / "values.npy", np.zeros(3))
    (tmp_path / "broken.parquet").write_text("ann")
    assert SEARCH.found_below(tmp_path) == [tmp_path / "ann" / "values.npy"]
    assert SEARCH.found_below(tmp_path / "nothing") == []
