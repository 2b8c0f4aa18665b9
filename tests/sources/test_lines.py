"""A file in blocks is the file, whatever its lines are like."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources import lines
from mmga.sources.lines import blocks


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=30), max_size=12), st.integers(1, 40))
def test_the_lines_of_all_blocks_are_the_lines_of_the_file(tmp_path_factory, parts, size):
    content = b"\n".join(parts)
    file = tmp_path_factory.mktemp("lines") / "file"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16
        content = b"." + content
    file.write_bytes(content)
    found = [pair for block in blocks(file, size) for pair in block.lines()]
    raw = content.split(b"\n")
    expected = raw[:-1] if not raw[-1] else raw
    assert [number for number, _ in found] == list(range(1, len(expected) + 1))
    for (_, text), line in zip(found, expected, strict=True):
        try:
            assert text == line.decode().removeprefix("\ufeff").rstrip("\r")
        except UnicodeDecodeError:
            assert text is None


def test_a_line_without_end_is_told_and_the_next_one_read(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 64)
    file = tmp_path / "file"
    file.write_bytes(b"a\n" + b"x" * 1000 + b"\nb\n")
    assert [p for b in blocks(file, 100) for p in b.lines()] == [(1, "a"), (2, None), (3, "b")]


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=9), max_size=9),
    st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]),
    st.integers(1, 40),
)
def test_a_byte_order_mark_tells_how_lines_are_written(tmp_path_factory, texts, encoding, size):
    file = tmp_path_factory.mktemp("lines") / "file"
    content = "".join(f"{text}\n" for text in texts)
    file.write_bytes(f"\ufeffĊ਀\n{content}".encode(encoding))
    found = [pair for block in blocks(file, size) for pair in block.lines()]
    expected = content.split("\n")[:-1]
    assert [number for number, _ in found] == list(range(1, len(expected) + 2))
    assert [text for _, text in found] == [
        "Ċ਀",
        *(t.removeprefix("\ufeff").rstrip("\r") for t in expected),
    ]


def test_what_has_the_mark_of_utf_16_and_is_none_is_refused(tmp_path):
    (tmp_path / "file").write_bytes("\ufeffa,b\n".encode("utf-16-le") + b"x")
    with pytest.raises(InputError, match="begins as utf-16-le does and is none"):
        blocks(tmp_path / "file")
