"""CSV and Parquet as they come: odd bytes are read, or refused with a reason."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmga.errors import InputError
from mmga.sources.tables.files import raw_table


def read(file, *columns, encoding="utf-8"):
    malformed = []
    raw = raw_table(file, encoding)
    wanted = {c: c for c in columns}
    tables = [
        table
        for part in raw.parts(rows=2)
        for table in raw.read(wanted, lambda *bad: malformed.append(bad), part)
    ]
    rows = [row for table in tables for row in table.to_pylist()]
    return len(rows) + len(malformed), rows, malformed


def written(tmp_path, content, name="t.csv"):
    file = tmp_path / name
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,x\n2,y\n",
        b"\xef\xbb\xbfa,b\n1,x\n2,y\n",
        b"a;b\r\n1;x\r\n2;y\r\n",
        b'"a"\t"b"\n1\tx\n2\ty',
        b"sep=;\r\na;b\r\n1;x\r\n2;y\r\n",
        b"\xef\xbb\xbfSEP=|\na|b\n1|x\n2|y\n",
        b'"sep=,",\na,b\n1,x\n2,y\n',
        b"a,b\r1,x\r2,y\r",
    ],
)
def test_every_common_writing_of_a_csv_reads_the_same(tmp_path, content):
    expected = [{"row": 1, "a": b"1", "b": b"x"}, {"row": 2, "a": b"2", "b": b"y"}]
    assert read(written(tmp_path, content), "a", "b") == (2, expected, [])


def test_a_compressed_csv_reads_as_a_plain_one(tmp_path):
    file = written(tmp_path, gzip.compress(b"a\n1\n"), "t.csv.gz")
    assert read(file, "a")[1] == [{"row": 1, "a": b"1"}]


def test_a_value_may_hold_newlines_and_separators(tmp_path):
    file = written(tmp_path, b'a,b\n1,"x\ny,""z"""\n')
    assert read(file, "b")[1] == [{"row": 1, "b": b'x\ny,"z"'}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_quotes_with_a_backslash_before_them_are_told_from_doubled_ones(tmp_path, encoding):
    said = ['she said "hi"', 'a "b", c', 'tail"', "", r"C:\new", "C:\\", r"\N", "a\nb", "plain"]
    cells = [text.replace("\\", r"\\").replace('"', r"\"") for text in said]
    lines = "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells))
    file = written(tmp_path, f'a,b\n{lines}9,\\N\n10,"C:\\new"\n'.encode(encoding))
    rows = read(file, "b", encoding=encoding)[1]
    assert [(row["b"] or b"").decode() for row in rows] == [*said, r"\N", r"C:\new"]


def test_backslashes_that_are_cut_by_a_block_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr("mmga.sources.tables.csv_table.BLOCK", 101)
    lines = "".join(f'{n},"{"x" * n}{chr(92) * 2 * (n % 4)}\\"{chr(92)}n"\n' for n in range(60))
    rows = read(written(tmp_path, f"a,b\n{lines}".encode()), "b")[1]
    assert [row["b"].decode() for row in rows] == [
        "x" * n + "\\" * (n % 4) + '"\\n' for n in range(60)
    ]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_backslash_at_the_end_of_a_value_without_quotes_costs_no_record(tmp_path, end):
    lines = [rb'1,"a \"b\""', b"2,C:\\", b"3,x", b"4\\,y", b"5,D:\\"]
    file = written(tmp_path, b"\n".join([b"a,b", *lines]) + end)
    rows = [(row["a"], row["b"]) for row in read(file, "a", "b")[1]]
    assert rows == [
        *((b"1", b'a "b"'), (b"2", b"C:\\"), (b"3", b"x"), (b"4\\", b"y"), (b"5", b"D:\\"))
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (r'"C:\"', "C:\\"),
        (r'"C:\",' + '"D:"', "C:\\"),
        (r'"says \""hi\"""', r"says \"hi\""),
        (r"C:\new", r"C:\new"),
        (r"a\"b", r"a\"b"),
    ],
)
def test_a_backslash_beside_doubled_quotes_is_a_letter(tmp_path, cell, value):
    comma = "" if cell.count(",") else ",1"
    file = written(tmp_path, f'a,b\n{cell}{comma}\n"x","""y"""\n'.encode())
    assert read(file, "a")[1][0]["a"].decode() == value


