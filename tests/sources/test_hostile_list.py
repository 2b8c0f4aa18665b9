"""docs/hostile-input.md promises tests; here they are."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent.parent / "docs" / "hostile-input.md"
ROWS = re.findall(
    r"^\| (?!case|---)(.+?) \| .+ \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("case", "files"), ROWS, ids=[case for case, _ in ROWS])
def test_each_case_of_the_hostile_list_names_tests_that_are_there(case, files):
    named = [name for name in files.split(", ")]
    for name in named:
        assert (FOLDER / f"test_{name}.py").is_file(), f"{case}: no test_{name}.py"


def test_the_list_has_cases():
    assert len(ROWS) > 40
