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

    It says which one data/ holds, which need not be that of data.dvc: by its content, or where DVC
    has not read more than 256 MiB of it, by number and size of its files (`dvc status data.dvc`
    reads them).

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
        if any(entry.changed for entry in found):
            click.echo(_changed(found))
        click.echo("\n".join(line for entry in found for line in _lines(entry)))


def _changed(found: "list[Lineage]") -> str:
    """What `data/` holds in place of the version that `data.dvc` names, and what to do."""
    from mmga.versions import BOTH_WAYS

    other = next((entry.data.md5[:12] for entry in found if entry.held), None)
    if other is None:
        return f"data/ holds something else than data.dvc names. {BOTH_WAYS}"
    return (
        f"data/ holds version {other}, and data.dvc names another: dvc checkout data.dvc gets it"
        " (dvc pull data.dvc, if it was never here)."
    )


def _lines(entry: "Lineage") -> list[str]:
    version = entry.data
    here = "  <- data.dvc, but not data/" if entry.changed else "  <- data.dvc"
    here = "  <- here" if entry.held else here if entry.here else ""
    where = f"{version.commit[:8]} {version.subject}" if version.commit else "in no commit"
    date = version.date[:10] if version.date else "no date   "
    lines = [f"{date}  data {version.md5[:12]}  {where}{here}"]
    size = ""
    if version.files is not None and version.size is not None:
        size = f"{version.files:,} files, {version.size / 2**20:,.1f} MiB"
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