def test_a_quote_that_is_not_doubled_is_told_where_it_parts_a_value(tmp_path):
    malformed = read(written(tmp_path, b'a,b\n1,"x "y", z"\n2\n'), "a")[2]
    assert [reason.partition("has 2")[2] for _, reason in malformed] == [
        ": a quote that is part of a value must be doubled",
        "",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ['1\t"hi', '2\tthere"', "3\tz"],  # as one value in quotes
        ['1\t"quoted" start', '2\t5" tall', '3\t"open', '4\t"a"', "5\t"],
        [f"{n}\tx" for n in range(300_000)] + ['y\t"hi', 'z\tthere"'],  # behind the first MiB
        ['1,"open', "2,x", '3,"a"'],
    ],
)
def test_a_quote_in_a_table_without_quotes_costs_no_record(tmp_path, lines):
    sign = "\t" if "\t" in lines[0] else ","
    file = written(tmp_path, "\n".join([f"a{sign}b", *lines]).encode())
    rows = read(file, "a", "b")[1]
    assert [(row["a"].decode(), (row["b"] or b"").decode()) for row in rows] == [
        tuple(line.split(sign)) for line in lines
    ]


def test_a_tab_in_a_text_of_a_table_without_quotes_costs_its_record_alone(tmp_path):
    lines = [f"{n}\tx" for n in range(200)] + ['200\t"open', "201\tq\tr", '202\t"a" b', ""]
    total, rows, malformed = read(written(tmp_path, "\n".join(["a\tb", *lines]).encode()), "b")
    assert (total, [row for row, _ in malformed]) == (203, [202])
    assert [row["b"] for row in rows[-2:]] == [b'"open', b'"a" b']


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (b'a\tb\n1\t"x\ny"\n2\tz\n', [b"x\ny", b"z"]),
        (b'a\tb\n"1"\t"say ""x"""\n"2"\t"z"\n', [b'say "x"', b"z"]),
        (b'"a"\t"b"\n1\t"x\n2\ty"\n', [b"x\n2\ty"]),
        (b'a,b\n1,"x\n2,y"\n', [b"x\n2,y"]),
    ],
)
def test_quotes_that_hold_values_are_no_letters(tmp_path, content, values):
    assert [row["b"] for row in read(written(tmp_path, content), "b")[1]] == values


def test_a_record_of_another_length_is_told_by_its_number_and_the_others_keep_theirs(tmp_path):
    total, rows, malformed = read(written(tmp_path, b'a,b\n"1\n",x\n2\n3,y,z\n4,w\n'), "a")
    assert total == 4
    assert [row["row"] for row in rows] == [1, 4]
    assert [row for row, _ in malformed] == [2, 3]


def test_a_line_that_tells_the_separator_is_no_record(tmp_path):
    content = "sep=;\na;b\n1;x,y\n2\n3;z\n"
    for encoding in ("utf-8", "utf-16"):
        file = written(tmp_path, content.encode(encoding))
        total, rows, malformed = read(file, "a", "b", encoding=encoding)
        assert [(row["row"], row["b"]) for row in rows] == [(1, b"x,y"), (3, b"z")]
        assert (total, [number for number, _ in malformed]) == (3, [2])


def test_another_encoding_is_read_when_it_is_named(tmp_path):
    file = written(tmp_path, "a,b\n1,猫\n".encode("gb18030"))
    assert read(file, "b", encoding="gb18030")[1] == [{"row": 1, "b": "猫".encode()}]


