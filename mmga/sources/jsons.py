"""JSON that nobody vouches for: bounded, and looked into without trusting its shape."""

import codecs
import json
import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

MAX_BYTES = 16 * 2**20
"""A larger JSON is taken for no record: a post or a profile has some kilobytes."""

MAX_ITEM = 2 * 2**20
"""Characters of one item of a streamed list."""

CHUNK = 2**18

BEHIND = re.compile(r"[\s,:\]}]")
"""What comes right behind an item, or behind the name of one."""

SPACE = re.compile(r"\s*")

BETWEEN = re.compile(r"[\s,]*")

UNITS = {1e8: 1.0, 1e11: 1e3, 1e14: 1e6, 1e17: 1e9}
"""The least number that is a count of seconds, milli-, micro-, nanoseconds since 1970, and how many
make a second; see `mmga.sources.tables.columns.UNITS`."""


class UnreadableError(ValueError):
    """Why something cannot be read, in words that follow what it is."""


def parsed(content: bytes) -> Any:
    """The value of a whole JSON file; bytes that are no UTF-8 become U+FFFD.

    Raises:
        UnreadableError: If it is empty, no JSON, or nested too deeply.
    """
    if not content.strip():
        raise UnreadableError("is empty")
    try:
        return json.loads(content.decode("utf-8-sig", errors="replace"))
    except RecursionError:
        raise UnreadableError("is nested too deeply") from None
    except ValueError:  # also a number of thousands of digits
        raise UnreadableError("is no valid JSON") from None


def items(stream: BinaryIO) -> Iterator[Any]:
    """The items of a list, one after another, so that a list may be of any length.

    The list is the whole file, or the values of an object that are lists, one after another
    (`{"relationships_following": [`). What comes before a fault is yielded before it is raised.

    Raises:
        UnreadableError: If there is no such list, it ends too early, an item is no JSON or is too
            large, or there is more in the file than lists, which is then not read.
    """
    text = _Window(stream)
    sign = text.step()
    if sign not in ("[", "{"):
        raise UnreadableError("holds no list" if sign else "is empty")
    text.place += 1
    yield from _listed(text) if sign == "[" else _lists(text)
    if text.step():
        raise UnreadableError("goes on behind its end")


def _listed(text: "_Window") -> Iterator[Any]:
    """The items of a list that has been stepped into."""
    while not text.closed("]"):
        yield _item(text)
    text.place += 1


def _lists(text: "_Window") -> Iterator[Any]:
    """The items of all lists of an object that has been stepped into."""
    lists = more = False
    while not text.closed("}"):
        if not isinstance(_item(text), str) or text.step() != ":":
            raise UnreadableError("is no valid JSON")
        text.place += 1
        if text.step() == "[":
            text.place += 1
            lists = True
            yield from _listed(text)
        else:
            # An object may hold what the lists should: it must not be lost without a word.
            more |= isinstance(value := _item(text), dict) and bool(value)
    text.place += 1
    if not lists or more:
        raise UnreadableError("holds no list" if not lists else "holds more than its lists")


DECODER = json.JSONDecoder()


def _item(text: "_Window") -> Any:
    while True:
        try:
            value, end = DECODER.raw_decode(text.value, text.place)
        except RecursionError:
            raise UnreadableError("is nested too deeply") from None
        except ValueError:
            value, end = None, len(text.value)
        # A number may go on in what has not been read yet.
        if BEHIND.match(text.value, end):
            text.place = end
            return value
        if text.ended:
            raise UnreadableError("ends too early, or is no valid JSON")
        if len(text.value) - text.place > MAX_ITEM:
            raise UnreadableError("is no valid JSON, or an item is too large")
        text.more()


class _Window:
    """The part of a text that is held, and the place in it that has been reached."""

    def __init__(self, stream: BinaryIO) -> None:
        self.value = ""
        self.place = 0
        self.ended = False
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode

    def more(self) -> None:
        """Let go of what was used; read as much again as is left, or a long item takes for ever."""
        left = self.value[self.place :]
        content = self._stream.read(max(CHUNK, len(left)))
        self.ended = not content
        self.value = left + self._decode(content, not content)
        self.place = 0

    def closed(self, end: str) -> bool:
        """Step to the next item; whether there is none.

        Raises:
            UnreadableError: If the text ends without closing what it is in.
        """
        sign = self.step(BETWEEN)
        if not sign:
            raise UnreadableError("ends too early")
        return sign == end

    def step(self, over: re.Pattern[str] = SPACE) -> str:
        """Step over what stands between; the sign that comes next, or none at the end."""
        while True:
            between = over.match(self.value, self.place)
            self.place = between.end() if between else self.place
            if self.place < len(self.value) or self.ended:
                return self.value[self.place : self.place + 1]
            self.more()


def at(value: Any, *path: str | int) -> Any:
    """What lies at a path of keys and places, or None.

    >>> at({"edges": [{"node": 1}]}, "edges", 0, "node")
    1
    >>> at({"edges": []}, "edges", 0, "node") is None
    True
    """
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def list_at(value: Any, *path: str | int) -> list[Any]:
    """The list at a path; an empty one where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def words(value: Any) -> str | None:
    r"""Text that can be stored: in NFC, without NUL, halves of characters replaced; None if empty.

    >>> words("e\u0301 \ud83d\ude00")
    'é 😀'
    """
    if not isinstance(value, str):
        return None
    if not value.isascii():
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        value = unicodedata.normalize("NFC", value)
    value = value.replace("\0", "")
    return value if value.strip() else None


def identifier(value: Any) -> str | None:
    """A number or a text that stands for something, as text without space around it.

    >>> identifier(1188140434601337485)
    '1188140434601337485'
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**64:
        return str(value)
    text = words(value)
    return text.strip() if text and len(text) <= 200 else None


def moment(value: Any) -> datetime | None:
    """A count since 1970, in the unit that its size tells, as a time in UTC; None if it is none.

    >>> moment(1700000000) == moment("1700000000") == moment(1700000000000)
    True
    >>> moment(0) is None
    True
    """
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    units = [unit for least, unit in UNITS.items() if number >= least]
    if not units or not math.isfinite(number):
        return None
    seconds = number / units[-1]
    return datetime.fromtimestamp(seconds, UTC) if seconds < 2.5e11 else None
