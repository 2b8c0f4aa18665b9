"""Text that was UTF-8, was taken for Latin-1 and written as UTF-8 again, as in these exports."""

from typing import Any

from mmga.sources.jsons import words


def repaired(value: Any) -> str | None:
    r"""The text that was meant, where it can have come about so; another text stays as it is.

    >>> repaired("Caf\u00c3\u00a9 \u00f0\u009f\u0098\u0080")
    'Café 😀'
    >>> repaired("Café ☕")
    'Café ☕'
    """
    if not isinstance(value, str):
        return None
    try:
        return words(value.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return words(value)