ENCODINGS = "utf-8 U8 utf-8-sig UTF_8_SIG utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be"
ENCODINGS += " utf-7 gb18030 shift_jis euc_jp iso2022_jp"


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("encoding", ENCODINGS.split())
def test_in_every_encoding_all_records_are_read_and_none_is_made_up(tmp_path, encoding, end):
    mark = "\ufeff" if encoding[-3:] in ("-le", "-be") else ""
    file = written(tmp_path, f"{mark}a,b\n1,猫\n2,犬{end}".encode(encoding))
    total, rows, malformed = read(file, "a", "b", encoding=encoding)
    assert [(row["a"], row["b"].decode()) for row in rows] == [(b"1", "猫"), (b"2", "犬")]
    assert (total, malformed) == (2, [])


MARKED = ("utf-8-sig", "utf-16", "utf-32")


@pytest.mark.parametrize("said", ["utf-8", "utf-32-be", "gb18030", "cp1252", "iso2022_jp"])
@pytest.mark.parametrize("encoding", [*MARKED, "utf-8"])
def test_what_the_bytes_tell_counts_more_than_what_is_said(tmp_path, encoding, said):
    text = "a,b\n1,猫犬鳥\n2,Größe für Ärzte\n"
    rows = read(written(tmp_path, text.encode(encoding)), "b", encoding=said)[1]
    assert [row["b"].decode() for row in rows] == ["猫犬鳥", "Größe für Ärzte"]


@pytest.mark.parametrize("said", ["utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis"])
def test_letters_without_accents_are_read_whatever_is_said(tmp_path, said):
    assert read(written(tmp_path, b"a,b\n1,abc\n"), "b", encoding=said)[1] == [
        {"row": 1, "b": b"abc"}
    ]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "猫犬旅行"),  # all of it is UTF-8 too, and means nothing
        ("cp1252", "Spaß…"),
        ("utf-16-le", "ꧣ abc"),
        ("iso2022_jp", "猫"),
        ("utf-7", "猫"),
        ("shift_jis", "猫"),
    ],
)
def test_what_could_be_both_is_what_is_said(tmp_path, encoding, text):
    file = written(tmp_path, f"a,b\n1,{text}\n".encode(encoding))
    assert read(file, "b", encoding=encoding)[1] == [{"row": 1, "b": text.encode()}]


def test_characters_that_are_cut_by_a_block_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr("mmga.sources.tables.csv_table.BLOCK", 101)
    lines = "".join(f"{n},{'猫' * (n % 7)}x\n" for n in range(500))
    file = written(tmp_path, f"a,b\n{lines}".encode("utf-16"))
    rows = read(file, "b", encoding="utf-16")[1]
    assert [row["b"].decode() for row in rows] == ["猫" * (n % 7) + "x" for n in range(500)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "gb18030"])
def test_a_character_that_breaks_off_at_the_end_is_refused(tmp_path, encoding):
    file = written(tmp_path, "a,b\n1,猫".encode(encoding)[:-1])
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read(file, "a", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf8000", "base64", "rot13", "undefined"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path, encoding):
    with pytest.raises(InputError, match=f"no encoding is called '{encoding}'"):
        read(written(tmp_path, b"a\n1\n"), "a", encoding=encoding)


def test_parquet_is_told_by_its_content_and_numbered_alike(tmp_path):
    file = tmp_path / "t.csv"
    pq.write_table(pa.table({"a": [1, 2, 3]}), file)
    assert [row["row"] for row in read(file, "a")[1]] == [1, 2, 3]


def test_a_parquet_file_without_records_has_no_records(tmp_path):
    file = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), file)
    assert read(file, "a") == (0, [], [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "has no header"),
        (b"a,a\n1,2\n", "two columns are called 'a'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "its first line is no text in utf-8"),
        (b"PAR1 and then nothing", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path, content, said):
    with pytest.raises(InputError, match=said):
        read(written(tmp_path, content), "a")


def test_a_truncated_parquet_file_is_refused(tmp_path):
    file = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), file)
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(InputError, match="may be truncated"):
        read(file, "a")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "none.csv", "a")
    with pytest.raises(InputError, match="Is a directory"):
        read(tmp_path, "a")
