"""What holds of every delivery, tried on many that nobody would think of."""

import csv
import datetime as dt
import io
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources.loading.dropped import dropped_file_of
from mmga.sources.loading.load import load
from mmga.sources.source import Edge, Picture, Post, Unusable, User
from mmga.sources.tables.columns import Clock, count, identifier, moment, since_1970, text
from mmga.sources.tables.files import raw_table
from mmga.sources.tables.mapping import COLUMNS, Mapping
from mmga.tables import KINDS, read_table
from tests.sources.made import Made, contents

quick = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200
)
heavy = settings(quick, max_examples=10)

IDS = st.sampled_from(["a", "b", "c", "A", " a", "", "\u00e9", "x\0", "\ud800", 'e,"\n'])
TEXTS = st.none() | st.text(st.characters(), max_size=6)
TIMES = st.none() | st.datetimes(
    dt.datetime(1, 1, 2), dt.datetime(9999, 1, 1), timezones=st.just(dt.UTC)
)
POSTS = st.sampled_from(["p", "q", "r", "P"])
RECORD = st.one_of(
    st.builds(User, TEXTS.map(str), IDS, TEXTS, TEXTS),
    st.builds(Post, st.just("w"), POSTS, IDS, TIMES, TEXTS),
    st.builds(Edge, st.just("w"), IDS, IDS, TIMES, st.sampled_from([*KINDS, "like"])),
    st.builds(
        Picture,
        st.just("w"),
        POSTS,
        st.sampled_from(["good", "bad"]),
        st.none() | st.integers(0, 3),
    ),
    st.builds(Unusable, st.just("w"), st.sampled_from(["users", "posts"]), IDS, st.just("broken")),
)
WHOLE = [User("", "a"), User("", "b"), Edge("", "a", "b"), Post("", "p", "a")]
RECORDS = st.lists(st.lists(RECORD, max_size=12), max_size=3)


@pytest.fixture(scope="module")
def take(request):
    """Loads units into a new folder."""
    from tests.sources.conftest import _picture

    def take(parts, out, **options):
        return load(Made(parts, {"good": _picture()}), out, **options)

    return take


@heavy
@given(parts=RECORDS, undirected=st.booleans())
def test_every_record_that_is_read_is_written_or_listed(take, parts, undirected):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "data")
        report = take([WHOLE, *parts], out, undirected=undirected)
        listed = Counter(
            row["table"] for row in csv.DictReader(io.StringIO(_listed(out), newline=""))
        )
        given_to = Counter(_table(record) for part in [WHOLE, *parts] for record in part)
        assert report.read == dict(given_to)
        found = {name: len(rows) for name, rows in contents(out).items()}
        assert report.written == found
        for table in given_to:
            ways = 2 if undirected and table == "follows" else 1
            assert found[table] == ways * (given_to[table] - listed[table])


@heavy
@given(parts=RECORDS)
def test_everyone_who_is_referred_to_is_a_user_and_nobody_else(take, parts):
    with tempfile.TemporaryDirectory() as folder:
        take([WHOLE, *parts], Path(folder, "data"), everyone=True)
        found = contents(Path(folder, "data"))
        named = {r.user_id.strip() for p in [WHOLE, *parts] for r in p if isinstance(r, User)}
        referred = {row[1] for row in found["posts"]}
        referred |= {id for row in found["follows"] for id in row[:2]}
        users = {row[0] for row in found["users"]}
        assert referred <= users
        assert users - referred <= named


@heavy
@given(first=RECORDS, second=RECORDS, everyone=st.booleans())
def test_adding_a_delivery_is_loading_both(take, first, second, everyone):
    """Of records whose users and posts were delivered before them or with them."""
    first, second = ([_sound(part) for part in parts] for parts in (first, second))
    with tempfile.TemporaryDirectory() as folder:
        one, both = Path(folder, "one"), Path(folder, "both")
        take([WHOLE, *first], one, everyone=everyone)
        take(second, one, everyone=everyone, append=True)
        take([WHOLE, *first, *second], both, everyone=everyone)
        assert contents(one) == contents(both)


@heavy
@given(parts=RECORDS)
def test_the_order_of_what_is_kept_is_that_in_which_it_came(take, parts):
    with tempfile.TemporaryDirectory() as folder:
        take([WHOLE, *parts], Path(folder, "data"))
        came = [r.post_id for p in [WHOLE, *parts] for r in p if isinstance(r, Post)]
        kept = read_table(Path(folder, "data"), "posts").post_id.tolist()
        remaining = iter(came)
        assert all(post in remaining for post in kept)


VALUES = (
    st.text(max_size=5),
    st.binary(max_size=5),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.decimals(allow_nan=False, places=2, min_value=-999, max_value=999),
    st.lists(st.integers(0, 3), max_size=2),
    st.timedeltas(),
    st.times(),
)
RAW = st.one_of([st.lists(st.none() | value, max_size=5) for value in VALUES])


