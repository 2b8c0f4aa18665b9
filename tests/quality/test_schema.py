"""`report.json` is what its schema says, whatever the verdict."""

import copy
import json
from importlib.resources import files

import jsonschema
import pytest

from mmga.errors import InputError
from mmga.quality.validate import validate
from tests.quality.conftest import PARAMS, ROOT, make_world

SCHEMA = json.loads(files("mmga.quality").joinpath("report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def spoil_nothing(data):
    pass


def cut_a_file(data):
    file = data / "posts.parquet"
    file.write_bytes(file.read_bytes()[:-40])


def worlds():
    """A world of each verdict, and one of which a file cannot be read."""
    good, odd, bad, cut = (make_world() for _ in range(4))
    odd.posts.loc[0, "caption"] = "cafÃ©"
    odd.follows.loc[:3, "kind"] = ["like", "mention", "mention", "follow"]
    bad.posts.loc[0, "user_id"] = "nobody"
    bad.pictures[5][3] = b"no picture"
    return {
        "pass": (good, spoil_nothing),
        "warn": (odd, spoil_nothing),
        "fail": (bad, spoil_nothing),
        "unreadable": (cut, cut_a_file),
    }


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    found = {}
    for name, (world, spoil) in worlds().items():
        folder = tmp_path_factory.mktemp(name)
        data = world.write(folder / "data")
        spoil(data)
        try:
            validate(data, folder / "clean", folder / "quality", PARAMS)
        except InputError:
            assert name in ("fail", "unreadable")
        found[name] = json.loads((folder / "quality" / "report.json").read_text())
    return found


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_reports_have_the_verdicts_that_were_meant(reports):
    assert [report["verdict"] for report in reports.values()] == ["pass", "warn", "fail", "fail"]
    assert any(rule["success"] is None for rule in reports["unreadable"]["expectations"])


@pytest.mark.parametrize("name", ["pass", "warn", "fail", "unreadable"])
def test_a_report_obeys_the_schema(name, reports):
    assert [error.message for error in VALIDATOR.iter_errors(reports[name])] == []


def test_every_key_that_the_schema_knows_is_in_a_report(reports):
    top = reports["warn"]
    assert set(top) == set(SCHEMA["properties"])
    assert set(top["tables"]["users"]) == set(SCHEMA["$defs"]["table"]["properties"])
    assert set(top["expectations"][0]) == set(SCHEMA["$defs"]["expectation"]["properties"])


def test_the_counts_of_a_table_add_up(reports):
    for report in reports.values():
        for table in report["tables"].values():
            kept = table["rejected"] + table["clean"] + sum(table["dropped"].values())
            assert table["read"] == kept


def wrong(report, path, value):
    changed = copy.deepcopy(report)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["verdict"], "good"),
        (["schema"], 2),
        (["tables", "users", "read"], -1),
        (["tables", "likes"], {}),
        (["expectations", 0, "success"], "yes"),
        (["expectations", 0, "examples"], [{"file": 3}]),
        (["more"], 1),
    ],
)
def test_what_breaks_the_schema_is_noticed(path, value, reports):
    assert not VALIDATOR.is_valid(wrong(reports["pass"], path, value))


def test_the_docs_name_every_key():
    text = (ROOT / "docs" / "quality-report.md").read_text()
    keys = set(SCHEMA["properties"])
    for part in ("table", "expectation"):
        keys |= set(SCHEMA["$defs"][part]["properties"])
    assert {key for key in keys if f"`{key}`" not in text} == set()
