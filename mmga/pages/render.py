"""A page as one file: its template filled, its look inside, nothing to be fetched."""

from importlib.resources import files
from typing import Any

import jinja2


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
