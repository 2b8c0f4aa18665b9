"""What a person says of columns is understood, or refused with the nearest that is."""

from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.sources.tables.mapping import Mapping

FILE = Path("users.csv")


def test_a_column_with_a_canonical_name_maps_itself_and_a_map_wins_over_it():
    header = ["user_id", "topic", "country", "more"]
    assert Mapping({}, {}).of("users", header, FILE) == {"user_id": "user_id", "topic": "topic"}
    mapping = Mapping.parse(["users.topic=country"], [])
    assert mapping.of("users", header, FILE)["topic"] == "country"


def test_a_constant_wins_over_a_column_of_that_name():
    mapping = Mapping.parse([], ["users.topic=food"])
    assert mapping.of("users", ["user_id", "topic"], FILE) == {"user_id": "user_id"}
    assert mapping.constants_of("users") == {"topic": "food"}


def test_a_raw_name_may_hold_an_equals_sign():
    mapping = Mapping.parse(["users.bio=a=b"], [])
    assert mapping.of("users", ["user_id", "a=b"], FILE)["bio"] == "a=b"


@pytest.mark.parametrize(
    ("maps", "constants", "said"),
    [
        (["users.topik=x"], [], "did you mean 'topic'"),
        (["user.topic=x"], [], "did you mean 'users'"),
        (["users.topic"], [], "takes TABLE.COLUMN="),
        (["users.topic="], [], "takes TABLE.COLUMN="),
        (["users.topic=x", "users.topic=y"], [], "given twice"),
        (["users.topic=x"], ["users.topic=y"], "by --map and by --set"),
        ([], ["users.user_id=x"], "a key cannot be one value"),
    ],
)
def test_what_cannot_be_meant_is_refused(maps, constants, said):
    with pytest.raises(InputError, match=said):
        Mapping.parse(maps, constants)


def test_a_raw_column_that_is_not_there_is_refused_with_the_nearest():
    mapping = Mapping.parse(["users.user_id=usr"], [])
    with pytest.raises(InputError, match="no column 'usr'; did you mean 'user'"):
        mapping.of("users", ["user", "x"], FILE)


def test_a_required_column_is_asked_for_with_the_option_that_names_it():
    with pytest.raises(InputError, match=r"--map users\.user_id=COLUMN\nIts columns are uid, x"):
        Mapping({}, {}).of("users", ["uid", "x"], FILE)
