"""A new version of the data moves what is new in it, and git and DVC's cache know the old ones."""

from pathlib import Path

import pytest

from benchmarks.versions import Row, measured, table


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DVC_ROOT", raising=False)
        return list(measured(tmp_path_factory.mktemp("versions"), posts=100, pixels=32))


def test_an_append_pushes_and_pulls_its_own_parts_and_no_other(rows: list[Row]):
    first, appended, _ = rows
    added = {
        *("follows-00001.parquet", "posts-00001.parquet", "users-00001.parquet"),
        *("images/part-00001.parquet", "dataset.json"),
    }
    assert set(appended.names) == added
    assert first.pushed[0] == first.pulled[0] == first.files + 1, "and the list of the version"
    assert appended.pushed == appended.pulled
    assert appended.pushed[0] == len(added) + 1
    assert appended.pushed[1] < first.pushed[1] / 4


def test_forgetting_a_user_moves_the_parts_that_knew_them(rows: list[Row]):
    forgotten = rows[2]
    assert set(forgotten.names) == {
        *("follows.parquet", "posts.parquet", "users.parquet", "images/part-00000.parquet"),
        "dataset.json",
    }
    assert forgotten.pushed == forgotten.pulled
    assert forgotten.pushed[0] == 6


def test_the_page_in_docs_is_the_one_that_is_printed(rows: list[Row]):
    page = (Path(__file__).parent.parent / "docs" / "versions.md").read_text(encoding="utf-8")
    assert table([]) in page
    assert page.count("\n| ") == 2 + len(rows)
