"""Raw values become canonical ones, whichever way they were written."""

import datetime as dt
import uuid
from decimal import Decimal

import pyarrow as pa
import pytest

from mmga.errors import InputError
from mmga.sources.tables.columns import count, identifier, moment, text

NEW_YEAR = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)


def column(*values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize("factor", [1, 1e3, 1e6, 1e9])
def test_every_unit_since_1970_names_the_same_moment(factor):
    number = int(NEW_YEAR.timestamp() * factor)
    assert moment(column(str(number)), "ts").to_pylist() == [NEW_YEAR]
    assert moment(column(number), "ts").to_pylist() == [NEW_YEAR]


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-01T12:00:00Z",
        "2024-01-01 12:00:00",
        "2024-01-01T14:00:00+02:00",
        "2024-01-01T12:00:00.000000",
        "2024-01-01 12:00:00 UTC",
    ],
)
def test_every_iso_writing_names_the_same_moment(written):
    assert moment(column(written), "ts").to_pylist() == [NEW_YEAR]


def test_a_timestamp_of_parquet_without_a_zone_is_utc():
    naive = column(NEW_YEAR.replace(tzinfo=None), kind=pa.timestamp("ns"))
    assert moment(naive, "ts").to_pylist() == [NEW_YEAR]


def test_a_lone_value_that_is_no_time_becomes_null():
    found = moment(column("2024-01-01T12:00:00Z", "soon", None), "ts").to_pylist()
    assert found == [NEW_YEAR, None, None]
    assert moment(column("1704110400", "1704110400", "soon"), "ts").to_pylist()[2] is None


@pytest.mark.parametrize("written", ["20240101", "2024"])
def test_a_day_written_as_a_number_is_refused_rather_than_put_into_1970(written):
    with pytest.raises(InputError, match="hardly a count of seconds"):
        moment(column(written, written), "ts")


def test_times_in_another_writing_are_refused_with_an_example():
    with pytest.raises(InputError, match=r"'31\.12\.2024' is no time"):
        moment(column("31.12.2024", "30.12.2024"), "ts")
    with pytest.raises(InputError, match=r"'NULL' is no time.*\n--null NULL"):
        moment(column("NULL", "NULL", "2024-01-01"), "ts")
    with pytest.raises(InputError, match="'soon' is no time"):
        moment(column("1704110400", "soon", "soon", "soon"), "ts")


@pytest.mark.parametrize(("unit", "other"), [(1, 1000), (1000, 1), (10**6, 1000), (10**9, 1)])
def test_a_count_in_another_unit_than_most_is_no_time(unit, other):
    seconds = int(NEW_YEAR.timestamp())
    found = moment(column(*[seconds * unit] * 3, seconds * other, 1), "ts").to_pylist()
    first = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=1 / unit)
    assert found == [*[NEW_YEAR] * 3, None, first]


@pytest.mark.parametrize("nought", ["0", "0.0"])
def test_nought_is_no_time_among_others(nought):
    number = str(int(NEW_YEAR.timestamp()))
    assert moment(column(nought, number, number), "ts").to_pylist() == [None, NEW_YEAR, NEW_YEAR]


@pytest.mark.parametrize("word", ["now", "today"])
def test_a_word_is_no_time(word):
    assert moment(column("2024-01-01T12:00:00Z", None, word), "ts").to_pylist() == [
        *(NEW_YEAR, None, None)
    ]


@pytest.mark.parametrize(("kind", "digits"), [(pa.float16(), 11), (pa.float32(), 24)])
def test_a_number_that_its_type_may_have_rounded_is_no_id(kind, digits):
    ids = pa.array([7.0, 2.0**digits - 1, 2.0**digits, 0.5, None], pa.float64()).cast(kind)
    found = identifier(pa.chunked_array([ids]), "id").to_pylist()
    assert found == ["7", str(2**digits - 1), None, None, None]


def test_ids_are_trimmed_and_whole_numbers_lose_their_point():
    assert identifier(column(" a ", "  ", None), "id").to_pylist() == ["a", None, None]
    assert identifier(column(12.0, None), "id").to_pylist() == ["12", None]
    assert identifier(column(12), "id").to_pylist() == ["12"]
    assert identifier(column("007"), "id").to_pylist() == ["007"]


@pytest.mark.parametrize("kind", [pa.decimal128(38, 0), pa.decimal128(20, 2), pa.decimal256(76, 9)])
def test_a_decimal_that_is_whole_is_the_same_id_as_the_number(kind):
    assert identifier(column(12, None, -4, kind=kind), "id").to_pylist() == ["12", None, "-4"]


def test_a_category_of_numbers_is_an_id_as_the_number_is():
    found = pa.chunked_array([pa.array([12.0, None, 12.0]).dictionary_encode()])
    assert identifier(found, "id").to_pylist() == ["12", None, "12"]


def test_a_decimal_without_a_place_before_the_point_may_be_nought():
    assert identifier(column(Decimal("0.00"), kind=pa.decimal128(2, 2)), "id").to_pylist() == ["0"]


def test_a_decimal_with_a_fraction_is_no_id():
    assert identifier(column(Decimal("1.5"), kind=pa.decimal128(9, 1)), "id").to_pylist() == [None]


def test_an_id_of_sixteen_bytes_is_a_uuid_or_the_text_it_spells():
    known = [uuid.UUID(int=n) for n in (0x1234 << 100, 2**128 - 1)]
    made = [*known, *(uuid.uuid5(uuid.NAMESPACE_URL, str(n)) for n in range(200))]
    named = pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([*(one.bytes for one in made), None], pa.binary(16))
    )
    expected = [*map(str, made), None]
    assert identifier(pa.chunked_array([named]), "id").to_pylist() == expected
    plain = column(*(one.bytes for one in made[1:]), None, kind=pa.binary(16))
    assert identifier(plain, "id").to_pylist() == expected[1:]
    text = column(b"user-00000000017", kind=pa.binary(16))
    assert identifier(text, "id").to_pylist() == ["user-00000000017"]


def test_text_that_is_no_text_becomes_null():
    found = text(column(b"ok", b"\xff\xfe", b"a\x00b", "\u732b".encode(), b"", None), "caption")
    assert found.to_pylist() == ["ok", None, None, "\u732b", None, None]


def test_a_list_is_no_text():
    with pytest.raises(InputError, match="must hold one text a record, got list"):
        text(column(["a"]), "caption")


def test_positions_are_whole_numbers_from_0():
    assert count(
        column("0", "3", "-1", "1.5", "x", None, "99999999999"), "position"
    ).to_pylist() == [
        0,
        3,
        *[None] * 5,
    ]