@quick
@given(values=RAW, convert=st.sampled_from([text, identifier, count, moment]))
def test_any_column_is_read_value_by_value_or_refused(values, convert):
    try:
        column = pa.chunked_array([pa.array(values)])
    except (pa.ArrowException, OverflowError):
        return
    try:
        found = convert(column, "column 'x'")
    except InputError as error:
        _in_words(error, "column 'x'")
        return
    assert len(found) == len(column)
    assert all(f is None for f, v in zip(found.to_pylist(), values, strict=True) if v is None)


@quick
@given(
    times=st.lists(
        st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),
        min_size=1,
        max_size=8,
    ),
    unit=st.sampled_from([1, 1_000, 1_000_000]),
    cut=st.integers(0, 8),
)
def test_a_column_in_pieces_is_read_as_the_whole_one(times, unit, cut):
    times = [time.replace(microsecond=0) for time in times]
    numbers = [str(int(time.timestamp()) * unit) for time in times]
    clock = Clock("t")
    pieces = [
        pa.chunked_array([pa.array(part, pa.string())]) for part in (numbers[:cut], numbers[cut:])
    ]
    for piece in pieces:
        clock.see(piece)
    assert [t for piece in pieces for t in clock.moment(piece).to_pylist()] == times
    assert [since_1970(int(number)) for number in numbers] == times


@quick
@given(number=st.floats() | st.integers(-(10**30), 10**30))
def test_a_lone_number_is_a_time_or_none(number):
    found = since_1970(number)
    assert found is None or found.tzinfo is not None


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@quick
@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_what_pythons_csv_writes_is_read_back(rows, delimiter, encoding):
    rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
        [["one", "two"], *rows]
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "t.csv")
        file.write_bytes(stream.getvalue().encode(encoding))
        table = raw_table(file, "utf-8" if encoding == "utf-8-sig" else encoding)
        found = _rows(table, {"one": "one", "two": "two"})
    expected = [[cell.encode() or None for cell in row] for row in rows]
    assert [[row["one"], row["two"]] for row in found] == expected
    assert [row["row"] for row in found] == list(range(1, len(rows) + 1))


@quick
@given(content=st.binary(max_size=60) | st.text("ab,;\t\n\r\"' ", max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_refused_in_words(content):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "t.csv")
        file.write_bytes(content)
        try:
            table = raw_table(file)
            columns = {f"c{n}": name for n, name in enumerate(table.columns)}
            _rows(table, columns)
        except InputError as error:
            _in_words(error, str(file))


@quick
@given(cut=st.integers(0, 700), flip=st.integers(0, 700), value=st.integers(0, 255))
def test_a_damaged_parquet_file_is_a_table_or_refused_in_words(cut, flip, value):
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": ["x", "y", None], "b": [1, 2, 3]}), stream)
    content = bytearray(stream.getvalue())
    content[flip % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "t.parquet")
        file.write_bytes(content[: len(content) - cut % 50])
        try:
            table = raw_table(file)
            _rows(table, {name: name for name in table.columns})
        except InputError as error:
            _in_words(error, str(file))


@quick
@given(
    maps=st.lists(
        st.text("users.posiamg=id_ ", max_size=14)
        | st.sampled_from(["users.topic=x", "posts.caption=y=z"])
    ),
    constants=st.lists(
        st.sampled_from(["users.topic=x", "follows.kind=tag", "posts.post_id=1", ""])
    ),
)
def test_any_mapping_is_understood_or_refused_in_words(maps, constants):
    try:
        mapping = Mapping.parse(maps, constants)
    except InputError as error:
        _in_words(error, "")
        return
    assert mapping.tables() <= set(COLUMNS)
    assert len(mapping.columns) == len(maps)


def _rows(table, columns):
    return [
        row
        for part in table.parts()
        for batch in table.read(columns, lambda *_: None, part)
        for row in batch.to_pylist()
    ]


def _listed(out):
    file = dropped_file_of(out)
    return file.read_bytes().decode() if file.exists() else ""


def _table(record):
    if isinstance(record, Unusable):
        return record.table
    return {User: "users", Post: "posts", Edge: "follows", Picture: "images"}[type(record)]


def _sound(part):
    """Without what refers to something that may come only with the second delivery."""
    known = {"a", "b"}
    return [
        record
        for record in part
        if isinstance(record, User)
        or (isinstance(record, Post) and record.user_id in known)
        or (isinstance(record, Edge) and {record.follower_id, record.followee_id} <= known)
        or (isinstance(record, Picture) and record.post_id == "p" and record.position is not None)
    ]


def _in_words(error, subject):
    assert subject in str(error)
    assert len(str(error).splitlines()) <= 3
