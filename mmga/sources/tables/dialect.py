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
"""What a value in quotes holds, where a quote in it is doubled, or has a backslash before it."""


class Dialect(NamedTuple):
    """How a CSV is written."""

    names: list[str]
    """Of the columns."""
    delimiter: str
    separated: bool
    """Whether a line before the header tells the separator."""
    escaped: bool
    """Whether quotes within quotes have a backslash before them, as Spark and MySQL write them."""


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
    escaped = '\\"' in text and not _fits(text, delimiter, DOUBLED)
    escaped = escaped and _fits(text, delimiter, ESCAPED)
    return Dialect(names, delimiter, said is not None, escaped)


def _fits(text: str, delimiter: str, inner: str) -> bool:
    """Whether each value that begins with a quote ends with one; the last may break off."""
    apart = rf"\r\n{re.escape(delimiter)}"
    value = rf'"(?:{inner})*+"|(?!")[^{apart}]*+'
    whole = rf'(?:(?:{value})[{apart}])*+(?:{value}|"(?:{inner})*+\\?)'
    return re.fullmatch(whole, text, re.DOTALL) is not None
