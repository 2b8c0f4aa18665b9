"""How a CSV is written, told from its start: its header, what separates and what escapes."""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

from mmga.errors import InputError

SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*(?:\r?\n|\r)', re.IGNORECASE)
"""The line that Excel wants before the header, where the separator is not that of the country."""

DOUBLED = r'[^"]++|""'
ESCAPED = r'[^"\\]++|""|\\.'
INLINE = r'[^"\r\n]++|""'
"""What a value in quotes holds, where a quote in it is doubled, or has a backslash before it; where
it is doubled and the value is in one line."""

NEARLY = 0.99
"""Of the lines of a table with tabs that are records without quotes: a text may hold a tab."""


class Dialect(NamedTuple):
    """How a CSV is written."""

    names: list[str]
    """Of the columns."""
    delimiter: str
    separated: bool
    """Whether a line before the header tells the separator."""
    escaped: bool
    """Whether quotes within quotes have a backslash before them, as Spark and MySQL write them."""
    quoted: bool
    """Whether values may stand in quotes; else a quote is a letter, as in most tables with tabs."""


def dialect_of(file: Path, start: str, encoding: str) -> Dialect:
    r"""How a CSV is written.

    A backslash escapes only where the quotes say so for certain: doubled quotes would leave a value
    with something behind its end, backslashes leave none (`"she said \"hi\""`).

    Args:
        file: Its name, for messages.
        start: Its first characters.
        encoding: Which they were read in, for messages.

    Raises:
        InputError: If it has no header.
        csv.Error: If the header cannot be read.
    """
    said = SEPARATOR.match(start)
    text = (start[said.end() :] if said else start).lstrip("\r\n")
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if not first.strip():
        raise InputError(f"{file} has no header: its first line must name the columns")
    if "\ufffd" in first or not first.replace("\t", "").isprintable():
        raise InputError(
            f"{file} is no table: its first line is no text in {encoding}"
            "\nGive CSV or Parquet, or name the encoding with --encoding."
        )
    if first.strip() in ("[", "{") or first.startswith(('{"', "[{")):
        raise InputError(f"{file} holds JSON; write it as CSV or Parquet")
    delimiter = said[1] if said else max(",;\t|", key=first.count)
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    doubled = _fits(text, delimiter, DOUBLED)
    escaped = '\\"' in text and not doubled and _fits(text, delimiter, ESCAPED)
    tabs = delimiter == "\t"
    used = escaped or (doubled and (not tabs or _has_inline(text)))
    share = NEARLY if tabs and not doubled else 1.0
    quoted = used or '"' in first or not _is_plain(text, delimiter, len(names), share)
    return Dialect(names, delimiter, said is not None, escaped, quoted)


def _fits(text: str, delimiter: str, inner: str) -> bool:
    """Whether each value that begins with a quote ends with one; the last may break off."""
    apart = rf"\r\n{re.escape(delimiter)}"
    value = rf'"(?:{inner})*+"|(?!")[^{apart}]*+'
    whole = rf'(?:(?:{value})[{apart}])*+(?:{value}|"(?:{inner})*+\\?)'
    return re.fullmatch(whole, text, re.DOTALL) is not None


def _has_inline(text: str) -> bool:
    """Whether quotes hold whole values, each in its line, in a table with tabs."""
    return re.search(r'[\t\r\n]"', text) is not None and _fits(text, "\t", INLINE)


def _is_plain(text: str, delimiter: str, count: int, share: float) -> bool:
    """Whether lines have so many values where quotes are letters; the last may break off."""
    lines = [line for line in re.split(r"[\r\n]", text)[:-1] if line]
    plain = [line for line in lines if line.count(delimiter) == count - 1]
    return len(plain) >= share * len(lines)
