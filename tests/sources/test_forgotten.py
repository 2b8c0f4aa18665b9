"""Who was forgotten is known again, and the record does not say who it was."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.privacy.erasure import erase, survey
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.sources.loading.load import load
from mmga.sources.source import Edge
from mmga.tables import read_table
from tests.sources.made import Made

GONE = Forgotten(b"salt" * 4).including("Ann.Lee", "bob")


def test_the_record_knows_whom_it_holds_and_nobody_else():
    assert [name in GONE for name in ("Ann.Lee", "bob", "ann.lee", "Bob", "eve", "")] == [
        *(True, True),
        *(False,) * 4,
    ]
    assert len(GONE) == 2
    assert not Forgotten.read({})


def test_the_record_survives_its_file_and_names_nobody():
    text = json.dumps({"forgotten": GONE.described()})
    assert Forgotten.read(json.loads(text)) == GONE
    assert "ann" not in text.lower().replace("handles", "")
    assert "bob" not in text


def test_the_same_user_has_another_hash_in_another_data_set():
    one, other = (Forgotten.read({}).including("ann") for _ in range(2))
    assert not one.users & other.users


def test_mentions_in_any_case_go_and_other_texts_keep_their_bytes():
    assert GONE.out_of("@ANN.LEE, @bob_ and @eve") == "[forgotten], @bob_ and @eve"
    assert GONE.out_of("instagram.com/bob") == "instagram.com/[forgotten]"
    decomposed = "Jose\u0301 @eve"
    assert GONE.out_of(decomposed) is decomposed
    assert GONE.out_of("ann.lee") == "ann.lee", "a bare word cannot be told from a word"


def test_a_handle_is_found_by_the_pseudonym_that_was_forgotten():
    names = Pseudonyms(b"k" * 32)
    gone = Forgotten(b"salt").including(names.of("ann"))
    assert gone.out_of("with @Ann", names) == "with [forgotten]"
    assert gone.out_of("with @Ann") == "with @Ann"
    assert gone.out_of(names.in_text("with @Ann")) == "with [forgotten]"


@pytest.mark.parametrize("record", [{}, [], {"salt": "zz", "users": [], "handles": []}, "x"])
def test_a_spoilt_record_is_refused_rather_than_forgotten(record: object):
    with pytest.raises(InputError, match="forgotten must hold"):
        Forgotten.read({"forgotten": record})


@dataclass
class Meanwhile(Made):
    """While it is looked at, Ann is forgotten."""

    data: Path = Path()

    def units(self):
        erase(self.data, survey(self.data, {"ann"}, None))
        return super().units()


@pytest.mark.parametrize("how", ["append", "replace"])
def test_who_is_forgotten_while_a_delivery_is_looked_at_does_not_come_back(tmp_path, how):
    data = tmp_path / "data"
    edges = [Edge("", *pair) for pair in (("ann", "bob"), ("bob", "cem"))]
    load(Made([edges]), data, everyone=True)
    load(
        Meanwhile([edges, [Edge("", "cem", "dot")]], data=data), data, everyone=True, **{how: True}
    )
    assert "ann" not in set(read_table(data, "users")["user_id"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", *LISTS[how]]


LISTS = {"append": ["data.dropped-00001.csv"], "replace": ["data.dropped.csv"]}
