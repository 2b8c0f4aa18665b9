"""A page as one file: its template filled, its look inside, nothing to be fetched."""

import unicodedata
from importlib.resources import files
from typing import Any

import jinja2

INVISIBLE = ("Cc", "Cs", "Co", "Cn")
"""Unicode categories that no text needs: controls, halves of characters, what is unassigned."""

TURNS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Characters that turn the direction of the text around them."""


def render(package: str, template: str, **values: Any) -> str:
    """A template of a package, filled; whatever is not marked `safe` in it is escaped.

    A template may extend or import others of its package. The variable `css` holds the look of
    every page, and after it `page.css` of the package where it has one.

    Args:
        package: As in `"mmga.quality"`.
        template: A file of it.
        values: What the template names; a name that is missing is an error.
    """
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _text(package, name)),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    css = [files(place).joinpath("page.css") for place in dict.fromkeys(["mmga.pages", package])]
    values["css"] = "".join(file.read_text(encoding="utf-8") for file in css if file.is_file())
    return environment.get_template(template).render(**values)


def _text(package: str, template: str) -> str:
    return files(package).joinpath(template).read_text(encoding="utf-8")


def shown(text: str, longest: int) -> str:
    r"""Text from outside that fits: one line, no control characters, at most so many characters.

    >>> shown("good\x00 \u202emorning\n\n world", 13)
    'good morning…'
    """
    kept = (" " if unicodedata.category(c) in INVISIBLE else c for c in text.translate(TURNS))
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
