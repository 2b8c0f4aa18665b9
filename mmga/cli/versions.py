"""`mmga data`: the versions of the data set."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mmga.registry.lineage import Lineage, Trained


@click.group()
def data() -> None:
    """The versions of the data set; DVC makes them (`dvc add data`) and git dates them.

    \b
    Example:  mmga data log
    """  # noqa: D301 (click reads the backspace)


@data.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def log(as_json: bool) -> None:
    """Every version of the data, the latest first, with the models trained on it.

    \b
    Example:  mmga data log
    """  # noqa: D301
    from mmga.project import Project
    from mmga.registry.lineage import lineage

    found = lineage(Project.find())[::-1]
    if as_json:
        click.echo(json.dumps([entry.as_dict() for entry in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("The data have no version yet: dvc add data && git add data.dvc && git commit")
    else:
        click.echo("\n".join(line for entry in found for line in _lines(entry)))


def _lines(entry: "Lineage") -> list[str]:
    version = entry.data
    here = "  <- here" if entry.here else ""
    where = f"{version.commit[:8]} {version.subject}" if version.commit else "in no commit"
    date = version.date[:10] if version.date else "no date   "
    lines = [f"{date}  data {version.md5[:12]}  {where}{here}"]
    size = f"{version.files:,} files, {version.size / 2**20:,.1f} MiB" if version.size else ""
    counts = ", ".join(f"{count:,} {table}" for table, count in entry.counts.items())
    if size or counts:
        lines.append(f"{'':<12}{'; '.join(filter(None, (counts, size)))}")
    return [*lines, *map(_model, entry.models)]


def _model(model: "Trained") -> str:
    aliases = f" ({', '.join(model.aliases)})" if model.aliases else ""
    value = f"{model.metric} {model.value:.4f}" if model.value is not None else ""
    notes = [value, model.decision, "knows a forgotten user" if model.revoked else ""]
    told = ", ".join(filter(None, notes))
    return f"{'':<12}{model.date[:10]}  mmga-fans {model.version}{aliases}: {told or 'undecided'}"
