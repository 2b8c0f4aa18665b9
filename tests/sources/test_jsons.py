"""JSON of any shape and size is read, or refused with a reason; it never ends an import."""

import io
import json
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.sources import jsons, media
from mmga.sources.jsons import UnreadableError, at, identifier, items, moment, parsed, words
from tests.sources.trees.shapes import ANY

CHECKED = settings(derandomize=True, deadline=None, max_examples=100)


def read_all(content):
    return list(items(io.BytesIO(content)))


@CHECKED
@given(st.lists(ANY, max_size=6))
def test_a_list_is_read_item_by_item_as_it_would_be_read_whole(values):
    content = json.dumps(values).encode()
    assert json.dumps(read_all(content)) == json.dumps(parsed(content))


@CHECKED
@given(st.lists(st.tuples(st.text(), st.lists(ANY, max_size=3)), min_size=1, max_size=4), st.text())
def test_all_lists_of_an_object_are_read_one_after_another(lists, text):
    members = [f"{json.dumps(key)} : {json.dumps(values, indent=2)}" for key, values in lists]
    content = "{" + f'"text": {json.dumps(text)}, ' + ", ".join([*members, '"more": 1']) + "}\n"
    expected = [value for _, values in lists for value in values]
    assert json.dumps(read_all(content.encode())) == json.dumps(expected)


@pytest.mark.parametrize(
    ("content", "before", "reason"),
    [
        (b"[1] [2]", [1], "goes on behind its end"),
        (b'{"a": [1]} {"b": [2]}', [1], "goes on behind its end"),
        (b'{"a": [], "b": {"c": [1]}, "d": [2]}', [2], "holds more than its lists"),
        (b'{"a": 1, "b": {"c": [1]}}', [], "holds no list"),
        (b'{"a": [1], "b": [2', [1], "ends too early"),
        (b'{"a": [1], "b"', [1], "ends too early"),
        (b'{"a": [1], 2: [3]}', [1], "is no valid JSON"),
        (b'{"a": [1], "b" [3]}', [1], "is no valid JSON"),
        (b" \n", [], "is empty"),
    ],
)
def test_what_is_not_read_as_a_list_is_never_lost_without_a_word(content, before, reason):
    found = []
    with pytest.raises(UnreadableError, match=reason):
        found.extend(items(io.BytesIO(content)))
    assert found == before


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(ANY, min_size=1, max_size=4), st.integers(1, 7))
def test_it_does_not_matter_in_what_portions_a_list_is_read(values, portion):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, portion))

    content = json.dumps(values).encode()
    assert json.dumps(list(items(Slow(content)))) == json.dumps(values)


@CHECKED
@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_have_a_reason(content):
    for read in (parsed, read_all):
        with suppress(UnreadableError):
            read(content)


@CHECKED
@given(ANY)
def test_a_value_of_any_shape_is_looked_into_without_an_error(value):
    for wrapped in (value, {"owner": value, "caption": value, "edge_media_to_caption": value}):
        media.shortcode(wrapped)
        media.caption(wrapped)
        media.taken_at(wrapped)
        media.tagged(wrapped)
        media.tagged({"edge_media_to_tagged_user": {"edges": [wrapped, {"node": wrapped}]}})
        at(wrapped, "owner", 0, "x")
        identifier(wrapped)


@CHECKED
@given(st.text(st.characters()))
def test_words_can_be_stored_or_are_none(text):
    kept = words(text)
    if kept is not None:
        assert "\0" not in kept
        assert kept.encode("utf-8").decode("utf-8") == kept
        assert unicodedata.is_normalized("NFC", kept)
        assert words(kept) == kept
    else:
        assert not text.replace("\0", "").strip()


@CHECKED
@given(st.integers() | st.floats() | st.text() | st.booleans())
def test_a_moment_is_a_time_or_none(value):
    when = moment(value)
    assert when is None or (when.tzinfo is not None and 1973 <= when.year <= 9999)


def test_a_list_that_breaks_off_gives_what_comes_before():
    found = []
    with pytest.raises(UnreadableError, match="ends too early"):
        found.extend(items(io.BytesIO(b'[{"a": 1}, {"b": 2}, {"c"')))
    stream = items(io.BytesIO(b'[{"a": 1}, {"b": 2}, {"c"'))
    assert [next(stream), next(stream)] == [{"a": 1}, {"b": 2}]


def test_deep_nesting_and_endless_items_are_refused_not_followed(monkeypatch):
    monkeypatch.setattr(jsons, "MAX_ITEM", 1000)
    for content in (b"[" * 200_000, b'[{"a":' * 100_000):
        with pytest.raises(UnreadableError):
            read_all(content)
        with pytest.raises(UnreadableError):
            parsed(content)
    with pytest.raises(UnreadableError, match="too large"):
        read_all(b'["' + b"a" * 2**20)


def test_a_number_counts_seconds_or_less_as_its_size_says():
    second = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    for value in (1_700_000_000, "1700000000", 1_700_000_000_000, 1_700_000_000_000_000):
        assert moment(value) == second
    for value in (
        0,
        -5,
        2024,
        20240102,
        float("nan"),
        float("inf"),
        10**400,
        "soon",
        None,
        [],
        True,
    ):
        assert moment(value) is None


def test_a_byte_order_mark_and_invalid_utf8_do_not_cost_a_file():
    assert parsed(b'\xef\xbb\xbf{"a": "b\xff"}') == {"a": "b\ufffd"}
    assert read_all(b'\xef\xbb\xbf["b\xff"]') == ["b\ufffd"]
